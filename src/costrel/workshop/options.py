"""What several verbs of the workshop take and do alike."""

import click

from costrel.core.ladder import Ladder, Problem, find_root
from costrel.core.needed import need
from costrel.core.workshop_folder import Workshop, find

from .checker import Checker, Wanted
from .explain.lesson import Lesson
from .run.trial import Trial

folder = click.argument("folder", required=False, metavar="[DIR]")


def opened(given: str | None, without_package: bool = False) -> tuple[Workshop, Ladder]:
    """Find the workshop that a call means, and the book."""
    need("pytest", "python3 book.py check")
    return find(given, without_package), Ladder(find_root())


def current(checker: Checker) -> tuple[Trial, Lesson | None]:
    """Check once more, quietly, if a file has changed: what is said next is about the
    code as it is now."""
    from .run.progress_bar import bar

    trial = checker.known()
    if trial is None:
        try:
            with bar() as told:
                trial = checker.check(Wanted(), told)
        finally:
            checker.close()
    return trial, checker.lesson(trial)


def confirmed(question: str, yes: bool) -> bool:
    """Ask, unless the call has answered already; nobody there to ask means no."""
    if yes:
        return True
    try:
        return click.confirm(question)
    except click.Abort:
        raise Problem(
            "Without an answer nothing happens: --yes answers in advance."
        ) from None
