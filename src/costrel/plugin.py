"""The pytest plugin: the options, and which module does what when.

What a step's name means is `against`'s matter; what `import exercise` means,
`exercise`'s; what marks do, `marks`'; the check that it is WSGI, `validation`'s;
the file with the outcomes, `report`'s; what tests find around them, `surroundings`';
what is drawn at random, `randomness`'s.
"""

import os
import sys
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from .core.ladder import Ladder, Problem, find_root
from .core.workshop_folder import KEPT, STATE, load
from .testing import against, marks, randomness
from .testing.against import MissingName, Placeholder, Target
from .testing.exercise import ExerciseFinder
from .testing.report import JsonReport
from .testing.surroundings import hear_ctrl_c_again
from .testing.validation import ANY_METHOD, Validation

# processes that a test starts find their `sitecustomize` here
STARTUP = Path(__file__).parent / "testing" / "startup"

# what Flask does with an `async def` where ours refuses it, or awaits it
DROPPED = "ignore:coroutine .* was never awaited:RuntimeWarning"

TARGET = pytest.StashKey[Target | None]()
EXERCISE = pytest.StashKey[ExerciseFinder]()
VALIDATION = pytest.StashKey[Validation]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("costrel", "the book Costrel")
    group.addoption(
        "--against",
        metavar="STEP|PATH|flask",
        help="let every step's name mean this step, your package, or real Flask",
    )
    group.addoption(
        "--at",
        metavar="N",
        type=int,
        help="the step that your package has come to: tests that it has replaced"
        " are left out",
    )
    group.addoption(
        "--exercise",
        metavar="FILE",
        default="answer.py",
        help="what `import exercise` means: a file beside the exercise's tests"
        " (default: answer.py), a path, a folder with NN-topic/NAME/answer.py in it,"
        " or `step` for the step without an answer",
    )
    group.addoption(
        "--despite-marks",
        action="store_true",
        help="run also the tests that `until`, `once` and `flask_only` would skip",
    )
    group.addoption(
        "--report-json", metavar="FILE", help="write each test's outcome into a file"
    )
    randomness.add_options(group)


def pytest_configure(config: pytest.Config) -> None:
    randomness.settle(config)
    for line in marks.lines():
        config.addinivalue_line("markers", line)
    # after the `error` of pyproject.toml, so that it counts
    config.addinivalue_line("filterwarnings", ANY_METHOD)
    # tests can pass in a folder that is read-only, or on a full disk
    config.addinivalue_line("filterwarnings", "ignore::pytest.PytestCacheWarning")
    ladder = Ladder(find_root())
    if (ladder.root / "steps").is_dir():
        sys.path.insert(0, str(ladder.root / "steps"))
    install_validation(config)
    install_exercise(config, ladder)
    try:
        install_target(config, ladder)
    except Problem as problem:
        raise pytest.UsageError(problem.message) from None
    install_report(config)


def install_validation(config: pytest.Config) -> None:
    validation = config.stash[VALIDATION] = Validation()
    validation.install()
    config.add_cleanup(validation.uninstall)


def install_exercise(config: pytest.Config, ladder: Ladder) -> None:
    finder = ExerciseFinder(config.getoption("exercise"), ladder)
    config.stash[EXERCISE] = finder
    finder.install()
    config.add_cleanup(finder.uninstall)


def install_target(config: pytest.Config, ladder: Ladder) -> None:
    """Let the steps' names mean the target, here and in processes started here."""
    wanted = config.getoption("against")
    config.stash[TARGET] = workshop_at(config.rootpath)
    if wanted is None:
        return
    target = against.choose(wanted, ladder)
    if target.number is None:
        target = replace(target, number=config.getoption("at"))
    config.stash[TARGET] = target
    if target.is_flask:
        # it drops a coroutine here and there, which is collected in any later test
        config.addinivalue_line("filterwarnings", DROPPED)
    redirect = against.install(target)
    config.add_cleanup(lambda: against.uninstall(redirect))
    if not is_distributed(config):
        redirect_children(config, ladder, str(target.path or wanted))


def redirect_children(config: pytest.Config, ladder: Ladder, wanted: str) -> None:
    """Let the steps' names mean the target in processes that a test starts.

    The workers of pytest-xdist must not start that way: each redirects for itself,
    after pytest has prepared this package's assertions.
    """
    patch = pytest.MonkeyPatch()
    config.add_cleanup(patch.undo)
    patch.setenv("COSTREL_AGAINST", wanted)
    patch.setenv("COSTREL_AGAINST_ROOT", str(ladder.root))
    patch.setenv("PYTHONPATH", str(STARTUP), prepend=os.pathsep)


def is_distributed(config: pytest.Config) -> bool:
    """Return whether this process only hands the tests to workers of pytest-xdist."""
    distribution: str = config.getoption("dist", "no")
    return distribution != "no"


def workshop_at(folder: Path) -> Target | None:
    """Return the package of a reader's workshop; its own tests import it by name."""
    if not (folder / KEPT / STATE).is_file():
        return None
    workshop = load(folder)
    return Target(workshop.package, workshop.package, workshop.step)


def install_report(config: pytest.Config) -> None:
    file = config.getoption("report_json")
    if file:
        if is_distributed(config):
            raise pytest.UsageError("--report-json wants one process: leave -n out.")
        report = JsonReport(Path(file), config.stash[TARGET])
        config.pluginmanager.register(report, "costrel-report")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    randomness.hand_down(node)


def pytest_report_header(config: pytest.Config) -> str | None:
    seed = config.option.seed
    is_book = (config.rootpath / "steps").is_dir()
    return f"seed: {seed} (--seed {seed} draws the same again)" if is_book else None


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    collector.config.stash[EXERCISE].enter(collector.path.parent)
    # a missing name may be used here: each test has to fail for itself
    Placeholder.lenient = True
    try:
        report = yield
    except SystemExit as end:
        sentence = f"a module ends the process: {against.describe(end)}"
        return pytest.CollectReport(collector.nodeid, "failed", sentence, [])
    finally:
        Placeholder.lenient = False
    error = report.call.excinfo
    if error and isinstance(error.value, MissingName):
        report.longrepr = str(error.value)
    return report


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    mistakes = [mistake for item in items for mistake in marks.mistakes(item)]
    if mistakes:
        raise pytest.UsageError(*mistakes)
    for item in items:
        marks.apply(item, config.stash[TARGET], config.getoption("despite_marks"))
    if config.option.shuffle:
        randomness.shuffle(items, config.option.seed)
    hear_ctrl_c_again()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    stash = item.config.stash
    stash[EXERCISE].enter(item.path.parent)
    # an attack meets the application as it is, without a validator to stop it
    stash[VALIDATION].on = item.get_closest_marker("attack") is None
    try:
        return (yield)
    finally:
        stash[VALIDATION].on = True


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: Any
) -> Generator[None, object, object]:
    try:
        return (yield)
    except MissingName as missing:
        failure = in_one_sentence(missing)
    # pytest notes only what is an `Exception`; without a note it would take the
    # fixture for one that is still there
    fixturedef.cached_result = (None, fixturedef.cache_key(request), (failure, None))
    raise failure


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    try:
        return (yield)
    except MissingName as missing:
        failure = in_one_sentence(missing)
    raise failure


def in_one_sentence(missing: MissingName) -> BaseException:
    return pytest.fail.Exception(str(missing), pytrace=False)
