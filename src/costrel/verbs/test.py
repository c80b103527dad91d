"""The verb `test`: chooses the tests and hands them to pytest.

Which framework they meet is `plugin`'s matter.
"""

import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from costrel.core.ladder import Ladder, Problem, find_root
from costrel.core.needed import need
from costrel.core.passthrough import Passing, passed

EPILOG = """\b
Examples:
  costrel test                     everything the book promises
  costrel test 3                   the tests of step 3
  costrel test 1 2 3 --against 3   what steps 1 to 3 promise, asked of step 3
  costrel test 3 --against my/app  the same tests, asked of your own package
  costrel test 3 --against flask   … and of real Flask
  costrel test 3 -- -k converter   what follows -- is for pytest
  costrel test -- -n 0             everything, one test after the other
"""


# so many processes share all tests
MOST = 4
# a test that takes longer, in seconds, will not end: show where it is, and go on
LONGEST = 1800
LIMITS = (
    f"-ofaulthandler_timeout={LONGEST}",
    "-ofaulthandler_exit_on_timeout=true",
)
ALONE = ("--pdb", "--trace", "--report-json", "-s")
# `python -m pytest`, which shows a traceback for a Ctrl-C that comes before its tests
PYTEST = """\
import os, sys
sys.argv[0] = "pytest"
try:
    import pytest
    code = pytest.main()
    sys.stdout.flush()
except KeyboardInterrupt:
    code = 130
except BrokenPipeError:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    code = 1
sys.exit(code)
"""


@click.command(cls=Passing, epilog=EPILOG)
@click.argument("wanted", nargs=-1, metavar="[N]...")
@click.option(
    "--against",
    metavar="STEP|PATH|flask",
    help="Test this step, package or Flask instead of the step itself.",
)
@click.option("--browser", is_flag=True, help="Look at the site in a real browser.")
@click.pass_context
def command(
    context: click.Context, wanted: tuple[str, ...], against: str | None, browser: bool
) -> None:
    """Run the tests of step N, or of everything the book promises.

    N may also be a path, such as the folder of an exercise.
    """
    need("pytest", "python3 book.py test")
    ladder = Ladder(find_root())
    arguments = browser_tests(ladder) if browser else places(ladder, wanted)
    if against is not None:
        arguments.append(f"--against={against}")
    if not wanted and not browser:
        arguments += side_by_side(passed(context))
    sys.exit(run(ladder.root, [*arguments, *passed(context)]))


def places(ladder: Ladder, wanted: tuple[str, ...]) -> list[str]:
    """Choose what pytest collects; the browser's tests only when they are asked for."""
    if wanted:
        return [str(tests_at(ladder, word)) for word in wanted]
    tests = ladder.root / "tests"
    return [str(tests), f"--ignore={tests / 'browser'}"]


def side_by_side(asked: list[str]) -> list[str]:
    """Let all tests run in several processes, each of which takes file after file.

    Not where there is one processor, nor with an option that wants a single process.
    """
    cores = os.cpu_count() or 1
    alone = any(option.startswith(ALONE) for option in asked)
    if cores == 1 or alone or find_spec("xdist") is None:
        return []
    # the longest files come first; more processes than this disturb what is timed
    return [f"-n{min(cores, MOST)}", "--dist=loadfile", "--no-loadscope-reorder"]


def tests_at(ladder: Ladder, word: str) -> Path:
    # unlike `Path.exists`, this takes a name that is too long for one that is not
    if os.path.exists(word) and not word.isdecimal():  # noqa: PTH110
        return Path(word)
    step = ladder.get(word)
    if not step.tests.is_dir():
        raise Problem(f"{step.name} has no tests: they belong in {step.tests}.")
    return step.tests


def browser_tests(ladder: Ladder) -> list[str]:
    need("playwright", "python3 book.py setup dev")
    return [str(ladder.root / "tests" / "browser")]


def run(root: Path, arguments: list[str]) -> int:
    """Run pytest with the book's configuration, whatever the current folder.

    In a process of its own: pytest wants to load the plugin, and with it this
    package, by itself.
    """
    # -P: a file of the reader's is not a library because it is called like one
    pytest = [sys.executable, "-P", "-c", PYTEST, f"--rootdir={root}"]
    configuration = ["-c", str(root / "pyproject.toml"), *LIMITS]
    try:
        return subprocess.call([*pytest, *configuration, *arguments])
    except KeyboardInterrupt:
        # pytest had the Ctrl-C too, and has reported what it did until then
        return int(signal.SIGINT) + 128
