"""A workshop: the folder in which a reader builds, and what is known about it.

What is in a new one is written by `workshop.folder`; what its tests say is the matter
of `workshop.run`.
"""

import json
import keyword
import os
import re
import sys
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from costrel.core.calls import name_workshop, typed, typed_there
from costrel.core.files import save
from costrel.core.ladder import STEP_NAME, Ladder, Problem, find_root

# what the workshop keeps in the folder: progress, green states, hints given
KEPT = ".costrel"
STATE = "progress.json"
# names in a workshop that are not the package's
TAKEN = ("tests", "exercises", "exercise", "conftest", "demo", "extensions")
# files of a package that are no work of anybody
LITTER = ("__pycache__", ".mypy_cache", ".ruff_cache", ".DS_Store")


@dataclass
class Workshop:
    """One reader's folder."""

    folder: Path
    package: str
    # the step that is being built
    step: int
    # step number -> {"passed": …, "failed": [ids], "optional": [ids], "green": …}
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    # "step/behaviour" -> how many hints were given
    hints: dict[str, int] = field(default_factory=dict)
    # the tests that failed last: they are asked first
    failed: list[str] = field(default_factory=list)
    # exercises that were opened, such as "03-routing/strict"
    exercises: list[str] = field(default_factory=list)
    # the demo as it was written: its file -> the hash
    wish: dict[str, str] = field(default_factory=dict)
    # whether the demo is inside the package, as it was in older workshops
    demo_in_package: bool = True
    # the folder in it that a call has named, or was made from
    here: Path = Path()

    @property
    def code(self) -> Path:
        """The package's folder."""
        return self.folder / self.package

    @property
    def demo(self) -> Path:
        """The folder of `demo.py`, its templates and its files."""
        return self.code if self.demo_in_package else self.folder

    @property
    def kept(self) -> Path:
        return self.folder / KEPT

    def save(self) -> None:
        """Write the progress; the old file stays whole until the new one is."""
        content = {
            name: value
            for name, value in vars(self).items()
            if name not in ("folder", "here")
        }
        text = json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        save(self.kept / STATE, text)

    def exercise_in_hand(self) -> str:
        """Return the exercise in whose folder the reader is, or an empty string."""
        place = self.folder / "exercises"
        inside = self.here.is_relative_to(place) and self.here.relative_to(place)
        name = "/".join(inside.parts[:2]) if inside else ""
        return name if name in self.exercises else ""

    def files(self) -> dict[str, bytes]:
        """Read the package's files, by their paths inside it."""
        return read_files(self.code)


def read_files(folder: Path) -> dict[str, bytes]:
    """Read all files of a package but its litter; links are not followed."""
    found = {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and not path.is_symlink() and not is_litter(inside):
            found[inside.as_posix()] = path.read_bytes()
    return found


def is_litter(path: Path) -> bool:
    return any(part in LITTER or part.endswith((".pyc", "~")) for part in path.parts)


def is_inside(folder: Path) -> bool:
    """Return whether a folder is a workshop, or in one."""
    return any((each / KEPT / STATE).is_file() for each in (folder, *folder.parents))


def is_mine(word: str) -> bool:
    """Return whether a word means the reader's own package, and not a step."""
    # unlike the methods of `Path`, this takes a name that is too long for none
    return word == "mine" or os.path.isfile(f"{word}/{KEPT}/{STATE}")  # noqa: PTH113


def find(given: str | None = None, without_package: bool = False) -> Workshop:
    """Find the workshop in or around a folder, or around this one; `mine` is both.

    Raises `Problem` if there is none, if its progress can't be read, or if the
    package is gone and the caller needs it.
    """
    if given == "mine" and not (Path(given) / KEPT / STATE).is_file():
        given = None
    name_workshop(given)
    start = Path(given or ".").resolve()
    for folder in (start, *start.parents):
        if (folder / KEPT / STATE).is_file():
            workshop = load(folder, without_package)
            workshop.here = start
            return workshop
        if given and not start.is_dir():
            break
    where = repr(given) if given else "here"
    raise Problem(
        f"There is no workshop {where}: go into the folder that `{typed('start')}`"
        f" made, name it, or make one with `{typed('start', '1', 'DIR')}`."
    )


def load(folder: Path, without_package: bool = False) -> Workshop:
    path = folder / KEPT / STATE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        workshop = Workshop(folder, **content)
        if not (isinstance(workshop.step, int) and workshop.package.isidentifier()):
            raise ValueError("`step` is a number, `package` a name")
        Ladder(find_root()).get(workshop.step)
    except (ValueError, TypeError, AttributeError, Problem) as error:
        raise Problem(
            f"{path} can't be read ({error}): fix it, or restore it from git. Or go on"
            " with your package in a new folder:"
            f" `{typed('start', 'N', 'DIR')} --from PACKAGE`."
        ) from None
    if not without_package and not (workshop.code / "__init__.py").is_file():
        raise Problem(
            f"The package {workshop.package!r} is not in {folder}: it needs its folder"
            f" {workshop.package}/ with an __init__.py. `{typed_there('reset', 'N')}`"
            " brings it back as it was when step N was green."
        )
    return workshop


def check_name(name: str) -> None:
    """Raise `Problem` for a name that a package can't have, or that means another."""
    if not is_name(name):
        raise Problem(
            f"{name!r} can't be a package's name: choose one with"
            f" --name{suggestion(name)}."
        )
    if STEP_NAME.fullmatch(name):
        raise Problem(
            f"{name!r} is the name of a step of the book: choose a name of your own."
        )
    if is_taken(name):
        raise Problem(
            f"{name!r} is the name of another module, which yours would hide:"
            " choose a name of your own, with --name."
        )


def is_name(word: str) -> bool:
    """Return whether Python can import something by this name."""
    return word.isidentifier() and not keyword.iskeyword(word)


def is_taken(name: str) -> bool:
    """Return whether a name means another module already."""
    return name in TAKEN or name in sys.stdlib_module_names or bool(find_spec(name))


def suggestion(name: str) -> str:
    """Suggest a name near one that is none, if that one is free."""
    plain = re.sub(r"\W+", "_", name).strip("_").lower()
    near = (plain, f"my_{plain}")
    free = (each for each in near if is_name(each) and not is_taken(each))
    better = next((each for each in free if not STEP_NAME.fullmatch(each)), None)
    return f", such as {better}" if better else ""
