"""What happens to an error: which handler answers it.

When handlers are called, and what happens without one, is decided in `app`.
`call_all` raises several errors at once.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.routing import RoutingException
from werkzeug.wrappers import Response as ResponseBase

from .wrappers import Request

ErrorHandler = Callable[..., Any]
ErrorHandlerT = TypeVar("ErrorHandlerT", bound=ErrorHandler)


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


def find_handler(
    handlers: Mapping[type[Exception], ErrorHandler], error: Exception
) -> ErrorHandler | None:
    """Return the handler for the error's class, or else for its nearest ancestor."""
    for ancestor in type(error).__mro__:
        if ancestor in handlers:
            return handlers[ancestor]
    return None


def call_all(functions: Iterable[Callable[..., Any]], *arguments: Any) -> None:
    """Call all functions, even if some raise, and only then raise their errors.

    Several errors are raised as one `BaseExceptionGroup`.
    """
    errors = []
    for function in functions:
        try:
            function(*arguments)
        except BaseException as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise BaseExceptionGroup("several functions failed", errors)
