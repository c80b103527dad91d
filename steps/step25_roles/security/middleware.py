"""WSGI middleware that completes every response's header fields, and its cookies.

A hook would miss some responses: those to requests that are refused before any hook
runs, and those to requests whose hooks fail.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.datastructures import Headers

from .cookies import complete_cookie
from .headers import NONCE, Field, Policy, nonce_of

if TYPE_CHECKING:
    from ..app import App

# environ key -> the policy of the view that was asked for
POLICY = "hardening.policy"
BODILESS = ("204", "304")


class HeaderWriter:
    """Adds the fields of a policy that a response doesn't have yet."""

    def __init__(self, app: "App", policy: Policy) -> None:
        """Wrap the app's current `wsgi_app`."""
        self.app = app
        self.wsgi_app: WSGIApplication = app.wsgi_app
        # for requests that no view was found for
        self.policy = policy

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        def start(status: str, fields: list[Field], *exc_info: Any) -> Any:
            completed = self.complete(environ, status, fields)
            return start_response(status, completed, *exc_info)

        return self.wsgi_app(environ, start)

    def complete(
        self, environ: WSGIEnvironment, status: str, fields: list[Field]
    ) -> list[Field]:
        """Return a response's fields, and those of the policy that it lacks."""
        present = {name.lower(): value for name, value in fields}
        if "set-cookie" in present and not self.app.debug:
            fields = [protected(*each) for each in fields]
        if is_streamed_page(status, present):
            # its template may ask for the nonce after the headers were sent
            nonce_of(environ)
        nonce = environ.setdefault(NONCE, None)
        policy: Policy = environ.get(POLICY, self.policy)
        wanted = policy.fields if nonce is None else policy.fields_with(nonce, status)
        if environ["wsgi.url_scheme"] == "https" and not self.app.debug:
            wanted = [*wanted, *policy.transport_fields]
        added = [(name, text) for name, text in wanted if name.lower() not in present]
        if nonce is None and "vary" not in present:
            return [*fields, *added]
        return keep_from_caches([*fields, *added], nonce)


def protected(name: str, value: str) -> Field:
    """Return a field as it is, or a cookie with the attributes that it lacked."""
    return name, complete_cookie(value) if name.lower() == "set-cookie" else value


def is_streamed_page(status: str, fields: Mapping[str, str]) -> bool:
    """Return whether fields, by lowercase name, belong to a streamed page."""
    if "content-length" in fields or status.startswith(BODILESS):
        return False
    return fields.get("content-type", "").startswith("text/html")


def keep_from_caches(fields: list[Field], nonce: str | None) -> list[Field]:
    """Tell caches not to keep a page with a nonce, or a visitor's own page.

    A view that set `Cache-Control` itself knows better, but not about nonces. Without
    an ETag, browsers don't ask whether the page they have is still current: a 304
    would come with another nonce.
    """
    headers = Headers(fields)
    if nonce is not None:
        headers["Cache-Control"] = "no-store"
        del headers["ETag"], headers["Last-Modified"]
    elif is_personal(headers):
        headers["Cache-Control"] = "no-store"
    return headers.to_wsgi_list()


def is_personal(headers: Headers) -> bool:
    """Return whether a response depends on cookies, and its view left caching to us."""
    is_one_visitors = "cookie" in ", ".join(headers.getlist("Vary")).lower()
    return is_one_visitors and headers.get("Cache-Control") in (None, "private")
