"""What a process prints while a test runs: how much, and the end of it.

The process writes signs into its own output where a test begins and where it has
failed, so what belongs to a test doesn't depend on when somebody reads it.
"""

import time
from collections.abc import Callable

BEGIN = b"\0costrel: a test begins\0"
END = b"\0costrel: a test has failed\0"
# so much is kept, in bytes
KEPT = 16_384
# how long what was printed may be on its way
SECONDS = 5.0


class Output:
    """The output of one process since its last test began."""

    def __init__(self) -> None:
        self.count = 0
        self.tail = b""

    def add(self, piece: bytes) -> None:
        """Take the next piece; a sign may be split between two."""
        text = self.tail + piece
        _, sign, after = text.rpartition(BEGIN)
        self.count = len(after) if sign else self.count + len(piece)
        self.tail = (after if sign else text)[-KEPT:]

    def wait(self, is_closed: Callable[[], bool]) -> None:
        """Wait until the sign of the end is there, or nothing more can come."""
        deadline = time.monotonic() + SECONDS
        while END not in self.tail and time.monotonic() < deadline:
            if is_closed():
                return
            time.sleep(0.005)

    def data(self) -> dict[str, object]:
        """Return how many bytes were printed, and the last of them as text."""
        before, sign, after = self.tail.rpartition(END)
        shown = before if sign else after
        count = self.count - (len(sign) + len(after) if sign else 0)
        return {"bytes": count, "tail": shown.decode(errors="replace")}
