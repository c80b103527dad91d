"""The verb `notebook`: opens a step's notebook in Jupyter."""

import subprocess
import sys
from importlib.util import find_spec

import click

from costrel.core.ladder import Ladder, Problem, Step, find_root
from costrel.core.passthrough import Passing, passed

EPILOG = """\b
Examples:
  costrel notebook 3
  costrel notebook 3 -- --no-browser  what follows -- is for Jupyter
"""


@click.command(cls=Passing, epilog=EPILOG)
@click.argument("number", metavar="N [-- OPTIONS]")
@click.pass_context
def command(context: click.Context, number: str) -> None:
    """Open the notebook of step N in Jupyter, in your browser."""
    step = Ladder(find_root()).get(number)
    check(step)
    call = [sys.executable, "-m", "jupyterlab", str(step.notebook), *passed(context)]
    try:
        sys.exit(subprocess.call(call, cwd=step.root))
    except KeyboardInterrupt:
        # Jupyter had the Ctrl-C too, and has said what it did with it
        sys.exit(0)


def check(step: Step) -> None:
    """Raise `Problem` unless there is a notebook and something to open it with."""
    if not step.notebook.is_file():
        raise Problem(f"{step.name} has no notebook: it belongs at {step.notebook}.")
    if find_spec("jupyterlab") is None:
        raise Problem(
            "Jupyter is not installed: run "
            f"`python3 book.py notebook {step.number}`, which installs it."
        )
