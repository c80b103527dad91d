"""A recorder of requests for tests, which only listens."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from step09_hooks import (
    App,
    Response,
    got_request_exception,
    request,
    request_finished,
    request_started,
)


@dataclass
class Record:
    """A request, and what became of it."""

    method: str
    path: str
    status: int | None = None
    error: Exception | None = None


@contextmanager
def recorded(app: App) -> Iterator[list[Record]]:
    """Record the requests to `app` in a `with` block, which gets the records."""
    records: list[Record] = []
    # the environ belongs to one request, and the key to this recorder
    key = f"recorder.{id(records)}"

    def begin(sender: App) -> None:
        record = Record(request.method, request.path)
        request.environ[key] = record
        records.append(record)

    def note(name: str, value: Any) -> None:
        # a request may have begun before the recorder
        record = request.environ.get(key)
        if record is not None:
            setattr(record, name, value)

    def finish(sender: App, response: Response) -> None:
        note("status", response.status_code)

    def fail(sender: App, exception: Exception) -> None:
        note("error", exception)

    listeners: list[tuple[Any, Callable[..., None]]] = [
        (request_started, begin),
        (request_finished, finish),
        (got_request_exception, fail),
    ]
    with ExitStack() as stack:
        for signal, listener in listeners:
            stack.enter_context(signal.connected_to(listener, app))
        yield records
