"""The verb `start`: makes a workshop, the folder in which a reader builds."""

from pathlib import Path

import click

from costrel.core.calls import typed
from costrel.core.ladder import Ladder, Problem, Step, find_root
from costrel.core.reader_folder import FRAMEWORK
from costrel.core.workshop_folder import Workshop
from costrel.workshop import screen
from costrel.workshop.folder import contents

EPILOG = """\b
Examples:
  costrel start 1 mine                 begin with the first step
  costrel start 3 mine                 begin with step 3, on our step 2
  costrel start 3 mine --empty         … on nothing
  costrel start 3 mine --from ../old   … on a package of yours
  costrel start 3 mine --name lab      … the package is `lab`, not `framework`
"""


@click.command(epilog=EPILOG)
@click.argument("number", metavar="N")
@click.argument("folder", metavar="DIR")
@click.option("--name", help="The package's name, if not `framework`.")
@click.option("--empty", is_flag=True, help="Begin with an empty package.")
@click.option("--from", "source", metavar="DIR", help="Begin with this package.")
def command(
    number: str, folder: str, name: str | None, empty: bool, source: str | None
) -> None:
    """Make a folder in which you build step N of your own framework.

    It has the package `framework` and the app in `demo.py`, as our step before left
    them.
    """
    if empty and source:
        raise Problem("Use --empty or --from, not both.")
    ladder = Ladder(find_root())
    step = ladder.get(number)
    path = Path(folder).resolve()
    check_outside(path, ladder.root)
    begin = contents.check_source(source) if source else None
    workshop = contents.make(ladder, step, path, name or FRAMEWORK, begin, empty)
    tell(workshop, step, folder, begun(ladder, step, empty, source))


def check_outside(path: Path, root: Path) -> None:
    """Raise `Problem` for a folder among the book's own."""
    if path == root or path.is_relative_to(root):
        inside = path.relative_to(root)
        raise Problem(
            f"{inside.as_posix()!r} would be inside the book: name a folder outside of"
            f" it, such as ../{path.name}."
        )


def begun(ladder: Ladder, step: Step, empty: bool, source: str | None) -> str:
    before = ladder.before(step)
    if source:
        return f"what is in {source}"
    if empty or before is None:
        return "an empty package"
    return f"our step {before.number}"


def tell(workshop: Workshop, step: Step, folder: str, begin: str) -> None:
    name = workshop.package
    screen.say(f"Made {folder}, for step {step.number}. It begins with {begin}.")
    screen.say()
    screen.label(name, "your package: you write here")
    screen.label("README.md", "what the step asks of it: interface and promises")
    made = "the app that the step makes possible"
    if step.number > 1:
        screen.label("demo.py", "the app as the chapter begins")
        screen.label(f"wishes/{step.slug}/", made)
    else:
        screen.label("demo.py", made)
    screen.label("tests/", "what the tests ask, to read; `check` runs the book's own")
    screen.say()
    screen.say("Now go there and look at the first thing to do:")
    screen.say()
    screen.say(f"  cd {folder}")
    screen.say(f"  {typed('check', folder=workshop.folder)}")
