"""A run of tests on somebody's package, in a process of its own that may come to grief.

The package may loop for ever, end the process, print without end or use up the memory:
the run ends in time, with an outcome for each test. `lesson` puts them into words.
"""

import json
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from costrel.core.ladder import Problem
from costrel.core.processes import PERSONAL, Process, end

from .output import Output

WARM = Path(__file__).with_name("warm_pytest.py")
# how long a process may be silent beyond the limit that it has set itself
GRACE = 5.0
# how long it may take to start, and to end after its last word
START_SECONDS = 60.0
END_SECONDS = 2.0
FRAME = re.compile(r'File "(?P<file>.*)", line (?P<line>\d+) in (?P<function>.*)')

Event = dict[str, Any]
# hears of each test that has ended: how many have, of how many
Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Order:
    """What is run: the tests of some places, on a package that has come to a step."""

    folders: tuple[Path, ...]
    against: str
    at: int | None = None
    # end at the first required test that fails
    stop: bool = True
    # nothing but these tests
    only: tuple[str, ...] | None = None
    # these before all others; where that is not their turn, they are asked once more
    first: tuple[str, ...] = ()
    # the folder with the reader's answers to exercises
    answers: Path | None = None


@dataclass
class Trial:
    """What a run has found so far."""

    # each test as `events.entry` describes it, in the order of the run
    tests: list[Event] = field(default_factory=list)
    # test -> passed, failed or skipped
    outcomes: dict[str, str] = field(default_factory=dict)
    # test -> what was observed
    failures: dict[str, Event] = field(default_factory=dict)
    # why the package does not import
    unimported: Event | None = None
    # tests that could not be collected
    broken: list[Event] = field(default_factory=list)
    # threads that the package has left behind
    threads: list[str] = field(default_factory=list)
    # the exercises that were asked, such as 03-routing/strict, the nearest first
    opened: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def red(self) -> list[Event]:
        """The tests that failed."""
        return [t for t in self.tests if self.outcomes.get(t["id"]) == "failed"]

    @property
    def required(self) -> list[Event]:
        """The failed tests that a reader can't do without."""
        return [each for each in self.red if not is_optional(each)]

    @property
    def first(self) -> Event | None:
        """The failed test to look at: a required one, that of an exercise, or another.

        None also where an exercise has no answer yet: its tests could not be read.
        """
        if self.required:
            return self.required[0]
        for name in self.opened:
            if any(exercise_of(each["id"]) == name for each in self.broken):
                return None
            if found := [t for t in self.red if exercise_of(t["id"]) == name]:
                return found[0]
        optional = sorted(self.red, key=number_of, reverse=True)
        return next(iter(optional), None)

    def is_unsolved(self, exercise: str) -> bool:
        """Return whether an exercise was asked and doesn't pass yet."""
        found = [*self.red, *self.broken]
        return any(exercise_of(each["id"]) == exercise for each in found)

    @property
    def is_green(self) -> bool:
        if self.unimported or self.broken_steps or self.required:
            return False
        return all(
            each["id"] in self.outcomes for each in self.tests if not is_optional(each)
        )

    @property
    def broken_steps(self) -> list[Event]:
        """The files of steps that could not be collected; exercises may be so."""
        return [b for b in self.broken if not b["id"].startswith("exercises/")]


GREEN, RED, UNIMPORTED = 0, 1, 3


def exit_code(trial: Trial) -> int:
    """Return what a command ends with that has asked the tests."""
    if trial.unimported:
        return UNIMPORTED
    return GREEN if trial.is_green else RED


def exercise_of(name: str) -> str:
    """Return the exercise that a test or a test file is of, or an empty string."""
    folder, *parts = name.split("/")
    return "/".join(parts[:2]) if folder == "exercises" else ""


def number_of(test: Event) -> int:
    """Return the step of a test, or of the exercise that it belongs to."""
    # such as exercises/03-routing/strict
    return test["step"] or int(Path(test["folder"]).parent.name.partition("-")[0])


def is_optional(test: Event) -> bool:
    """Return whether a test may fail: it's marked so, or belongs to an exercise."""
    return bool(test["optional"]) or test["step"] is None


def run(
    order: Order, root: Path, told: Told | None = None, worker: "Worker | None" = None
) -> Trial:
    """Run an order to its end; never raises for what the package does."""
    ready = [worker] if worker else []

    def take() -> Worker:
        return ready.pop() if ready else Worker(root)

    return TrialRun(order, take, told or ignore).follow()


def ignore(done: int, total: int) -> None:
    """Hear without doing anything."""


class TrialRun:
    """The run of one order, in as many processes as it takes."""

    def __init__(self, order: Order, take: "Callable[[], Worker]", told: Told) -> None:
        self.order = order
        # where its processes come from
        self.take = take
        self.told = told
        self.worker: Worker | None = None
        self.trial = Trial()
        self.is_stopped = False

    @property
    def has_decided(self) -> bool:
        """Whether something was found behind which nothing needs to be asked."""
        trial = self.trial
        found = trial.unimported or trial.broken_steps or trial.required
        return self.order.stop and bool(found)

    def follow(self) -> Trial:
        started = time.monotonic()
        goes_on = True
        while goes_on and not self.is_stopped:
            worker = self.worker = self.take()
            if self.is_stopped:
                worker.stop()
            try:
                goes_on = one_process(worker, self.order, self.trial, self.told)
            finally:
                self.worker = None
                worker.close()
        self.trial.seconds = time.monotonic() - started
        return self.trial

    def stop(self) -> None:
        """End the run early, from another thread."""
        self.is_stopped = True
        if worker := self.worker:
            worker.stop()


def one_process(worker: "Worker", order: Order, trial: Trial, told: Told) -> bool:
    """Follow one process; tell whether another one has to go on after it."""
    worker.send(
        [
            *arguments(order, worker.root, tuple(trial.outcomes)),
            # the tests' own files go when the process does, however it ends
            f"--basetemp={worker.folder / 'tmp'}",
        ]
    )
    running: Event = {}
    begun = 0
    for event in worker.events():
        match event["event"]:
            case "unimported":
                trial.unimported = event
                return False
            case "collected":
                known = {each["id"] for each in trial.tests}
                trial.tests += [t for t in event["tests"] if t["id"] not in known]
            case "broken":
                trial.broken.append(event)
            case "collecting":
                worker.imported = True
            case "started":
                running = event | {"exchanges": []}
                begun += 1
            case "asked":
                running["exchanges"].append(event["exchange"])
            case "failed":
                trial.outcomes[event["id"]] = "failed"
                # what fails first counts: a fixture may fail because of it
                found = event | {"output": worker.printed(event["signed"])}
                found["before"] = begun - 1
                trial.failures.setdefault(event["id"], found)
            case "finished":
                trial.outcomes.setdefault(event["id"], event["outcome"])
                running = {}
                told(len(trial.outcomes), len(trial.tests))
            case "end":
                trial.threads = event["threads"]
                if not running:
                    return False
    if worker.is_stopped:
        return False
    return after_death(worker, order, trial, running)


def after_death(worker: "Worker", order: Order, trial: Trial, running: Event) -> bool:
    """Note why a process ended before its time; tell whether another goes on."""
    death = worker.death()
    if not running or not trial.tests:
        what = {"type": "", "message": "", **death}
        if trial.tests and not trial.unimported and all_done(trial):
            # it came to grief when there was nothing more to do
            return False
        trial.unimported = {"imported": worker.imported, **what}
        return False
    name = running["id"]
    test = next(each for each in trial.tests if each["id"] == name)
    trial.outcomes[name] = "failed"
    trial.failures[name] = {
        "id": name,
        "type": "",
        "message": "",
        "comparison": None,
        "params": test["params"],
        "file": str(Path(test["folder"], test["file"])),
        "line": 0,
        "function": test["function"],
        "exchanges": running["exchanges"],
        "output": worker.printed(signed=False),
        "before": 0,
        **death,
    }
    return not (order.stop and not is_optional(test))


def all_done(trial: Trial) -> bool:
    return all(each["id"] in trial.outcomes for each in trial.tests)


def arguments(order: Order, root: Path, done: tuple[str, ...]) -> list[str]:
    """Write the call of pytest."""
    places = list(map(str, order.folders))
    wishes = {
        "stop": order.stop,
        "only": order.only,
        "skip": done,
        "first": order.first,
        "places": places,
    }
    words = [f"--rootdir={root}", "-c", str(root / "pyproject.toml")]
    for plugin in ("terminal", "cacheprovider", "faulthandler", "debugging"):
        words += ["-p", f"no:{plugin}"]
    words += ["-p", "costrel.plugin", "-p", "costrel.workshop.run.events"]
    words.append(f"--events={json.dumps(wishes)}")
    # an exercise without an answer must not keep the steps from being asked
    words += ["--continue-on-collection-errors", "--capture=no"]
    # the process works in another folder
    path = Path(order.against)
    words.append(f"--against={path.resolve() if path.exists() else path}")
    if order.at is not None:
        words.append(f"--at={order.at}")
    if order.answers is not None:
        words.append(f"--exercise={order.answers}")
    return [*words, *places, *files_elsewhere(order, root)]


def files_elsewhere(order: Order, root: Path) -> list[str]:
    """List the files of the tests that come first, unless they are run anyway."""
    files = dict.fromkeys(root / name.partition("::")[0] for name in order.first)
    return [
        str(file)
        for file in files
        if file.is_file()
        and not any(file.is_relative_to(place) for place in order.folders)
    ]


def environment(root: Path) -> dict[str, str]:
    """Return the environment in which somebody's package is tested."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(PERSONAL)}
    return kept | {
        "COSTREL_PATIENCE": str(patience()),
        "COSTREL_ROOT": str(root),
        # those that are installed take longer to load than most tests to run
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONUTF8": "1",
        # an old compiled file could hide a new text; and it's their folder
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "NO_COLOR": "1",
    }


class Worker:
    """A process that is ready to run tests, with its reports and output."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = Path(tempfile.mkdtemp(prefix="costrel-check-"))
        self.dump = self.folder / "dump"
        self.scratch = self.folder / "scratch"
        self.scratch.mkdir()
        self.process = self.start()
        self.told: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self.output = Output()
        self.was_late = self.imported = self.is_stopped = False
        assert self.process.stdout and self.process.stderr
        self.listener = follow(self.listen, self.process.stdout)
        self.collector = follow(self.collect, self.process.stderr)

    def start(self) -> Process:
        """Start the process: `fork_workers` has another way."""
        return subprocess.Popen(
            [sys.executable, "-P", str(WARM)],
            cwd=self.scratch,
            env=environment(self.root) | {"COSTREL_DUMP": str(self.dump)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # a group of its own, so that what it starts ends with it
            start_new_session=True,
        )

    def listen(self, stream: IO[bytes]) -> None:
        for line in stream:
            try:
                self.told.put(json.loads(line))
            except ValueError:
                # somebody else found a way to write here
                continue
        self.told.put(None)

    def collect(self, stream: IO[bytes]) -> None:
        while piece := os.read(stream.fileno(), 65_536):
            self.output.add(piece)

    def send(self, arguments: list[str]) -> None:
        assert self.process.stdin
        try:
            self.process.stdin.write(json.dumps(arguments).encode() + b"\n")
            self.process.stdin.close()
        except OSError:
            # it has ended already: `events` will say so
            return

    def events(self) -> Iterator[Event]:
        """Yield the process's messages until it ends or its time is up."""
        patience = START_SECONDS
        while True:
            try:
                event = self.told.get(timeout=patience)
            except queue.Empty:
                self.was_late = True
                return
            if event is None:
                return
            patience = event.get("seconds", START_SECONDS) + GRACE
            yield event

    def printed(self, signed: bool) -> dict[str, Any]:
        """Return what the test has printed; `signed` says that its end has a sign."""
        if signed:
            self.output.wait(lambda: not self.collector.is_alive())
        else:
            # the process is gone, or has closed its output
            self.collector.join(END_SECONDS)
        return self.output.data()

    def death(self) -> Event:
        """Say how the process ended, and where it was."""
        if not self.was_late:
            try:
                self.process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self.was_late = True
        code = self.process.poll()
        text = self.dump.read_text("utf-8", "replace") if self.dump.is_file() else ""
        late = self.was_late or "Timeout (" in text
        return {
            "died": "late" if late else "ended",
            "code": code,
            "fatal": "Fatal Python error" in text,
            "stack": stack(text),
            "said": self.output.tail.decode(errors="replace")[-2000:],
        }

    def stop(self) -> None:
        """End the process early, from another thread than that which closes it."""
        self.is_stopped = True
        end(self.process)

    def close(self) -> None:
        """End the process and what it has started, and clear away."""
        end(self.process)
        if self.process.stdin:
            with suppress(OSError):
                self.process.stdin.close()
        # who reads a stream also closes it, when its last writer is gone
        for reader in (self.listener, self.collector):
            reader.join(END_SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)


def follow(work: Callable[[IO[bytes]], None], stream: IO[bytes]) -> threading.Thread:
    """Read a stream to its end in a thread of its own."""

    def read() -> None:
        with stream:
            work(stream)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread


def patience() -> float:
    """Read by how much all time limits are longer; raises `Problem` for no number."""
    given = os.environ.get("COSTREL_PATIENCE", "1")
    try:
        factor = float(given)
    except ValueError:
        factor = 0
    if not 0.01 <= factor <= 1000:
        raise Problem(
            f"COSTREL_PATIENCE is {given!r}: set the factor by which time limits are"
            " longer, such as 2."
        )
    return factor


def stack(dump: str) -> list[dict[str, Any]]:
    """Read the calls that the tests' own thread was in, the innermost first."""
    threads = re.split(r"\n(?=(?:Current )?[Tt]hread )", dump)
    main = next((each for each in reversed(threads) if "pluggy" in each), dump)
    return [
        {
            "file": match["file"],
            "line": int(match["line"]),
            "function": match["function"],
        }
        for match in FRAME.finditer(main)
    ]
