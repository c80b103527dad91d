"""A WSGI server: one connection at a time, one request per connection."""

import io
import socket
import sys
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIApplication, WSGIEnvironment

LONGEST_HEAD = 65_536  # bytes
PATIENCE = 10  # seconds that a visitor may stay silent

BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"
SERVER_ERROR = b"HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\n\r\n"


def serve(
    app: WSGIApplication, host: str, port: int, requests: int | None = None
) -> None:
    """Serve a WSGI application; stop after that many requests, or never."""
    with socket.create_server((host, port)) as listener:
        served = 0
        while requests is None or served < requests:
            connection, _ = listener.accept()
            connection.settimeout(PATIENCE)
            with connection:
                answer(app, connection, host, port)
            served += 1


def answer(
    app: WSGIApplication, connection: socket.socket, host: str, port: int
) -> None:
    """Answer one request, whatever it is and whatever the app does."""
    try:
        environ = read_request(connection, host, port)
    except (ValueError, OSError):
        connection.sendall(BAD_REQUEST)
        return
    try:
        Response(connection).send(app, environ)
    except Exception as error:
        print(f"{environ['PATH_INFO']}: {error!r}", file=sys.stderr)


def read_request(connection: socket.socket, host: str, port: int) -> WSGIEnvironment:
    """Read a request; return its environ. Raises `ValueError` if it isn't HTTP."""
    head, body = read_head(connection)
    first, *fields = head.decode("latin-1").split("\r\n")
    method, target, protocol = first.split(" ")
    if not protocol.startswith("HTTP/1."):
        raise ValueError(protocol)
    environ = basic_environ(method, target, protocol, host, port)
    for field in fields:
        name, _, value = field.partition(":")
        environ[environ_key(name)] = value.strip()
    length = int(environ.get("CONTENT_LENGTH") or 0)
    environ["wsgi.input"] = io.BytesIO(read_rest(connection, body, length))
    return environ


def read_head(connection: socket.socket) -> tuple[bytes, bytes]:
    """Read up to the empty line; return the head, and whatever came after it."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(4096)
        if not piece or len(received) > LONGEST_HEAD:
            raise ValueError("the head doesn't end")
        received += piece
    head, _, rest = received.partition(b"\r\n\r\n")
    return head, rest


def read_rest(connection: socket.socket, body: bytes, length: int) -> bytes:
    """Read the rest of a body, up to its length."""
    while len(body) < length:
        piece = connection.recv(min(65_536, length - len(body)))
        if not piece:
            raise ValueError("the body is shorter than its Content-Length")
        body += piece
    return body[:length]


def basic_environ(
    method: str, target: str, protocol: str, host: str, port: int
) -> WSGIEnvironment:
    """Return the part of the environ that doesn't depend on the headers."""
    path, _, query = target.partition("?")
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": protocol,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def environ_key(name: str) -> str:
    """Name a header the way CGI did: WSGI inherited its environ."""
    key = name.strip().upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


class Response:
    """What goes out on one connection: a head, once, and then the body."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.head = b""
        self.head_sent = False

    def start(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Any:
        """Keep the head until there is a piece of body (PEP 3333)."""
        if exc_info and self.head_sent:
            raise exc_info[1].with_traceback(exc_info[2])
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers)]
        self.head = "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1")
        return self.write

    def write(self, piece: bytes) -> None:
        if not self.head_sent:
            self.connection.sendall(self.head)
            self.head_sent = True
        self.connection.sendall(piece)

    def send(self, app: WSGIApplication, environ: WSGIEnvironment) -> None:
        """Call the app and send its answer; a visitor never sees its errors."""
        body: Iterable[bytes] = []
        try:
            body = app(environ, self.start)
            for piece in body:
                self.write(piece)
            self.write(b"")
        except Exception:
            if not self.head_sent:
                self.connection.sendall(SERVER_ERROR)
            raise
        finally:
            if hasattr(body, "close"):
                body.close()
