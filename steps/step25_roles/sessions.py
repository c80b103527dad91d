"""Sessions: what the app remembers of a visitor from one request to the next.

`ctx` opens a session when it's first used, and `app` saves it. `tagged` turns its
values into text.
"""

from collections.abc import Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from hashlib import sha1
from typing import Any, NoReturn

from itsdangerous import BadData, Signer, URLSafeTimedSerializer
from werkzeug.datastructures import CallbackDict

from . import tagged
from .wrappers import Request, Response

# characters; anyone with a cookie can try all shorter keys within a day
SHORTEST_KEY = 8


class SessionMixin(MutableMapping[str, Any]):
    """What a session has besides its values, wherever it is kept."""

    # whether the visitor had no session before; a cookie doesn't know
    new = False
    # whether it has to be saved; a session that can't know says yes
    modified = True
    # whether a view or a hook has used it
    accessed = False

    @property
    def permanent(self) -> bool:
        """Whether it outlives the browser, for `permanent_session_lifetime`."""
        return bool(self.get("_permanent", False))

    @permanent.setter
    def permanent(self, value: bool) -> None:
        self["_permanent"] = bool(value)


class SecureCookieSession(CallbackDict[str, Any], SessionMixin):
    """A dictionary that notices when it is changed.

    It can't see a change inside one of its values: set `modified` yourself then.
    """

    modified = False

    def __init__(self, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(initial, SecureCookieSession.note_change)

    def note_change(self) -> None:
        self.modified = True


class NullSession(SecureCookieSession):
    """The session of an app without a key: empty, and it refuses every change."""

    def refuse(self, *arguments: Any, **values: Any) -> NoReturn:
        raise RuntimeError(
            "the session can't be changed without a key to sign it: set"
            " app.secret_key to a long random value that nobody else knows"
        )

    __setitem__ = __delitem__ = __ior__ = refuse
    clear = pop = popitem = setdefault = update = refuse


class SessionInterface:
    """How an app opens and saves sessions: subclass it to keep them elsewhere."""

    null_session_class: type[SessionMixin] = NullSession
    # whether it keeps sessions as pickles, which must not come from a visitor
    pickle_based = False

    def open_session(self, app: Any, request: Request) -> SessionMixin | None:
        """Return the visitor's session, or None if this app can't keep one."""
        raise NotImplementedError

    def save_session(self, app: Any, session: SessionMixin, response: Response) -> None:
        """Keep the session of the visitor who gets the response."""
        raise NotImplementedError

    def make_null_session(self, app: Any) -> SessionMixin:
        """Return a stand-in for the session of an app that can't keep one."""
        return self.null_session_class()

    def is_null_session(self, session: SessionMixin) -> bool:
        """Return whether this session can never be saved."""
        return isinstance(session, self.null_session_class)

    def should_set_cookie(self, app: Any, session: SessionMixin) -> bool:
        """Return whether the browser gets a cookie: a new value, or a later expiry.

        Called only for requests that used the session: a picture that everyone
        shares is no place for one visitor's cookie.
        """
        renew: bool = app.config["SESSION_REFRESH_EACH_REQUEST"]
        return session.modified or (session.permanent and renew)

    def get_expiration_time(self, app: Any, session: SessionMixin) -> datetime | None:
        """Return when the cookie expires; None means when the browser is closed."""
        lifetime = app.permanent_session_lifetime
        return datetime.now(UTC) + lifetime if session.permanent else None

    def get_cookie_name(self, app: Any) -> str:
        """Return the name of the cookie."""
        name: str = app.config["SESSION_COOKIE_NAME"]
        return name

    def get_cookie_domain(self, app: Any) -> str | None:
        """Return the domain whose subdomains get it, or None for our host alone."""
        domain: str | None = app.config["SESSION_COOKIE_DOMAIN"]
        return domain

    def get_cookie_path(self, app: Any) -> str:
        """Return the path below which the browser sends it."""
        config = app.config
        path: str = config["SESSION_COOKIE_PATH"] or config["APPLICATION_ROOT"]
        return path

    def get_cookie_secure(self, app: Any) -> bool:
        """Return whether it is sent only over HTTPS."""
        secure: bool = app.config["SESSION_COOKIE_SECURE"]
        return secure

    def get_cookie_httponly(self, app: Any) -> bool:
        """Return whether it is hidden from scripts."""
        httponly: bool = app.config["SESSION_COOKIE_HTTPONLY"]
        return httponly

    def get_cookie_samesite(self, app: Any) -> str | None:
        """Return which requests from other sites carry it."""
        samesite: str | None = app.config["SESSION_COOKIE_SAMESITE"]
        return samesite

    def get_cookie_partitioned(self, app: Any) -> bool:
        """Return whether each site that embeds the app gets a separate one."""
        partitioned: bool = app.config["SESSION_COOKIE_PARTITIONED"]
        return partitioned

    def cookie_options(self, app: Any) -> dict[str, Any]:
        """Return name, scope and flags of the cookie (RFC 6265bis, section 4.1.2)."""
        return {
            "key": self.get_cookie_name(app),
            "domain": self.get_cookie_domain(app),
            "path": self.get_cookie_path(app),
            "secure": self.get_cookie_secure(app),
            "httponly": self.get_cookie_httponly(app),
            "samesite": self.get_cookie_samesite(app),
            "partitioned": self.get_cookie_partitioned(app),
        }


class SecureCookieSessionInterface(SessionInterface):
    """Keep the whole session in a signed cookie, in Flask's format.

    Anyone can read it. Only someone with the key can write it.
    """

    salt = "cookie-session"
    key_derivation = "hmac"
    digest_method = staticmethod(sha1)
    session_class = SecureCookieSession
    # what turns a session into text: anything with `dumps` and `loads`
    serializer: Any = tagged

    def get_signing_serializer(self, app: Any) -> URLSafeTimedSerializer | None:
        """Return what signs and verifies sessions, or None if the app has no key.

        It signs with the newest key, and verifies with the older ones, too.
        """
        if not app.secret_key:
            return None
        return make_serializer(
            signing_keys(app),
            self.salt,
            self.serializer,
            self.key_derivation,
            self.digest_method,
        )

    def open_session(self, app: Any, request: Request) -> SessionMixin | None:
        """Return the cookie's session, or an empty one if it is forged or too old."""
        serializer = self.get_signing_serializer(app)
        if serializer is None:
            return None
        cookie = request.cookies.get(self.get_cookie_name(app))
        if not cookie:
            return self.session_class()
        lifetime = int(app.permanent_session_lifetime.total_seconds())
        try:
            return self.session_class(serializer.loads(cookie, max_age=lifetime))
        except (BadData, TypeError, ValueError):
            # forged, too old, or not ours: another program may share the key
            return self.session_class()

    def save_session(self, app: Any, session: SessionMixin, response: Response) -> None:
        """Write the session into the cookie, or delete the cookie if it is empty."""
        serializer = self.get_signing_serializer(app)
        if not session:
            if session.modified:
                response.delete_cookie(**self.cookie_options(app))
        elif serializer and self.should_set_cookie(app, session):
            value = serializer.dumps(dict(session))
            expires = self.get_expiration_time(app, session)
            options = self.cookie_options(app)
            response.set_cookie(value=value, expires=expires, **options)


def signing_keys(app: Any) -> tuple[Any, ...]:
    """Return the keys that verify. The last one signs.

    Raises `RuntimeError` for fallbacks that aren't a list, and for weak keys.
    """
    fallbacks = app.config["SECRET_KEY_FALLBACKS"] or ()
    if isinstance(fallbacks, (str, bytes)):
        # the message doesn't quote it, because errors are logged
        raise RuntimeError(
            "SECRET_KEY_FALLBACKS is a single string, so each of its letters would be"
            " a key: make it a list of keys"
        )
    keys = (*fallbacks, app.secret_key)
    least = 1 if app.debug or app.testing else SHORTEST_KEY
    for key in keys:
        check_key(key, least)
    return keys


def check_key(key: Any, least: int) -> None:
    """Raise `RuntimeError` unless the key is text or bytes, and long enough."""
    if not isinstance(key, (str, bytes)) or len(key) < least:
        shown = f"{len(key)} long" if isinstance(key, (str, bytes)) else type(key)
        raise RuntimeError(
            f"a key in SECRET_KEY or SECRET_KEY_FALLBACKS is {shown}: use random"
            f" strings or bytes, at least {SHORTEST_KEY} long, for example from"
            " secrets.token_hex(). Debug mode and tests allow shorter ones."
        )


class CookieSerializer(URLSafeTimedSerializer):
    """A serializer that keeps its signer, because its keys never change."""

    @cached_property
    def kept_signer(self) -> Signer:
        return super().make_signer(self.salt)

    def make_signer(self, salt: str | bytes | None = None) -> Signer:
        """Return the signer for a salt, by default the serializer's own."""
        own = salt is None or salt == self.salt
        return self.kept_signer if own else super().make_signer(salt)


@lru_cache(maxsize=64)
def make_serializer(
    keys: tuple[Any, ...],
    salt: str,
    serializer: Any,
    key_derivation: str,
    digest_method: Callable[..., Any],
) -> URLSafeTimedSerializer:
    """Return what signs with the last key and verifies with all of them."""
    signer = {"key_derivation": key_derivation, "digest_method": digest_method}
    return CookieSerializer(
        keys, salt=salt, serializer=serializer, signer_kwargs=signer
    )


def mark_as_personal(response: Response) -> None:
    """Keep caches from giving one visitor's page to another.

    `Vary` tells visitors with different cookies apart (RFC 9110, section 12.5.5).
    Visitors without one would still share a page, so it's `private` (RFC 9111,
    section 5.2.2.7) unless the view has decided otherwise.
    """
    # parse these fields only if the response has them already
    if response.headers.setdefault("Vary", "Cookie") != "Cookie":
        response.vary.add("Cookie")
    if response.headers.setdefault("Cache-Control", "private") != "private":
        control = response.cache_control
        shared = control.public or control.s_maxage is not None
        if not (shared or control.no_store):
            control.private = True
