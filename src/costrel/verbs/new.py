"""The verb `new`: begins a step, and lists what is missing in it."""

import click

from costrel.core.calls import typed
from costrel.core.ladder import Ladder, find_root

EPILOG = """\b
Examples:
  costrel new 16    begin step 16; called again, say what is still to do
"""


@click.command(epilog=EPILOG)
@click.argument("number", metavar="N", type=click.IntRange(2))
def command(number: int) -> None:
    """Begin step N, or list what it still lacks.

    Name, title and wish are those of chapters/ladder.toml. What is there already
    stays as it is.
    """
    from costrel.authoring import new_step

    ladder = Ladder(find_root())
    step, entry = new_step.listed(ladder, number)
    for path in new_step.begin(ladder, step, entry):
        click.echo(f"wrote {path.relative_to(ladder.root).as_posix()}")
    left = list(new_step.gaps(step))
    for line in left:
        click.echo(line)
    if left:
        click.echo(f"{len(left)} gaps. After each piece: {typed('new', str(number))}")
        return
    click.echo(f"{step.name} has all its parts: {typed('test', str(number))}")
