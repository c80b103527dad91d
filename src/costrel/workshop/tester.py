"""The tester is tested: each typical mistake is made, and `check` has to name it.

Runs as `python -m costrel.workshop.tester N…` for one who writes `teaching.toml`.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from costrel.core.ladder import Ladder, Problem, Step, find_root

from . import interface, screen
from .explain import teaching
from .explain.lesson import Lesson, Teacher, observed
from .explain.teaching import Mistake, Teaching
from .run.fork_workers import ForkServer
from .run.trial import Order, Trial, Worker, run

WANTED = 5


def complaints(ladder: Ladder, step: Step) -> list[str]:
    """Say what is wrong with what is taught about a step."""
    about = teaching.read_teaching(step)
    with ForkServer(step.root) as server, ThreadPoolExecutor(2) as pool:
        right = trial_of(step, step.package, stop=False, worker=server.worker())
        trials = list(pool.map(lambda each: made(step, each, server), about.mistakes))
    # one by one: `ast` can't be used from two threads at a time
    teacher = Teacher(ladder, "mine", Path())
    found = [
        [
            f"mistake {each.name!r}: {sentence}"
            for sentence in wrong(each, trial, teacher)
        ]
        for each, trial in zip(about.mistakes, trials, strict=True)
    ]
    return [
        *teaching.mistakes_in(about, tests_of(right)),
        *not_right(step, right),
        *mixed(about, right),
        *too_few(about),
        *without_words(step),
        *(sentence for sentences in found for sentence in sentences),
    ]


def trial_of(
    step: Step, package: Path, stop: bool = True, worker: Worker | None = None
) -> Trial:
    """Run a step's tests on a package as `check` does."""
    order = Order((step.tests,), str(package), step.number, stop)
    return run(order, step.root, worker=worker)


def tests_of(trial: Trial) -> list[tuple[str, str]]:
    """List the functions of a step's tests that are for readers."""
    return list(
        dict.fromkeys(
            (each["file"], each["function"])
            for each in trial.tests
            if not each["flask_only"]
        )
    )


def not_right(step: Step, trial: Trial) -> Iterator[str]:
    """Say what `check` finds wrong with our own step."""
    for each in trial.red:
        failure = trial.failures[each["id"]]
        yield f"{each['id']}: `check` fails on {step.name} itself: {observed(failure)}"
    if trial.unimported or trial.broken:
        yield f"{step.name}: {trial.unimported or trial.broken}"


def mixed(about: Teaching, trial: Trial) -> Iterator[str]:
    """Find behaviours that are optional only in part."""
    for behaviour in about.behaviours:
        marks = {t["optional"] for t in trial.tests if t["behaviour"] == behaviour.name}
        if len(marks) > 1:
            yield f"behaviour {behaviour.name!r}: only some of its tests are optional"


def too_few(about: Teaching) -> Iterator[str]:
    if len(about.mistakes) < WANTED:
        yield f"{about.step.name}: {len(about.mistakes)} mistakes, {WANTED} are wanted"


def without_words(step: Step) -> Iterator[str]:
    for name in interface.unsaid(step):
        yield f"{step.name}: nothing is said of {name}: say it in `[words]`"


# --- one mistake


def made(step: Step, mistake: Mistake, server: ForkServer) -> Trial | str:
    """Make a mistake and run the tests; or say why it can't be made."""
    with tempfile.TemporaryDirectory(prefix="costrel-mistake-") as folder:
        package = Path(folder).resolve() / "mine"
        shutil.copytree(step.package, package)
        try:
            for edit in mistake.edits:
                apply(edit, package)
        except (OSError, ValueError) as error:
            return str(error)
        return trial_of(step, package, worker=server.worker())


def apply(edit: teaching.MistakeEdit, package: Path) -> None:
    path = package / edit.file
    text = path.read_text(encoding="utf-8")
    if text.count(edit.old) != 1:
        raise ValueError(f"{edit.file} does not have its `old` exactly once")
    path.write_text(text.replace(edit.old, edit.new), encoding="utf-8", newline="\n")


def wrong(mistake: Mistake, trial: Trial | str, teacher: Teacher) -> Iterator[str]:
    """Say what is wrong with what `check` says of a mistake."""
    if isinstance(trial, str):
        yield trial
        return
    lesson = teacher.lesson(trial)
    if "--show" in sys.argv and lesson:
        screen.show_lesson(lesson)
    test = trial.first
    if lesson is None:
        yield "`check` finds nothing wrong"
    elif test is None:
        yield f"no test ran: {lesson.came}"
    elif not teaching.is_meant(mistake.test, test["file"], test["function"]):
        seen = observed(trial.failures[test["id"]])
        yield f"{test['function']} fails first, not {mistake.test}:\n{seen}"
    elif lesson.likely != mistake.says:
        seen = observed(trial.failures[test["id"]])
        yield f"is not recognised (shown: {lesson.likely!r}) in:\n{seen}"
    else:
        yield from without_reading(lesson)


def without_reading(lesson: Lesson) -> Iterator[str]:
    if not lesson.section:
        yield "the failure names no section to read"


def main(words: list[str]) -> None:
    ladder = Ladder(find_root())
    wanted = [word for word in words if not word.startswith("--")]
    found: list[str] = []
    try:
        for word in wanted:
            found += complaints(ladder, ladder.get(word))
    except Problem as problem:
        sys.exit(problem.format_message())
    print("\n\n".join(found) or "nothing to complain of")
    sys.exit(bool(found))


if __name__ == "__main__":
    main(sys.argv[1:])
