"""How far a run is: a bar, where somebody looks and it takes longer than a second."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from typing import TYPE_CHECKING

from costrel.workshop.screen import console

from .trial import Told

if TYPE_CHECKING:
    from rich.progress import Progress

# shorter runs need no bar
SECONDS = 1.0


@contextmanager
def bar() -> Iterator[Told]:
    """Yield a run's report on each finished test, while a progress bar follows it."""
    shown = Bar()
    # also where no test ends for a long time
    begin = Timer(SECONDS, shown.begin)
    begin.daemon = True
    if console().is_terminal:
        begin.start()
    try:
        yield shown.told
    finally:
        begin.cancel()
        if begin.ident is not None:
            begin.join()
        shown.end()


class Bar:
    """A bar that is there once it has begun."""

    def __init__(self) -> None:
        self.progress: Progress | None = None

    def begin(self) -> None:
        self.progress = new_progress()
        self.progress.add_task("checking", total=None)
        self.progress.start()

    def told(self, done: int, total: int) -> None:
        if self.progress and self.progress.tasks:
            task = self.progress.tasks[0].id
            self.progress.update(task, total=total, completed=done)

    def end(self) -> None:
        if self.progress:
            self.progress.stop()


def new_progress() -> "Progress":
    # loaded only where a bar is needed
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    return Progress(
        TextColumn("[dim]{task.description}[/]"),
        BarColumn(30),
        MofNCompleteColumn(),
        console=console(),
        transient=True,
    )
