"""What a test sent to the application, and what came back, as HTTP has it."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

# so much of a body is kept, in bytes
KEPT = 400
# so many exchanges of a test
MOST = 8
# request headers that say something about a test
TELLING = {
    "CONTENT_TYPE": "Content-Type",
    "HTTP_ACCEPT": "Accept",
    "HTTP_COOKIE": "Cookie",
    "HTTP_IF_NONE_MATCH": "If-None-Match",
    "HTTP_RANGE": "Range",
    "HTTP_X_FORWARDED_FOR": "X-Forwarded-For",
}


class Body:
    """A body on its way to a test, of which the beginning is kept."""

    def __init__(self, pieces: Iterable[bytes], exchange: dict[str, Any]) -> None:
        self.source = pieces
        self.pieces = iter(pieces)
        self.exchange = exchange

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = next(self.pieces)
        keep(self.exchange, piece)
        return piece

    def close(self) -> None:
        close = getattr(self.source, "close", None)
        if close is not None:
            close()


def keep(exchange: dict[str, Any], piece: object) -> None:
    if isinstance(piece, bytes) and len(exchange["body"]) < KEPT:
        exchange["body"] += piece.decode(errors="replace")[:KEPT]


class Recorder:
    """Stands between Werkzeug's client and the application, and writes down."""

    def __init__(self, tell: Callable[[dict[str, Any]], None]) -> None:
        # hears of a request before it is answered, which may never happen
        self.tell = tell
        self.exchanges: list[dict[str, Any]] = []
        self.inside = False
        self.patch = pytest.MonkeyPatch()

    def install(self) -> None:
        import werkzeug.test

        self.run = werkzeug.test.run_wsgi_app
        self.patch.setattr(werkzeug.test, "run_wsgi_app", self.run_recorded)

    def uninstall(self) -> None:
        self.patch.undo()

    def begin(self) -> None:
        """Forget the exchanges of the test before."""
        self.exchanges = []

    def run_recorded(
        self, app: Callable[..., Any], environ: Any, buffered: bool = False
    ) -> Any:
        if self.inside:
            # Werkzeug makes responses of applications in this way, too
            return self.run(app, environ, buffered)
        self.inside = True
        try:
            return self.record(app, environ, buffered)
        finally:
            self.inside = False

    def record(self, app: Callable[..., Any], environ: Any, buffered: bool) -> Any:
        """Run an application and write down what went in and came out."""
        exchange = asked(environ)
        self.exchanges = [*self.exchanges, exchange][-MOST:]
        self.tell(exchange)
        pieces, status, headers = self.run(app, environ, buffered)
        exchange["status"] = status
        exchange["headers"] = [[name, value] for name, value in headers]
        if isinstance(pieces, list | tuple):
            for piece in pieces:
                keep(exchange, piece)
            return pieces, status, headers
        return Body(pieces, exchange), status, headers


def beginning(stream: object) -> str:
    """Look at the beginning of a request's body, and leave it unread."""
    value = getattr(stream, "getvalue", None)
    text: str = value()[:KEPT].decode(errors="replace") if value else ""
    return text


def asked(environ: dict[str, Any]) -> dict[str, Any]:
    """Describe a request before it is answered."""
    script = environ.get("SCRIPT_NAME", "")
    path = (script + environ.get("PATH_INFO", "")).encode("latin-1", "replace")
    query = environ.get("QUERY_STRING", "")
    host = environ.get("HTTP_HOST", "localhost")
    headers = [
        [name, environ[key]] for key, name in TELLING.items() if environ.get(key)
    ]
    if host != "localhost":
        headers.insert(0, ["Host", host])
    return {
        "method": environ.get("REQUEST_METHOD", "GET"),
        "path": path.decode(errors="replace") + (f"?{query}" if query else ""),
        "sent": headers,
        "form": beginning(environ.get("wsgi.input")),
        # what an application that raised didn't return
        "status": "",
        "headers": [],
        "body": "",
    }
