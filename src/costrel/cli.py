"""The command `costrel`: its verbs, each loaded only when it is called.

What a verb does is in `verbs/`, one module each.
"""

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TextIO

import click

# verb -> the line that the overview shows for it; each is a module in `verbs`
VERBS = {
    "read": "Build the site and serve it on localhost. Start here.",
    "run": "Run a step's demo under the development server.",
    "diff": "Show what changed from one step to another.",
    "test": "Run a step's tests, or everything the book promises.",
    "notebook": "Open a step's notebook in Jupyter.",
    "start": "Make a folder in which you build your own framework.",
    "check": "Run the book's tests on your framework; show the first failure.",
    "hint": "Give one more hint for that failure.",
    "solution": "Show our code for it, beside yours.",
    "next": "Go on to the next step, when all is green.",
    "progress": "Show the ladder with what is green.",
    "reset": "Go back to your own last green state of a step.",
    "exercise": "Open an exercise in your workshop.",
    "weave": "Write the code into the chapters, or check that it is there.",
    "carry": "Carry an edit made in one step through all later ones.",
    "measure": "Measure time per request and size, step by step.",
}


class LazyGroup(click.Group):
    """A group that imports a verb's module when the verb is called."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        module = import_module(f"costrel.verbs.{name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        # a word with a dash is for click: it knows the options
        if name not in VERBS and name[:1] != "-":
            raise click.UsageError(f"There is no verb {name!r}: {advice(name)}")
        return super().resolve_command(context, args)

    def format_commands(
        self, context: click.Context, formatter: click.HelpFormatter
    ) -> None:
        # the stock version would import every verb for one line of help each
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


def advice(name: str) -> str:
    """Say which verb comes near a word that is none."""
    from difflib import get_close_matches

    near = get_close_matches(name, VERBS, 1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(VERBS)}."


@click.group(cls=LazyGroup, epilog="costrel VERB --help shows a verb with an example.")
@click.version_option(package_name="costrel")
def group() -> None:
    """Read, run, compare and test the steps of the book Costrel."""


def open_nothing() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def main() -> None:
    """Run the command, with UTF-8 on terminals that would choose something else."""
    # there is no stream where somebody closed it
    sys.stdout = sys.stdout or open_nothing()
    sys.stderr = sys.stderr or open_nothing()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    try:
        group(prog_name="costrel")
    except (OSError, UnicodeDecodeError) as error:
        from costrel.trouble import told

        sys.exit(f"Error: {told(error)}")
