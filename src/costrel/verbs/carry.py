"""The verb `carry`: what it says, before, while and after it carries."""

import click

from costrel.authoring import after_carry, carry
from costrel.core.calls import typed
from costrel.core.ladder import Ladder, Problem, Step, find_root

EPILOG = """\b
Examples:
  costrel carry 3                after an edit in steps/step03_routing/
  costrel carry 3 --all          and then all that follows from it
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
@click.option(
    "--all",
    "all_of_it",
    is_flag=True,
    help="Bring counts, the comparison with Flask and the chapters up to date, too.",
)
def command(step: str, base: str, no_test: bool, all_of_it: bool) -> None:
    """Carry an edit made in STEP through every later step.

    Edits that are not committed yet are merged into each later step in turn. At a
    conflict it stops, with the conflict marked in the file, and says how to go on.
    Called again after another edit, it carries on what is new.
    """
    ladder = Ladder(find_root())
    start = ladder.get(step)
    repository = carry.Repository(ladder.root, base)
    repository.check(start)
    refuse_unfinished(ladder, start, base)
    if repository.changed(start):
        refuse_untidy(ladder, start, repository)
        carry_all(ladder, start, repository)
    else:
        click.echo(f"Nothing to carry: {start.name} is as it was in {base}.")
    touched = [
        each
        for each in (start, *carry.later_steps(ladder, start))
        if repository.changed(each)
    ]
    refuse_stale_teaching(touched)
    if all_of_it:
        after_carry.bring_up_to_date(ladder, base)
    if touched and not no_test:
        after_carry.run_tests(ladder, touched)
    if touched and not all_of_it:
        click.echo(f"Now bring the chapters up to date: {typed('weave')}")


def refuse_untidy(ladder: Ladder, start: Step, repository: carry.Repository) -> None:
    """Stop before what is wrong with an edit is in every step."""
    complaints = after_carry.untidy(ladder, start, repository.changed(start))
    if complaints:
        raise Problem(
            f"{complaints}\n{start.name} isn't carried yet: fix this first, then:"
            f" {call(start, repository.base)}"
        )
    refuse_stale_teaching([start])


def refuse_stale_teaching(steps: list[Step]) -> None:
    """Stop where a mistake that is taught can't be made in the code any more."""
    found = [
        sentence for step in steps for sentence in after_carry.stale_teaching(step)
    ]
    if found:
        listed = "\n".join(f"  {sentence}" for sentence in found)
        raise Problem(f"What is taught no longer fits the code:\n{listed}")


def refuse_unfinished(ladder: Ladder, start: Step, base: str) -> None:
    steps = [start, *carry.later_steps(ladder, start)]
    for path in carry.unfinished(steps):
        name = path.relative_to(ladder.root).as_posix()
        raise Problem(
            f"{name} still holds the marks of a conflict (<<<<<<< … >>>>>>>): "
            f"fix it first, then: {call(start, base)}"
        )


def call(step: Step, base: str) -> str:
    """Return the command line that continues the carry from a step."""
    words = ["carry", str(step.number)]
    return typed(*words, *([] if base == "HEAD" else ["--base", base]))


def carry_all(ladder: Ladder, start: Step, repository: carry.Repository) -> None:
    """Carry, and tell what happens."""
    moved = False
    for step, outcomes in carry.carry(ladder, start, repository):
        moved = True
        for outcome in outcomes:
            click.echo(f"{step.name}: {outcome.path}: {outcome.kind}")
        if any(outcome.stops for outcome in outcomes):
            stop(ladder, step, outcomes, repository.base)
    if start == ladder.newest:
        click.echo(f"{start.name} is the newest step: no later one needs the edit.")
    elif not moved:
        click.echo(f"Every later step has what changed in {start.name} already.")


def stop(
    ladder: Ladder, step: Step, outcomes: list[carry.FileOutcome], base: str
) -> None:
    """End with what a person has to fix, and with the command that continues."""
    folder = step.package.relative_to(ladder.root).as_posix()
    lines = [
        f"  {folder}/{outcome.path}: {outcome.advice}"
        for outcome in outcomes
        if outcome.stops
    ]
    raise Problem(
        f"{step.name} needs your hand, nothing is lost:\n"
        + "\n".join(lines)
        + f"\nFix that, then go on with: {call(step, base)}"
    )
