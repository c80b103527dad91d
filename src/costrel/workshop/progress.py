"""How far a run is: a bar, where somebody looks and it takes longer than a second."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from .screen import console
from .trial import Trial

# shorter runs need no bar
SECONDS = 1.0


@contextmanager
def bar() -> Iterator[Callable[[Trial], None]]:
    """Give what a run tells of each test that has ended; the bar goes with the run."""
    shown = Progress(
        TextColumn("[dim]{task.description}[/]"),
        BarColumn(30),
        MofNCompleteColumn(),
        console=console(),
        transient=True,
    )
    task = shown.add_task("checking", total=None)
    # also where no test ends for a long time
    begin = Timer(SECONDS, shown.start)

    def told(trial: Trial) -> None:
        shown.update(task, total=len(trial.tests), completed=len(trial.outcomes))

    if console().is_terminal:
        begin.start()
    try:
        yield told
    finally:
        begin.cancel()
        if begin.ident is not None:
            begin.join()
        if shown.live.is_started:
            shown.stop()
