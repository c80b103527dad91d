"""The verb `exercise`: opens an exercise of the book in the workshop."""

import click

from costrel.core.calls import typed
from costrel.core.ladder import Ladder, Problem, find_root
from costrel.workshop import options, screen
from costrel.workshop.folder import contents

EPILOG = """\b
Examples:
  costrel exercise 3           the exercises of step 3
  costrel exercise 3 strict    opens one of them
"""


@click.command(epilog=EPILOG)
@click.argument("number", metavar="N")
@click.argument("name", required=False)
@click.option("--in", "folder", metavar="DIR", help="The workshop, if it is not here.")
def command(number: str, name: str | None, folder: str | None) -> None:
    """Open an exercise of step N: its task, its tests, and a file for the answer."""
    step = Ladder(find_root()).get(number)
    if name is None:
        for path in sorted(step.exercises.glob("*/task.md")):
            title = path.read_text(encoding="utf-8").splitlines()
            screen.label(
                path.parent.name, " ".join(line.strip("# *") for line in title[:3])
            )
        return
    workshop, _ = options.opened(folder, without_package=True)
    if step.number > workshop.step:
        raise Problem(
            f"Your workshop is at step {workshop.step}: exercises of step {step.number}"
            " need what it builds."
        )
    target = contents.open_exercise(workshop, step, name)
    where = target.relative_to(workshop.folder).as_posix()
    screen.say(f"Opened {where}/: read task.md, and write your answer into answer.py.")
    screen.say(
        f"{typed('check')} [dim]runs its tests too, after those of the steps.[/]"
    )
