"""The application: which function answers which path, and how its answer is sent.

Listening to the network is the work of a WSGI server, not of this module; what
goes into a view and comes out of it is described in `wrappers`, what a URL rule
is in `routing`, which handler answers an error in `errors`, what `request` and
`current_app` stand for in `ctx`, what views may call in `helpers`, what is told to
listeners in `signals`, how settings are read in `config`, where files are in
`paths`, how an app is visited without a server in `testing`, and the developer's
server in `serving`.
Where the log goes is decided in `logging`.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cached_property, lru_cache, wraps
from inspect import iscoroutinefunction
from itertools import chain
from logging import Logger
from pathlib import Path
from types import TracebackType
from typing import IO, Any, TypeVar, cast
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.exceptions import (
    Aborter,
    BadRequest,
    BadRequestKeyError,
    HTTPException,
    InternalServerError,
    NotFound,
)
from werkzeug.routing import BuildError, Map, MapAdapter
from werkzeug.wrappers import Response as ResponseBase

from .config import Config, ConfigAttribute
from .ctx import (
    After,
    AfterT,
    Context,
    Globals,
    active,
    current_context,
    current_request,
)
from .errors import (
    ErrorHandler,
    ErrorHandlerT,
    call_all,
    exception_class,
    find_handler,
    is_answer,
)
from .helpers import make_redirect
from .logging import make_logger
from .paths import find_instance_path, find_name, find_root_path, open_file
from .routing import Rule, make_rule
from .serving import serve
from .signals import (
    appcontext_tearing_down,
    got_request_exception,
    request_finished,
    request_started,
    request_tearing_down,
    send,
)
from .testing import AppClient, build_environ
from .wrappers import Request, Response, hint_about, make_response

Method = TypeVar("Method", bound=Callable[..., Any])
View = Callable[..., Any]
ViewT = TypeVar("ViewT", bound=View)
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]
Before = Callable[[], Any]
BeforeT = TypeVar("BeforeT", bound=Before)
Teardown = Callable[[BaseException | None], Any]
TeardownT = TypeVar("TeardownT", bound=Teardown)
URLValues = dict[str, Any]
URLDefaults = Callable[[str, URLValues], None]
URLDefaultsT = TypeVar("URLDefaultsT", bound=URLDefaults)
URLValuePreprocessor = Callable[[str | None, URLValues | None], None]
URLValuePreprocessorT = TypeVar("URLValuePreprocessorT", bound=URLValuePreprocessor)
BuildErrorHandler = Callable[[BuildError, str, URLValues], str | None]

# the configuration keys that say where an app lives: host, path, scheme
LOCATION = ("SERVER_NAME", "APPLICATION_ROOT", "PREFERRED_URL_SCHEME")
# what a URL's fragment may contain unquoted (RFC 3986, section 3.5), and the percent
# sign of what is quoted already
IN_FRAGMENT = "%!$&'()*+,/:;=?@"


def setup(method: Method) -> Method:
    """Make a set-up method raise `RuntimeError` after the first request."""

    @wraps(method)
    def checked(app: "App", *arguments: Any, **options: Any) -> Any:
        if app.has_started:
            raise RuntimeError(
                f"{method.__name__} can't be called after the first request:"
                f" {app!r} has answered one without it; set the app up where it"
                " is made, or in modules imported there"
            )
        return method(app, *arguments, **options)

    return cast(Method, checked)


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
    # what `abort` calls
    aborter_class = Aborter

    config_class = Config
    test_client_class = AppClient
    # True from the first request on: it's too late to set anything up
    has_started = False

    default_config: Mapping[str, Any] = {
        "DEBUG": False,
        "TESTING": False,
        # raise unhandled errors instead of answering 500, so that a test or the
        # debugger sees them; None means "when testing or debugging"
        "PROPAGATE_EXCEPTIONS": None,
        # raise HTTP errors that have no handler: all of them, or those of 400;
        # None means "missing form fields, when debugging"
        "TRAP_HTTP_EXCEPTIONS": False,
        "TRAP_BAD_REQUEST_ERRORS": None,
        # where the app lives; a request knows its own mount point and scheme
        "SERVER_NAME": None,
        "APPLICATION_ROOT": "/",
        "PREFERRED_URL_SCHEME": "http",
    }

    debug = ConfigAttribute[bool]("DEBUG")
    testing = ConfigAttribute[bool]("TESTING")

    def __init__(
        self,
        import_name: str,
        *,
        instance_path: str | None = None,
        instance_relative_config: bool = False,
        root_path: str | None = None,
    ) -> None:
        """Make an app whose files are next to the module `import_name`.

        Configuration files are there, too, or in the instance folder with
        `instance_relative_config`. Raises `ValueError` if the instance path is not
        absolute.
        """
        self.import_name = import_name
        self.root_path = root_path or find_root_path(import_name)
        self.instance_path = instance_path or find_instance_path(import_name)
        if not Path(self.instance_path).is_absolute():
            raise ValueError(f"instance_path must be absolute, not {instance_path!r}")
        home = self.instance_path if instance_relative_config else self.root_path
        self.config = self.config_class(home, self.default_config)
        self.aborter = self.make_aborter()
        # name of an extension -> what it keeps for this app
        self.extensions: dict[str, Any] = {}
        # rule -> endpoint
        self.url_map = self.url_map_class()
        # endpoint -> view
        self.view_functions: dict[str, View] = {}
        # exception class -> handler
        self.error_handlers: dict[type[Exception], ErrorHandler] = {}
        # called with endpoint and values: before the values become a URL, after a
        # URL became values, and when no URL can be built
        self.url_default_functions: list[URLDefaults] = []
        self.url_value_preprocessors: list[URLValuePreprocessor] = []
        self.url_build_error_handlers: list[BuildErrorHandler] = []
        # called around each request: before the view, with its response, at the end
        self.before_request_funcs: list[Before] = []
        self.after_request_funcs: list[After] = []
        self.teardown_request_funcs: list[Teardown] = []
        # called when any context ends
        self.teardown_appcontext_funcs: list[Teardown] = []
        # (map, host, root path, scheme) -> adapter; bounded: clients choose hosts
        self.bind = lru_cache(maxsize=64)(self.url_map_class.bind)

    @property
    def name(self) -> str:
        """The name of the app's module, or of its file if that is being run."""
        return find_name(self.import_name)

    def __repr__(self) -> str:
        return f"<App {self.import_name!r}>"

    @cached_property
    def logger(self) -> Logger:
        """The app's logger, made at its first use: configure `logging` before."""
        return make_logger(self.import_name, self.debug)

    @setup
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

    @setup
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

    @setup
    def register_error_handler(
        self, code_or_exception: type[Exception] | int, f: ErrorHandler
    ) -> None:
        """Register `f` as the handler for a status code or an exception class."""
        self.error_handlers[exception_class(code_or_exception)] = f

    @setup
    def before_request(self, function: BeforeT) -> BeforeT:
        """Register a function to call before each view.

        If it returns anything but None, that is the response, and no view is called.
        """
        self.before_request_funcs.append(function)
        return function

    @setup
    def after_request(self, function: AfterT) -> AfterT:
        """Register a function that gets each response and returns it, or another.

        The last one registered is called first.
        """
        self.after_request_funcs.append(function)
        return function

    @setup
    def teardown_request(self, function: TeardownT) -> TeardownT:
        """Register a function to call at each request's end, whatever happened.

        It gets the unhandled error, or None.
        """
        refuse_async(function)
        self.teardown_request_funcs.append(function)
        return function

    @setup
    def teardown_appcontext(self, function: TeardownT) -> TeardownT:
        """Register a function to call at the end of every context, a request's too."""
        refuse_async(function)
        self.teardown_appcontext_funcs.append(function)
        return function

    @setup
    def url_defaults(self, function: URLDefaultsT) -> URLDefaultsT:
        """Register a function that adds to the values of each URL being built."""
        refuse_async(function)
        self.url_default_functions.append(function)
        return function

    @setup
    def url_value_preprocessor(
        self, function: URLValuePreprocessorT
    ) -> URLValuePreprocessorT:
        """Register a function that changes a URL's values before the view."""
        refuse_async(function)
        self.url_value_preprocessors.append(function)
        return function

    def create_url_adapter(self, request: Request | None) -> MapAdapter:
        """Return a URL adapter bound to the request, or to SERVER_NAME without one.

        A configured host takes precedence over the request's, because a client can
        send any host. Raises `RuntimeError` if there is neither.
        """
        if request is not None:
            host = self.config["SERVER_NAME"] or request.host
            return self.bind(
                self.url_map, host, request.root_path, url_scheme=request.scheme
            )
        host, path, scheme = (self.config[key] for key in LOCATION)
        if host is None:
            raise RuntimeError(
                "Can't build a URL outside of a request without a host: set"
                " config['SERVER_NAME'] (and APPLICATION_ROOT and"
                " PREFERRED_URL_SCHEME unless they're '/' and 'http')."
            )
        return self.bind(self.url_map, host, path, url_scheme=scheme)

    def base_url(self) -> str:
        """Return the URL of the app's root, as configured."""
        host, path, scheme = (self.config[key] for key in LOCATION)
        return f"{scheme}://{host or 'localhost'}/{path.lstrip('/')}"

    def url_for(
        self,
        /,
        endpoint: str,
        *,
        _anchor: str | None = None,
        _method: str | None = None,
        _scheme: str | None = None,
        _external: bool | None = None,
        **values: Any,
    ) -> str:
        """Return the URL of an endpoint; values not in its rule become the query.

        It's a path. With `_external` or `_scheme`, and outside of a request, it's an
        absolute URL. Raises `BuildError` if no rule fits, `ValueError` for a scheme
        in a URL that is not external, `RuntimeError` if no host is known.
        """
        request = self.own_request()
        if _external is None:
            _external = request is None or _scheme is not None
        if _scheme is not None and not _external:
            raise ValueError(
                f"_scheme={_scheme!r} needs an absolute URL, but _external is False"
            )
        adapter = self.create_url_adapter(request)
        self.inject_url_defaults(endpoint, values)
        try:
            url = adapter.build(
                endpoint, values, _method, _external, url_scheme=_scheme
            )
        except BuildError as error:
            asked = {"_anchor": _anchor, "_method": _method, "_scheme": _scheme}
            values.update(asked, _external=_external)
            return self.handle_url_build_error(error, endpoint, values)
        return url if _anchor is None else f"{url}#{quote(_anchor, safe=IN_FRAGMENT)}"

    def redirect(self, location: str, code: int = 302) -> Response:
        """Return a redirect of the app's response class."""
        return make_redirect(location, code, self.response_class)

    def make_aborter(self) -> Aborter:
        """Return the object that `abort` calls; a subclass may know more codes."""
        return self.aborter_class()

    def own_request(self) -> Request | None:
        """Return the active request if it is this app's, else None."""
        context = active.get(None)
        return context.request if context and context.app is self else None

    def inject_url_defaults(self, endpoint: str, values: URLValues) -> None:
        """Add the values that `url_defaults` functions know."""
        for function in self.url_default_functions:
            function(endpoint, values)

    def handle_url_build_error(
        self, error: BuildError, endpoint: str, values: URLValues
    ) -> str:
        """Return the URL of the first handler that has one, or raise the error.

        A handler that has none returns `None` or raises `BuildError`.
        """
        for handler in self.url_build_error_handlers:
            with suppress(BuildError):
                url = handler(error, endpoint, values)
                if url is not None:
                    return url
        raise error

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

    def preprocess_request(self) -> Response | None:
        """Call what comes before the view, and return a response if one replaces it."""
        request = current_request()
        for preprocess in self.url_value_preprocessors:
            preprocess(request.endpoint, request.view_args)
        for function in self.before_request_funcs:
            result = function()
            if result is not None:
                return make_response(result, request, f"before_request {function!r}")
        return None

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
        """Return the finished response: the view's, a hook's or an error handler's."""
        try:
            self.has_started = True
            send(request_started, self)
            response = self.preprocess_request()
            if response is None:
                response = self.dispatch_request()
        except Exception as error:
            response = self.handle_user_exception(error)
        return self.finalize_request(response)

    def finalize_request(
        self, result: Any, from_error_handler: bool = False
    ) -> Response:
        """Return the response as it will be sent, after the hooks.

        If a hook fails on the response to an error, only log that.
        """
        if not isinstance(result, ResponseBase):
            # an overridden `dispatch_request` may return anything a view may
            result = make_response(result, current_request(), "dispatch_request")
        response: Response = result
        try:
            response = self.process_response(response)
            send(request_finished, self, response=response)
        except BaseException as error:
            if not from_error_handler or not isinstance(error, Exception):
                self.discard(response)
                raise
            self.logger.exception("A hook failed on the response to an error")
        return response

    def process_response(self, response: Response) -> Response:
        """Pass a response through the hooks, and return what comes out.

        Raises `TypeError` if one of them returns no response.
        """
        own = current_context().after_request_functions
        for function in chain(own, reversed(self.after_request_funcs)):
            response = function(response)
            if not isinstance(response, ResponseBase):
                raise TypeError(
                    f"after_request {function!r} returned {response!r}: return the"
                    f" response, changed or unchanged{hint_about(response)}"
                )
        return response

    def handle_user_exception(self, error: Exception) -> Response:
        """Return the response to an error: its handler's, or an HTTP error's own.

        Raises the error again if there is neither.
        """
        if isinstance(error, HTTPException) and not self.trap_http_exception(error):
            return self.handle_http_exception(error)
        if isinstance(error, BadRequestKeyError):
            # for the developer: the traceback says which field is missing
            error.show_exception = True
        handler = find_handler(self.error_handlers, error)
        if handler is None:
            raise error
        result = handler(error)
        return make_response(result, current_request(), f"error handler {handler!r}")

    def trap_http_exception(self, error: HTTPException) -> bool:
        """Return whether an HTTP error is raised, if no handler takes it."""
        if is_answer(error):
            return False
        if self.config["TRAP_HTTP_EXCEPTIONS"]:
            return True
        trap: bool | None = self.config["TRAP_BAD_REQUEST_ERRORS"]
        if trap is None:
            return isinstance(error, BadRequestKeyError) and self.debug
        return trap and isinstance(error, BadRequest)

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Return the response of an HTTP error's handler, or else the error's own."""
        handler = None if is_answer(error) else find_handler(self.error_handlers, error)
        result = error.get_response() if handler is None else handler(error)
        return make_response(result, current_request(), f"error handler {handler!r}")

    def handle_exception(self, error: Exception) -> Response:
        """Log an unhandled error and answer 500; raise it in debug and tests.

        A handler for 500 finds the error in `original_exception`.
        """
        send(got_request_exception, self, exception=error)
        if self.propagates_exceptions():
            raise error
        self.log_exception((type(error), error, error.__traceback__))
        failure = InternalServerError(original_exception=error)
        response = self.handle_user_exception(failure)
        return self.finalize_request(response, from_error_handler=True)

    def propagates_exceptions(self) -> bool:
        """Return whether errors propagate to a test, or to the debugger."""
        propagate: bool | None = self.config["PROPAGATE_EXCEPTIONS"]
        return self.testing or self.debug if propagate is None else propagate

    def log_exception(self, exc_info: ExcInfo) -> None:
        """Log an unhandled error. Override this to send it by mail, say."""
        request = current_request()
        # the visitor chose the path: its repr keeps line breaks out of the log
        where = f"{request.method} {request.path!r}"
        self.logger.error("Exception on %s", where, exc_info=exc_info)

    def should_ignore_error(self, error: BaseException) -> bool:
        """Return whether teardown functions should get None instead of an error."""
        return False

    def make_default_options_response(self) -> Response:
        """Answer OPTIONS with the methods of the URL (RFC 9110, section 9.3.7)."""
        request, response = current_request(), self.response_class()
        adapter = self.create_url_adapter(request)
        response.allow.update(adapter.allowed_methods(request.path))
        return response

    def do_teardown_request(self, exc: BaseException | None = None) -> None:
        """Call what `teardown_request` registered, the last one first.

        Then send the signal. All are called, even if some raise: see `call_all`.
        """
        functions = self.teardown_request_funcs[::-1]
        if request_tearing_down.receivers:
            functions.append(lambda exc: request_tearing_down.send(self, exc=exc))
        if functions:
            call_all(functions, exc)

    def do_teardown_appcontext(self, exc: BaseException | None = None) -> None:
        """Call what `teardown_appcontext` registered, the last one first.

        Then send the signal. All are called, even if some raise: see `call_all`.
        """
        functions = self.teardown_appcontext_funcs[::-1]
        if appcontext_tearing_down.receivers:
            functions.append(lambda exc: appcontext_tearing_down.send(self, exc=exc))
        if functions:
            call_all(functions, exc)

    def open_resource(
        self, resource: str, mode: str = "rb", encoding: str = "utf-8"
    ) -> IO[Any]:
        """Open a file that came with the code, in `root_path`.

        Raises `ValueError` for a mode that is not for reading.
        """
        if mode not in ("r", "rt", "rb"):
            raise ValueError(
                f"mode is {mode!r}, but resources are read-only: use 'r' or 'rb'"
            )
        return open_file(self.root_path, resource, mode, encoding)

    def open_instance_resource(
        self, resource: str, mode: str = "rb", encoding: str = "utf-8"
    ) -> IO[Any]:
        """Open a file of this installation, in `instance_path`."""
        return open_file(self.instance_path, resource, mode, encoding)

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

        The arguments are a path or an absolute URL, `base_url` or else `subdomain`
        and `url_scheme`, and those of Werkzeug's `EnvironBuilder`.
        """
        return self.request_context(build_environ(self, *arguments, **options))

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
        response = None
        try:
            with context:
                keep_context(environ, context)
                response = self.respond(context)
                return response(environ, start_response)
        except BaseException:
            if response is not None:
                self.discard(response)
            raise

    def respond(self, context: Context) -> Response:
        """Return the response to the active request, even if its view fails."""
        try:
            return self.full_dispatch_request()
        except Exception as error:
            context.error = error
            return self.handle_exception(error)

    def discard(self, response: ResponseBase) -> None:
        """Close a response that can't be sent. If that fails, log it."""
        try:
            response.close()
        except Exception:
            self.logger.exception("%r could not be closed", response)

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        return self.wsgi_app(environ, start_response)


def refuse_async(function: Callable[..., Any]) -> None:
    """Raise `TypeError` for an `async def` whose coroutine would be dropped."""
    if iscoroutinefunction(function):
        raise TypeError(
            f"{function!r} is an `async def`, but nothing awaits it here: use `def`"
        )


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
