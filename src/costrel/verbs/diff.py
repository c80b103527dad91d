"""The verb `diff`: which two steps, and where their difference is shown."""

import os
import shutil
import sys
from typing import TYPE_CHECKING

import click

from costrel.core.calls import typed, workshop_word
from costrel.core.differences import FilePair, pairs, unified
from costrel.core.ladder import Ladder, Problem, Step, find_root
from costrel.core.workshop_folder import Workshop, find, is_mine
from costrel.workshop.folder.green_states import greens

if TYPE_CHECKING:
    from costrel.workshop.compare import SymbolPair

EPILOG = """\b
Examples:
  costrel diff 3            what step 3 changes in step 2
  costrel diff 1 4          everything from step 1 to step 4
  costrel diff 3 --stat     the files, and how many lines
  costrel diff 3 | patch -p1    in a copy of step 2: makes step 3 of it
  costrel diff mine 5       your package beside step 5, symbol by symbol
  costrel diff mine         … beside the last step that is green
"""


@click.command(epilog=EPILOG)
@click.argument("step")
@click.argument("to", required=False)
@click.option("--stat", is_flag=True, help="Only the files and how many lines.")
@click.option("--web", is_flag=True, help="Open the page of the site instead.")
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="Where `costrel read` listens.",
)
def command(step: str, to: str | None, stat: bool, web: bool, port: int) -> None:
    """Show what STEP changes in the step before it, or what leads from STEP to TO.

    In a terminal it has colours (unless NO_COLOR is set); through a pipe it is a
    plain patch. Step 1 is new as a whole.

    `mine`, or the folder of a workshop, means your own package.
    """
    ladder = Ladder(find_root())
    if is_mine(step):
        beside_mine(ladder, step, to, stat)
        return
    old, new = choose(ladder, step, to)
    if web:
        open_page(ladder, old, new, port)
        return
    found = pairs(old, new)
    if not found:
        click.echo(f"No line of {new.name} differs from {old.name if old else ''}.")
    elif stat:
        show_table(found)
    else:
        show_pairs(found)


def show_pairs(found: list[FilePair]) -> None:
    """Show differences: painted for eyes, as a patch through a pipe."""
    if wants_colors():
        show_painted(found)
        return
    # as bytes: a patch must keep its line endings on every system
    patch = "".join(unified(pair) for pair in found).encode()
    sys.stdout.flush()
    sys.stdout.buffer.write(patch)
    sys.stdout.buffer.flush()


def beside_mine(ladder: Ladder, word: str, to: str | None, stat: bool) -> None:
    """Show how the reader's package differs from a step, whatever file it is in."""
    from costrel.workshop import compare

    workshop = find(word)
    step = ladder.get(to if to is not None else last_green(workshop))
    found = compare.pairs(workshop.code, step)
    differing = [
        pair.files() for pair in found if pair.kind in ("different", "missing")
    ]
    if stat:
        for pair in found:
            click.echo(f"{SIGNS[pair.kind]} {pair.name}")
        click.echo("\n= the same, ~ different, - only ours, + only yours")
    else:
        show_pairs(differing)
    click.echo(counted(found, workshop.package, step))


def last_green(workshop: Workshop) -> int:
    """Find the newest step the reader has finished, so that our code spoils nothing.

    Raises `Problem` if there is none.
    """
    done = [number for number in greens(workshop) if number <= workshop.step]
    if not done:
        anyway = typed("diff", workshop_word(), str(workshop.step))
        raise Problem(
            "No step is green yet, and our code would give it away. To see it all the"
            f" same, name the step: {anyway}"
        )
    return done[-1]


SIGNS = {"same": "=", "different": "~", "missing": "-", "yours": "+"}


def counted(found: "list[SymbolPair]", package: str, step: Step) -> str:
    """Sum up a comparison by symbols."""
    count = {kind: sum(pair.kind == kind for pair in found) for kind in SIGNS}
    return (
        f"{package} beside {step.name}: {count['same']} definitions are the same,"
        f" {count['different']} differ, {count['missing']} are only ours,"
        f" {count['yours']} only yours."
    )


def choose(ladder: Ladder, step: str, to: str | None) -> tuple[Step | None, Step]:
    """Return the old and the new step the reader means."""
    first = ladder.get(step)
    if to is None:
        return ladder.before(first), first
    return first, ladder.get(to)


def wants_colors() -> bool:
    """Return whether the output is for eyes (see no-color.org)."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def show_table(found: list[FilePair]) -> None:
    from costrel.core.terminal_diff import escaped, table

    colored = wants_colors()
    for line in table(found, shutil.get_terminal_size().columns):
        click.echo(escaped(line) if colored else line.plain, color=colored)


def show_painted(found: list[FilePair]) -> None:
    from costrel.core.terminal_diff import escaped, whole

    size = shutil.get_terminal_size()
    lines = list(map(escaped, whole(found, size.columns)))
    text = "\n".join(lines)
    if sys.stdout.isatty() and len(lines) >= size.lines:
        click.echo_via_pager(text)
    else:
        click.echo(text, color=True)


def open_page(ladder: Ladder, old: Step | None, new: Step, port: int) -> None:
    """Open the site's page of what a step changes, if the site is served."""
    import webbrowser

    if old != ladder.before(new):
        raise Problem(
            "The site has a page only for what a step changes in the step before it: "
            f"{typed('diff', str(new.number))} --web"
        )
    path = f"/changes/{new.slug}.html"
    if not answers(port, path):
        raise Problem(
            f"No site with a page {path} is served at port {port}: start it with "
            f"`{typed('read')}` in another terminal, then run this again."
        )
    url = f"http://127.0.0.1:{port}{path}"
    opened = webbrowser.open(url)
    click.echo(f"Opened {url}" if opened else f"No browser was found. Open {url}")


def answers(port: int, path: str) -> bool:
    """Return whether this machine serves a page at that port."""
    from http.client import HTTPConnection, HTTPException

    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("HEAD", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
