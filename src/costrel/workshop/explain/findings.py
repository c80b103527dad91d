"""What a check has found: the lessons that are shown, and a line to sum up."""

from collections.abc import Callable
from typing import Any

from costrel.core.calls import typed_there
from costrel.workshop import screen
from costrel.workshop.checker import Checker, Wanted
from costrel.workshop.explain.lesson import Lesson
from costrel.workshop.run.trial import Trial, exercise_of, exit_code


def show(checker: Checker, trial: Trial, wanted: Wanted) -> None:
    for lesson in lessons(checker, trial, wanted):
        screen.show_lesson(lesson)
        screen.say()
    if trial.threads:
        names = ", ".join(trial.threads)
        screen.say(f"[yellow]Your code left threads running:[/] {screen.escape(names)}")
    if checker.unnoted:
        reason = screen.escape(checker.unnoted)
        screen.say(f"[yellow]The result could not be noted:[/] {reason}")
    for line in summary(checker, trial, wanted):
        screen.say(line)


def lessons(checker: Checker, trial: Trial, wanted: Wanted) -> list[Lesson]:
    """Choose what is shown: the first failure, or all of them."""
    if wanted.every and not (trial.unimported or trial.broken_steps):
        return checker.teacher.all_lessons(trial)
    lesson = checker.lesson(trial)
    return [lesson] if lesson else []


def summary(checker: Checker, trial: Trial, wanted: Wanted) -> list[str]:
    """Say in a line or two how far the package is, and what to do."""
    workshop = checker.workshop
    seconds = f"[dim]{trial.seconds:.1f} s[/]"
    if trial.unimported:
        return [f"No test could run. {seconds}"]
    passed = sum(outcome == "passed" for outcome in trial.outcomes.values())
    total = sum(not each["skipped"] for each in trial.tests)
    counted = f"{passed} of {total} tests pass"
    if not trial.is_green:
        more = "" if wanted.every else ", and this is the first that does not"
        advice = hint_advice(checker, trial)
        line = f"[bold]Step {workshop.step}[/]: {counted}{more}. {seconds}"
        return [line, *earlier(checker, trial), *advice]
    optional = sum(each["step"] is not None for each in trial.red)
    ones = "one fails" if optional == 1 else "ones fail"
    left = f"; {optional} optional {ones}" if optional else ""
    line = f"[bold green]✓[/] [bold]Step {workshop.step}[/]: {counted}{left}. {seconds}"
    if not wanted.is_whole:
        return [line]
    unsolved = [name for name in trial.opened if trial.is_unsolved(name)]
    return [line, *map(unsolved_line(trial), unsolved), next_advice(checker, unsolved)]


def unsolved_line(trial: Trial) -> Callable[[str], str]:
    """Say of an exercise how far it is."""

    def line(name: str) -> str:
        tests = [each for each in trial.tests if exercise_of(each["id"]) == name]
        passed = sum(trial.outcomes.get(each["id"]) == "passed" for each in tests)
        told = f"{passed} of {len(tests)} tests pass" if tests else "no answer yet"
        return f"[yellow]Exercise {name.rpartition('/')[2]}[/]: {told}."

    return line


def earlier(checker: Checker, trial: Trial) -> list[str]:
    """Say why a test of an earlier step is asked at all."""
    number = trial.first and trial.first["step"]
    if not number or number == checker.workshop.step:
        return []
    return [f"What step {number} promised has to go on working."]


def hint_advice(checker: Checker, trial: Trial) -> list[str]:
    lesson = checker.lesson(trial)
    if lesson is None or not lesson.behaviour:
        return []
    given = checker.workshop.hints.get(f"{lesson.step}/{lesson.behaviour}", 0)
    if given >= 3:
        solution = screen.escape(typed_there("solution"))
        return [f"[dim]Stuck?[/] {solution} [dim]shows our code for it.[/]"]
    hint = screen.escape(typed_there("hint"))
    return [f"[dim]Stuck?[/] {hint} [dim]({given} of 3 given)[/]"]


def next_advice(checker: Checker, unsolved: list[str]) -> str:
    if checker.workshop.step == checker.ladder.newest.number:
        return (
            "This is the newest step of the book: your framework does what ours does."
        )
    first = "Go on with the exercise, or with" if unsolved else "Go on with"
    return f"{first}: {screen.escape(typed_there('next'))}"


def data(checker: Checker, trial: Trial) -> dict[str, Any]:
    """Say the same for a program."""
    lesson = checker.lesson(trial)
    return {
        "package": checker.workshop.package,
        "folder": str(checker.workshop.folder),
        "step": checker.workshop.step,
        "green": trial.is_green,
        "exit": exit_code(trial),
        "seconds": round(trial.seconds, 3),
        "tests": len(trial.tests),
        "passed": sum(each == "passed" for each in trial.outcomes.values()),
        "failed": [each["id"] for each in trial.required],
        "optional": [each["id"] for each in trial.red if each not in trial.required],
        "threads": trial.threads,
        "first": lesson.data() if lesson else None,
    }
