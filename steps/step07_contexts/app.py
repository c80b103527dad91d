"""The application: which function answers which path, and how its answer is sent.

Listening to the network is the work of a WSGI server, not of this module; what
goes into a view and comes out of it is described in `wrappers`, what a URL rule
is in `routing`, which handler answers an error in `errors`, what `request` and
`current_app` stand for in `ctx`, how an app is visited without a server in
`testing`, and the developer's server in `serving`.
Where the log goes is decided in `logging`.
"""

from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache
from logging import Logger
from typing import Any, TypeVar, cast
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.exceptions import HTTPException, InternalServerError, NotFound
from werkzeug.routing import Map, MapAdapter
from werkzeug.test import create_environ

from .ctx import Context, Globals, current_request
from .errors import (
    ErrorHandler,
    ErrorHandlerT,
    exception_class,
    find_handler,
    is_answer,
)
from .logging import make_logger
from .routing import Rule, make_rule
from .serving import serve
from .testing import AppClient
from .wrappers import Request, Response, make_response

View = Callable[..., Any]
ViewT = TypeVar("ViewT", bound=View)


class App:
    """A web application that any WSGI server can run (PEP 3333)."""

    # what views get and give: set subclasses here to have more in them
    request_class = Request
    response_class = Response
    # what rules are kept in, and what they are
    url_map_class = Map
    url_rule_class = Rule
    # what `g` stands for
    app_ctx_globals_class = Globals

    test_client_class = AppClient

    def __init__(self, import_name: str) -> None:
        self.import_name = import_name
        # raise unhandled errors instead of answering 500, so that a test or the
        # debugger sees them
        self.testing = False
        self.debug = False
        # rule -> endpoint
        self.url_map = self.url_map_class()
        # endpoint -> view
        self.view_functions: dict[str, View] = {}
        # exception class -> handler
        self.error_handlers: dict[type[Exception], ErrorHandler] = {}
        # (map, host, root path, scheme) -> adapter; bounded: clients choose hosts
        self.bind = lru_cache(maxsize=64)(self.url_map_class.bind)

    def __repr__(self) -> str:
        return f"<App {self.import_name!r}>"

    @cached_property
    def logger(self) -> Logger:
        """The app's logger, made at its first use: configure `logging` before."""
        return make_logger(self.import_name, self.debug)

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: View | None = None,
        provide_automatic_options: bool | None = None,
        *,
        methods: Iterable[str] | None = None,
        **options: Any,
    ) -> None:
        """Register `view_func` as the view of `rule`, under the name `endpoint`.

        Other options are those of Werkzeug's `Rule`. Raises `ValueError` if there
        is neither an endpoint nor a view, or if the endpoint has another view.
        """
        if endpoint is None:
            endpoint = default_endpoint(rule, view_func)
        self.check_endpoint(endpoint, view_func)
        self.url_map.add(
            make_rule(
                self.url_rule_class,
                rule,
                endpoint,
                view_func,
                methods,
                provide_automatic_options,
                **options,
            )
        )
        if view_func is not None:
            self.view_functions[endpoint] = view_func

    def check_endpoint(self, endpoint: str, view: View | None) -> None:
        """Raise `ValueError` if the endpoint has another view."""
        known = self.view_functions.get(endpoint, view)
        if view is not None and known != view:
            raise ValueError(
                f"endpoint {endpoint!r} has the view {known!r} already: rename"
                f" {view!r}, or give it an endpoint of its own"
            )

    def route(self, rule: str, **options: Any) -> Callable[[ViewT], ViewT]:
        """Register the decorated function as the view of `rule`."""

        def register(view: ViewT) -> ViewT:
            self.add_url_rule(rule, view_func=view, **options)
            return view

        return register

    def endpoint(self, endpoint: str) -> Callable[[ViewT], ViewT]:
        """Register the decorated function as the view of an endpoint's rules."""

        def register(view: ViewT) -> ViewT:
            self.view_functions[endpoint] = view
            return view

        return register

    def get(self, rule: str, **options: Any) -> Callable[[ViewT], ViewT]:
        """Shortcut for `route` with `methods=["GET"]`."""
        return self.route(rule, methods=["GET"], **options)

    def post(self, rule: str, **options: Any) -> Callable[[ViewT], ViewT]:
        """Shortcut for `route` with `methods=["POST"]`."""
        return self.route(rule, methods=["POST"], **options)

    def put(self, rule: str, **options: Any) -> Callable[[ViewT], ViewT]:
        """Shortcut for `route` with `methods=["PUT"]`."""
        return self.route(rule, methods=["PUT"], **options)

    def patch(self, rule: str, **options: Any) -> Callable[[ViewT], ViewT]:
        """Shortcut for `route` with `methods=["PATCH"]`."""
        return self.route(rule, methods=["PATCH"], **options)

    def delete(self, rule: str, **options: Any) -> Callable[[ViewT], ViewT]:
        """Shortcut for `route` with `methods=["DELETE"]`."""
        return self.route(rule, methods=["DELETE"], **options)

    def errorhandler(
        self, code_or_exception: type[Exception] | int
    ) -> Callable[[ErrorHandlerT], ErrorHandlerT]:
        """Register the decorated function as the handler for a code or a class."""

        def register(handler: ErrorHandlerT) -> ErrorHandlerT:
            self.register_error_handler(code_or_exception, handler)
            return handler

        return register

    def register_error_handler(
        self, code_or_exception: type[Exception] | int, f: ErrorHandler
    ) -> None:
        """Register `f` as the handler for a status code or an exception class."""
        self.error_handlers[exception_class(code_or_exception)] = f

    def create_url_adapter(self, request: Request) -> MapAdapter:
        """Return a URL adapter bound to the request's host and root path."""
        return self.bind(
            self.url_map, request.host, request.root_path, url_scheme=request.scheme
        )

    def match_request(self, request: Request) -> None:
        """Find the rule that matches the request's URL, and the rule's values.

        An exception (not found, a redirect) waits for `dispatch_request` to raise it.
        """
        query = request.query_string.decode(errors="replace")
        try:
            adapter = self.create_url_adapter(request)
            rule, values = adapter.match(
                request.path, request.method, return_rule=True, query_args=query
            )
        except Exception as error:
            request.routing_exception = error
        else:
            request.url_rule, request.view_args = cast(Rule, rule), dict(values)

    def dispatch_request(self) -> Response:
        """Call the view of the request's rule and return its response."""
        request = current_request()
        rule, values = request.url_rule, request.view_args
        if rule is None or values is None:
            raise request.routing_exception or NotFound()
        automatic = getattr(rule, "provide_automatic_options", False)
        if automatic and request.method == "OPTIONS":
            return self.make_default_options_response()
        result = self.view_functions[rule.endpoint](**values)
        return make_response(result, request, f"view {rule.endpoint!r}")

    def full_dispatch_request(self) -> Response:
        """Return the view's response, or the response to an error it raised."""
        try:
            return self.dispatch_request()
        except Exception as error:
            return self.handle_user_exception(error)

    def handle_user_exception(self, error: Exception) -> Response:
        """Return the response to an error: its handler's, or an HTTP error's own.

        Raises the error again if there is neither.
        """
        request = current_request()
        handler = None if is_answer(error) else find_handler(self.error_handlers, error)
        if handler is not None:
            result = handler(error)
            return make_response(result, request, f"error handler {handler!r}")
        if isinstance(error, HTTPException):
            return make_response(error.get_response(), request, f"{error!r}")
        raise error

    def handle_exception(self, error: Exception) -> Response:
        """Log an unhandled error and answer 500; raise it in debug and tests.

        A handler for 500 finds the error in `original_exception`.
        """
        if self.testing or self.debug:
            raise error
        request = current_request()
        # the visitor chose the path: its repr keeps line breaks out of the log
        where = f"{request.method} {request.path!r}"
        self.logger.error("Exception on %s", where, exc_info=error)
        failure = InternalServerError(original_exception=error)
        return self.handle_user_exception(failure)

    def make_default_options_response(self) -> Response:
        """Answer OPTIONS with the methods of the URL (RFC 9110, section 9.3.7)."""
        request, response = current_request(), self.response_class()
        adapter = self.create_url_adapter(request)
        response.allow.update(adapter.allowed_methods(request.path))
        return response

    def app_context(self) -> Context:
        """Return a context without a request: for scripts, shells and tests."""
        return Context(self)

    def request_context(self, environ: WSGIEnvironment) -> Context:
        """Return a context for answering one request."""
        return Context(self, self.make_request(environ))

    def make_request(self, environ: WSGIEnvironment) -> Request:
        """Return the request of an environ; it knows how the app answers it."""
        request = self.request_class(environ)
        request.response_class = self.response_class
        return request

    def test_request_context(self, *arguments: Any, **options: Any) -> Context:
        """Return the context of a made-up request, for `with` in a test or a shell.

        The arguments are those of Werkzeug's `EnvironBuilder`.
        """
        return self.request_context(create_environ(*arguments, **options))

    def test_client(self, use_cookies: bool = True, **options: Any) -> AppClient:
        """Return a client that visits this app without a server.

        Set `testing` first, so that an error in a view reaches the test.
        """
        return self.test_client_class(
            self, self.response_class, use_cookies=use_cookies, **options
        )

    def run(
        self,
        host: str = "127.0.0.1",
        port: int = 5000,
        debug: bool | None = None,
        **options: Any,
    ) -> None:
        """Serve the app to its developer; never to anyone else.

        With `debug` the server restarts on a change, and an unhandled error opens
        a debugger if only this machine can reach it. `use_debugger=True` turns the
        debugger on for any host; without `debug` it offers little but its console.
        Other options are those of Werkzeug's `run_simple`.
        """
        if debug is not None:
            self.debug = debug
        serve(self, host, port, self.debug, **options)

    def wsgi_app(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer one request. Wrap this, not the app, to add middleware."""
        try:
            context = self.request_context(environ)
        except HTTPException as error:
            # no view could read it: the exception is the response
            return error(environ, start_response)
        with context:
            keep_context(environ, context)
            try:
                response = self.full_dispatch_request()
            except Exception as error:
                response = self.handle_exception(error)
            return response(environ, start_response)

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        return self.wsgi_app(environ, start_response)


def default_endpoint(rule: str, view: View | None) -> str:
    """Name an endpoint after its view."""
    if view is None:
        raise ValueError(f"rule {rule!r} has neither an endpoint nor a view: give one")
    return view.__name__


def keep_context(environ: WSGIEnvironment, context: Context) -> None:
    """Hand the context to a test client or a debugger that has asked for it."""
    keep = environ.get("werkzeug.debug.preserve_context")
    if keep is not None:
        keep(context)
