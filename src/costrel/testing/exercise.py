"""Let `import exercise` mean the answer to the exercise whose tests are running."""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from costrel.core.ladder import Ladder

from .against import Redirect, Target

# the value of --exercise that means the step itself, without any answer
NO_ANSWER = "step"


class ExerciseFinder(MetaPathFinder):
    """Find the module `exercise`, which is another one in each exercise's folder."""

    def __init__(self, wanted: str, ladder: Ladder) -> None:
        self.wanted = wanted
        self.ladder = ladder
        self.folder: Path | None = None

    def install(self) -> None:
        sys.meta_path.insert(0, self)

    def uninstall(self) -> None:
        sys.meta_path.remove(self)
        sys.modules.pop("exercise", None)

    def enter(self, folder: Path) -> None:
        """Make the exercise in a folder the current one."""
        if folder != self.folder:
            self.folder = folder
            sys.modules.pop("exercise", None)

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if fullname != "exercise" or self.folder is None:
            return None
        if self.wanted != NO_ANSWER:
            return spec_from_file_location(fullname, self.answer(self.folder))
        step = self.ladder.get(self.folder.parent.name)
        redirect = Redirect(Target(step.name, step.name, step.number))
        return ModuleSpec(fullname, redirect)

    def answer(self, folder: Path) -> Path:
        """Find the file with the answer, or say where to write it."""
        file = folder / self.wanted
        if file.is_dir():
            file = file / folder.parent.name / folder.name / "answer.py"
        if file.is_file():
            return file
        raise pytest.Collector.CollectError(
            f"There is no {file}: write your answer there and run this again;"
            " --exercise solution.py runs ours."
        )
