"""What goes into a view, and what comes out: a request and a response.

Which view is called is the matter of `app`.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from werkzeug.datastructures import Headers
from werkzeug.wrappers import Request as RequestBase
from werkzeug.wrappers import Response as ResponseBase

from .routing import Rule

if TYPE_CHECKING:
    from .sessions import Session


class Request(RequestBase):
    """What the client sent: method, path, query, headers, cookies, body."""

    # the rule that matched and its values, or else why none did
    url_rule: Rule | None = None
    view_args: dict[str, Any] | None = None
    routing_exception: Exception | None = None
    # the session, once it was used, and the messages for this visitor, once read
    opened_session: "Session | None" = None
    flashes: list[tuple[str, str]] | None = None

    @property
    def endpoint(self) -> str | None:
        """The endpoint of the rule that matched: the name of its view."""
        return self.url_rule.endpoint if self.url_rule else None


class Response(ResponseBase):
    """What the client gets: a status, headers and a body. HTML unless told."""

    default_mimetype = "text/html"


def make_response(result: Any, request: Request, source: str) -> Response:
    """Turn what a view returned into a response; `source` names it in errors.

    Raises `TypeError` for anything that is not a body, or a body with a status,
    headers or both.
    """
    body, status, headers = unpack(result, source)
    if is_content(body):
        # without headers there is no type to look for among them
        mimetype = None if headers else Response.default_mimetype
        return Response(body, status, headers, mimetype)
    response = as_response(body, request, source)
    if status is not None:
        response.status = status
    if headers:
        response.headers.update(headers)
    return response


def unpack(result: Any, source: str) -> tuple[Any, Any, Any]:
    """Split what a view returned into body, status and headers."""
    if not isinstance(result, tuple):
        return result, None, None
    match result:
        case body, (int() | str() | None) as status, headers:
            return body, status, headers
        case body, (int() | str()) as status:
            return body, status, None
        case body, Headers() | dict() | list() | tuple() as headers:
            return body, None, headers
    raise TypeError(
        f"{source} returned {result!r}: return (body, status), (body, headers)"
        " or (body, status, headers); a status is a number or a string"
    )


def is_content(body: Any) -> bool:
    return isinstance(body, (str, bytes, Iterator))


def as_response(body: Any, request: Request, source: str) -> Response:
    """Make sure of a response: ours, Werkzeug's, or any WSGI application's."""
    if isinstance(body, Response):
        return body
    if isinstance(body, ResponseBase) or callable(body):
        return cast(Response, Response.force_type(body, request.environ))
    hint = " (a `return` may be missing)" if body is None else ""
    raise TypeError(
        f"{source} returned {body!r}: return a string, bytes, an iterator of"
        f" either, a response or a WSGI application{hint}"
    )
