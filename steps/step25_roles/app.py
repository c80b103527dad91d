"""The application: what happens to a request, from the server and back to it.

Listening to the network is the work of a WSGI server, not of this module; what
goes into a view and comes out of it is described in `wrappers`, what an app shares
with the blueprints in `blueprints` in `scaffold`, which view answers which URL in
`urls`, what is called around the view in `hooks`, which handler answers an error in
`errors`, what `request` and `current_app` stand for in `ctx`, what views may call in
`helpers`, what is told to listeners in `signals`, how settings are read in `config`,
where files are in `paths`, how they are sent in `static`, how pages are rendered in
`templating`, what is remembered of a visitor in `sessions`, how an app is visited
without a server in `testing`, what commands know of an app in `script`, and the
developer's server in `serving`.
Where the log goes is decided in `logging`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, ValuesView
from datetime import timedelta
from functools import cached_property
from itertools import chain
from logging import Logger
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn, cast
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.exceptions import Aborter, HTTPException, NotFound
from werkzeug.wrappers import Response as ResponseBase

from . import environment
from .bridge import is_async, run_to_end
from .config import DEFAULTS, Config, ConfigAttribute, as_timedelta
from .ctx import (
    Context,
    Globals,
    current_context,
    current_request,
    g,
)
from .errors import ErrorHandling, HandlerSpec, error_response
from .helpers import make_redirect
from .hooks import (
    After,
    Before,
    ContextProcessor,
    ContextProcessorT,
    Registry,
    Step,
    Teardown,
    TeardownT,
    URLDefaults,
    URLValuePreprocessor,
    call_all,
    functions_for,
    setup,
)
from .json import JSONProvider
from .logging import make_logger
from .paths import find_instance_path, find_name, open_file
from .scaffold import Scaffold
from .script import must_not_block
from .serving import find_address, serve
from .sessions import (
    SecureCookieSessionInterface,
    SessionInterface,
    mark_as_personal,
)
from .signals import (
    appcontext_tearing_down,
    request_finished,
    request_started,
    request_tearing_down,
    send,
)
from .static import PathLike
from .templating import Templating
from .testing import AppClient, AppCliRunner, build_environ
from .urls import Router
from .wrappers import Request, Response, hint_about, make_response

if TYPE_CHECKING:
    # for types alone: it comes by `register_blueprint`
    from .blueprints import Blueprint


class App(Router, Scaffold, Templating, ErrorHandling):
    """A web application that any WSGI server can run (PEP 3333)."""

    # what views get and give: set subclasses here to have more in them
    request_class = Request
    response_class = Response
    # what `g` stands for
    app_ctx_globals_class = Globals
    # what `abort` calls
    aborter_class = Aborter

    config_class = Config
    json_provider_class = JSONProvider
    test_client_class = AppClient
    test_cli_runner_class = AppCliRunner
    # True from the first request on: it's too late to set anything up
    has_started = False

    default_config: Mapping[str, Any] = DEFAULTS
    session_interface: SessionInterface = SecureCookieSessionInterface()

    debug = ConfigAttribute[bool]("DEBUG")
    testing = ConfigAttribute[bool]("TESTING")
    secret_key = ConfigAttribute[str | bytes | None]("SECRET_KEY")
    permanent_session_lifetime = ConfigAttribute[timedelta](
        "PERMANENT_SESSION_LIFETIME", as_timedelta
    )

    def __init__(
        self,
        import_name: str,
        static_url_path: str | None = None,
        static_folder: PathLike | None = "static",
        static_host: str | None = None,
        host_matching: bool = False,
        subdomain_matching: bool = False,
        template_folder: PathLike | None = "templates",
        instance_path: str | None = None,
        instance_relative_config: bool = False,
        root_path: str | None = None,
    ) -> None:
        """Make an app whose files are next to the module `import_name`.

        Configuration files are there, too, or in the instance folder with
        `instance_relative_config`. With `host_matching`, each rule says for which
        host it is, and `static_host` does for the static files; with
        `subdomain_matching`, rules may have a subdomain of `SERVER_NAME`. Raises
        `ValueError` if the instance path is not absolute, or if `static_host` is
        missing or useless.
        """
        Scaffold.__init__(
            self,
            import_name,
            static_folder,
            static_url_path,
            template_folder,
            root_path,
        )
        Router.__init__(self, host_matching, subdomain_matching)
        self.cli.name = self.name
        self.instance_path = instance_path or self.auto_find_instance_path()
        if not Path(self.instance_path).is_absolute():
            raise ValueError(f"instance_path must be absolute, not {instance_path!r}")
        self.config = self.make_config(instance_relative_config)
        self.aborter = self.make_aborter()
        # name of an extension -> what it keeps for this app
        self.extensions: dict[str, Any] = {}
        self.json = self.json_provider_class(self)
        # options of Jinja's environment, which is made at its first use
        self.jinja_options: dict[str, Any] = {}
        # full name -> blueprint, in the order of their registration
        self.blueprints: dict[str, Blueprint] = {}
        # scope -> status code, or None for a class without one -> class -> handler
        self.error_handler_spec: HandlerSpec = defaultdict(lambda: defaultdict(dict))
        # called with endpoint and values: before the values become a URL, and after a
        # URL became values
        self.url_default_functions: Registry[URLDefaults] = defaultdict(list)
        self.url_value_preprocessors: Registry[URLValuePreprocessor] = defaultdict(list)
        # called around each request: before the view, with its response, at the end
        self.before_request_funcs: Registry[Before] = defaultdict(list)
        self.after_request_funcs: Registry[After] = defaultdict(list)
        self.teardown_request_funcs: Registry[Teardown] = defaultdict(list)
        # called before each rendering: templates know the names they return
        self.template_context_processors: Registry[ContextProcessor] = defaultdict(list)
        # called when any context ends
        self.teardown_appcontext_funcs: list[Teardown] = []
        # called when a shell starts: the prompt knows the names they return
        self.shell_context_processors: list[ContextProcessor] = []
        if self.has_static_folder:
            self.serve_static(static_host)

    def auto_find_instance_path(self) -> str:
        """Return the instance folder of an app that wasn't made with one."""
        return find_instance_path(self.import_name)

    def make_config(self, instance_relative: bool = False) -> Config:
        """Return the first settings: the defaults, in debug mode by FLASK_DEBUG.

        The names of configuration files are relative to one of the app's folders.
        """
        home = self.instance_path if instance_relative else self.root_path
        debug = environment.get_debug_flag()
        return self.config_class(home, {**self.default_config, "DEBUG": debug})

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

    def apply(self, step: Step) -> None:
        """Call a set-up step now, for the whole app."""
        step(self, None)

    def check_setup(self, method: str) -> None:
        """Raise `RuntimeError` after the first request."""
        if self.has_started:
            raise RuntimeError(
                f"{method} can't be called after the first request: {self!r} has"
                " answered one without it; set the app up where it is made, or in"
                " modules imported there"
            )

    def serve_static(self, host: str | None) -> None:
        """Add the route `static`, which serves the files of the static folder."""
        if self.url_map.host_matching != bool(host):
            raise ValueError(
                f"static_host is {host!r}, and host_matching is"
                f" {self.url_map.host_matching}: give both or neither, or leave out"
                " the static files with static_folder=None"
            )
        rule = f"{self.static_url_path}/<path:filename>"
        self.add_url_rule(rule, "static", self.send_static_file, host=host)

    @setup
    def register_blueprint(self, blueprint: "Blueprint", **options: Any) -> None:
        """Add what a blueprint has recorded to this app: see `Blueprint.register`.

        The options are the blueprint's own `url_prefix`, `subdomain`, `url_defaults`
        and `name`, each in place of that of the blueprint. Raises `ValueError` if
        the name is taken.
        """
        blueprint.register(self, options)

    def iter_blueprints(self) -> ValuesView["Blueprint"]:
        """Return the blueprints in the order of their registration."""
        return self.blueprints.values()

    @setup
    def teardown_appcontext(self, function: TeardownT) -> TeardownT:
        """Register a function to call at the end of every context, a request's too."""
        self.teardown_appcontext_funcs.append(self.ensure_sync(function))
        return function

    @setup
    def shell_context_processor(self, f: ContextProcessorT) -> ContextProcessorT:
        """Register a function that returns names for the command `shell`."""
        self.shell_context_processors.append(self.ensure_sync(f))
        return f

    def make_shell_context(self) -> dict[str, Any]:
        """Return the names that a shell's prompt knows."""
        names: dict[str, Any] = {"app": self, "g": g}
        for function in self.shell_context_processors:
            names.update(function())
        return names

    def redirect(self, location: str, code: int = 302) -> Response:
        """Return a redirect of the app's response class."""
        return make_redirect(location, code, self.response_class)

    def make_aborter(self) -> Aborter:
        """Return the object that `abort` calls; a subclass may know more codes."""
        return self.aborter_class()

    def preprocess_request(self) -> Response | None:
        """Call what comes before the view, and return a response if one replaces it."""
        request = current_request()
        for preprocess in functions_for(self.url_value_preprocessors, request.scopes):
            preprocess(request.endpoint, request.view_args)
        for function in functions_for(self.before_request_funcs, request.scopes):
            result = function()
            if result is not None:
                request.source = f"before_request {function!r}"
                return self.make_response(result)
        return None

    def dispatch_request(self) -> Response:
        """Call the view of the request's rule and return its response."""
        request = current_request()
        rule, values = request.url_rule, request.view_args
        if rule is None or values is None:
            self.raise_routing_exception(request)
        automatic = getattr(rule, "provide_automatic_options", False)
        if automatic and request.method == "OPTIONS":
            return self.make_default_options_response()
        result = self.view_functions[rule.endpoint](**values)
        request.source = f"view {rule.endpoint!r}"
        return self.make_response(result)

    def raise_routing_exception(self, request: Request) -> NoReturn:
        """Raise what `dispatch_request` raises for a URL that has no view."""
        raise request.routing_exception or NotFound()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function to call without `await`: an `async def` is run to its end.

        Whatever is registered comes through here, once. A function that isn't async
        is returned as it is, so calling it costs nothing more.
        """
        return self.async_to_sync(func) if is_async(func) else func

    def async_to_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap an `async def` that is called without `await`: see `run_to_end`.

        Override this to run it in a loop of your own, or in another library's.
        """
        return run_to_end(func)

    def make_response(self, rv: Any) -> Response:
        """Turn what a view, a hook or an error handler returned into a response.

        All of them come through here, so an override can let them return more.
        """
        request = current_request()
        if isinstance(rv, HTTPException):
            rv = error_response(rv, request)
        return make_response(rv, request, request.source)

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
            current_request().source = "dispatch_request"
            result = self.make_response(result)
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
        context = current_context()
        own, request = context.after_request_functions, cast(Request, context.request)
        functions = functions_for(self.after_request_funcs, request.scopes)
        for function in chain(own, reversed(functions)):
            response = function(response)
            if not isinstance(response, ResponseBase):
                raise TypeError(
                    f"after_request {function!r} returned {response!r}: return the"
                    f" response, changed or unchanged{hint_about(response)}"
                )
        self.save_session(context, response)
        return response

    def save_session(self, context: Context, response: Response) -> None:
        """Save the session, if a view or a hook has used it."""
        request, interface = cast(Request, context.request), self.session_interface
        session = request.opened_session
        if session is not None and not interface.is_null_session(session):
            mark_as_personal(response)
            interface.save_session(self, session, response)

    def make_default_options_response(self) -> Response:
        """Answer OPTIONS with the methods of the URL (RFC 9110, section 9.3.7)."""
        request, response = current_request(), self.response_class()
        adapter = self.create_url_adapter(request)
        response.allow.update(adapter.allowed_methods())
        return response

    def do_teardown_request(self, exc: BaseException | None = None) -> None:
        """Call what `teardown_request` registered, the last one first.

        Then send the signal. All are called, even if some raise: see `call_all`.
        """
        scopes = current_request().scopes
        functions = functions_for(self.teardown_request_funcs, scopes)[::-1]
        if request_tearing_down.receivers:
            functions.append(lambda exc: send(request_tearing_down, self, exc=exc))
        if functions:
            call_all(functions, exc)

    def do_teardown_appcontext(self, exc: BaseException | None = None) -> None:
        """Call what `teardown_appcontext` registered, the last one first.

        Then send the signal. All are called, even if some raise: see `call_all`.
        """
        functions = self.teardown_appcontext_funcs[::-1]
        if appcontext_tearing_down.receivers:
            functions.append(lambda exc: send(appcontext_tearing_down, self, exc=exc))
        if functions:
            call_all(functions, exc)

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
        """Return the request of an environ; it knows how the app answers it.

        Raises an `HTTPException` for a request that's malformed, or for another host.
        """
        request = self.request_class(environ)
        request.response_class = self.response_class
        request.json_module = self.json
        request.max_content_length = self.config["MAX_CONTENT_LENGTH"]
        request.max_form_memory_size = self.config["MAX_FORM_MEMORY_SIZE"]
        request.max_form_parts = self.config["MAX_FORM_PARTS"]
        if self.config["TRUSTED_HOSTS"]:
            request.trusted_hosts = self.config["TRUSTED_HOSTS"]
            request.check_host()
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

    def test_cli_runner(self, **options: Any) -> AppCliRunner:
        """Return a runner that calls this app's commands, for tests."""
        return self.test_cli_runner_class(self, **options)

    def run(
        self,
        host: str | None = None,
        port: int | None = None,
        debug: bool | None = None,
        load_dotenv: bool = True,
        **options: Any,
    ) -> None:
        """Serve the app to its developer; never to anyone else.

        The address is that of `SERVER_NAME`, or else port 5000 of this machine. A
        command that imports the app goes on: while one is running, this does nothing.

        With `debug` the server restarts on a change, and an unhandled error opens
        a debugger if only this machine can reach it. `use_debugger=True` turns the
        debugger on for any host; without `debug` it offers little but its console.
        Other options are those of Werkzeug's `run_simple`.
        """
        if must_not_block():
            return
        if load_dotenv and not environment.flag("FLASK_SKIP_DOTENV"):
            environment.load_dotenv()
            self.debug = environment.get_debug_flag(self.debug)
        if debug is not None:
            self.debug = debug
        address = find_address(host, port, self.config["SERVER_NAME"])
        serve(self, *address, self.debug, **options)

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
                cast(Request, context.request).answered = True
                if context.streams:
                    # a server closes the response even if it hasn't read the body
                    response.call_on_close(context.close_streams)
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


def keep_context(environ: WSGIEnvironment, context: Context) -> None:
    """Hand the context to a test client or a debugger that has asked for it."""
    keep = environ.get("werkzeug.debug.preserve_context")
    if keep is not None:
        keep(context)


# what Flask calls it, for apps and extensions that were written for it
Flask = App
