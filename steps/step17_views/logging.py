"""The app's logger, and where its messages go if nobody has configured logging."""

import logging
import sys
from collections.abc import Iterator
from typing import TextIO


class DefaultHandler(logging.StreamHandler[TextIO]):
    """Write messages to stderr: what `sys.stderr` is now, not what it was."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


# one for all apps: a logger never has the same handler twice
default_handler = DefaultHandler()
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
    level = logger.getEffectiveLevel()
    if not any(handler.level <= level for handler in handlers_of(logger)):
        logger.addHandler(default_handler)
    return logger


def handlers_of(logger: logging.Logger | None) -> Iterator[logging.Handler]:
    """Yield the handlers that a logger's messages reach: its own and its parents'."""
    while logger is not None:
        yield from logger.handlers
        logger = logger.parent if logger.propagate else None
