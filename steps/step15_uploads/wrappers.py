"""What goes into a view, and what comes out: a request and a response.

Which view is called is the matter of `app`.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, cast

from werkzeug.datastructures import Headers
from werkzeug.utils import cached_property
from werkzeug.wrappers import Request as RequestBase
from werkzeug.wrappers import Response as ResponseBase
from werkzeug.wsgi import LimitedStream

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
    # what reads and writes JSON: the app's provider, once an app has the request
    json_module: Any = RequestBase.json_module
    # where uploaded files wait: also those of a form that failed midway
    file_streams: tuple[IO[bytes], ...] = ()

    @cached_property
    def stream(self) -> IO[bytes]:
        """The body, as it comes in; reading may raise an `HTTPException`.

        It is too large, or shorter than its length: the client has gone away.
        """
        stream = super().stream
        if self.content_length is None:
            return stream
        # servers that set `wsgi.input_terminated` end a body that breaks off like
        # one that is whole
        return cast(IO[bytes], LimitedStream(stream, self.content_length))

    def _get_file_stream(self, *arguments: Any, **options: Any) -> IO[bytes]:
        stream = super()._get_file_stream(*arguments, **options)
        self.file_streams = (*self.file_streams, stream)
        return stream

    def close(self) -> None:
        """Give back the memory and the disk that uploaded files take."""
        for stream in self.file_streams:
            # what could not be written on a full disk can't be on closing, either
            with suppress(OSError):
                stream.close()

    @property
    def endpoint(self) -> str | None:
        """The endpoint of the rule that matched: the name of its view."""
        return self.url_rule.endpoint if self.url_rule else None

    @property
    def prefers_json(self) -> bool:
        """Whether the client asks for JSON rather than for a page (Accept)."""
        # most don't even name it: then the header need not be parsed
        if "json" not in self.environ.get("HTTP_ACCEPT", "").lower():
            return False
        offered = ["text/html", "application/json", "application/problem+json"]
        return self.accept_mimetypes.best_match(offered) != "text/html"


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
    if isinstance(body, (dict, list)):
        return cast(Response, request.json_module.response(body))
    if isinstance(body, ResponseBase) or callable(body):
        return cast(Response, Response.force_type(body, request.environ))
    hint = " (a `return` may be missing)" if body is None else ""
    raise TypeError(
        f"{source} returned {body!r}: return a string, bytes, an iterator of"
        f" either, a dict, a list, a response or a WSGI application{hint}"
    )
