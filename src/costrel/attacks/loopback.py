"""Send requests to a server on this machine, and to no other.

Names are resolved once, and connections are made to the addresses that were found and
checked. Wherever a redirect leads, the next request goes to the same server.
"""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from ipaddress import ip_address
from threading import Event, Timer
from urllib.parse import urlsplit

from costrel.core.ladder import Problem
from costrel.live.engine.server import LARGEST, Answer, Request

# how long a response may take until its last byte has come
SECONDS = 20.0
EXAMPLE = "such as http://127.0.0.1:8000"


class TargetError(Exception):
    """The server can't be attacked; the message says why in one sentence."""


@dataclass(frozen=True)
class Server:
    """A server on this machine."""

    # as in the Host header
    netloc: str
    port: int
    # where its name leads, all of them loopback addresses
    addresses: tuple[str, ...]
    seconds: float = SECONDS

    @property
    def url(self) -> str:
        return f"http://{self.netloc}"

    def send(self, request: Request) -> Answer:
        """Send a request; raise `TargetError` unless a response comes in time."""
        late = Event()
        try:
            with self.connection(late) as connection:
                answer = exchange(connection, request)
            if late.is_set():
                raise TimeoutError
            return answer
        except (OSError, HTTPException, ValueError) as error:
            raise TargetError(self.complaint(request, error, late)) from None

    def complaint(self, request: Request, error: Exception, late: Event) -> str:
        """Say in one sentence what came instead of a response."""
        asked = f"{self.url} was asked for {request.method} {short(request.target)}"
        if late.is_set() or isinstance(error, TimeoutError):
            return f"{asked} and gave no whole response in {self.seconds:g} seconds."
        if isinstance(error, OSError | IncompleteRead):
            return f"{asked} and ended the connection: {error}."
        return f"{asked} and sent back what isn't HTTP ({type(error).__name__})."

    @contextmanager
    def connection(self, late: Event) -> Iterator[HTTPConnection]:
        """Connect, for a limited time; what runs out of it is `late`."""

        def end() -> None:
            late.set()
            with suppress(OSError):
                stream.shutdown(socket.SHUT_RDWR)

        stream = self.connect()
        timer = Timer(self.seconds, end)
        timer.start()
        try:
            with closing(HTTPConnection(self.netloc)) as connection:
                connection.sock = stream
                # a second connection would be made by name
                connection.auto_open = 0
                yield connection
        finally:
            timer.cancel()
            stream.close()

    def connect(self) -> socket.socket:
        """Connect to the first address that listens."""
        for address in self.addresses:
            with suppress(OSError):
                return socket.create_connection((address, self.port), self.seconds)
        raise TargetError(
            f"Nothing answers at {self.url}: start the server there, then call again."
        )


def exchange(connection: HTTPConnection, request: Request) -> Answer:
    """Send a request as it is, and read what comes back as a browser does."""
    connection.putrequest(
        request.method, request.target, skip_host=True, skip_accept_encoding=True
    )
    for name, value in request.headers:
        connection.putheader(name, value)
    connection.endheaders(request.body or None)
    with closing(connection.getresponse()) as response:
        return answer_of(response, None if request.leave is None else 0)


def answer_of(response: HTTPResponse, size: int | None) -> Answer:
    """Read a response; a visitor who leaves early reads the head alone."""
    body = response.read(LARGEST if size is None else size)
    if size is None and response.length and len(body) < LARGEST:
        raise IncompleteRead(body, response.length)
    return Answer(
        response.status,
        response.reason,
        response.getheaders(),
        [body],
        cut=size is not None or not response.isclosed(),
    )


def short(text: str) -> str:
    return text if len(text) < 60 else f"{text[:60]}…"


# --- where a URL leads


def server_at(url: str, seconds: float = SECONDS) -> Server:
    """Find the server at a URL; raise `Problem` unless it is on this machine."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 80
    except ValueError as error:
        raise Problem(f"{url!r} is no URL: {error}.") from None
    if parts.scheme != "http" or not host or parts.path not in ("", "/"):
        raise Problem(
            f"{url!r} is not the root of a server: write http, a host and a port,"
            f" {EXAMPLE}."
        )
    name = f"[{host}]" if ":" in host else host
    netloc = name if port == 80 else f"{name}:{port}"
    return Server(netloc, port, tuple(resolved(host, port)), seconds)


def resolved(host: str, port: int) -> list[str]:
    """Resolve a name; raise `Problem` if any of its addresses is another machine's."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Problem(
            f"The host {host!r} has no address: write one, {EXAMPLE}."
        ) from None
    addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
    for address in addresses:
        if not ip_address(address).is_loopback:
            raise Problem(
                f"{host} leads to {address}, which is not this machine alone: attacks"
                f" are made on loopback addresses only, {EXAMPLE}."
            )
    return addresses
