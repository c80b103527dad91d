"""Which tests a workshop's package is asked, and what is noted of the answers.

How they run is `trial`'s matter, what a failure means that of `lesson`.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from costrel.core.ladder import Ladder, Step
from costrel.core.system_errors import told as told_error
from costrel.core.workshop_folder import Workshop

from .explain.lesson import Lesson, Teacher
from .folder import green_states
from .run.last_run import recall, remember, state_of
from .run.parallel import processors, run_beside, shared_out
from .run.trial import Order, Told, Trial, TrialRun, ignore, is_optional
from .run.workers import Workers

# so many of the tests that failed last are asked first
FAILED_LAST = 3


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
        self.teacher = Teacher(ladder, workshop.package, workshop.folder, workshop.step)
        self.workers = Workers(ladder.root)
        # what was found last, and why it could not be noted
        self.last = Trial()
        self.unnoted = ""

    def warm(self) -> None:
        """Start processes for the next check before they are wanted."""
        self.workers.warm(has_company=processors() > 1)

    def close(self) -> None:
        self.workers.close()

    def check(self, wanted: Wanted, told: Told = ignore) -> Trial:
        """Run the tests, and note what they say."""
        state = state_of(self.workshop, self.ladder.root)
        self.last = trial = run_beside(self.orders(wanted), self.workers.take, told)
        trial.opened = self.exercises() if wanted.is_whole else []
        self.ask_alone(trial)
        try:
            self.note(trial, wanted, state)
        except OSError as error:
            # the result is worth telling all the same
            self.unnoted = told_error(error)
        return trial

    def known(self) -> Trial | None:
        """Return what a whole check would find, if no file has changed since one."""
        return recall(self.workshop, self.ladder.root)

    def ask_alone(self, trial: Trial) -> None:
        """Ask the test that is shown once more, without those that ran before it."""
        test = trial.first
        if test is None or not trial.failures[test["id"]]["before"]:
            return
        place = Path(test["folder"], test["file"])
        alone = replace(self.order((place,)), only=(test["id"],))
        found = TrialRun(alone, self.workers.take, ignore).follow()
        outcome = found.outcomes.get(test["id"])
        trial.failures[test["id"]]["passes_alone"] = outcome == "passed"

    # --- which tests, and in which order

    def orders(self, wanted: Wanted) -> list[Order]:
        """Order the step that is being built, and the rest in runs beside it."""
        stop = not wanted.every
        if wanted.step is not None:
            return [self.order((self.ladder.get(wanted.step).tests,), stop)]
        *earlier, step = self.steps(wanted)
        root = self.ladder.root / "exercises"
        places = (step.tests, *(root / name for name in self.exercises()))
        first = self.order(places, stop, first=tuple(self.workshop.failed))
        files = (file for each in earlier for file in each.tests.rglob("test_*.py"))
        shares = shared_out(files, processors())
        return [first, *(self.order(share, stop) for share in shares)]

    def order(
        self, places: tuple[Path, ...], stop: bool = True, first: tuple[str, ...] = ()
    ) -> Order:
        return Order(
            places,
            str(self.workshop.code),
            self.workshop.step,
            stop=stop,
            first=first,
            answers=self.workshop.folder / "exercises",
        )

    def steps(self, wanted: Wanted) -> list[Step]:
        if wanted.step is not None:
            return [self.ladder.get(wanted.step)]
        return [s for s in self.ladder.steps if s.number <= self.workshop.step]

    def exercises(self) -> list[str]:
        """List the exercises that the reader works on, the one in hand first.

        Those of later steps wait after a `reset`; what was solved at an earlier
        step is not asked again, because its tests are about that step.
        """
        in_hand = self.workshop.exercise_in_hand()
        found = [
            name
            for name in reversed(self.workshop.exercises)
            if name == in_hand or self.is_asked(name)
        ]
        return sorted(found, key=lambda name: name != in_hand)

    def is_asked(self, exercise: str) -> bool:
        number = {step.slug: step.number for step in self.ladder.steps}
        at = number.get(exercise.partition("/")[0], self.workshop.step + 1)
        now = self.workshop.step
        return at == now or (at < now and not self.is_solved(exercise))

    def is_solved(self, exercise: str) -> bool:
        return bool(self.workshop.results.get(exercise, {}).get("green"))

    # --- what is noted

    def note(self, trial: Trial, wanted: Wanted, state: str) -> None:
        """Write down how far the package is, and keep it if all is green."""
        workshop = self.workshop
        for step in self.steps(wanted):
            tests = [each for each in trial.tests if each["step"] == step.number]
            self.note_part(str(step.number), trial, tests)
        for name in workshop.exercises:
            tests = [
                t for t in trial.tests if t["folder"].replace("\\", "/").endswith(name)
            ]
            self.note_part(name, trial, tests)
        workshop.failed = failed_last(workshop.failed, trial)
        if trial.is_green and wanted.is_whole:
            green_states.keep_green(workshop)
        if wanted.is_whole:
            remember(workshop, trial, state)
        workshop.save()

    def note_part(self, name: str, trial: Trial, tests: list[dict[str, Any]]) -> None:
        """Note the tests of a step or an exercise.

        Behind the first failure nothing is asked: what was known stays.
        """
        asked = [each for each in tests if each["id"] in trial.outcomes]
        found = result(trial, tests)
        if asked and (len(asked) == len(tests) or found["failed"]):
            self.workshop.results[name] = found

    def lesson(self, trial: Trial) -> Lesson | None:
        return self.teacher.lesson(trial)


def failed_last(before: list[str], trial: Trial) -> list[str]:
    """List the required tests whose last outcome is a failure, a few of them."""
    failed = [each["id"] for each in trial.required]
    unasked = [name for name in before if name not in trial.outcomes]
    return list(dict.fromkeys([*failed, *unasked]))[:FAILED_LAST]


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
