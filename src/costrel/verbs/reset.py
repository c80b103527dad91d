"""The verb `reset`: the reader's own package as it was when a step was green."""

import click

from costrel.core.calls import typed_there
from costrel.core.ladder import Ladder
from costrel.core.workshop_folder import Workshop
from costrel.workshop import options, screen
from costrel.workshop.folder import contents, green_states

EPILOG = """\b
Examples:
  costrel reset 3          your package as it was when step 3 was green
  costrel reset 3 --yes    … without a question
"""


@click.command(epilog=EPILOG)
@click.argument("number", metavar="N")
@options.folder
@click.option("--yes", is_flag=True, help="Do it without asking.")
def command(number: str, folder: str | None, yes: bool) -> None:
    """Go back to your own last green state of step N.

    What the package holds now is put aside first, and nothing is lost.
    """
    workshop, ladder = options.opened(folder, without_package=True)
    step = ladder.get(number)
    green_states.find_green(workshop, step.number)
    unsaved = not green_states.is_kept(workshop)
    question = f"Put {workshop.package}/ back to your green step {step.number}?"
    if unsaved:
        question += " It has changes since it was last green; they are put aside."
    if options.confirmed(question, yes):
        go_back(workshop, ladder, step.number)


def go_back(workshop: Workshop, ladder: Ladder, number: int) -> None:
    aside = green_states.put_back(workshop, number, ladder)
    step = ladder.get(number)
    readme = workshop.folder / "README.md"
    readme.write_text(contents.readme(workshop, step), encoding="utf-8", newline="\n")
    where = aside.relative_to(workshop.folder).as_posix()
    screen.say(f"{workshop.package}/ is your green step {number} again.")
    screen.say(f"What it held before is in {where}/.")
    check, move_on = typed_there("check"), typed_there("next")
    screen.say(screen.escape(f"Go on with: {check}, or {move_on}"))
