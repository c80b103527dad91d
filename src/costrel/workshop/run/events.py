"""A pytest plugin that reports to another process, line by line, what the tests find.

It runs beside `costrel.plugin`, in a process that may come to a bad end: the tested
package is somebody's work in progress. What is done with the lines is `trial`'s matter.
"""

import faulthandler
import linecache
import logging
import os
import pdb
import sys
import threading
import unittest
from collections.abc import Generator
from contextlib import suppress
from json import dumps, loads
from os import write
from pathlib import Path
from reprlib import Repr
from traceback import walk_tb
from typing import Any

import pytest

from costrel.core.errors import kind, text, titled
from costrel.core.ladder import Ladder, Problem, find_root
from costrel.core.sentences import sentence
from costrel.testing import against, marks
from costrel.workshop.explain import teaching

from . import output
from .exchanges import Recorder

IMPORT_SECONDS = 10.0
COLLECT_SECONDS = 30.0
# the code of a run whose package could not be imported
NO_IMPORT = 13
BREAKPOINT = (
    "breakpoint() has no terminal in a check: print what you want to see, or stop in"
    " one test with `python -m pytest -k NAME` in your workshop's folder"
)
# what a test is left out by; no framework raises it
SKIPS = (pytest.skip.Exception, pytest.xfail.Exception, unittest.SkipTest)
STOPS = (KeyboardInterrupt, pytest.exit.Exception, SystemExit)
MARKED = ("optional", "attack", "flask_only")
# the work of pytest that is not a test of ours
shown = Repr()
shown.maxstring = shown.maxother = 400
shown.maxlist = shown.maxtuple = shown.maxdict = shown.maxset = 20


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--events", metavar="JSON", default="{}", help="what to run")


def pytest_configure(config: pytest.Config) -> None:
    """Begin before `costrel.plugin` does: it would end a run without a package."""
    telling = Telling(config)
    config.pluginmanager.register(telling, "costrel-telling")
    telling.begin()


# hookimpl's `tryfirst` wants the function's own attributes
pytest_configure = pytest.hookimpl(tryfirst=True)(pytest_configure)


class Telling:
    """Reports the start of each test and its outcome."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.order: dict[str, Any] = loads(config.getoption("events"))
        self.channel = int(os.environ["COSTREL_EVENTS"])
        # slow machines need more of it
        self.patience = float(os.environ.get("COSTREL_PATIENCE", 1))
        # where Python writes what it was doing when its time was up
        self.dump = os.open(os.environ["COSTREL_DUMP"], os.O_WRONLY | os.O_CREAT)
        self.recorder = Recorder(lambda each: self.tell("asked", exchange=each))
        self.log = LastLogged()
        self.comparison: dict[str, str] | None = None
        self.package: Path | None = None
        self.ladder = Ladder(find_root())
        self.seconds: dict[str, float] = {}
        # of the test that is running
        self.outcome = "passed"

    def tell(self, event: str, **facts: Any) -> None:
        line = dumps({"event": event, **facts}, ensure_ascii=True) + "\n"
        data = line.encode()
        while data:
            data = data[write(self.channel, data) :]

    def limit(self, event: str, seconds: float, **facts: Any) -> None:
        """Report what begins; if it takes too long, write where it is and exit."""
        seconds *= self.patience
        faulthandler.dump_traceback_later(seconds, exit=True, file=self.dump)
        self.tell(event, seconds=seconds, **facts)

    def begin(self) -> None:
        """Import the package; end the run with a report if that fails."""
        faulthandler.enable(self.dump)
        sys.breakpointhook = pdb.set_trace = refuse_to_stop
        wanted = self.config.getoption("against")
        target = against.choose(wanted, self.ladder)
        self.package = target.path
        self.limit("importing", IMPORT_SECONDS)
        try:
            module = against.load(target)
        except Problem as problem:
            self.tell("unimported", **self.import_failure(problem.__cause__))
            sys.stdout.flush()
            os._exit(NO_IMPORT)
        self.package = self.package or Path(module.__file__ or "").parent
        self.limit("collecting", COLLECT_SECONDS)

    def import_failure(self, error: BaseException | None) -> dict[str, Any]:
        """Describe why the package does not import."""
        if error is not None and issubclass(type(error), SyntaxError):
            assert isinstance(error, SyntaxError)
            place = {"file": error.filename or "", "line": error.lineno or 0}
            code = (error.text or "").strip()
            return {
                "type": kind(error),
                "message": error.msg,
                "mine": {**place, "function": "", "code": code},
            }
        return {
            "type": kind(error),
            "message": text(error),
            "mine": self.last_own_frame(error),
        }

    # --- which tests, and in which order

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        names = {part for item in items for part in item.path.parts}
        steps = [step for step in self.ladder.steps if step.name in names]
        known = {step.name: teaching.read_teaching(step) for step in steps}
        chosen = [item for item in items if self.is_wanted(item)]
        placed = {
            item.nodeid: turn_of(item, known, number)
            for number, item in enumerate(chosen)
        }
        ordered = sorted(chosen, key=lambda item: placed[item.nodeid])
        for item in ordered:
            self.seconds[item.nodeid] = behaviour(item, known).seconds
        items[:] = self.those_first_ahead(ordered)
        told = dict.fromkeys(items)
        self.tell("collected", tests=[entry(item, known) for item in told])
        # imported only now, after what it replaces has been put in place
        self.recorder.install()
        logging.getLogger().addHandler(self.log)

    def is_wanted(self, item: pytest.Item) -> bool:
        if item.nodeid in self.order.get("skip", ()):
            return False
        return self.has_turn(item) or self.is_first(item)

    def has_turn(self, item: pytest.Item) -> bool:
        """Return whether a test is one of the places' that are run."""
        only = self.order.get("only")
        if only is not None:
            return item.nodeid in only
        places = self.order.get("places", ())
        return any(item.path.is_relative_to(place) for place in places)

    def is_first(self, item: pytest.Item) -> bool:
        return item.nodeid in self.order.get("first", ())

    def those_first_ahead(self, items: list[pytest.Item]) -> list[pytest.Item]:
        """Put the tests that are asked first ahead, and leave them in their places."""
        ahead = [item for item in items if self.is_first(item)]
        in_turn = [item for item in items if self.has_turn(item)]
        are_ahead = in_turn[: len(ahead)] == ahead
        return in_turn if are_ahead else [*ahead, *in_turn]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.tell("broken", id=report.nodeid, message=str(report.longrepr))

    # --- one test

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        seconds = self.seconds.get(nodeid, teaching.SECONDS)
        self.recorder.begin()
        self.log.error = None
        self.comparison = None
        self.outcome = "passed"
        self.sign(output.BEGIN)
        self.limit("started", seconds, id=nodeid)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.tell("finished", id=nodeid, outcome=self.outcome)

    def sign(self, sign: bytes) -> bool:
        """Write a sign into what the tests print; return whether that was possible."""
        try:
            return write(2, sign) == len(sign)
        except OSError:
            return False

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self) -> Generator[None, object, object]:
        return (yield from self.contained())

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self) -> Generator[None, object, object]:
        return (yield from self.contained())

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> Generator[None, object, object]:
        return (yield from self.contained())

    def contained(self) -> Generator[None, object, object]:
        """Let nothing that the package raises stop the run, or leave a test out."""
        try:
            return (yield)
        except BaseException as error:
            if self.is_for_pytest(error):
                raise
            raised = error
        failure = pytest.fail.Exception(f"your code raised {titled(raised)}")
        failure.__cause__ = raised
        raise failure

    def is_for_pytest(self, error: BaseException) -> bool:
        """Return whether pytest would take an exception for what it is."""
        if issubclass(type(error), STOPS):
            return False
        if issubclass(type(error), SKIPS):
            return self.last_own_frame(error) is None
        try:
            return error.__class__ is type(error)
        except BaseException:
            return False

    @pytest.hookimpl(tryfirst=True)
    def pytest_assertrepr_compare(self, op: str, left: object, right: object) -> None:
        self.comparison = {"op": op, "left": safe(left), "right": safe(right)}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        try:
            report = yield
        except BaseException:
            # pytest could not look at what was raised
            report = unseen(item, call)
        if not report.passed and self.outcome != "failed":
            self.outcome = outcome(report)
        if report.failed and call.excinfo is not None:
            signed = self.sign(output.END)
            facts = self.observed(item, call.excinfo)
            self.tell("failed", id=item.nodeid, signed=signed, **facts)
            if self.order.get("stop") and not may_fail(item):
                item.session.shouldstop = "the first failure"
        return report

    def observed(
        self, item: pytest.Item, excinfo: pytest.ExceptionInfo[BaseException]
    ) -> dict[str, Any]:
        """Put together what is known about a failure, even of a strange exception."""
        line, function = test_line(item, excinfo)
        facts = {
            "type": kind(excinfo.value),
            "message": text(excinfo.value),
            "comparison": self.comparison,
            "mine": None,
            "raised_in": "",
            "file": str(item.path),
            "line": line,
            "function": function,
            "exchanges": self.recorder.exchanges,
            "params": params(item),
            "logged": None,
        }
        with suppress(BaseException):
            facts |= self.looked_into(excinfo.value)
        return facts

    def looked_into(self, error: BaseException) -> dict[str, Any]:
        """Find what only the exception itself knows; it may raise when it is asked."""
        cause = error.__cause__
        mine = cause is not None and self.last_own_frame(cause)
        return {
            "mine": mine or self.last_own_frame(error),
            "raised_in": raised_in(error),
            "logged": self.logged(),
        }

    def logged(self) -> dict[str, Any] | None:
        """Describe the last error that the application has logged."""
        if self.log.error is None:
            return None
        error = self.log.error
        return {
            "type": kind(error),
            "message": text(error),
            "mine": self.last_own_frame(error),
        }

    def last_own_frame(self, error: BaseException | None) -> dict[str, Any] | None:
        """Find the last line of the reader's code that an error passed."""
        if self.package is None or error is None:
            return None
        found = None
        for frame, number in walk_tb(error.__traceback__):
            code = frame.f_code
            if self.is_own(Path(code.co_filename)):
                found = {
                    "file": code.co_filename,
                    "line": number,
                    "function": code.co_qualname,
                    "code": linecache.getline(code.co_filename, number).strip(),
                }
        return found

    def is_own(self, file: Path) -> bool:
        """Return whether a file belongs to the package or to an exercise's answer."""
        places = filter(None, (self.package, self.config.getoption("exercise")))
        return any(file.is_relative_to(place) for place in places)

    def pytest_sessionfinish(self) -> None:
        faulthandler.cancel_dump_traceback_later()
        left = [
            thread.name
            for thread in threading.enumerate()
            if thread is not threading.main_thread() and not thread.daemon
        ]
        self.tell("end", threads=left)


class LastLogged(logging.Handler):
    """Keeps the last error that was logged."""

    error: BaseException | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1]:
            self.error = record.exc_info[1]


def unseen(item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
    """Report a failure whose exception says nothing."""
    assert call.when != "collect"
    return pytest.TestReport(
        item.nodeid, item.location, {}, "failed", "an exception", call.when
    )


def refuse_to_stop(*given: object, **options: object) -> None:
    """Stand in for a debugger, which would wait for a terminal that isn't there."""
    raise RuntimeError(BREAKPOINT)


def params(item: pytest.Item) -> dict[str, str]:
    """Return the parameters that a test runs with."""
    call = getattr(item, "callspec", None)
    return {name: safe(value) for name, value in call.params.items()} if call else {}


def safe(value: object) -> str:
    """Show a value, even one whose `__repr__` fails or keeps things to itself."""
    if isinstance(value, dict) and type(value).__repr__ is not dict.__repr__:
        value = dict(value)
    try:
        return shown.repr(value)
    except BaseException as error:
        return f"<{kind(value)} whose repr raises {kind(error)}>"


def raised_in(error: BaseException) -> str:
    """Name the file in which an error arose."""
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    return frames[-1].f_code.co_filename if frames else ""


def may_fail(item: pytest.Item) -> bool:
    """Return whether a test is optional, or one of an exercise."""
    is_exercise = marks.own_number(item.path) is None
    return is_exercise or item.get_closest_marker("optional") is not None


def outcome(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return "skipped"
    return report.outcome


def test_line(
    item: pytest.Item, excinfo: pytest.ExceptionInfo[BaseException]
) -> tuple[int, str]:
    """Find the line of the test that an error passed, or else of its file."""
    name = function_of(item)
    lines = [
        (number, frame.f_code.co_name)
        for frame, number in walk_tb(excinfo.tb)
        if frame.f_code.co_filename == str(item.path)
    ]
    own = [each for each in lines if each[1] == name]
    return [((item.location[1] or 0) + 1, name), *lines[-1:], *own[-1:]][-1]


def function_of(item: pytest.Item) -> str:
    return getattr(item, "originalname", None) or item.name.partition("[")[0]


Known = dict[str, teaching.Teaching]


def known_of(item: pytest.Item, known: Known) -> teaching.Teaching | None:
    return next((known[p.name] for p in item.path.parents if p.name in known), None)


def behaviour(item: pytest.Item, known: Known) -> teaching.Behaviour:
    about = known_of(item, known)
    if about is None:
        return teaching.Behaviour("", (), "", "", (), ())
    return about.behaviour(item.path.name, function_of(item))


def turn_of(item: pytest.Item, known: Known, number: int) -> tuple[int | bool, ...]:
    """Return a test's position: steps first and in their order, then exercises.

    In a step the order is that of teaching, but what takes seconds comes last.
    """
    about = known_of(item, known)
    if about is None:
        return (1000, number)
    return (
        about.step.number,
        "once" in marks.ours(item),
        *about.place(item.path.name, function_of(item)),
        number,
    )


def entry(item: pytest.Item, known: Known) -> dict[str, Any]:
    """Describe a test before it has run."""
    found = marks.ours(item)
    return {
        "id": item.nodeid,
        "step": marks.own_number(item.path),
        "file": item.path.name,
        "folder": str(item.path.parent),
        "function": function_of(item),
        "sentence": sentence(item.name),
        "params": params(item),
        "behaviour": behaviour(item, known).name,
        "skipped": item.get_closest_marker("skip") is not None,
        **{mark: mark in found for mark in MARKED},
    }
