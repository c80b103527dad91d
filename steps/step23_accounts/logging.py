"""The app's logger, and where its messages go if nobody has configured logging."""

import logging
import sys
from collections.abc import Iterable, Iterator
from typing import Any, TextIO, cast

from werkzeug.local import LocalProxy

from .ctx import has_request_context, request


def find_errors_stream() -> TextIO:
    """Return the stream that the server has for errors, or else stderr."""
    if has_request_context():
        return cast(TextIO, request.environ["wsgi.errors"])
    return sys.stderr


# for handlers: `ext://PACKAGE.logging.wsgi_errors_stream` in a `dictConfig`
wsgi_errors_stream: TextIO = LocalProxy(find_errors_stream)  # type: ignore[assignment]


class DefaultHandler(logging.StreamHandler[TextIO]):
    """Writes what an app logs, unless a logger above the app's does that."""

    def filter(self, record: logging.LogRecord) -> Any:
        """Drop a record that a handler above writes: logging was configured late."""
        logger = logging.getLogger(record.name)
        above = handlers_of(logger.parent if logger.propagate else None)
        others = [handler for handler in above if handler is not self]
        if self in logger.handlers and takes_all(others, logger.getEffectiveLevel()):
            return False
        # since Python 3.12, a filter may return another record
        return super().filter(record)


# one for all apps: a logger never has the same handler twice
default_handler = DefaultHandler(wsgi_errors_stream)
default_handler.setFormatter(
    logging.Formatter("[%(asctime)s] %(levelname)s in %(module)s: %(message)s")
)


def make_logger(name: str, debug: bool) -> logging.Logger:
    """Return the logger of that name, with a handler if nothing else writes for it.

    In debug it takes every message, unless its level has been set already.
    """
    logger = logging.getLogger(name)
    if debug and logger.level == logging.NOTSET:
        logger.setLevel(logging.DEBUG)
    if not takes_all(handlers_of(logger), logger.getEffectiveLevel()):
        logger.addHandler(default_handler)
    return logger


def takes_all(handlers: Iterable[logging.Handler], level: int) -> bool:
    """Return whether one of the handlers takes all that a logger of a level does."""
    return any(handler.level <= level for handler in handlers)


def handlers_of(logger: logging.Logger | None) -> Iterator[logging.Handler]:
    """Yield the handlers that a logger's messages reach: its own and its parents'."""
    while logger is not None:
        yield from logger.handlers
        logger = logger.parent if logger.propagate else None
