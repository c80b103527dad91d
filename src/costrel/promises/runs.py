"""Runs of the book's tests in processes of their own, each made once."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from costrel.core.ladder import Ladder

# plugins that take longer to import than the tests take to run
NEEDLESS = ("cacheprovider", "anyio", "hypothesispytest", "xdist")
QUICK = tuple(f"-pno:{name}" for name in NEEDLESS)
PYTEST = ("-m", "pytest")
EXIT = "-ofaulthandler_exit_on_timeout=true"
# a test that takes longer will not end: on another step than its own it may loop
SECONDS = 300


@dataclass(frozen=True)
class Run:
    """Which tests to run, and what they meet."""

    # files and folders below the root
    paths: tuple[str, ...]
    against: str | None = None
    exercise: str | None = None
    # a mark that the tests must carry
    only: str | None = None
    # a pattern that is found in files with such a mark
    naming: str | None = None
    despite_marks: bool = False

    def options(self) -> list[str]:
        named = {"--against": self.against, "--exercise": self.exercise}
        given = [f"{name}={value}" for name, value in named.items() if value]
        given += ["-m", self.only] if self.only else []
        return [*given, *(["--despite-marks"] if self.despite_marks else [])]


@dataclass(frozen=True)
class Outcome:
    """What became of one test; `report` says how it is written down."""

    id: str
    step: int | None
    sentence: str
    doc: str | None
    marks: dict[str, dict[str, str]]
    outcome: str
    message: str

    @property
    def first_line(self) -> str:
        return (self.message.splitlines() or [""])[0]

    @property
    def failed(self) -> bool:
        return self.outcome in ("failed", "error")


@dataclass(frozen=True)
class Result:
    """All outcomes of one run, and what kept tests from running at all."""

    tests: list[Outcome]
    trouble: list[str]


class Runs:
    """Runs of one book's tests, as many at a time as there are processors."""

    def __init__(
        self, ladder: Ladder, program: tuple[str, ...] = PYTEST, seed: int = 0
    ) -> None:
        self.ladder = ladder
        # what is drawn at random is drawn by it
        self.seed = seed
        # what Python runs: pytest, or something that runs it
        self.program = program
        self.pool = ThreadPoolExecutor(os.cpu_count())
        self.started: dict[Run, Future[Result]] = {}

    def start(self, runs: Iterable[Run]) -> None:
        """Start runs whose results will be wanted."""
        for run in runs:
            if run not in self.started:
                self.started[run] = self.pool.submit(self.perform, run)

    def result(self, run: Run) -> Result:
        self.start([run])
        return self.started[run].result()

    def perform(self, run: Run) -> Result:
        paths = self.marked(run) if run.only else run.paths
        if not paths:
            return Result([], [])
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "report.json")
            process = self.pytest([*run.options(), f"--report-json={file}", *paths])
            # also where a test was ended that took too long
            if not file.exists():
                return Result([], [process.stdout + process.stderr])
            report: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        trouble = [f"{error['id']}: {error['message']}" for error in report["errors"]]
        return Result([Outcome(**test) for test in report["tests"]], trouble)

    def marked(self, run: Run) -> tuple[str, ...]:
        """Find the files whose tests may carry the mark, without starting pytest."""
        root = self.ladder.root
        pattern = re.compile(run.naming or rf"mark\.{run.only}")
        return tuple(
            file.relative_to(root).as_posix()
            for path in run.paths
            for file in sorted((root / path).rglob("test_*.py"))
            if pattern.search(file.read_text(encoding="utf-8"))
        )

    def pytest(self, arguments: list[str]) -> "subprocess.CompletedProcess[str]":
        root = self.ladder.root
        configuration = ["-c", str(root / "pyproject.toml"), f"--rootdir={root}"]
        limits = [f"-ofaulthandler_timeout={SECONDS}", EXIT]
        return subprocess.run(
            [
                sys.executable,
                *self.program,
                *QUICK,
                *configuration,
                *limits,
                *arguments,
            ],
            cwd=root,
            env=environment(COSTREL_ROOT=str(root), PYTHONIOENCODING="utf-8"),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )


def environment(**added: str) -> dict[str, str]:
    """Return this process's environment without the variables of its own tests."""
    ours = ("COSTREL_AGAINST", "COSTREL_AGAINST_ROOT", "PYTEST_ADDOPTS")
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return kept | added
