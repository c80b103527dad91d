"""The command `costrel`: its verbs, each loaded only when it is called.

What a verb does is in `verbs/`, one module each.
"""

import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

import click

from costrel.core.calls import remember, typed

# verb -> the lock in requirements/ that holds what it imports and starts, and its
# line in the overview; each is a module in `verbs`, and book.py reads this table
VERBS = {
    "read": ("read", "Build the site and serve it on localhost. Start here."),
    "run": ("base", "Run a step's demo under the development server."),
    "diff": ("base", "Show what changed from one step to another."),
    "attack": ("base", "Make a step's attacks on it, or on your framework."),
    "test": ("test", "Run a step's tests, or everything the book promises."),
    "notebook": ("notebook", "Open a step's notebook in Jupyter."),
    "start": ("test", "Make a folder in which you build your own framework."),
    "check": (
        "test",
        "Run the book's tests on your framework; show the first failure.",
    ),
    "hint": ("test", "Show one more hint for that failure."),
    "solution": ("test", "Show our code for it, beside yours."),
    "next": ("test", "Go on to the next step, when all is green."),
    "progress": ("test", "Show the ladder with what is green."),
    "reset": ("test", "Go back to your own last green state of a step."),
    "exercise": ("test", "Open an exercise in your workshop."),
    "weave": ("test", "Write the code into the chapters, or check that it is there."),
    "carry": ("test", "Carry an edit made in one step through all later ones."),
    "new": ("test", "Begin a new step, or list what it still lacks."),
    "measure": ("test", "Measure time per request and size, step by step."),
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

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except KeyboardInterrupt:
            # as a shell has it; 1 would say that the verb found something wrong
            click.echo(err=True)
            context.exit(128 + signal.SIGINT)

    def format_commands(
        self, context: click.Context, formatter: click.HelpFormatter
    ) -> None:
        # the stock version would import every verb for one line of help each
        with formatter.section("Verbs"):
            formatter.write_dl([(name, line) for name, (_, line) in VERBS.items()])


def advice(name: str) -> str:
    """Say which verb comes near a word that is none."""
    from difflib import get_close_matches

    near = get_close_matches(name, VERBS, 1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(VERBS)}."


@click.group(cls=LazyGroup, epilog="costrel VERB --help shows a verb with an example.")
@click.version_option(package_name="costrel")
def group() -> None:
    """Read, run, compare and test the steps of the book Costrel."""


def missing(error: ModuleNotFoundError) -> str:
    """Say how to install a library that the verb in this call needs."""
    verb = next((word for word in sys.argv[1:] if word in VERBS), None)
    lock = VERBS[verb][0] if verb else "base"
    return (
        f"{error.name} is not installed: run `python3 book.py setup {lock}` in the"
        " book's folder, then call again."
    )


def open_nothing() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def main() -> None:
    """Run the command, with UTF-8 on terminals that would choose something else."""
    remember()
    # there is no stream where somebody closed it
    sys.stdout = sys.stdout or open_nothing()
    sys.stderr = sys.stderr or open_nothing()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    try:
        group(prog_name=typed())
    except ModuleNotFoundError as error:
        sys.exit(f"Error: {missing(error)}")
    except (OSError, UnicodeDecodeError) as error:
        from costrel.core.system_errors import told

        sys.exit(f"Error: {told(error)}")
