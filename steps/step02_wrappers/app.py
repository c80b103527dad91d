"""The application: which function answers which path, and how its answer is sent.

Listening to the network is the work of a WSGI server, not of this module; what
goes into a view and comes out of it is described in `wrappers`.
"""

from collections.abc import Callable, Iterable
from functools import cache
from inspect import signature
from typing import Any, TypeVar
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.exceptions import HTTPException

from .wrappers import Request, Response, make_response

View = Callable[..., Any]
ViewT = TypeVar("ViewT", bound=View)


class App:
    """A web application that any WSGI server can run (PEP 3333)."""

    # what views get and give: set subclasses here to have more in them
    request_class = Request
    response_class = Response

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

    def dispatch_request(self, request: Request) -> Response:
        """Call the requested path's view and return its response."""
        view = self.views.get(request.path, not_found)
        result = call(view, request)
        return make_response(result, request, f"view {view.__name__!r}")

    def make_request(self, environ: WSGIEnvironment) -> Request:
        """Return the request of an environ; it knows how the app answers it."""
        request = self.request_class(environ)
        request.response_class = self.response_class
        return request

    def wsgi_app(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer one request. Wrap this, not the app, to add middleware."""
        try:
            request = self.make_request(environ)
        except HTTPException as error:
            # no view could read it: the exception is the response
            return error(environ, start_response)
        response = self.dispatch_request(request)
        return response(environ, start_response)

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        return self.wsgi_app(environ, start_response)


def not_found() -> tuple[str, int]:
    return "<h1>Not Found</h1>\n", 404


def call(function: View, request: Request) -> Any:
    """Call a view, with the request if it names it."""
    return function(request=request) if wants(function, "request") else function()


@cache
def wants(function: View, name: str) -> bool:
    """Return whether the function has a parameter of that name."""
    return name in signature(function).parameters
