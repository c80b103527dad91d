"""Forged requests: how an app knows that one of its own pages sent a form.

A request that may change something has to prove it twice: the browser says which
site's page sent it, and it carries a token that only our pages know. The forms with
that token are in `forms`.
"""

from collections.abc import Collection
from hashlib import sha256
from inspect import unwrap
from secrets import token_bytes, token_urlsafe
from typing import TYPE_CHECKING, Any, TypeVar

from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode
from werkzeug.exceptions import Forbidden
from wtforms import ValidationError

from .. import after_this_request, current_app, request, session

if TYPE_CHECKING:
    # for types alone: an extension meets its app in `init_app`
    from .. import App
    from ..wrappers import Response

T = TypeVar("T")

# they change nothing (RFC 9110, section 9.2.1)
SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}
# the name of the token in forms, and of the visitor's secret in the session
FIELD = "csrf_token"
# bytes of an HMAC with SHA-256
SIZE = sha256().digest_size
EXPIRED = "The form has expired. Please send it again."


class CSRFError(Forbidden):
    """Raised for a request that wasn't sent by one of the app's own pages."""

    description = "The form has expired. Load its page again, and send it once more."


class CSRFProtect:
    """An extension that refuses forged requests (cross-site request forgery).

    All views are protected, except for methods that change nothing.
    """

    def __init__(self, app: "App | None" = None) -> None:
        # views and blueprints whose requests need no token; some can't be hashed
        self.exempted: list[object] = []
        if app is not None:
            self.init_app(app)

    def init_app(self, app: "App") -> None:
        """Protect an app, and let its templates call `csrf_token`."""
        app.extensions["csrf"] = self
        app.config.setdefault("WTF_CSRF_ENABLED", True)
        # other origins whose pages may send forms, such as "https://pay.example"
        app.config.setdefault("CSRF_TRUSTED_ORIGINS", ())
        app.add_template_global(generate_csrf, FIELD)
        app.before_request(self.protect)

    def exempt(self, view: T) -> T:
        """Let a view, or all views of a blueprint, be called without a token.

        A `Form` in it still needs one, and other sites' pages are still refused.
        """
        self.exempted.append(view)
        return view

    def is_exempt(self) -> bool:
        """Return whether the request's view needs no token."""
        parts = [current_app.blueprints[name] for name in request.blueprints]
        view = current_app.view_functions[str(request.endpoint)]
        # it may be inside of other decorators
        view = unwrap(view, stop=self.exempted.__contains__)
        return any(part in self.exempted for part in [view, *parts])

    def protect(self) -> None:
        """Raise `CSRFError` if a request may change something and isn't ours."""
        if request.method in SAFE_METHODS or request.endpoint is None:
            return
        if not current_app.config["WTF_CSRF_ENABLED"]:
            return
        after_this_request(vary)
        check_origin()
        if not self.is_exempt():
            check_token()


def vary(response: "Response") -> "Response":
    """Name the fields that the answer depends on (RFC 9110, section 12.5.5)."""
    response.vary.update(["Sec-Fetch-Site", "Origin"])
    return response


def check_origin() -> None:
    """Raise `CSRFError` if a browser sent the request for another origin's page.

    Browsers say so in Sec-Fetch-Site (Fetch Metadata, section 2.3), and older ones in
    Origin (RFC 6454, section 7). A client that sends neither isn't a browser, so no
    other site's page can make it send anything.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is None:
        is_ours = origin in (None, f"{request.scheme}://{request.host}")
    else:
        # a subdomain's page, or another port's, is "same-site": not ours
        is_ours = site in ("same-origin", "none")
    if not is_ours and origin not in trusted_origins():
        raise CSRFError("Another site has sent this request.")


def trusted_origins() -> Collection[str]:
    """Return the other origins whose pages may send forms.

    Raises `RuntimeError` for a string: a part of an origin would be `in` it, too.
    """
    origins: Collection[str] = current_app.config["CSRF_TRUSTED_ORIGINS"]
    if isinstance(origins, str):
        raise RuntimeError(
            f"CSRF_TRUSTED_ORIGINS is {origins!r}: make it a list, as in {[origins]!r}"
        )
    return origins


def check_token() -> None:
    """Raise `CSRFError` unless the request carries the visitor's token."""
    try:
        validate_csrf(sent_token())
    except ValidationError:
        raise CSRFError from None


def sent_token() -> str | None:
    """Return the token in the request's header, or in its form."""
    header = request.headers.get("X-CSRFToken")
    if header is not None:
        return header
    # the prefix of a form comes before the name
    names = (name for name in request.form if name.rpartition("-")[2] == FIELD)
    return request.form.get(next(names, FIELD))


def generate_csrf() -> str:
    """Return a token for the visitor's forms and scripts.

    No two are alike: a secret that repeats in a compressed page can be guessed from
    the page's length (the BREACH attack).
    """
    signature = base64_decode(make_signer().get_signature(find_secret()))
    mask = token_bytes(SIZE)
    return base64_encode(mask + combine(mask, signature)).decode()


def find_secret() -> str:
    """Return the session's secret, which is made when it's first needed."""
    if FIELD not in session:
        if getattr(request, "answered", False):
            raise RuntimeError(
                "the response's headers have been sent, so the session can't keep the"
                " secret of a token anymore: call generate_csrf() in the view, before"
                " the stream starts"
            )
        session[FIELD] = token_urlsafe()
    secret: str = session[FIELD]
    return secret


def validate_csrf(data: str | None) -> None:
    """Raise `ValidationError` unless a token was made for this visitor's session."""
    secret = session.get(FIELD)
    if not data or not secret:
        raise ValidationError(EXPIRED)
    if not make_signer().verify_signature(secret, base64_encode(unmask(data))):
        raise ValidationError(EXPIRED)


def unmask(token: str) -> bytes:
    """Return the signature in a token, or no bytes if it can't be decoded."""
    try:
        data = base64_decode(token)
    except BadData:
        return b""
    return combine(data[:SIZE], data[SIZE:])


def combine(mask: bytes, data: bytes) -> bytes:
    """Mask a signature, or unmask it (XOR)."""
    return bytes(a ^ b for a, b in zip(mask, data, strict=False))


def make_signer() -> Signer:
    """Return a signer that uses the app's key, and accepts older keys.

    It compares in constant time.
    """
    config: dict[str, Any] = current_app.config
    keys = [*(config["SECRET_KEY_FALLBACKS"] or ()), config["SECRET_KEY"]]
    return Signer(keys, "csrf-token", key_derivation="hmac", digest_method=sha256)
