"""What several verbs of the workshop take and do alike."""

import click

from costrel.ladder import Ladder, Problem, find_root

from .check import Checker, Wanted
from .place import Workshop, find
from .trial import Trial
from .words import Lesson

folder = click.argument("folder", required=False, metavar="[DIR]")


def opened(given: str | None) -> tuple[Workshop, Ladder]:
    """Find the workshop that a call means, and the book."""
    from costrel.verbs.test import need

    need("pytest", "python3 book.py check")
    return find(given), Ladder(find_root())


def current(checker: Checker) -> tuple[Trial, Lesson | None]:
    """Check once more, quietly: what is said next is about the code as it is now."""
    from .progress import bar

    with bar() as told:
        trial = checker.check(Wanted(), told)
    return trial, checker.lesson(trial)


def confirmed(question: str, yes: bool) -> bool:
    """Ask, unless the call has answered already; nobody there to ask means no."""
    if yes:
        return True
    try:
        return click.confirm(question)
    except click.Abort:
        raise Problem(
            "Without an answer nothing happens: --yes gives it beforehand."
        ) from None
