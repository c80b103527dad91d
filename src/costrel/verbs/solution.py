"""The verb `solution`: our code for the failure that `check` shows, beside theirs."""

from pathlib import Path

import click

from costrel.core.calls import typed, typed_there, workshop_word
from costrel.core.ladder import Ladder, Problem, Step
from costrel.verbs.diff import show_pairs
from costrel.workshop import compare, options, screen
from costrel.workshop.checker import Checker
from costrel.workshop.explain import teaching
from costrel.workshop.explain.lesson import Lesson
from costrel.workshop.folder import contents

EPILOG = """\b
Examples:
  costrel solution          asks, then shows our code for the first failure
  costrel solution --yes    shows it without asking
"""


@click.command(epilog=EPILOG)
@options.folder
@click.option("--yes", is_flag=True, help="Show it without asking.")
def command(folder: str | None, yes: bool) -> None:
    """Show our code for the first failure, as a difference from yours."""
    workshop, ladder = options.opened(folder)
    checker = Checker(workshop, ladder)
    trial, lesson = options.current(checker)
    if lesson is None:
        diff = screen.escape(typed("diff", workshop_word()))
        screen.say(f"All is green: {diff} shows how yours differs from ours.")
        return
    if trial.unimported:
        screen.show_lesson(lesson)
        raise Problem("There is no solution for a package that can't be imported.")
    screen.say(f"[bold]{screen.escape(lesson.title)}[/]")
    question = f"Show our code for it? Another hint may do ({typed_there('hint')})."
    if not options.confirmed(question, yes):
        return
    show(checker, lesson, ladder)


def show(checker: Checker, lesson: Lesson, ladder: Ladder) -> None:
    if not lesson.chapter:
        raise Problem("There is no solution for this.")
    if lesson.step is None:
        show_exercise(lesson, ladder, checker.workshop.package)
        return
    taught = ladder.get(lesson.step)
    behaviour = next(
        (
            each
            for each in checker.teacher.teaching(lesson.step).behaviours
            if each.name == lesson.behaviour
        ),
        None,
    )
    addresses = behaviour.code if behaviour else ()
    step = newest_with(ladder.get(checker.workshop.step), taught, addresses)
    found = list(compare.pairs_at(checker.workshop.code, step, addresses))
    differing = [pair.files() for pair in found if pair.kind != "same"]
    # the difference may be elsewhere: between the definitions, or in others
    files = [] if differing else compare.file_pairs(checker.workshop.code, step)
    screen.say(f"[dim]yours, and what turns it into that of steps/{step.name}:[/]")
    show_pairs(differing or files)
    same = [pair.name for pair in found if pair.kind == "same"]
    if same:
        screen.say(f"[dim]The same in yours and ours:[/] {', '.join(same)}")
    if not (differing or files):
        screen.say("Your files are ours: the failure has another cause.")


def newest_with(now: Step, taught: Step, code: tuple[str, ...]) -> Step:
    """Choose the step whose code is shown: the reader's, if it has all of it still."""
    return now if all(teaching.stands_in(now, each) for each in code) else taught


def show_exercise(lesson: Lesson, ladder: Ladder, package: str) -> None:
    path = (ladder.root / lesson.chapter).parent / "solution.py"
    if not Path(path).is_file():
        raise Problem(f"There is no solution at {path}.")
    click.echo(contents.renamed(path, package).decode())
