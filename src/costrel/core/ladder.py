"""The ladder: which steps there are, and where the files of each one are.

What is in those files is `symbols`' matter; this module knows their places.
"""

import os
import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from click import ClickException

STEP_NAME = re.compile(r"step(\d\d)_(\w+)")


class Problem(ClickException):
    """A mistake that gets one clear sentence instead of a traceback."""


@dataclass(frozen=True)
class Step:
    """One step of the book and the places of everything that belongs to it."""

    root: Path
    number: int
    topic: str

    @property
    def name(self) -> str:
        """The package's name, such as `step01_wsgi`."""
        return f"step{self.number:02}_{self.topic}"

    @property
    def slug(self) -> str:
        """The name of its chapter, notebook and exercises, such as `01-wsgi`."""
        return f"{self.number:02}-{self.topic}"

    @property
    def package(self) -> Path:
        return self.root / "steps" / self.name

    @property
    def tests(self) -> Path:
        return self.root / "tests" / self.name

    @property
    def chapter(self) -> Path:
        return self.root / "chapters" / f"{self.slug}.md"

    @property
    def notebook(self) -> Path:
        return self.root / "notebooks" / f"{self.slug}.ipynb"

    @property
    def exercises(self) -> Path:
        return self.root / "exercises" / self.slug

    def files(self) -> list[Path]:
        """List the package's files, relative to it, in the order of their names."""
        return sorted(
            path.relative_to(self.package)
            for path in self.package.rglob("*")
            if path.is_file() and not hidden(path.relative_to(self.package))
        )


def hidden(path: Path) -> bool:
    """Return whether a path is a cache or an editor's file, not part of the book."""
    return any(part.startswith(".") or part == "__pycache__" for part in path.parts)


class Ladder:
    """All steps below one root, in their order."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def steps(self) -> list[Step]:
        folder = self.root / "steps"
        found = [STEP_NAME.fullmatch(path.name) for path in folder.glob("step*")]
        return sorted(
            (Step(self.root, int(match[1]), match[2]) for match in found if match),
            key=lambda step: step.number,
        )

    @property
    def newest(self) -> Step:
        if not self.steps:
            raise Problem(f"There are no steps in {self.root / 'steps'}.")
        return self.steps[-1]

    def get(self, wanted: str | int) -> Step:
        """Find a step by number, package name, slug or topic.

        Raises `Problem` with the nearest names when there is no such step.
        """
        wanted = str(wanted)
        for step in self.steps:
            if wanted in (step.name, step.slug, step.topic):
                return step
            if wanted.isdecimal() and wanted.lstrip("0") == str(step.number):
                return step
        raise Problem(f"There is no step {wanted!r}: {self.advice(wanted)}")

    def advice(self, wanted: str) -> str:
        """Say which steps come near a name that is none."""
        if not self.steps:
            return f"no steps in {self.root / 'steps'}."
        names = [step.name for step in self.steps]
        topics = {step.topic: step.name for step in self.steps}
        near = get_close_matches(wanted, names, 1) or [
            topics[topic] for topic in get_close_matches(wanted, topics, 1)
        ]
        if near:
            return f"did you mean {near[0]}?"
        first, last = self.steps[0].number, self.newest.number
        return f"the steps are {first} to {last}."

    @property
    def written(self) -> list[Step]:
        """The steps that have a chapter."""
        return [step for step in self.steps if step.chapter.is_file()]

    def before(self, step: Step) -> Step | None:
        """Return the step before this one, or None for the first."""
        index = self.steps.index(step)
        return self.steps[index - 1] if index else None


def find_root() -> Path:
    """Find the book: named by COSTREL_ROOT, around this folder, or this package's."""
    named = os.environ.get("COSTREL_ROOT")
    if named:
        return named_root(Path(named).resolve())
    for folder in surrounding():
        if (folder / "book.py").is_file() and (folder / "steps").is_dir():
            return folder
    return Path(__file__).resolve().parents[3]


def named_root(folder: Path) -> Path:
    if not folder.is_dir():
        raise Problem(
            f"COSTREL_ROOT names {str(folder)!r}, which is no folder: "
            "name the book's, or unset the variable."
        )
    return folder


def surrounding() -> list[Path]:
    """List this folder and those around it; none if somebody deleted it."""
    try:
        here = Path.cwd()
    except FileNotFoundError:
        return []
    return [here, *here.parents]
