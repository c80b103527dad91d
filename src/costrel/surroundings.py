"""What tests find around them: in a terminal, or in the background of a script.

A shell lets what it starts in the background ignore Ctrl-C, and everything that is
started from there inherits that.
"""

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
