"""How far a run is: a bar, where somebody looks and it takes longer than a second."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from .screen import console
from .trial import Trial

# shorter runs need no bar
SECONDS = 1.0


@contextmanager
def bar() -> Iterator[Callable[[Trial], None]]:
    """Give what a run tells of each test that has ended; the bar goes with the run."""
    started = time.monotonic()
    shown = Progress(
        TextColumn("[dim]{task.description}[/]"),
        BarColumn(30),
        MofNCompleteColumn(),
        console=console(),
        transient=True,
    )
    task = shown.add_task("checking")

    def told(trial: Trial) -> None:
        if time.monotonic() - started < SECONDS or not console().is_terminal:
            return
        if not shown.live.is_started:
            shown.start()
        shown.update(task, total=len(trial.tests), completed=len(trial.outcomes))

    try:
        yield told
    finally:
        if shown.live.is_started:
            shown.stop()
