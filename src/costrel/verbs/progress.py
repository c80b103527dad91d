"""The verb `progress`: the ladder, with what is green in the reader's workshop."""

import click
from rich.table import Table

from costrel.core.ladder import Ladder, Step
from costrel.core.workshop_folder import Workshop
from costrel.workshop import options, screen

EPILOG = """\b
Example:
  costrel progress
"""


@click.command(epilog=EPILOG)
@options.folder
def command(folder: str | None) -> None:
    """Show the ladder with what `check` found last, step by step."""
    workshop, ladder = options.opened(folder, without_package=True)
    table = Table.grid(padding=(0, 2))
    for step in ladder.steps:
        table.add_row(*row(workshop, step))
        for name in workshop.exercises:
            if name.startswith(f"{step.slug}/"):
                table.add_row(*exercise_row(workshop, name))
    screen.console().print(table)
    screen.say()
    screen.say(sum_up(workshop, ladder))


def row(workshop: Workshop, step: Step) -> tuple[str, str, str, str]:
    """Write one step: its sign, number, name, and what its tests say."""
    found = workshop.results.get(str(step.number))
    here = "[bold]" if step.number == workshop.step else ""
    if step.number > workshop.step:
        return "[dim]·[/]", f"[dim]{step.number}[/]", f"[dim]{step.topic}[/]", ""
    sign, words = "[yellow]?[/]", "[dim]not checked yet[/]"
    if found:
        sign = "[green]✓[/]" if found["green"] else "[red]✗[/]"
        words = f"{found['passed']} of {found['tests']}"
        if found["optional"]:
            words += f" [dim]({len(found['optional'])} optional left)[/]"
    end = "[/]" if here else ""
    return sign, f"{here}{step.number}{end}", f"{here}{step.topic}{end}", words


def exercise_row(workshop: Workshop, name: str) -> tuple[str, str, str, str]:
    found = workshop.results.get(name)
    sign = (
        "[yellow]?[/]"
        if not found
        else "[green]✓[/]"
        if found["green"]
        else "[red]✗[/]"
    )
    words = (
        f"{found['passed']} of {found['tests']}" if found else "[dim]not checked yet[/]"
    )
    return sign, "", f"[dim]exercise[/] {name.rpartition('/')[2]}", words


def sum_up(workshop: Workshop, ladder: Ladder) -> str:
    green = sum(
        bool(workshop.results.get(str(step.number), {}).get("green"))
        for step in ladder.steps
    )
    hints = sum(workshop.hints.values())
    total = len(ladder.steps)
    given = f"; {hints} hint{'' if hints == 1 else 's'} taken" if hints else ""
    return f"{workshop.package}: {green} of {total} steps are green{given}."
