"""A solution to the exercise `early`."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any


class early:  # noqa: N801 - it is used like a function
    """An iterator over pieces that has already made the first one."""

    def __init__(self, pieces: Iterable[Any]) -> None:
        self._pieces = pieces
        rest = iter(pieces)
        try:
            first = list(islice(rest, 1))
        except BaseException:
            # nobody else has a reference to it, so nobody else can close it
            self.close()
            raise
        self._all = chain(first, rest)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return next(self._all)

    def close(self) -> None:
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()
