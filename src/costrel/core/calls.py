"""The commands we tell a reader to type, in the form that works where they are.

`book.py` runs the command in an environment that isn't active. A reader who came that
way has no `costrel` on the path, so we show the command with `book.py`.
"""

import os
import shlex
from pathlib import Path

# set by book.py: its Python and its own path, a line each
CALLED_BY = "COSTREL_CALLED_BY"

_called_by: list[str] = []
# the folder of the workshop, if the call named it: what we tell must name it, too
_workshop: list[str] = []


def remember() -> None:
    """Take what book.py said out of the environment that our own programs inherit."""
    _called_by[:] = os.environ.pop(CALLED_BY, "").splitlines()


def typed(*words: str, folder: Path | None = None) -> str:
    """Return the call of a verb as it has to be typed in a folder, or in this one."""
    if len(_called_by) != 2:
        return " ".join(["costrel", *words])
    python, book = _called_by
    return " ".join([quoted(python), quoted(short(book, folder or Path.cwd())), *words])


def name_workshop(folder: str | None) -> None:
    """Remember how the call named its workshop, or that it didn't."""
    _workshop[:] = [folder] if folder else []


def typed_there(*words: str) -> str:
    """Return the call of a verb for the workshop that this call is about."""
    return typed(*words, *map(quoted, _workshop))


def workshop_word() -> str:
    """Return the word for the workshop in a call: the folder it named, or `mine`."""
    return quoted(_workshop[0]) if _workshop else "mine"


def short(path: str, folder: Path) -> str:
    """Return the shorter one of a path's two spellings, relative and absolute."""
    try:
        return min(os.path.relpath(path, folder), path, key=len)
    except ValueError:
        # on another drive
        return path


def quoted(word: str) -> str:
    if os.name == "nt":
        return f'"{word}"' if " " in word else word
    return shlex.quote(word)
