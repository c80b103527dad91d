"""An app for servers that speak ASGI 3, where WSGI ends: https://asgi.readthedocs.io

The app stays what it is: each request has a thread, and the server's event loop waits
for none of them.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from io import BufferedReader, RawIOBase
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIApplication, WSGIEnvironment

from werkzeug.exceptions import ClientDisconnected

Message = dict[str, Any]
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class ASGIAdapter:
    """Answers an ASGI server with a WSGI app.

    At most `threads` requests are answered at once, and the others wait. A response
    that lasts, such as a stream of events, keeps its thread all the time.
    """

    def __init__(self, app: WSGIApplication, threads: int = 40) -> None:
        self.app = app
        self.pool = ThreadPoolExecutor(threads, "request")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; refuse a WebSocket, which WSGI doesn't have."""
        if scope["type"] == "http":
            await Exchange(receive, send).run(self.app, scope, self.pool)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        elif scope["type"] == "lifespan":
            for event in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{event}.complete"})
        else:
            raise ValueError(f"{scope['type']!r} is no protocol that an app answers")


class Exchange:
    """A request and its response, between the server's event loop and a thread."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self.loop = asyncio.get_running_loop()
        self.receive = receive
        self.send_message = send
        # what the client has sent and the app hasn't read: one message at most, so
        # that a fast client fills no memory; None once it has left
        self.received: asyncio.Queue[Message | None] = asyncio.Queue(1)
        self.client_left = False
        # the status and the headers, and whether they're on their way
        self.head: Message = {}
        self.has_started = False

    async def run(
        self, app: WSGIApplication, scope: Scope, pool: ThreadPoolExecutor
    ) -> None:
        """Have a thread answer, and notice meanwhile if the client leaves."""
        listener = self.loop.create_task(self.listen())
        environ = make_environ(scope, BufferedReader(Body(self)))
        call = copy_context().run
        try:
            await self.loop.run_in_executor(pool, call, self.answer, app, environ)
        finally:
            # also if the server stops: the thread then ends before the next piece
            self.client_left = True
            listener.cancel()

    async def listen(self) -> None:
        while not self.client_left:
            message = await self.receive()
            self.client_left = message["type"] == "http.disconnect"
            await self.received.put(None if self.client_left else message)

    # this and what follows is called by the thread
    def answer(self, app: WSGIApplication, environ: WSGIEnvironment) -> None:
        """Call the app and send its response, as long as the client is there."""
        if self.client_left:
            return
        pieces = app(environ, self.start_response)
        try:
            for piece in pieces:
                if self.client_left:
                    return
                self.write(piece)
            self.send(b"", more=False)
        finally:
            # ends a generator, too, and whatever it holds
            close = getattr(pieces, "close", None)
            if close is not None:
                close()

    def start_response(
        self, status: str, headers: Iterable[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        """Keep status and headers until the first piece (PEP 3333).

        After it, an error can't change them anymore, and is raised.
        """
        if exc_info is not None and self.has_started:
            raise exc_info[1]
        self.head = {
            "type": "http.response.start",
            "status": int(status[:3]),
            "headers": [
                (name.lower().encode("latin-1"), value.encode("latin-1"))
                for name, value in headers
            ],
        }
        return self.write

    def write(self, piece: bytes) -> None:
        if piece:
            self.send(piece, more=True)

    def send(self, body: bytes, more: bool) -> None:
        """Send a piece of the body, and wait until there's room for the next one."""
        self.call(self.send_piece(body, more))

    async def send_piece(self, body: bytes, more: bool) -> None:
        if not self.has_started:
            self.has_started = True
            await self.send_message(self.head)
        piece = {"type": "http.response.body", "body": body, "more_body": more}
        await self.send_message(piece)

    def call(self, coroutine: Any) -> Any:
        """Return a coroutine's result, after the server's loop has run it."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()


class Body(RawIOBase):
    """The body of a request, read by a thread as it comes in."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        # what was received and not read yet, and whether more will come
        self.rest = memoryview(b"")
        self.has_more = True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what is there, at least a byte unless the body is at its end.

        Raises `ClientDisconnected` if the client leaves before.
        """
        while not self.rest and self.has_more:
            message = self.exchange.call(self.exchange.received.get())
            if message is None:
                raise ClientDisconnected
            self.rest = memoryview(message.get("body", b""))
            self.has_more = message.get("more_body", False)
        size = min(len(buffer), len(self.rest))
        buffer[:size], self.rest = self.rest[:size], self.rest[size:]
        return size


def make_environ(scope: Scope, body: BufferedReader) -> WSGIEnvironment:
    """Return what a request is called in WSGI (PEP 3333)."""
    root = scope.get("root_path", "").encode()
    raw_path = scope.get("raw_path")
    path = scope["path"].encode() if raw_path is None else unquote_to_bytes(raw_path)
    host, port = scope.get("server") or ("localhost", 80)
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": root.decode("latin-1"),
        "PATH_INFO": path.removeprefix(root).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or 80),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        # the end of the body is known, even without a Content-Length
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if scope.get("client"):
        environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = map(str, scope["client"])
    for name, value in scope["headers"]:
        add_header(environ, name.decode("latin-1"), value.decode("latin-1"))
    return environ


def add_header(environ: WSGIEnvironment, name: str, value: str) -> None:
    """Add a header field; several of the same name become one, as RFC 9110 says."""
    if "_" in name:
        # it would look like the same name with hyphens, which a proxy may have set
        return
    key = name.upper().replace("-", "_")
    if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        key = f"HTTP_{key}"
    if key in environ:
        value = f"{environ[key]}{';' if key == 'HTTP_COOKIE' else ','}{value}"
    environ[key] = value
