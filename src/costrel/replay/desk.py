"""The reader's folder: `framework/`, `demo.py`, and the demo's templates and files.

A step keeps all of these in one package. This module translates between a path of
the folder and a path of the package, and between their texts: a demo imports the
framework where a step's imports its own package.
"""

import re
from pathlib import Path

from costrel.ladder import Step

FRAMEWORK = "framework"
DEMO = "demo.py"
# what the demo brings along besides `demo.py`
BELONGINGS = ("templates/", "static/")
# starts a step's demo in the book; a reader calls `python demo.py`
NOT_TYPED = ("__main__.py",)
STEP = re.compile(r"^(\s*(?:from|import) )step\d\d_\w+", re.MULTILINE)
RELATIVE = re.compile(r"^(\s*from )\.(\w*)(?= import\b)", re.MULTILINE)


def is_demo(name: str) -> bool:
    """Return whether a step's file belongs to the demo, not to the framework."""
    return name == DEMO or name.startswith(BELONGINGS)


def typed_path(name: str) -> str:
    """Return the reader's path of a step's file."""
    return name if is_demo(name) else f"{FRAMEWORK}/{name}"


def step_path(path: str) -> str | None:
    """Return the step's file behind a reader's path; None if it has none."""
    if is_demo(path):
        return path
    folder, _, name = path.partition("/")
    return name if folder == FRAMEWORK and name else None


def typed_text(name: str, text: str) -> str:
    """Return a step's file as the reader types it, line for line."""
    return RELATIVE.sub(absolute, text) if name == DEMO else text


def absolute(match: re.Match[str]) -> str:
    module = f".{match[2]}" if match[2] else ""
    return f"{match[1]}{FRAMEWORK}{module}"


def typed_beside(text: str) -> str:
    """Return a file of the book's tests as the reader types it beside the framework."""
    return STEP.sub(rf"\g<1>{FRAMEWORK}", text)


def files(step: Step | None) -> dict[str, bytes]:
    """Return what a reader's folder holds after a step's chapter, by path.

    Nothing, before the first one.
    """
    if step is None:
        return {}
    names = [path.as_posix() for path in step.files()]
    return {
        typed_path(name): content(step.package / name, name)
        for name in names
        if name not in NOT_TYPED
    }


def content(path: Path, name: str) -> bytes:
    data = path.read_bytes()
    return typed_text(name, data.decode()).encode() if name == DEMO else data
