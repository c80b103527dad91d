"""What an app prints and logs, kept for the reader instead of the console."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO, TextIOBase
from typing import Any

# characters
LONGEST = 64_000


class Log(TextIOBase):
    """Takes what is written to it, up to a limit."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.size = 0
        # exceptions that were logged
        self.exceptions: list[BaseException] = []
        # what the app has set up for logging, which outlasts a request
        self.handlers: list[logging.Handler] = []
        self.level = logging.WARNING

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"a string is written, not {type(text).__name__!r}")
        rest = max(LONGEST - self.size, 0)
        self.size += len(text)
        if rest:
            self.parts.append(text[:rest])
        return len(text)

    def take(self) -> str:
        """Return what was written, and start over."""
        more = self.size - LONGEST
        note = f"\n… and {more:,} characters more" if more > 0 else ""
        text = "".join(self.parts) + note
        self.parts, self.size, self.exceptions = [], 0, []
        return text

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take all that is printed and logged meanwhile; nobody types anything."""
        stdin, sys.stdin = sys.stdin, StringIO()
        try:
            with redirect_stdout(self), redirect_stderr(self), self.own_logging():
                yield
        finally:
            sys.stdin = stdin

    @contextmanager
    def own_logging(self) -> Iterator[None]:
        """Let the app set up logging for itself, as if nobody had before it."""
        root, make_record = logging.getLogger(), logging.getLogRecordFactory()
        before = root.handlers, root.level
        root.handlers = self.handlers
        root.setLevel(self.level)
        logging.setLogRecordFactory(self.noting(make_record))
        try:
            yield
        finally:
            logging.setLogRecordFactory(make_record)
            self.handlers, self.level = root.handlers, root.level
            root.handlers = before[0]
            root.setLevel(before[1])

    def noting(self, make_record: Any) -> Any:
        """Note the exception of each record."""

        def noted(*arguments: Any, **options: Any) -> logging.LogRecord:
            record: logging.LogRecord = make_record(*arguments, **options)
            if record.exc_info and record.exc_info[1] is not None:
                self.exceptions.append(record.exc_info[1])
            return record

        return noted

    def forget_loggers(self, package: str) -> None:
        """Forget what modules of a package have set up, before they run again."""
        self.handlers, self.level = [], logging.WARNING
        known = logging.Logger.manager.loggerDict
        for name in [*known]:
            if name == package or name.startswith(f"{package}."):
                del known[name]
