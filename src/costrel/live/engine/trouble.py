"""Errors as the reader sees them: what, where, and through which lines.

A file of the package is named as it is in the editor, one of a library by its name
there; the engine's own frames are left out.
"""

import importlib
import linecache
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

HERE = str(Path(__file__).parent)
IMPORTING = str(Path(importlib.__file__).parent)
ENGINE = __name__.removesuffix("trouble")
# characters of a message, and frames at both ends of a traceback
LONGEST = 2000
FRAMES = 25
# characters of a line of code, and of a name
LONGEST_LINE = 400


class RefusedError(Exception):
    """What the reader asks for can't be done: the message says why."""


def describe(error: BaseException, package: Path) -> dict[str, Any]:
    """Describe an error; its place is the last line of the reader's files."""
    frames = list(frames_of(error, package))
    own = [frame for frame in frames if frame["own"]]
    place = {**(own[-1] if own else {"file": None, "line": None}), "column": None}
    if isinstance(error, SyntaxError):
        frame = syntax_frame(error, package)
        if frame["own"]:
            frames, place = [*frames, frame], frame
    return {
        "type": name_of(error),
        "message": message_of(error),
        **{name: place[name] for name in ("file", "line", "column")},
        "traceback": shortened(frames),
    }


def name_of(error: BaseException) -> str:
    """Name the error's class; what the engine says itself is no exception."""
    return (
        ""
        if type(error).__module__.startswith(ENGINE)
        else type(error).__name__[:LONGEST_LINE]
    )


def message_of(error: BaseException) -> str:
    """Return an error's message, even if its class fails to produce one."""
    if isinstance(error, SystemExit):
        return "The app ends Python, which would stop a server."
    try:
        text = error.msg if isinstance(error, SyntaxError) else str(error)
        text = text if type(text) is str else repr(text)
    # the class is the reader's
    except BaseException as failure:
        return f"(its message can't be shown: {type(failure).__name__})"
    text = text or EXPLAINED.get(type(error), "")
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


# errors that say nothing themselves
EXPLAINED: dict[type[BaseException], str] = {
    MemoryError: "Python has no memory left.",
    KeyboardInterrupt: "The app interrupts itself, which would stop a server.",
}


def frames_of(error: BaseException, package: Path) -> Iterator[dict[str, Any]]:
    """Describe the frames from the first that is the reader's."""
    walked = [
        (frame, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if not is_hidden(frame.f_code.co_filename)
    ]
    files = [own_name(frame.f_code.co_filename, package) for frame, _ in walked]
    first = next((index for index, file in enumerate(files) if file), 0)
    for (frame, line), file in zip(walked[first:], files[first:], strict=True):
        yield described(frame, line, file)


def described(frame: FrameType, line: int, file: str | None) -> dict[str, Any]:
    name = frame.f_code.co_filename
    return {
        "file": file or library_name(name),
        "line": line,
        "function": frame.f_code.co_qualname.replace(".<locals>", ""),
        "code": linecache.getline(name, line, frame.f_globals).strip()[:LONGEST_LINE],
        "own": file is not None,
    }


def syntax_frame(error: SyntaxError, package: Path) -> dict[str, Any]:
    """Make a frame of the place that Python could not read."""
    file = own_name(str(error.filename), package)
    return {
        "file": file,
        "line": error.lineno,
        "column": error.offset,
        "function": "",
        "code": (error.text or "").strip()[:LONGEST_LINE],
        "own": file is not None,
    }


def is_hidden(file: str) -> bool:
    """Return whether a frame belongs to the engine or the import system."""
    return file.startswith((HERE, "<frozen importlib", IMPORTING))


def own_name(file: str, package: Path) -> str | None:
    """Name a file as the editor does; None for one that is not the reader's."""
    folder = f"{package}/"
    return file.removeprefix(folder) if file.startswith(folder) else None


def library_name(file: str) -> str:
    """Name a file of a library without the folder in which libraries are."""
    folders = [f"{folder}/" for folder in sys.path if file.startswith(f"{folder}/")]
    return file.removeprefix(max(folders, key=len, default=""))


def shortened(frames: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out the middle of a long traceback: a recursion has thousands."""
    if len(frames) <= 2 * FRAMES:
        return frames
    left_out = len(frames) - 2 * FRAMES
    gap = {"file": "…", "line": None, "function": "", "own": False}
    gap["code"] = f"… {left_out} more"
    return [*frames[:FRAMES], gap, *frames[-FRAMES:]]
