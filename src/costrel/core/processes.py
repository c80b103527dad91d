"""Processes that this one starts: what they inherit, and how they are ended."""

import os
import signal
import subprocess
from contextlib import suppress
from typing import IO, Protocol

# settings of the person at this machine that would change what a program prints
PERSONAL = ("PYTEST_", "PYTHON", "FLASK_", "WERKZEUG_", "COSTREL_", "COVERAGE_")


class Process(Protocol):
    """A process that runs beside this one, as `subprocess` shows it."""

    pid: int

    @property
    def stdin(self) -> IO[bytes] | None: ...
    @property
    def stdout(self) -> IO[bytes] | None: ...
    @property
    def stderr(self) -> IO[bytes] | None: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...


AnyProcess = Process | subprocess.Popen[str]


def end(process: AnyProcess, patience: float = 2) -> None:
    """End a process and what it started: first kindly, then not.

    It gets `patience` seconds to end before it's killed.
    """
    for number in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        end_group(process, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
            return


def end_group(process: AnyProcess, number: int) -> None:
    if os.name == "nt":
        tree = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
        subprocess.run(tree, capture_output=True, check=False)
        return
    # the group outlives its first process while a child of that runs on
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
