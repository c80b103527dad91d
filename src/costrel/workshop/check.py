"""Which tests a workshop's package is asked, and what is noted of the answers.

How they run is `trial`'s matter, what a failure means `words`'.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from costrel.ladder import Ladder, Step

from . import keeping
from .place import Workshop
from .trial import Order, Trial, Worker, is_optional, run
from .words import Lesson, Teacher


@dataclass(frozen=True)
class Wanted:
    """What the reader asks to be checked."""

    # only the step that is being built, or only this one
    step: int | None = None
    # every failure, not only the first
    every: bool = False

    @property
    def is_whole(self) -> bool:
        return self.step is None


class Checker:
    """Checks one workshop, once or again and again."""

    def __init__(self, workshop: Workshop, ladder: Ladder) -> None:
        self.workshop = workshop
        self.ladder = ladder
        self.teacher = Teacher(ladder, workshop.package, workshop.folder)
        self.ready: Worker | None = None
        # what was found last
        self.last = Trial()

    def warm(self) -> None:
        """Start the process for the next check before it is wanted."""
        if self.ready is None:
            self.ready = Worker(self.ladder.root)

    def close(self) -> None:
        if self.ready is not None:
            self.ready.close()
            self.ready = None

    def check(
        self, wanted: Wanted, told: Callable[[Trial], None] | None = None
    ) -> Trial:
        """Run the tests, and note what they say."""
        worker, self.ready = self.ready, None
        self.last = trial = run(self.order(wanted), self.ladder.root, told, worker)
        self.note(trial, wanted)
        return trial

    def order(self, wanted: Wanted, only: tuple[str, ...] | None = None) -> Order:
        workshop = self.workshop
        folders = [step.tests for step in self.steps(wanted) if step.tests.is_dir()]
        if wanted.is_whole:
            folders += self.exercises()
        return Order(
            tuple(folders),
            str(workshop.code),
            workshop.step,
            stop=not wanted.every,
            only=only,
            answers=workshop.folder / "exercises",
        )

    def steps(self, wanted: Wanted) -> list[Step]:
        if wanted.step is not None:
            return [self.ladder.get(wanted.step)]
        return [s for s in self.ladder.steps if s.number <= self.workshop.step]

    def exercises(self) -> list[Path]:
        """List the book's folders of the exercises that the reader works on.

        Those of later steps wait after a `reset`; what was solved at an earlier
        step is not asked again, for its tests are about that step.
        """
        root = self.ladder.root / "exercises"
        number = {step.slug: step.number for step in self.ladder.steps}
        now = self.workshop.step
        return [
            root / name
            for name in self.workshop.exercises
            if (root / name).is_dir()
            and (at := number[name.partition("/")[0]]) <= now
            and not (at < now and self.is_solved(name))
        ]

    def is_solved(self, exercise: str) -> bool:
        return bool(self.workshop.results.get(exercise, {}).get("green"))

    # --- what is noted

    def note(self, trial: Trial, wanted: Wanted) -> None:
        """Write down how far the package is, and keep it if all is green."""
        workshop = self.workshop
        for step in self.steps(wanted):
            tests = [each for each in trial.tests if each["step"] == step.number]
            # behind the first failure nothing was asked: what was known stays
            if any(each["id"] in trial.outcomes for each in tests):
                workshop.results[str(step.number)] = result(trial, tests)
        for name in workshop.exercises:
            tests = [
                t for t in trial.tests if t["folder"].replace("\\", "/").endswith(name)
            ]
            # those of the steps come first, and may be all that was run
            if any(each["id"] in trial.outcomes for each in tests):
                workshop.results[name] = result(trial, tests)
        if trial.is_green and wanted.is_whole:
            keeping.keep_green(workshop)
        workshop.save()

    def lesson(self, trial: Trial) -> Lesson | None:
        return self.teacher.lesson(trial)


def result(trial: Trial, tests: list[dict[str, Any]]) -> dict[str, Any]:
    """Sum up the tests of a step or an exercise."""
    names = {each["id"] for each in tests if each["id"] in trial.failures}
    # an exercise holds nobody up, and is solved only when all of it passes
    red = [
        each["id"]
        for each in tests
        if each["id"] in names and (each["step"] is None or not is_optional(each))
    ]
    passed = sum(trial.outcomes.get(each["id"]) == "passed" for each in tests)
    run_through = all(each["id"] in trial.outcomes for each in tests)
    return {
        "tests": sum(not each["skipped"] for each in tests),
        "passed": passed,
        "failed": red,
        "optional": sorted(names - set(red)),
        "green": run_through and not red,
    }
