"""A logging handler that counts bugs instead of repeating them."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

SECRETS = ("password", "secret", "token")
LONGEST = 100

# what makes two errors the same bug: class, file and line
Key = tuple[str, str, int]


@dataclass
class Report:
    """A bug: where it is, how often it happened, and the details of the last time."""

    kind: str
    file: str
    line: int
    function: str
    message: str = ""
    count: int = 0
    variables: dict[str, str] = field(default_factory=dict)


class Collector(logging.Handler):
    """Keep a report for each logged bug, for the `limit` most recently seen."""

    def __init__(self, limit: int = 100) -> None:
        super().__init__(logging.ERROR)
        self.limit = limit
        # the bug that hasn't been seen for the longest time comes first
        self.known: dict[Key, Report] = {}

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is None or error.__traceback__ is None:
            return
        place = last(error.__traceback__)
        code = place.tb_frame.f_code
        kind = type(error).__name__
        key = kind, code.co_filename, place.tb_lineno
        report = self.known.pop(key, None) or Report(*key, code.co_name)
        report.message = shown(error, str)
        report.count += 1
        report.variables = {
            name: described(name, value)
            for name, value in place.tb_frame.f_locals.items()
        }
        self.keep(key, report)

    def keep(self, key: Key, report: Report) -> None:
        """Add a report at the end; forget the first if there are too many."""
        self.known[key] = report
        if len(self.known) > self.limit:
            del self.known[next(iter(self.known))]

    def reports(self) -> list[Report]:
        """Return the reports, the most frequent first."""
        # many threads call a handler, and logging holds this lock when they do
        self.acquire()
        try:
            found = list(self.known.values())
        finally:
            self.release()
        return sorted(found, key=lambda report: report.count, reverse=True)


def last(traceback: TracebackType) -> TracebackType:
    """Return the place where the error was raised: the end of the chain."""
    while traceback.tb_next:
        traceback = traceback.tb_next
    return traceback


def described(name: str, value: object) -> str:
    if any(word in name.lower() for word in SECRETS):
        return "(hidden)"
    text = shown(value, repr)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def shown(value: object, how: Callable[[object], str]) -> str:
    try:
        return how(value)
    except Exception:
        return "(no repr)"
