"""The verb `check`: asks the book's tests of the reader's package."""

import json
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from costrel.core.calls import typed_there
from costrel.core.ladder import Ladder, Problem
from costrel.core.workshop_folder import Workshop, load, read_files
from costrel.workshop import options
from costrel.workshop.checker import Checker, Wanted
from costrel.workshop.run.trial import Trial, exit_code

if TYPE_CHECKING:
    from watchfiles import Change

EPILOG = """\b
Examples:
  costrel check               all steps so far; shows the first failure
  costrel check --watch       … again each time you save, until Ctrl-C
  costrel check --latest      only the step that you are building
  costrel check --step 2      only step 2
  costrel check --all         every failure, not only the first
  costrel check --json        for an editor: one line of JSON
  costrel check ../mine       of a workshop elsewhere
\b
It ends with 0 when all is green, 1 when a test fails, 2 when the call is wrong,
and 3 when the package can't be imported. A test has five seconds, an import ten;
COSTREL_PATIENCE=3 makes all limits three times as long, for a slow machine.
"""


@click.command(epilog=EPILOG)
@options.folder
@click.option("--watch", is_flag=True, help="Check again each time a file is saved.")
@click.option("--latest", is_flag=True, help="Only the step that is being built.")
@click.option("--step", metavar="N", help="Only step N.")
@click.option("--all", "every", is_flag=True, help="Show every failure.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of words.")
def command(
    folder: str | None,
    watch: bool,
    latest: bool,
    step: str | None,
    every: bool,
    as_json: bool,
) -> None:
    """Run the tests of all steps so far on your package.

    What failed last is asked first, then the step that you are building, then the
    others.
    """
    workshop, ladder = options.opened(folder)
    wanted = Wanted(chosen_step(workshop, ladder, latest, step), every)
    checker = Checker(workshop, ladder)
    try:
        if watch:
            watched(checker, wanted, as_json)
        trial = once(checker, wanted, as_json)
    finally:
        checker.close()
    sys.exit(exit_code(trial))


def chosen_step(
    workshop: Workshop, ladder: Ladder, latest: bool, step: str | None
) -> int | None:
    if latest and step:
        raise Problem("Use --latest or --step, not both.")
    if latest:
        return workshop.step
    if step is None:
        return None
    number = ladder.get(step).number
    if number > workshop.step:
        raise Problem(
            f"Your workshop is at step {workshop.step}, and step {number} is still to"
            f" come: `{typed_there('next')}` moves on."
        )
    return number


def once(checker: Checker, wanted: Wanted, as_json: bool) -> Trial:
    """Check and show what was found."""
    checker.warm()
    # while the process starts: what is shown takes as long to load
    from costrel.workshop.explain import findings
    from costrel.workshop.run.progress_bar import bar

    if as_json:
        trial = checker.check(wanted)
        found = findings.data(checker, trial)
        click.echo(json.dumps(found, ensure_ascii=False))
        return trial
    with bar() as told:
        trial = checker.check(wanted, told)
    findings.show(checker, trial, wanted)
    return trial


# --- again and again


def watched(checker: Checker, wanted: Wanted, as_json: bool) -> None:
    """Check each time something is saved, until Ctrl-C."""
    from watchfiles import DefaultFilter, watch

    folder = checker.workshop.folder
    places = [checker.workshop.code, folder / "exercises"]

    class Places(DefaultFilter):
        def __call__(self, change: "Change", path: str) -> bool:
            is_there = any(Path(path).is_relative_to(place) for place in places)
            return is_there and super().__call__(change, path)

    known = [read_files(place) for place in places]
    # a terminal that is closed ends this as Ctrl-C does, and nothing is left behind
    for name in {"SIGTERM", "SIGHUP"} & set(dir(signal)):
        signal.signal(getattr(signal, name), signal.default_int_handler)
    try:
        again(checker, wanted, as_json)
        # the whole folder: a place in it may be new, or put there anew
        for changes in watch(
            folder,
            watch_filter=Places(),
            debounce=100,
            step=20,
            # what was saved before the watch began is seen a second later
            rust_timeout=1000,
            yield_on_timeout=True,
        ):
            now = [read_files(place) for place in places]
            if now == known and not (changes and as_json):
                # a cache, an editor's own file, or nothing at all
                continue
            known = now
            again(checker, wanted, as_json)
    except KeyboardInterrupt:
        click.echo()
    checker.close()
    sys.exit(exit_code(checker.last))


def again(checker: Checker, wanted: Wanted, as_json: bool) -> None:
    from costrel.workshop import screen

    if not as_json and screen.console().is_terminal:
        # one write, so that nothing flickers; what was above can be scrolled to
        screen.console().clear()
    try:
        # `hint` and `next` may have been called in another terminal
        here = checker.workshop.here
        checker.workshop = load(checker.workshop.folder)
        checker.workshop.here = here
        once(checker, wanted, as_json)
    except Problem as problem:
        if as_json:
            click.echo(json.dumps({"problem": str(problem)}, ensure_ascii=False))
        else:
            screen.say(screen.escape(str(problem)))
    if not as_json:
        screen.say(
            f"[dim]{time.strftime('%H:%M:%S')}: waiting for you to save"
            " (Ctrl-C ends it)[/]"
        )
    checker.warm()
