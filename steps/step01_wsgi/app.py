"""The application: which function answers which path, and how its answer is sent.

Listening to the network is the work of a WSGI server, not of this module.
"""

from collections.abc import Callable, Iterable
from functools import cache
from http import HTTPStatus
from inspect import signature
from typing import Any, TypeVar
from wsgiref.headers import Headers
from wsgiref.types import StartResponse, WSGIEnvironment

View = Callable[..., Any]
ViewT = TypeVar("ViewT", bound=View)
# text, status and headers
Answer = tuple[str, int, dict[str, str]]


class App:
    """A web application that any WSGI server can run (PEP 3333)."""

    def __init__(self, import_name: str) -> None:
        self.import_name = import_name
        # path -> view
        self.views: dict[str, View] = {}

    def __repr__(self) -> str:
        return f"<App {self.import_name!r}>"

    def route(self, path: str) -> Callable[[ViewT], ViewT]:
        """Register the decorated function as the view of `path`."""

        def register(view: ViewT) -> ViewT:
            self.views[path] = view
            return view

        return register

    def dispatch_request(self, environ: WSGIEnvironment) -> Answer:
        """Call the requested path's view; return text, status and headers."""
        view = self.views.get(requested_path(environ), not_found)
        arguments = {"environ": environ} if wants(view, "environ") else {}
        return unpack(view(**arguments), f"view {view.__name__!r}")

    def wsgi_app(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer one request. Wrap this, not the app, to add middleware."""
        text, status, extra = self.dispatch_request(environ)
        body = text.encode()
        start_response(status_line(status), header_list(extra, len(body)))
        return [body]

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        return self.wsgi_app(environ, start_response)


def not_found() -> Answer:
    return "<h1>Not Found</h1>\n", 404, {}


def requested_path(environ: WSGIEnvironment) -> str:
    """Decode the path: UTF-8 that the server had to pass as Latin-1 (PEP 3333)."""
    # a server may leave an empty path out: it's the root of the app
    path: str = environ.get("PATH_INFO") or "/"
    return path.encode("latin-1").decode(errors="replace")


@cache
def wants(function: View, name: str) -> bool:
    """Return whether the function has a parameter of that name."""
    return name in signature(function).parameters


def unpack(result: object, source: str) -> Answer:
    """Normalize what a view returned; `source` names the view in errors."""
    match result:
        case str(text):
            return text, 200, {}
        case str(text), int(status), dict(headers):
            return text, status, headers
    raise TypeError(
        f"{source} returned {result!r}: return a string, or a tuple of"
        " text, status and headers (a `return` may be missing)"
    )


def status_line(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}"


def header_list(extra: dict[str, str], length: int) -> list[tuple[str, str]]:
    """Return a view's headers, and those that every response has.

    Raises `ValueError` if a header would break out of its line
    (RFC 9110, section 5.5).
    """
    for name, value in extra.items():
        check_header(name, value)
    headers = Headers(list(extra.items()))
    headers.setdefault("Content-Type", "text/html; charset=utf-8")
    headers["Content-Length"] = str(length)
    return headers.items()


def check_header(name: str, value: str) -> None:
    if any(character in name + value for character in "\r\n\0"):
        raise ValueError(
            f"header {name!r} has the value {value!r}: a header is one line,"
            " so remove line breaks and NUL before you set it"
        )
