"""The verb `carry`: what it says and the tests that it runs."""

import subprocess
import sys
from importlib.util import find_spec

import click

from costrel import carry
from costrel.calls import typed
from costrel.ladder import Ladder, Problem, Step, find_root

EPILOG = """\b
Examples:
  costrel carry 3                after an edit in steps/step03_routing/
  costrel carry 3 --base HEAD~1  after that edit was committed
"""


@click.command(epilog=EPILOG)
@click.argument("step")
@click.option(
    "--base",
    default="HEAD",
    metavar="REVISION",
    help="The git revision that holds the steps before the edit.",
    show_default=True,
)
@click.option("--no-test", is_flag=True, help="Don't run the tests afterwards.")
def command(step: str, base: str, no_test: bool) -> None:
    """Carry an edit made in STEP through every later step.

    Edits that are not committed yet are merged into each later step in turn. At a
    conflict it stops, with the conflict marked in the file, and says how to go on.
    """
    ladder = Ladder(find_root())
    start = ladder.get(step)
    repository = carry.Repository(ladder.root, base)
    repository.check(start)
    refuse_unfinished(ladder, start, base)
    if not repository.edits(start):
        click.echo(f"Nothing to carry: {start.name} is as it was in {base}.")
        return
    touched = carry_all(ladder, start, repository)
    if not no_test:
        run_tests(ladder, touched)
    click.echo(f"Now bring the chapters up to date: {typed('weave')}")


def refuse_unfinished(ladder: Ladder, start: Step, base: str) -> None:
    steps = [start, *carry.later_steps(ladder, start)]
    for path in carry.unfinished(steps):
        name = path.relative_to(ladder.root).as_posix()
        raise Problem(
            f"{name} still holds the marks of a conflict (<<<<<<< … >>>>>>>): "
            f"mend it first, then: {call(start, base)}"
        )


def call(step: Step, base: str) -> str:
    """Give the command line that carries on from a step."""
    words = ["carry", str(step.number)]
    return typed(*words, *([] if base == "HEAD" else ["--base", base]))


def carry_all(ladder: Ladder, start: Step, repository: carry.Repository) -> list[Step]:
    """Carry, tell what happens, and give the steps that are changed now."""
    touched = [start]
    for step, outcomes in carry.carry(ladder, start, repository):
        for outcome in outcomes:
            click.echo(f"{step.name}: {outcome.path}: {outcome.kind}")
        if any(outcome.stops for outcome in outcomes):
            stop(ladder, step, outcomes, repository.base)
        if any(outcome.before != outcome.after for outcome in outcomes):
            touched.append(step)
    if start == ladder.newest:
        click.echo(f"{start.name} is the newest step: no later one needs the edit.")
    return touched


def stop(ladder: Ladder, step: Step, outcomes: list[carry.Outcome], base: str) -> None:
    """End with what a person has to mend, and with the call that goes on."""
    folder = step.package.relative_to(ladder.root).as_posix()
    lines = [
        f"  {folder}/{outcome.path}: {outcome.advice}"
        for outcome in outcomes
        if outcome.stops
    ]
    raise Problem(
        f"{step.name} needs your hand, nothing is lost:\n"
        + "\n".join(lines)
        + f"\nMend that, then go on with: {call(step, base)}"
    )


def run_tests(ladder: Ladder, steps: list[Step]) -> None:
    """Run the touched steps' own tests."""
    folders = [str(step.tests) for step in steps if step.tests.is_dir()]
    if not folders:
        click.echo("None of these steps has tests.")
        return
    if find_spec("pytest") is None:
        click.echo("The tests were not run, pytest is missing: python3 book.py test")
        return
    command_line = [sys.executable, "-m", "pytest", "-q", *folders]
    if subprocess.run(command_line, cwd=ladder.root, check=False).returncode:
        first, last = steps[0].name, steps[-1].name
        raise Problem(
            f"The edit is carried, but tests of {first} to {last} fail (above)."
        )
