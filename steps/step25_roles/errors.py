"""What happens to an error: which handler answers it, and what happens without one."""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Mapping
from logging import Logger
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from werkzeug.exceptions import (
    BadRequest,
    BadRequestKeyError,
    HTTPException,
    InternalServerError,
    default_exceptions,
)
from werkzeug.routing import RoutingException
from werkzeug.wrappers import Response as ResponseBase

from .config import Config, ConfigAttribute
from .ctx import current_request
from .hooks import Setup, setup
from .routing import Scope
from .signals import got_request_exception, send
from .wrappers import Request, Response

if TYPE_CHECKING:
    # for types alone: `app` imports this module, so it can't be imported back
    from .app import App

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]

ErrorHandler = Callable[..., Any]
ErrorHandlerT = TypeVar("ErrorHandlerT", bound=ErrorHandler)
HandlerSpec = defaultdict[
    Scope, defaultdict[int | None, dict[type[Exception], ErrorHandler]]
]


def exception_class(code_or_exception: type[Exception] | int) -> type[Exception]:
    """Return the exception class that a handler is registered for.

    Raises `ValueError` for a status code that has no exception, and `TypeError` for
    anything that is neither a code nor an exception class.
    """
    if isinstance(code_or_exception, int):
        return exception_of_code(code_or_exception)
    if isinstance(code_or_exception, type) and issubclass(code_or_exception, Exception):
        return code_or_exception
    raise TypeError(
        f"an error handler can't be registered for {code_or_exception!r}: use a"
        " status code such as 404, or an exception class (the class, not an instance)"
    )


def exception_of_code(code: int) -> type[Exception]:
    if code not in default_exceptions:
        raise ValueError(
            f"an error handler can't be registered for {code}: no exception has that"
            f" code, only {', '.join(map(str, sorted(default_exceptions)))} do"
        )
    return default_exceptions[code]


def error_response(error: HTTPException, request: Request) -> ResponseBase:
    """Return an HTTP error as a page, or as problem details (RFC 9457)."""
    response = error.get_response(request.environ)
    if is_answer(error) or error.response is not None:
        # a redirect, or a response that the view itself made
        return response
    # there may be several such fields, and `vary.add` would keep only the first
    own = response.headers.getlist("Vary")
    response.headers["Vary"] = ", ".join([*own, "Accept"])
    if request.prefers_json:
        response.content_type = "application/problem+json"
        response.data = request.json_module.dumps(
            {"status": error.code, "title": error.name, "detail": error.description}
        )
    return response


def is_answer(error: Exception) -> bool:
    """Return whether an exception carries a redirect or a finished response."""
    # `abort(response)` raises an HTTPException without a code
    return isinstance(error, HTTPException) and (
        error.code is None or isinstance(error, RoutingException)
    )


def code_of(exception: type[Exception]) -> int | None:
    """Return the status code of an exception class, if it has one."""
    return exception.code if issubclass(exception, HTTPException) else None


def find_handler(
    handlers: Mapping[type[Exception], ErrorHandler], error: Exception
) -> ErrorHandler | None:
    """Return the handler for the error's class, or else for its nearest ancestor."""
    for ancestor in type(error).__mro__:
        if ancestor in handlers:
            return handlers[ancestor]
    return None


class ErrorHandlers(Setup):
    """The methods that register error handlers, for an app or a part of one."""

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
        handled = exception_class(code_or_exception)

        def register(app: "App", scope: Scope) -> None:
            handlers = app.error_handler_spec[scope][code_of(handled)]
            handlers[handled] = app.ensure_sync(f)

        self.apply(register)


class ErrorHandling(ABC):
    """The part of an app that answers when something has failed."""

    # what the app has
    config: Config
    debug: ConfigAttribute[bool]
    testing: ConfigAttribute[bool]
    error_handler_spec: HandlerSpec

    @property
    @abstractmethod
    def logger(self) -> Logger:
        """The app's logger."""

    @abstractmethod
    def make_response(self, rv: Any) -> Response:
        """Turn what a handler returned into a response."""

    @abstractmethod
    def finalize_request(
        self, result: Any, from_error_handler: bool = False
    ) -> Response:
        """Return the response as it will be sent, after the hooks."""

    def handle_user_exception(self, error: Exception) -> Response:
        """Return the response to an error: its handler's, or an HTTP error's own.

        Raises the error again if there is neither.
        """
        if isinstance(error, HTTPException) and not self.trap_http_exception(error):
            return self.handle_http_exception(error)
        if isinstance(error, BadRequestKeyError):
            # for the developer: the traceback says which field is missing
            error.show_exception = True
        handler = self.find_error_handler(error)
        if handler is None:
            raise error
        return self.call_error_handler(handler, error)

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
        handler = None if is_answer(error) else self.find_error_handler(error)
        if handler is None:
            return self.make_response(error)
        return self.call_error_handler(handler, error)

    def find_error_handler(self, error: Exception) -> ErrorHandler | None:
        """Return the handler for an error's code, or else for its class.

        If there are several, the innermost blueprint of the request comes first.
        """
        spec, scopes = self.error_handler_spec, current_request().scopes
        for code in (code_of(type(error)), None):
            for scope in reversed(scopes):
                handlers = spec[scope][code]
                if handlers and (handler := find_handler(handlers, error)):
                    return handler
        return None

    def call_error_handler(self, handler: ErrorHandler, error: Exception) -> Response:
        result = handler(error)
        current_request().source = f"error handler {handler!r}"
        return self.make_response(result)

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
