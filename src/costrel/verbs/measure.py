"""The verb `measure`: what is measured, shown, written and checked."""

import sys

import click

from costrel.core.calls import typed
from costrel.core.ladder import Ladder, Problem, find_root

EPILOG = """\b
Examples:
  costrel measure            measure, and write data, tables and plots
  costrel measure --quick    a rough look, nothing is written
  costrel measure --check    is the data that the book prints still about it?
"""


@click.command(epilog=EPILOG)
@click.option(
    "--rounds", type=click.IntRange(2), help="How many rounds (30, quick: 6)."
)
@click.option("--quick", is_flag=True, help="Show rough figures and write nothing.")
@click.option("--count", is_flag=True, help="Count sizes only; keep measured times.")
@click.option("--check", is_flag=True, help="Check what is written; measure nothing.")
def command(rounds: int | None, quick: bool, count: bool, check: bool) -> None:
    """Measure time per request and size of every step, beside real Flask.

    Every figure is a ratio to Flask: processor time, taken in turns with Flask
    in one run. It takes some minutes; other work on the machine disturbs it.
    """
    from dataclasses import replace

    from costrel.measure import measuring

    ladder = Ladder(find_root())
    if check:
        refuse_stale(ladder)
        return
    plan = measuring.QUICK if quick else measuring.MeasuringPlan()
    plan = replace(plan, rounds=rounds) if rounds else plan
    if count:
        data = measuring.load(ladder) | {"sizes": measuring.sizes(ladder)}
    else:
        data = measuring.measure(ladder, plan, progress)
        progress("")
    show(data)
    if not quick:
        write(ladder, data)


def progress(words: str) -> None:
    """Overwrite one line of a terminal; say nothing in a log."""
    if sys.stderr.isatty():
        click.echo(f"\r{words:<60}" if words else f"\r{'':<60}\r", nl=False, err=True)


def show(data: dict[str, dict[str, dict[str, dict[str, float]]]]) -> None:
    """Print the ratios as a table."""
    names = list(data["workloads"])
    click.echo(f"{'of Flask':<18}" + "".join(f"{name:>14}" for name in names))
    for framework, times in data["times"].items():
        cells = [
            f"{times[name]['ratio']:.2f}" if name in times else "" for name in names
        ]
        click.echo(f"{framework:<18}" + "".join(f"{cell:>14}" for cell in cells))


def write(ladder: Ladder, data: dict[str, object]) -> None:
    """Write data, plots and tables, and name them."""
    from costrel.measure import figures, measuring
    from costrel.site import flask_01, flask_31

    measuring.save(ladder, data)
    written = [measuring.data_file(ladder), *figures.write(ladder, data)]
    written += [*flask_01.write(ladder), *flask_31.write(ladder)]
    for path in dict.fromkeys(written):
        click.echo(f"wrote {path.relative_to(ladder.root).as_posix()}")
    click.echo(f"The chapters quote this: {typed('weave')}")


def refuse_stale(ladder: Ladder) -> None:
    """Fail with what no longer fits, and with the command that fixes it."""
    from costrel.measure import figures, measuring

    data = measuring.load(ladder)
    found = [*measuring.stale(ladder, data), *figures.stale(ladder, data)]
    if not found:
        click.echo("The measured figures are about this book.")
        return
    listed = "\n".join(f"  {words}" for words in found)
    raise Problem(
        f"The measured figures are of an older book:\n{listed}\n"
        f"Run `{typed('measure')}`, or `{typed('measure', '--count')}` if only sizes"
        " changed."
    )
