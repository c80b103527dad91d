"""The verb `check`: asks the book's tests of the reader's package."""

import json
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from costrel.calls import typed
from costrel.ladder import Ladder, Problem
from costrel.workshop import options, screen
from costrel.workshop.check import Checker, Wanted
from costrel.workshop.place import Workshop, load, read_files
from costrel.workshop.progress import bar
from costrel.workshop.trial import Trial
from costrel.workshop.words import Lesson

if TYPE_CHECKING:
    from watchfiles import Change

EPILOG = """\b
Examples:
  costrel check               all steps so far; shows the first failure
  costrel check --watch       … again each time you save, until Ctrl-C
  costrel check --latest      only the step that you are building
  costrel check --step 2      only step 2
  costrel check --all         every failure, not only the first
  costrel check --json        for an editor: one line of JSON
  costrel check ../mine       of a workshop elsewhere
\b
It ends with 0 when all is green, 1 when a test fails, 2 when the call is wrong,
and 3 when the package can't be imported. A test has five seconds, an import ten;
COSTREL_PATIENCE=3 makes all limits three times as long, for a slow machine.
"""
GREEN, RED, UNIMPORTED = 0, 1, 3


@click.command(epilog=EPILOG)
@options.folder
@click.option("--watch", is_flag=True, help="Check again each time a file is saved.")
@click.option("--latest", is_flag=True, help="Only the step that is being built.")
@click.option("--step", metavar="N", help="Only step N.")
@click.option("--all", "every", is_flag=True, help="Show every failure.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of words.")
def command(
    folder: str | None,
    watch: bool,
    latest: bool,
    step: str | None,
    every: bool,
    as_json: bool,
) -> None:
    """Run the tests of all steps so far on your package, the oldest first."""
    workshop, ladder = options.opened(folder)
    wanted = Wanted(chosen_step(workshop, ladder, latest, step), every)
    checker = Checker(workshop, ladder)
    try:
        if watch:
            watched(checker, wanted, as_json)
        trial = once(checker, wanted, as_json)
    finally:
        checker.close()
    sys.exit(code(trial))


def chosen_step(
    workshop: Workshop, ladder: Ladder, latest: bool, step: str | None
) -> int | None:
    if latest and step:
        raise Problem("Give --latest or --step, not both.")
    if latest:
        return workshop.step
    if step is None:
        return None
    number = ladder.get(step).number
    if number > workshop.step:
        raise Problem(
            f"Your workshop is at step {workshop.step}, and step {number} is still to"
            f" come: `{typed('next')}` moves on."
        )
    return number


def code(trial: Trial) -> int:
    if trial.unimported:
        return UNIMPORTED
    return GREEN if trial.is_green else RED


def once(checker: Checker, wanted: Wanted, as_json: bool) -> Trial:
    """Check and show what was found."""
    if as_json:
        trial = checker.check(wanted)
        click.echo(json.dumps(data(checker, trial), ensure_ascii=False))
        return trial
    with bar() as told:
        trial = checker.check(wanted, told)
    show(checker, trial, wanted)
    return trial


# --- in words


def show(checker: Checker, trial: Trial, wanted: Wanted) -> None:
    for lesson in lessons(checker, trial, wanted):
        screen.show_lesson(lesson)
        screen.say()
    if trial.threads:
        names = ", ".join(trial.threads)
        screen.say(f"[yellow]Your code left threads running:[/] {screen.escape(names)}")
    for line in summary(checker, trial, wanted):
        screen.say(line)


def lessons(checker: Checker, trial: Trial, wanted: Wanted) -> list[Lesson]:
    """Choose what is shown: the first failure, or all of them."""
    if wanted.every and not (trial.unimported or trial.broken):
        return [
            checker.teacher.failed(each, trial.failures[each["id"]])
            for each in trial.red
        ]
    lesson = checker.lesson(trial)
    return [lesson] if lesson else []


def summary(checker: Checker, trial: Trial, wanted: Wanted) -> list[str]:
    """Say in a line or two where the package stands, and what to do."""
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
    optional = len(trial.red)
    ones = "one fails" if optional == 1 else "ones fail"
    left = f"; {optional} optional {ones}" if optional else ""
    line = f"[bold green]✓[/] [bold]Step {workshop.step}[/]: {counted}{left}. {seconds}"
    if not wanted.is_whole:
        return [line]
    return [line, next_advice(checker)]


def earlier(checker: Checker, trial: Trial) -> list[str]:
    """Say why a test of an earlier step is asked at all."""
    number = trial.first and trial.first["step"]
    if not number or number == checker.workshop.step:
        return []
    return [f"What step {number} promised has to go on working."]


def hint_advice(checker: Checker, trial: Trial) -> list[str]:
    test = trial.first
    if test is None or test["step"] is None or not test["behaviour"]:
        return []
    given = checker.workshop.hints.get(f"{test['step']}/{test['behaviour']}", 0)
    if given >= 3:
        return [f"[dim]Stuck?[/] {typed('solution')} [dim]shows our code for it.[/]"]
    return [f"[dim]Stuck?[/] {typed('hint')} [dim]({given} of 3 given)[/]"]


def next_advice(checker: Checker) -> str:
    if checker.workshop.step == checker.ladder.newest.number:
        return (
            "This is the newest step of the book: your framework does what ours does."
        )
    return f"Go on with: {typed('next')}"


def data(checker: Checker, trial: Trial) -> dict[str, Any]:
    """Say the same for a program."""
    lesson = checker.lesson(trial)
    return {
        "package": checker.workshop.package,
        "folder": str(checker.workshop.folder),
        "step": checker.workshop.step,
        "green": trial.is_green,
        "exit": code(trial),
        "seconds": round(trial.seconds, 3),
        "tests": len(trial.tests),
        "passed": sum(each == "passed" for each in trial.outcomes.values()),
        "failed": [each["id"] for each in trial.required],
        "optional": [each["id"] for each in trial.red if each not in trial.required],
        "threads": trial.threads,
        "first": lesson.data() if lesson else None,
    }


# --- again and again


def watched(checker: Checker, wanted: Wanted, as_json: bool) -> None:
    """Check each time something is saved, until Ctrl-C."""
    from watchfiles import DefaultFilter, watch

    folder = checker.workshop.folder
    places = [checker.workshop.code, folder / "exercises"]

    class Places(DefaultFilter):
        def __call__(self, change: "Change", path: str) -> bool:
            is_there = any(Path(path).is_relative_to(place) for place in places)
            return is_there and super().__call__(change, path)

    known = [read_files(place) for place in places]
    # a terminal that is closed ends this as Ctrl-C does, and nothing is left behind
    for name in {"SIGTERM", "SIGHUP"} & set(dir(signal)):
        signal.signal(getattr(signal, name), signal.default_int_handler)
    try:
        again(checker, wanted, as_json)
        # the whole folder: a place in it may be new, or put there anew
        for _ in watch(folder, watch_filter=Places(), debounce=100, step=20):
            now = [read_files(place) for place in places]
            if now == known and not as_json:
                # a cache, or an editor's own file
                continue
            known = now
            again(checker, wanted, as_json)
    except KeyboardInterrupt:
        click.echo()
    checker.close()
    sys.exit(code(checker.last))


def again(checker: Checker, wanted: Wanted, as_json: bool) -> None:
    if not as_json and screen.console().is_terminal:
        # one write, so that nothing flickers; what was above can be scrolled to
        screen.console().clear()
    try:
        # `hint` and `next` may have been called in another terminal
        checker.workshop = load(checker.workshop.folder)
        once(checker, wanted, as_json)
    except Problem as problem:
        if as_json:
            click.echo(json.dumps({"problem": str(problem)}, ensure_ascii=False))
        else:
            screen.say(screen.escape(str(problem)))
    if not as_json:
        screen.say(
            f"[dim]{time.strftime('%H:%M:%S')}: waiting for you to save"
            " (Ctrl-C ends it)[/]"
        )
    checker.warm()
