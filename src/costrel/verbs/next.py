"""The verb `next`: moves a workshop on to the step after the one that is green."""

import sys

import click

from costrel.core.calls import typed_there
from costrel.core.ladder import Ladder, Problem
from costrel.core.workshop_folder import Workshop
from costrel.workshop import options, screen
from costrel.workshop.checker import Checker, Wanted
from costrel.workshop.explain.findings import show
from costrel.workshop.folder import contents

EPILOG = """\b
Example:
  costrel next
"""


@click.command(epilog=EPILOG)
@options.folder
def command(folder: str | None) -> None:
    """Go on to the next step, when all required tests are green.

    Your code stays as it is. The next wish, interface and tests come to it, and a
    `demo.py` that you haven't changed becomes the one of the step just done.
    """
    workshop, ladder = options.opened(folder)
    number = workshop.step + 1
    if workshop.step >= ladder.newest.number:
        raise Problem(
            f"Step {workshop.step} is the newest of the book: none is after it yet."
        )
    checker = Checker(workshop, ladder)
    trial, _ = options.current(checker)
    if not trial.is_green:
        show(checker, trial, Wanted())
        screen.say(f"\nStep {number} opens when this is green.")
        sys.exit(1)
    move_on(workshop, ladder, number)


def move_on(workshop: Workshop, ladder: Ladder, number: int) -> None:
    step = ladder.get(number)
    left = contents.move_on(workshop, step)
    screen.say(
        f"[bold green]✓[/] Step {number - 1} is done."
        f" On to step {number}: {step.topic}."
    )
    screen.say()
    screen.label("wish", f"wishes/{step.slug}/demo.py")
    screen.label("asks", "README.md: the interface, and what the tests ask")
    screen.label("read", f"chapters/{step.slug}.md in the book")
    if left:
        folder = workshop.demo.relative_to(workshop.folder)
        files = ", ".join((folder / name).as_posix() for name in left)
        screen.say()
        screen.say(
            f"You have changed {screen.escape(files)}, which stays as you have it:"
            " take from the wish what you like."
        )
    screen.say()
    screen.say(screen.escape(f"Go on with: {typed_there('check')}"))
