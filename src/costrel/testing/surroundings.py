"""What tests find around them: a terminal or a script, a quiet machine or a busy one.

A shell lets what it starts in the background ignore Ctrl-C, and everything that is
started from there inherits that.
"""

import os
import signal
from types import FrameType


def hear_ctrl_c_again() -> None:
    """Let the programs that are started from here hear Ctrl-C again.

    This process goes on ignoring it where it was told to: with a handler, which a
    new program does not inherit.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, ignore)


def ignore(number: int, frame: FrameType | None) -> None:
    """Hear a signal without doing anything."""


def slowness() -> float:
    """Return how much longer things take because of other work: 1 where it is quiet."""
    try:
        load, _, _ = os.getloadavg()
    except (AttributeError, OSError):
        # Windows does not tell
        return 1.0
    return max(1.0, load / (os.cpu_count() or 1))
