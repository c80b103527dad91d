"""A reloader: one process that serves, and one that starts it again."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any

CHANGED = 3
CRASHED = 1
INTERRUPTED = 130
GRACE = 1  # second for a child to end from the same Ctrl-C

# in a child: the state of the files before it was started
VARIABLE = "SUPERVISED"


def run(main: Callable[[], Any], folder: Path, interval: float = 1.0) -> None:
    """Run `main` in a child process; start over when a Python file changes."""
    seen = os.environ.get(VARIABLE)
    try:
        if seen is None:
            sys.exit(supervise(folder, interval))
        sys.exit(serve(main, folder, interval, seen))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def state(folder: Path) -> str:
    """Return a digest of the Python files in a folder and their times.

    A child gets the digest from before it started, so that a save while it's
    importing its modules counts, too.
    """
    digest = sha256()
    for file in sorted(folder.rglob("*.py")):
        try:
            digest.update(f"{file} {file.stat().st_mtime_ns}\n".encode())
        except FileNotFoundError:
            continue  # gone since we listed it
    return digest.hexdigest()


# ---- the supervisor


def supervise(folder: Path, interval: float) -> int:
    """Start one child after another; return the exit code of the last."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    while True:
        seen = state(folder)
        code = run_child(seen)
        if code == 0:
            return code
        if code != CHANGED:
            print(f"Ended with code {code}: save to start again.", file=sys.stderr)
            wait_for_change(folder, interval, seen)


def run_child(seen: str) -> int:
    """Run this program once more, as a child; return its exit code."""
    command = [sys.executable, *sys.orig_argv[1:]]
    child = subprocess.Popen(command, env={**os.environ, VARIABLE: seen})
    try:
        return child.wait()
    finally:
        stop(child)


def stop(child: subprocess.Popen[bytes]) -> None:
    """Make sure a child has ended. Ctrl-C in a terminal reaches it, too."""
    try:
        child.wait(GRACE)
    except subprocess.TimeoutExpired:
        child.terminate()
        child.wait()


def wait_for_change(folder: Path, interval: float, seen: str) -> None:
    while state(folder) == seen:
        sleep(interval)


# ---- the child


class Worker(Thread):
    """A thread that knows whether its function has returned."""

    def __init__(self, main: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.main = main
        self.code = CRASHED

    def run(self) -> None:
        self.main()
        self.code = 0


def serve(main: Callable[[], Any], folder: Path, interval: float, seen: str) -> int:
    """Call `main` until it ends or a file changes; return the exit code."""
    worker = Worker(main)
    worker.start()
    while worker.is_alive():
        if state(folder) != seen:
            return CHANGED
        worker.join(interval)
    return worker.code
