"""What goes into a view, and what comes out: a request and a response.

Which view is called is decided in `app`.
"""

import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import suppress
from functools import cached_property, lru_cache
from io import BytesIO
from ipaddress import IPv6Address
from typing import IO, TYPE_CHECKING, Any, cast
from wsgiref.types import WSGIEnvironment

from werkzeug.datastructures import Headers, ImmutableMultiDict
from werkzeug.exceptions import (
    BadRequest,
    RequestEntityTooLarge,
    RequestHeaderFieldsTooLarge,
)
from werkzeug.formparser import FormDataParser
from werkzeug.sansio.http import parse_cookie
from werkzeug.sansio.utils import get_host
from werkzeug.wrappers import Request as RequestBase
from werkzeug.wrappers import Response as ResponseBase
from werkzeug.wsgi import LimitedStream

from .bridge import pieces_of
from .ctx import active
from .routing import Rule, Scope, scopes_of

if TYPE_CHECKING:
    from .sessions import SessionMixin

# header fields that are lists, or have parameters
LISTS = {
    "CONTENT_TYPE",
    "HTTP_ACCEPT",
    "HTTP_ACCEPT_CHARSET",
    "HTTP_ACCEPT_ENCODING",
    "HTTP_ACCEPT_LANGUAGE",
    "HTTP_ACCESS_CONTROL_REQUEST_HEADERS",
    "HTTP_AUTHORIZATION",
    "HTTP_CACHE_CONTROL",
    "HTTP_COOKIE",
    "HTTP_IF_MATCH",
    "HTTP_IF_NONE_MATCH",
    "HTTP_PRAGMA",
    "HTTP_RANGE",
    "HTTP_X_FORWARDED_FOR",
}
# header fields with a date -> the attributes that parse them
DATES = {
    "HTTP_DATE": "date",
    "HTTP_IF_MODIFIED_SINCE": "if_modified_since",
    "HTTP_IF_RANGE": "if_range",
    "HTTP_IF_UNMODIFIED_SINCE": "if_unmodified_since",
}


# bounded, since clients choose hosts
find_host = lru_cache(maxsize=64)(get_host)


@lru_cache(maxsize=64)
def is_host(name: str) -> bool:
    """Return whether it's an address, or all labels have 1 to 63 characters (IDNA)."""
    try:
        if name.startswith("["):
            IPv6Address(name[1:].partition("]")[0])
        return name.encode("idna").decode("idna") != ""
    except ValueError:
        return False


class FormParser(FormDataParser):
    """Form parser that counts a plain form's fields before it splits them."""

    def parse(
        self, stream: IO[bytes], mimetype: str, *arguments: Any, **options: Any
    ) -> Any:
        limit = self.max_form_parts
        if mimetype == "application/x-www-form-urlencoded" and limit is not None:
            body = stream.read()
            if body.count(b"&") >= limit:
                raise RequestEntityTooLarge
            stream = BytesIO(body)
        return super().parse(stream, mimetype, *arguments, **options)


class ChunkedBody(LimitedStream):
    """A body without a length, ended by the server: at most `limit` bytes."""

    def __init__(self, stream: IO[bytes], limit: int | None) -> None:
        self.maximum = sys.maxsize - 1 if limit is None else limit
        # a byte too many has to be read to be noticed
        super().__init__(stream, self.maximum + 1, is_max=True)

    def readinto(self, buffer: bytearray) -> int | None:  # type: ignore[override]
        size = super().readinto(buffer)
        if self.tell() > self.maximum:
            raise RequestEntityTooLarge
        return size


class Request(RequestBase):
    """What the client sent: method, path, query, headers, cookies, body.

    Raises an `HTTPException` if it is malformed, or would take too long to parse.
    """

    # the class of the response: an app that makes a request sets its own
    response_class: "type[Response]"
    # limits: how many fields in a query; in a header field that is a list, how many
    # members, and how many characters
    max_query_fields = 1000
    max_list_members = 400
    max_list_length = 8192
    # characters in the name of an uploaded file; common file systems allow no more
    max_filename_length = 255
    form_data_parser_class = FormParser
    # the rule that matched and its values, or else why none did
    url_rule: Rule | None = None
    view_args: dict[str, Any] | None = None
    routing_exception: Exception | None = None
    # the app and the blueprints whose view was asked for, from the outermost
    scopes: tuple[Scope, ...] = (None,)
    # the session, once it's used, and the messages for this visitor, once read
    opened_session: "SessionMixin | None" = None
    flashes: list[tuple[str, str]] | None = None
    # whether the response's headers are on their way, and the session's cookie too
    answered = False
    # what reads and writes JSON: the app's provider, once the request has an app
    json_module: Any = RequestBase.json_module
    # whose result is being made into a response, for error messages
    source = "make_response"
    # the parser's temporary files, even those of a form that failed midway
    file_streams: tuple[IO[bytes], ...] = ()

    @cached_property
    def stream(self) -> IO[bytes]:
        """The body, as it comes in.

        Reading raises an `HTTPException` if it is too large, or if the client hangs up.
        """
        stream = super().stream
        if self.content_length is not None:
            # servers that set `wsgi.input_terminated` end a body that breaks off
            # like one that is whole
            stream = cast(IO[bytes], LimitedStream(stream, self.content_length))
        elif self.environ.get("wsgi.input_terminated"):
            source, limit = self.environ["wsgi.input"], self.max_content_length
            stream = cast(IO[bytes], ChunkedBody(source, limit))
        return stream

    def _get_file_stream(self, *arguments: Any, **options: Any) -> IO[bytes]:
        if len(options.get("filename") or "") > self.max_filename_length:
            raise BadRequest("The name of a file is too long.")
        stream = super()._get_file_stream(*arguments, **options)
        self.file_streams = (*self.file_streams, stream)
        return stream

    def close(self) -> None:
        """Release the memory and the disk space of uploaded files."""
        for stream in self.file_streams:
            # on a full disk, closing fails as writing did
            with suppress(OSError):
                stream.close()

    def __init__(
        self, environ: WSGIEnvironment, *arguments: Any, **options: Any
    ) -> None:
        super().__init__(environ, *arguments, **options)
        self.check_host()
        if self.query_string:
            self.check_query()
        self.check_lists()
        self.check_dates()

    @property
    def host(self) -> str:
        """The host that the client asked for, with a port unless it's the usual one."""
        if self.trusted_hosts:
            return super().host
        return find_host(self.scheme, self.environ.get("HTTP_HOST"), self.server)

    @cached_property
    def cookies(self) -> ImmutableMultiDict[str, str]:
        """The cookies that the client sent back; a name's first one counts."""
        cookies = parse_cookie(self.environ.get("HTTP_COOKIE"), self.dict_storage_class)
        return cast("ImmutableMultiDict[str, str]", cookies)

    def check_host(self) -> None:
        # Werkzeug leaves `host` empty if a character in it isn't allowed
        if not is_host(self.host):
            raise BadRequest("The Host header names no valid host.")

    def check_query(self) -> None:
        if self.query_string.count(b"&") >= self.max_query_fields:
            raise BadRequest("The query has too many fields.")
        try:
            self.query_string.decode()
        except UnicodeDecodeError:
            raise BadRequest("The query is not UTF-8.") from None

    def check_lists(self) -> None:
        limit = self.max_list_members
        for name in LISTS & self.environ.keys():
            value = self.environ[name]
            if len(value) < limit:
                # most are too short to hold a long list
                continue
            members = value.count(",") + value.count(";")
            # Werkzeug's patterns take their time over a long run of tabs
            if members >= limit or len(value) > self.max_list_length:
                raise RequestHeaderFieldsTooLarge
        if not self.environ.get("HTTP_AUTHORIZATION", "").isascii():
            raise BadRequest("The credentials are not ASCII.")

    def check_dates(self) -> None:
        for name in DATES.keys() & self.environ.keys():
            try:
                getattr(self, DATES[name])
            except OverflowError:
                raise BadRequest("A date in the headers is out of range.") from None

    @property
    def endpoint(self) -> str | None:
        """The endpoint of the rule that matched: the name of its view."""
        return self.url_rule.endpoint if self.url_rule else None

    @property
    def blueprint(self) -> str | None:
        """The full name of the blueprint whose view was asked for, or None."""
        return scopes_of(self.endpoint or "")[-1]

    @property
    def blueprints(self) -> list[str]:
        """The full names of that blueprint and those around it, innermost first."""
        scopes = scopes_of(self.endpoint or "")
        return [name for name in reversed(scopes) if name]

    @property
    def prefers_json(self) -> bool:
        """Whether the client would rather have JSON than a page (Accept)."""
        # most clients don't mention it, and then there is nothing to parse
        if "json" not in self.environ.get("HTTP_ACCEPT", "").lower():
            return False
        offered = ["text/html", "application/json", "application/problem+json"]
        accepted = self.accept_mimetypes
        match = accepted.best_match(offered)
        if match is None:
            # JSON of another type is still JSON, unless it is refused (q=0)
            return any(quality and "json" in kind.lower() for kind, quality in accepted)
        return match != "text/html"


class Response(ResponseBase):
    """What the client gets: a status, headers and a body, HTML by default."""

    default_mimetype = "text/html"

    @property
    def max_cookie_size(self) -> int:  # type: ignore[override]  # Werkzeug's is fixed
        """How many bytes a cookie may have, by the active app's configuration."""
        context = active.get(None)
        if context is None:
            return super().max_cookie_size
        size: int = context.app.config["MAX_COOKIE_SIZE"]
        return size


def make_response(result: Any, request: Request, source: str) -> Response:
    """Turn what a view returned into a response; `source` names it in errors.

    Raises `TypeError` for anything that is not a body, or a body with a status,
    headers or both.
    """
    body, status, headers = unpack(result, source)
    if is_content(body):
        # without headers, spare Werkzeug the search for a type among them
        mimetype = None if headers else request.response_class.default_mimetype
        return request.response_class(body, status, headers, mimetype)
    response = as_response(body, request, source)
    response.response = pieces_of(response.response)
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
    """Return a response: ours, Werkzeug's, or any WSGI application's."""
    response_class = request.response_class
    if isinstance(body, response_class):
        return body
    if isinstance(body, (dict, list)):
        return cast(Response, request.json_module.response(body))
    if isinstance(body, AsyncIterator):
        return response_class(body)  # type: ignore[arg-type]
    if isinstance(body, ResponseBase) or callable(body):
        return cast(Response, response_class.force_type(body, request.environ))
    raise TypeError(
        f"{source} returned {body!r}: return a string, bytes, an iterator of"
        f" either, a dict, a list, a response or a WSGI application{hint_about(body)}"
    )


def hint_about(result: Any) -> str:
    """Return what may have caused a wrong result, to end its error message."""
    if result is None:
        return " (a `return` may be missing)"
    if isinstance(result, Coroutine):
        # or else Python warns that nobody awaited it
        result.close()
        return (
            " (`await` is missing, or a decorator around an `async def` has to call"
            " `current_app.ensure_sync(function)`)"
        )
    return ""
