"""Promises that are kept by running the tests against one thing and another.

Nothing is lost on the way up, each test can fail, each danger is real, real Flask
behaves the same, and each exercise can be solved, but not by doing nothing.

A test that holds on its own step is asked of the next one, and of the newest, which
is where a loss shows. In between, each step is asked the tests of one
earlier step, drawn at random; all of it grows as the square of the steps, and is
`ascent`'s matter.
"""

from collections.abc import Iterator
from pathlib import Path

from costrel.core.ladder import Ladder, Step
from costrel.core.plan import read_plan
from costrel.testing.marks import number_of
from costrel.testing.randomness import sample

from .runs import Outcome, Result, Run, Runs

NOTHING = Path(__file__).with_name("nothing.py")
WORKED = "the attack worked"
# our answer to an exercise
SOLUTION = "solution.py"


# --- which runs there are


def tests_up_to(ladder: Ladder, step: Step) -> tuple[str, ...]:
    return tuple(
        f"tests/{each.name}" for each in ladder.steps if each.number <= step.number
    )


def on_step(ladder: Ladder, step: Step) -> Run:
    """Run the tests of all steps up to this one on this one."""
    return Run(tests_up_to(ladder, step), against=step.name)


def on_way_up(ladder: Ladder, step: Step, seed: int) -> Run:
    """Run on a step the tests of the one before and of an earlier one that is drawn.

    The newest step is asked the tests of all.
    """
    before = ladder.before(step)
    if step == ladder.newest or not before:
        return on_step(ladder, step)
    earlier = ladder.steps[: ladder.steps.index(before)]
    asked = [*sample(earlier, 1, seed, step.name), before]
    return Run(tuple(f"tests/{each.name}" for each in asked), against=step.name)


def on_itself(ladder: Ladder, step: Step) -> Run:
    """Run a step's attacks on the step."""
    return Run((f"tests/{step.name}",), against=step.name, only="attack")


def on_step_before(ladder: Ladder, step: Step) -> Run:
    before = ladder.before(step)
    target = before.name if before else str(NOTHING)
    return Run((f"tests/{step.name}",), against=target)


def on_victim(ladder: Ladder, step: Step) -> Run:
    """Run a step's attacks on its naive version, or on the step before it."""
    before = ladder.before(step)
    naive = step.tests / "naive.py"
    target = str(naive) if naive.is_file() or not before else before.name
    return Run((f"tests/{step.name}",), against=target, only="attack")


def on_flask(ladder: Ladder) -> Run:
    return Run(tests_up_to(ladder, ladder.newest), against="flask")


def beyond_us(ladder: Ladder) -> Run:
    """Run on the newest step what only Flask is said to do."""
    paths, newest = tests_up_to(ladder, ladder.newest), ladder.newest.name
    return Run(paths, against=newest, only="flask_only", despite_marks=True)


def after_replacing(ladder: Ladder, step: Step) -> Run:
    """Run on a step the tests that say it replaces what they promise."""
    number = rf"(step0*)?{step.number}\b"
    return Run(
        tests_up_to(ladder, step),
        against=step.name,
        only="until",
        naming=rf"""until\(\s*(step\s*=\s*)?["']?{number}""",
        despite_marks=True,
    )


def with_answers(ladder: Ladder, exercise: str, step: Step | None = None) -> Run:
    """Run the exercises on their own steps, or those up to a step on that step."""
    steps = [each for each in ladder.steps if not step or each.number <= step.number]
    folders = [each.exercises for each in steps if each.exercises.is_dir()]
    paths = [folder.relative_to(ladder.root).as_posix() for folder in folders]
    against = step.name if step else None
    return Run(tuple(paths), against=against, exercise=exercise)


def all_runs(ladder: Ladder, seed: int) -> Iterator[Run]:
    """Return every run the checks below need, the longest first."""
    yield on_flask(ladder)
    for step in reversed(ladder.steps):
        yield on_way_up(ladder, step, seed)
        yield on_itself(ladder, step)
        yield on_step_before(ladder, step)
        yield on_victim(ladder, step)
        yield after_replacing(ladder, step)
    yield beyond_us(ladder)
    yield from (with_answers(ladder, answer) for answer in (SOLUTION, "step"))
    yield with_answers(ladder, SOLUTION, ladder.newest)


# --- the promises


def lost_on_the_way(runs: Runs, step: Step) -> list[str]:
    """Find tests of earlier steps that do not hold on a step."""
    found = failures(runs.result(on_way_up(runs.ladder, step, runs.seed)), step)
    seed = "" if step == runs.ladder.newest else f" (with --seed {runs.seed})"
    return [f"{complaint}{seed}" for complaint in found]


def failures(result: Result, step: Step) -> list[str]:
    return result.trouble + [
        f"{test.id}: fails on {step.name}: {test.first_line}"
        for test in result.tests
        if test.failed
    ]


def cannot_fail(runs: Runs, step: Step) -> list[str]:
    """Find tests that pass on the step before without saying so, or say so wrongly."""
    result = runs.result(on_step_before(runs.ladder, step))
    return [*result.trouble, *wrong_about_before(result, "the step before")]


def wrong_about_before(result: Result, before: str) -> Iterator[str]:
    for test in result.tests:
        if test.marks.keys() & {"attack", "flask_only"}:
            # others show that these can fail: victims, and the newest step
            continue
        says_it_holds = "holds_before" in test.marks
        if says_it_holds and test.outcome != "passed":
            yield (
                f"{test.id}: is marked holds_before, but fails on {before}:"
                f" {test.first_line}"
            )
        elif not says_it_holds and not test.failed:
            yield (
                f"{test.id}: cannot fail, for it passes on {before}: let it say"
                " what is new, or mark it holds_before with a reason"
            )


def wrongly_replaced(runs: Runs, step: Step) -> list[str]:
    """Find tests marked `until` this step that still hold on it."""
    result = runs.result(after_replacing(runs.ladder, step))
    return result.trouble + [
        f"{test.id}: is marked until {step.name}, but still holds there"
        for test in result.tests
        if not test.failed and number_of(test.marks["until"]["step"]) == step.number
    ]


def unreal_dangers(runs: Runs, step: Step) -> list[str]:
    """Find attacks that do not work on their victim, or do work on the step."""
    run = on_victim(runs.ladder, step)
    on_its_victim = runs.result(run)
    if not on_its_victim.tests:
        return [*on_its_victim.trouble, *without_attack(runs.ladder, step)]
    stood = runs.result(on_itself(runs.ladder, step))
    victim = Path(run.against or "").name
    return [
        *on_its_victim.trouble,
        *(
            f"{test.id}: {what_happened(test)} on {victim}; there it has to fail"
            f" with a message that starts with {WORKED!r}"
            for test in on_its_victim.tests
            if not (test.failed and test.message.startswith(WORKED))
        ),
        *(
            f"{test.id}: {what_happened(test)} on {step.name}; there it has to pass"
            for test in stood.tests
            if test.outcome != "passed"
        ),
    ]


def without_attack(ladder: Ladder, step: Step) -> Iterator[str]:
    """Complain unless the list of steps says why this one has no attack."""
    listed = (ladder.root / "chapters" / "ladder.toml").is_file()
    if not (listed and read_plan(ladder).about(step).get("no_attack")):
        yield (
            f"tests/{step.name}: there is no attack: write one, or say why not as"
            " `no_attack` in chapters/ladder.toml"
        )


def what_happened(test: Outcome) -> str:
    return f"{test.outcome} ({test.first_line})" if test.message else test.outcome


def unlike_flask(runs: Runs) -> list[str]:
    """Find tests that fail on Flask unmarked, and marks that are not true."""
    on_real_one = runs.result(on_flask(runs.ladder))
    on_ours = runs.result(beyond_us(runs.ladder))
    return [
        *on_real_one.trouble,
        *(
            f"{test.id}: is marked differs, but Flask does the same"
            if "differs" in test.marks
            else f"{test.id}: fails on Flask: {test.first_line}"
            for test in on_real_one.tests
            if test.failed
        ),
        *(
            f"{test.id}: is marked flask_only, but holds on ours"
            for test in on_ours.tests
            if not test.failed
        ),
    ]


def unsolvable(runs: Runs) -> list[str]:
    """Find exercises whose solution fails, or that are solved by doing nothing."""
    solved = runs.result(with_answers(runs.ladder, SOLUTION))
    plain = runs.result(with_answers(runs.ladder, "step"))
    return [
        *solved.trouble,
        *(
            f"{test.id}: fails on the solution: {test.first_line}"
            for test in solved.tests
            if test.failed
        ),
        *plain.trouble,
        *solved_by_nothing(plain),
    ]


def exercises_lost(runs: Runs, step: Step) -> list[str]:
    """Find exercises of the steps so far whose solution doesn't hold on a step."""
    run = with_answers(runs.ladder, SOLUTION, step)
    return failures(runs.result(run), step) if run.paths else []


def solved_by_nothing(plain: Result) -> Iterator[str]:
    """Find exercises whose tests all pass without an answer."""
    folders: dict[str, list[Outcome]] = {}
    for test in plain.tests:
        file = test.id.partition("::")[0]
        folders.setdefault(file.rpartition("/")[0], []).append(test)
    for folder, tests in folders.items():
        if not any(test.failed for test in tests):
            yield f"{folder}: its tests pass without an answer"
