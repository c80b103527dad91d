"""Say what is being imported when an import takes long."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

SECONDS = 5.0


@contextmanager
def patience(name: str) -> Iterator[None]:
    """Name what is still being imported, if it takes long."""
    sentence = f"{name} is still being imported: Ctrl-C stops it and shows where."
    timer = Timer(SECONDS, lambda: print(sentence, file=sys.stderr, flush=True))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
