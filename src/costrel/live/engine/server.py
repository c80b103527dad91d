"""A WSGI server without a socket (PEP 3333): one request in, what a browser reads out.

Who sends the request, with which cookies, and what follows a redirect is the matter
of `visitor`.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from time import perf_counter
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlsplit

Headers = list[tuple[str, str]]

# bytes and pieces of an answer's body; what is longer may have no end
LARGEST = 4_000_000
MOST_PIECES = 100_000
# characters of a status and of all headers, and how many headers there may be
LONGEST_STATUS = 8_000
LARGEST_HEAD = 1_000_000
MOST_HEADERS = 1_000
TOKEN = re.compile(r"[\w!#$%&'*+.^`|~-]{1,200}", re.ASCII)
STATUS = re.compile(r"[1-9]\d\d( .*)?")
LINE_BREAK = re.compile(r"\r\n|\r|\n")
CHARSET = re.compile(r"charset=\"?([\w.:-]+)", re.I)
TEXT = re.compile(
    r"text/|application/(.*[+])?(json|xml|javascript|x-www-form-urlencoded)|.*[+]xml",
    re.I,
)
# what stays as it is in a URL that a browser sends
SAFE = "/:?#[]@!$&'()*+,;=%-._~|{}^\\"
FAILED = b"A server error occurred.  Please contact the administrator."


class RequestError(ValueError):
    """The request can't be sent: the message says what is wrong with it."""


class WSGIError(TypeError):
    """The app breaks the contract of WSGI: the message says where."""


@dataclass(frozen=True)
class Request:
    """A request as it goes to the server."""

    method: str
    # the path and the query
    target: str
    headers: Headers
    body: bytes = b""
    host: str = "localhost"
    scheme: str = "http"
    # leave after so many pieces of the answer
    leave: int | None = None

    @property
    def line(self) -> str:
        return f"{self.method} {self.target} HTTP/1.1"

    def header(self, name: str) -> str | None:
        return first(self.headers, name)


@dataclass
class Answer:
    """What came back: as a browser reads it, and what went wrong on the way."""

    status: int = 500
    reason: str = "Internal Server Error"
    headers: Headers = field(default_factory=list)
    pieces: list[bytes] = field(default_factory=list)
    seconds: float = 0.0
    # part of the body is missing: it was too long, or broke off
    cut: bool = False
    error: BaseException | None = None

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)

    @property
    def text(self) -> str | None:
        """The body for readers; None for what is no text."""
        content_type = self.header("content-type") or "text/plain"
        if not TEXT.match(content_type):
            return None
        return decoded(self.body, CHARSET.search(content_type))

    @property
    def wire(self) -> str:
        """The response as it looks on the wire, in characters."""
        lines = [f"HTTP/1.1 {self.status} {self.reason}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "\n".join([*lines, "", self.text or self.body.decode("latin-1")])

    def header(self, name: str) -> str | None:
        return first(self.headers, name)


def first(headers: Headers, name: str) -> str | None:
    """Return the first header with a name given in lower case."""
    return next((value for key, value in headers if key.lower() == name), None)


def decoded(body: bytes, charset: re.Match[str] | None) -> str:
    try:
        return body.decode(charset[1] if charset else "utf-8", errors="replace")
    except (LookupError, UnicodeError):
        # an encoding that nobody knows, or that is none of text
        return body.decode("latin-1")


# --- the request


def make_request(given: Mapping[str, Any]) -> Request:
    """Read a request from a message. Raises `RequestError`."""
    scheme, host, target = split_url(str(given.get("path") or "/"))
    body = given.get("body") or b""
    data = body.encode(errors="replace") if isinstance(body, str) else bytes(body)
    return Request(
        checked_method(str(given.get("method") or "GET")),
        target,
        list(checked_headers(given.get("headers") or [])),
        data,
        host,
        scheme,
        given.get("leave"),
    )


def split_url(path: str) -> tuple[str, str, str]:
    """Return scheme, host and target of the text in an address bar.

    Raises `RequestError` for a URL that is none.
    """
    path = quote(path.partition("#")[0].strip(), safe=SAFE, errors="replace")
    if not re.match("https?://", path, re.I):
        return "http", "localhost", "/" + path.removeprefix("/")
    try:
        parts = urlsplit(path)
    except ValueError:
        raise RequestError(f"The URL is {path!r}: its host is none.") from None
    query = f"?{parts.query}" if parts.query else ""
    return parts.scheme, parts.netloc, (parts.path or "/") + query


def checked_method(method: str) -> str:
    if not TOKEN.fullmatch(method):
        raise RequestError(f"The method is {method!r}: it is a word, such as GET.")
    return method


def checked_headers(given: Any) -> Iterator[tuple[str, str]]:
    for name, value in given.items() if isinstance(given, dict) else given:
        if not TOKEN.fullmatch(str(name)):
            raise RequestError(
                f"{name!r} is no name of a header: it is a word, such as Accept."
            )
        if LINE_BREAK.search(str(value)):
            raise RequestError(f"The header {name} has a line break: it is one line.")
        yield str(name), str(value).strip()


def environ_of(request: Request) -> dict[str, Any]:
    """Describe a request as a WSGI server does."""
    path, _, query = request.target.partition("?")
    host = request.header("host") or request.host
    name, _, port = host.partition(":")
    return {
        **variables(request.headers),
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "REQUEST_URI": request.target,
        "SERVER_NAME": name,
        "SERVER_PORT": port or {"https": "443"}.get(request.scheme, "80"),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def variables(headers: Headers) -> dict[str, str]:
    """Name headers as in an environ; those of the same name are joined."""
    found: dict[str, str] = {}
    for name, value in headers:
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        value = value.encode(errors="replace").decode("latin-1")
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found


# --- the answer


def serve(app: Callable[..., Any], request: Request) -> Answer:
    """Let the app answer; an error that comes out of it is in the answer."""
    exchange = Exchange(request)
    began = perf_counter()
    try:
        exchange.collect(app)
    # `sys.exit` in a view is no reason to stop
    except BaseException as error:
        exchange.fail(error)
    exchange.answer.seconds = perf_counter() - began
    return exchange.answer


class Exchange:
    """One call of an app, and what it returns."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.answer = Answer()
        self.head: tuple[str, Headers] | None = None
        # the head is on the wire, the body is complete
        self.sent = self.complete = False
        self.count = self.size = 0

    def collect(self, app: Callable[..., Any]) -> None:
        """Call the app, read the pieces of its body, and close it."""
        result = app(environ_of(self.request), self.start_response)
        try:
            for piece in islice(pieces_of(result), self.request.leave):
                self.take(piece)
                if self.answer.cut:
                    break
            self.send_head()
            self.complete = True
        finally:
            if hasattr(result, "close"):
                result.close()

    def start_response(
        self, status: str, headers: Headers, exc_info: Any = None
    ) -> Callable[[bytes], None]:
        if self.head is not None and exc_info is None:
            raise WSGIError("The app called start_response twice.")
        if self.sent and exc_info is not None:
            raise exc_info[1]
        check_head(status, headers)
        self.head = status, list(headers)
        return self.take

    def take(self, piece: bytes) -> None:
        """Take a piece of the body; the head is sent before the first."""
        if not isinstance(piece, bytes):
            raise WSGIError(
                f"The app gave a piece of the body that is {shown(piece)}: encode it,"
                " for a body consists of bytes."
            )
        self.send_head()
        self.keep(piece)

    def keep(self, piece: bytes) -> None:
        rest = max(LARGEST - self.size, 0)
        self.count += 1
        self.size += len(piece)
        if piece:
            self.answer.pieces.append(piece[:rest])
        self.answer.cut = self.size > LARGEST or self.count >= MOST_PIECES

    def send_head(self) -> None:
        """Write status and headers on the wire, where a browser reads them."""
        if self.head is None:
            raise WSGIError(
                "The app didn't call start_response: it has to send status and headers"
                " before the first piece of the body."
            )
        if self.sent:
            return
        self.sent = True
        status, self.answer.headers, body = read_head(*self.head)
        number, _, self.answer.reason = status.partition(" ")
        self.answer.status = int(number)
        if body:
            self.keep(body)

    def fail(self, error: BaseException) -> None:
        """Answer as a server does for an app that fails."""
        self.answer.error = error
        if self.sent:
            self.answer.cut = not self.complete
            return
        self.answer.status, self.answer.reason = 500, "Internal Server Error"
        self.answer.headers = [("Content-Type", "text/plain")]
        self.answer.pieces = [FAILED]


def pieces_of(result: Any) -> Iterator[bytes]:
    if not isinstance(result, Iterable):
        raise WSGIError(
            f"The app returned {shown(result)}: it has to return the body, as an"
            " iterable of bytes."
        )
    return iter(result)


def check_head(status: Any, headers: Any) -> None:
    if not isinstance(status, str) or not STATUS.fullmatch(status):
        raise WSGIError(
            f"The app gave the status {shown(status)}: it is a string of a number and"
            " a reason, such as '200 OK'."
        )
    if len(status) > LONGEST_STATUS:
        raise WSGIError(f"The app gave a status of {len(status)} characters.")
    if not isinstance(headers, list) or not all(map(is_header, headers)):
        raise WSGIError(
            f"The app gave the headers {shown(headers)}: they are a list of tuples of"
            " two strings, in Latin-1."
        )
    size = sum(len(name) + len(value) for name, value in headers)
    if len(headers) > MOST_HEADERS or size > LARGEST_HEAD:
        raise WSGIError(
            f"The app gave {len(headers)} headers of {size} characters: browsers and"
            " servers take no such head."
        )


def is_header(pair: Any) -> bool:
    return (
        isinstance(pair, tuple)
        and len(pair) == 2
        and all(isinstance(part, str) and is_latin(part) for part in pair)
    )


def is_latin(text: str) -> bool:
    return all(character <= "\xff" for character in text)


def read_head(status: str, headers: Headers) -> tuple[str, Headers, bytes]:
    """Read the head of an answer as it looks on the wire.

    A line break in a header makes two of it, and an empty line ends the head: what
    is left is the first of the body.
    """
    wire = "\n".join([status, *(f"{name}: {value}" for name, value in headers)])
    head, _, rest = LINE_BREAK.sub("\n", wire).partition("\n\n")
    first, *lines = head.split("\n")
    fields = [line.partition(":") for line in lines]
    read = [(name.strip(), value.strip()) for name, _, value in fields]
    return first, read, rest.encode("latin-1")


def shown(value: object) -> str:
    """Show a value in a sentence, whatever its class does."""
    try:
        text = repr(value)
    except BaseException:
        text = f"an object of {type(value).__name__!r}"
    return text if len(text) < 200 else f"{text[:200]}…"
