"""Time per request and size, step by step, beside real Flask.

Each framework runs in a process of its own (`worker`) and is asked in turn, round
after round, so that a machine that is slow for a moment is slow for all. A figure is
a ratio to Flask: the median over the rounds. Nothing else is quoted, for absolute
times belong to one machine and one minute. What a start costs is taken from fresh
processes (`starting`), in turns as well.

What is asked is in `workloads`; tables and plots are drawn by `figures`.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import date
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from random import Random
from statistics import median, quantiles
from tokenize import TokenError
from typing import Any

from costrel.core import files
from costrel.core.counts import code_lines, statements
from costrel.core.ladder import Ladder, Problem, Step
from costrel.core.reader_folder import is_framework
from costrel.measure.workloads import FLASK, REFERENCES, WERKZEUG, WORKLOADS, Workload

LIBRARIES = ("flask", "werkzeug", "jinja2", "itsdangerous", "click", "blinker")
CALL = "costrel measure"
# two workloads that differ only in how many routes there are
FEW, MANY = "dynamic", "dynamic-10000"

Data = dict[str, Any]
# what every data file has
PARTS = ("workloads", "times", "sizes")
# workload -> framework -> microseconds of each round
Times = dict[str, dict[str, list[float]]]


@dataclass(frozen=True)
class MeasuringPlan:
    """How long to measure."""

    rounds: int = 30
    # the processes are started afresh for each sitting: two runs of the same
    # program differ by where its memory happens to lie
    sittings: int = 2
    # turns that each framework has in a round; their median is the round's figure
    turns: int = 3
    # processor time of one turn of Flask
    milliseconds: float = 20.0
    # how often each is started afresh, for what its start costs
    starts: int = 10
    workloads: tuple[Workload, ...] = WORKLOADS


# ten thousand routes take long to register
QUICK = MeasuringPlan(
    rounds=6,
    sittings=1,
    turns=1,
    milliseconds=10.0,
    starts=3,
    workloads=tuple(each for each in WORKLOADS if each.name != "dynamic-10000"),
)


class FrameworkProcess:
    """One framework in a process of its own."""

    def __init__(self, name: str, root: Path) -> None:
        self.name = name
        self.process = subprocess.Popen(
            [sys.executable, "-m", "costrel.measure.worker", name],
            cwd=root,
            env=os.environ | python_path(root),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def __enter__(self) -> "FrameworkProcess":
        return self

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.communicate()

    def ask(self, *order: object) -> Any:
        """Send an order and return its answer; raises `Problem` if the process died."""
        self.order(*order)
        return self.answer()

    def order(self, *words: object) -> None:
        assert self.process.stdin
        # a process that is gone will be missed when its answer is
        with suppress(OSError):
            self.process.stdin.write(" ".join(map(str, words)) + "\n")
            self.process.stdin.flush()

    def answer(self) -> Any:
        assert self.process.stdout
        answer = self.process.stdout.readline()
        if not answer:
            raise Problem(f"{self.name} could not be measured: {self.last_words()}")
        return json.loads(answer)

    def last_words(self) -> str:
        assert self.process.stderr
        lines = self.process.stderr.read().strip().splitlines()
        return lines[-1] if lines else "its process ended without a word."


def python_path(root: Path) -> dict[str, str]:
    """Let a process find the steps."""
    paths = [str(root / "steps"), os.environ.get("PYTHONPATH", "")]
    return {"PYTHONPATH": os.pathsep.join(filter(None, paths))}


def measure(
    ladder: Ladder,
    plan: MeasuringPlan,
    tell: Callable[[str], None] = lambda words: None,
) -> Data:
    """Measure every step, Flask and Werkzeug in one run."""
    plan = replace(plan, workloads=tuple(ready(ladder, plan.workloads)))
    times: Times = {}
    for sitting in range(plan.sittings):
        rounds = share(plan.rounds, plan.sittings, sitting)
        with ExitStack() as stack:
            workers = {
                name: stack.enter_context(FrameworkProcess(name, ladder.root))
                for name in candidates(ladder)
            }
            check_same_work(ladder, workers, plan)
            counts = calibrate(workers[FLASK], plan)
            for number in range(rounds):
                tell(f"sitting {sitting + 1} of {plan.sittings}, round {number + 1}")
                one_round(ladder, workers, counts, plan, Random(number), times)
    return result(ladder, plan, times) | {"starts": starts(ladder, plan, tell)}


def starts(
    ladder: Ladder, plan: MeasuringPlan, tell: Callable[[str], None]
) -> dict[str, dict[str, dict[str, float]]]:
    """Measure what importing each step and Flask takes, and making an application."""
    if not plan.starts:
        return {}
    names = [*(step.name for step in ladder.steps), FLASK]
    taken: Times = {"import": {}, "make": {}}
    # what is imported is compiled before, wherever this runs
    with tempfile.TemporaryDirectory() as compiled:
        for name in names:
            start(ladder.root, name, compiled)
        for number in range(plan.starts):
            tell(f"start {number + 1} of {plan.starts}")
            for name in Random(number).sample(names, len(names)):
                for part, nanoseconds in start(ladder.root, name, compiled).items():
                    taken[part].setdefault(name, []).append(nanoseconds / 1000)
    return {
        part: {name: figures(by_name[name], by_name[FLASK]) for name in names}
        for part, by_name in taken.items()
    }


def start(root: Path, name: str, compiled: str) -> dict[str, int]:
    """Start one framework in a fresh process; return the nanoseconds of each part."""
    inherited = dict(os.environ)
    inherited.pop("PYTHONDONTWRITEBYTECODE", None)
    process = subprocess.run(
        [sys.executable, "-m", "costrel.measure.starting", name],
        cwd=root,
        env=inherited | python_path(root) | {"PYTHONPYCACHEPREFIX": compiled},
        capture_output=True,
        encoding="utf-8",
    )
    if process.returncode:
        last = (process.stderr.strip().splitlines() or ["it ended without a word."])[-1]
        raise Problem(f"{name} could not be started: {last}")
    found: dict[str, int] = json.loads(process.stdout)
    return found


def ready(ladder: Ladder, workloads: Iterable[Workload]) -> list[Workload]:
    """List the workloads that some step of the book can do."""
    return [each for each in workloads if each.since <= ladder.newest.number]


def share(total: int, parts: int, index: int) -> int:
    """Return the size of one of several nearly equal parts."""
    return total * (index + 1) // parts - total * index // parts


def candidates(ladder: Ladder) -> list[str]:
    missing = [name for name in (FLASK, WERKZEUG) if find_spec(name) is None]
    if missing:
        raise Problem(
            f"measure compares with {' and '.join(missing)}, which this environment "
            f"lacks: run `python3 book.py measure`."
        )
    return [*(step.name for step in ladder.steps), *REFERENCES]


def can_do(ladder: Ladder, workload: Workload) -> list[str]:
    """List who can do a workload: the steps from its first one on, and the others."""
    steps = [step.name for step in ladder.steps if step.number >= workload.since]
    return [*steps, *workload.others]


def check_same_work(
    ladder: Ladder, workers: dict[str, FrameworkProcess], plan: MeasuringPlan
) -> None:
    """Refuse to compare frameworks that answer differently."""
    for workload in plan.workloads:
        names = can_do(ladder, workload)
        # all set themselves up at the same time, on as many cores as there are
        for name in names:
            workers[name].order("show", workload.name)
        shown = {name: workers[name].answer() for name in names}
        for name in names:
            for part, wanted in shown[FLASK].items():
                if shown[name][part] != wanted:
                    raise Problem(
                        f"{name} answers {workload.name!r} with the {part} "
                        f"{shown[name][part]!r}, Flask with {wanted!r}: "
                        "only the same work can be compared."
                    )


def calibrate(flask: FrameworkProcess, plan: MeasuringPlan) -> dict[str, int]:
    """Find how many requests fill a turn, and warm up."""
    counts = {}
    for workload in plan.workloads:
        trial = 200
        nanoseconds = max(flask.ask("time", workload.name, trial), 1)
        counts[workload.name] = max(
            int(plan.milliseconds * 1e6 / nanoseconds * trial), 20
        )
    return counts


def one_round(
    ladder: Ladder,
    workers: dict[str, FrameworkProcess],
    counts: dict[str, int],
    plan: MeasuringPlan,
    random: Random,
    times: Times,
) -> None:
    """Ask everyone for everything, in an order that changes from turn to turn."""
    for workload in plan.workloads:
        names = can_do(ladder, workload)
        turns: dict[str, list[float]] = {name: [] for name in names}
        for _ in range(plan.turns):
            random.shuffle(names)
            for name in names:
                count = counts[workload.name]
                nanoseconds = workers[name].ask("time", workload.name, count)
                turns[name].append(nanoseconds / count / 1000)
        for name, figures in turns.items():
            listed = times.setdefault(workload.name, {}).setdefault(name, [])
            listed.append(median(figures))


def result(ladder: Ladder, plan: MeasuringPlan, times: Times) -> Data:
    """Put the data together that the book's figures come from."""
    return {
        "date": date.today().isoformat(),
        "machine": machine(),
        "versions": versions(),
        "rounds": plan.rounds,
        "workloads": {
            workload.name: {"title": workload.title, "since": workload.since}
            for workload in plan.workloads
        },
        "times": {
            name: {
                workload: figures(by_name[name], by_name[FLASK])
                for workload, by_name in times.items()
                if name in by_name
            }
            for name in candidates(ladder)
        },
        "growth": {
            name: figures(many, times[FEW][name])
            for name, many in times.get(MANY, {}).items()
        },
        "sizes": sizes(ladder),
    }


def figures(own: list[float], other: list[float]) -> dict[str, float]:
    """Sum up the rounds: the median ratio, the middle half of all, and the time."""
    ratios = [mine / theirs for mine, theirs in zip(own, other, strict=True)]
    low, _, high = quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
    return {
        "ratio": round(median(ratios), 3),
        "low": round(low, 3),
        "high": round(high, 3),
        "microseconds": round(median(own), 1),
    }


def machine() -> dict[str, str | int]:
    """Describe the machine without naming it."""
    return {
        "processor": processor(),
        "cores": os.cpu_count() or 1,
        "system": {"Darwin": "macOS"}.get(platform.system(), platform.system()),
    }


def processor() -> str:
    """Return the processor's model, if the system says."""
    table = Path("/proc/cpuinfo")
    if table.is_file():
        for line in table.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def versions() -> dict[str, str]:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return {"python": python} | {name: version(name) for name in LIBRARIES}


def sizes(ladder: Ladder) -> dict[str, dict[str, int]]:
    """Count the framework of every step, and Flask."""
    counted = {step.name: size(framework_files(step)) for step in ladder.steps}
    return counted | {FLASK: size(flask_files())}


def framework_files(step: Step) -> Iterator[Path]:
    """Yield a step's modules without the demo and what starts it."""
    for path in step.files():
        if path.suffix == ".py" and is_framework(path.as_posix()):
            yield step.package / path


def flask_files() -> Iterator[Path]:
    spec = find_spec(FLASK)
    for folder in (spec.submodule_search_locations if spec else None) or []:
        yield from Path(folder).rglob("*.py")


def size(paths: Iterator[Path]) -> dict[str, int]:
    counted = [(count(path, code_lines), count(path, statements)) for path in paths]
    return {
        "lines": sum(lines for lines, _ in counted),
        "statements": sum(number for _, number in counted),
    }


def count(path: Path, how: Callable[[str], int]) -> int:
    """Count something in a module; raises `Problem` if it is no Python."""
    try:
        return how(path.read_text(encoding="utf-8"))
    except (SyntaxError, TokenError) as error:
        raise Problem(f"{path} is no Python: {error}") from None


# --- what others read


def data_file(ladder: Ladder) -> Path:
    return ladder.root / "chapters" / "assets" / "measurements.json"


def load(ladder: Ladder) -> Data:
    """Read the measured figures; raises `Problem` with the call that makes them."""
    path = data_file(ladder)
    try:
        data: Data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Problem(f"Nothing is measured yet, {path} is missing: {CALL}") from None
    except ValueError as error:
        raise Problem(f"{path} is broken ({error}): {CALL}") from None
    missing = [part for part in PARTS if not isinstance(data, dict) or part not in data]
    if missing:
        raise Problem(f"{path} is broken (it has no {', '.join(missing)}): {CALL}")
    return data


def save(ladder: Ladder, data: Data) -> None:
    """Replace the data file in one move: minutes of measuring are not lost."""
    path = data_file(ladder)
    files.save(path, json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def stale(ladder: Ladder, data: Data) -> Iterator[str]:
    """Say what of the data no longer fits the steps and the workloads."""
    names = [step.name for step in ladder.steps]
    measured = [name for name in data["times"] if name not in REFERENCES]
    # the newest may be a draft whose times nobody has taken yet
    if measured not in (names, names[:-1]):
        yield f"measured are {', '.join(measured)}; the steps are {', '.join(names)}"
        return
    for workload in ready(ladder, WORKLOADS):
        for name in can_do(ladder, workload):
            timed = data["times"].get(name)
            if timed is not None and workload.name not in timed:
                yield f"{name} has no figure for {workload.name!r}"
    for part, by_name in data.get("starts", {}).items() or [("import", {})]:
        if list(by_name) != [*measured, FLASK]:
            yield f"what starting costs ({part}) was measured for {', '.join(by_name)}"
    for step in ladder.steps:
        counted = size(framework_files(step))
        if data["sizes"].get(step.name) != counted:
            yield f"{step.name} has {counted['lines']} lines of code now"


def cost(ladder: Ladder, step: Step) -> Data:
    """Return what a step costs: lines of code, and time per request beside Flask.

    Reads the data file only. Raises `Problem` if the step has not been measured.
    """
    data = load(ladder)
    before = ladder.before(step)
    for needed in (before, step):
        if needed and needed.name not in data["times"]:
            raise Problem(f"{needed.name} has not been measured: {CALL}")
    times = data["times"][step.name]
    return {
        "lines": data["sizes"][step.name]["lines"],
        "lines_before": data["sizes"][before.name]["lines"] if before else 0,
        "hello": times["hello"],
        "hello_before": data["times"][before.name]["hello"] if before else None,
        "first_here": {
            listed["title"]: times[name]
            for name, listed in data["workloads"].items()
            if listed["since"] == step.number and name != "hello"
        },
    }


def is_draft(ladder: Ladder, step: Step) -> bool:
    """Return whether a step is the newest, and only the steps before it are timed."""
    times = load(ladder)["times"]
    before = ladder.before(step)
    is_next = before is not None and before.name in times
    return step == ladder.newest and is_next and step.name not in times
