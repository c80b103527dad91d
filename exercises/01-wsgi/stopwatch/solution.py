"""A middleware that times a response: its head, and all of it."""

from collections.abc import Iterable, Iterator
from time import perf_counter
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class Stopwatch:
    """Time a WSGI application; `total` is the last response's milliseconds."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app
        self.total: float | None = None

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> "TimedBody":
        started = perf_counter()
        self.total = None

        def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            timing = ("Server-Timing", f"app;dur={since(started):.1f}")
            return start_response(status, [*headers, timing], *exc_info)

        body = self.app(environ, start)
        return TimedBody(body, lambda: self.stop(started))

    def stop(self, started: float) -> None:
        self.total = since(started)


class TimedBody:
    """A body that passes on its pieces, and reports when it is closed."""

    def __init__(self, body: Iterable[bytes], on_close: Any) -> None:
        self.body = body
        self.on_close = on_close

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.body)

    def close(self) -> None:
        try:
            if hasattr(self.body, "close"):
                self.body.close()
        finally:
            self.on_close()


def since(started: float) -> float:
    """Return the milliseconds that have passed since a moment."""
    return (perf_counter() - started) * 1000
