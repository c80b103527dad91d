"""Workers for many runs, forked from one process that has loaded everything.

To load takes longer than most runs. What the forked process does is the matter of
`fork_server`.
"""

import os
import select
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import IO

from costrel.core.processes import end

from .trial import Worker, environment

FILE = Path(__file__).with_name("fork_server.py")


class ForkServer:
    """One process that has loaded everything, and its workers."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lock = Lock()
        self.closing = ExitStack()
        self.orders: socket.socket | None = None

    def __enter__(self) -> "ForkServer":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process, even while it is loading; its workers have ended before."""
        self.orders = None
        self.closing.close()

    def load(self) -> None:
        """Begin to load, before there is a worker."""
        if hasattr(os, "fork"):
            with self.lock:
                self.orders = self.orders or self.start()

    def worker(self) -> Worker:
        """Return a worker that is ready; a new process where none can be forked."""
        return ForkedWorker(self) if hasattr(os, "fork") else Worker(self.root)

    def fork(self, folder: Path) -> "Forked":
        """Fork a process for a run that has this folder."""
        with self.lock:
            orders = self.orders = self.orders or self.start()
            process, streams = streams_of_new()
            socket.send_fds(orders, [os.fsencode(folder)], streams)
        for stream in streams:
            os.close(stream)
        process.begin()
        return process

    def start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        process = subprocess.Popen(
            [sys.executable, "-P", str(FILE)],
            stdin=theirs.fileno(),
            env=environment(self.root),
            start_new_session=True,
        )
        theirs.close()
        self.closing.callback(end, process)
        self.closing.callback(ours.close)
        return ours


class ForkedWorker(Worker):
    """A worker whose process is forked."""

    def __init__(self, server: ForkServer) -> None:
        self.server = server
        super().__init__(server.root)

    def start(self) -> "Forked":
        return self.server.fork(self.folder)


def streams_of_new() -> "tuple[Forked, list[int]]":
    """Make the pipes of a process: our ends, and those that are sent to it."""
    (theirs_in, ours_in), *others = [os.pipe() for _ in range(4)]
    (out, theirs_out), (errors, theirs_errors), (told, theirs_told) = others
    process = Forked(
        os.fdopen(ours_in, "wb", 0), os.fdopen(out, "rb"), os.fdopen(errors, "rb"), told
    )
    return process, [theirs_in, theirs_out, theirs_errors, theirs_told]


class Forked:
    """A process that another one has forked, as `subprocess` would show it."""

    def __init__(
        self, stdin: IO[bytes], stdout: IO[bytes], stderr: IO[bytes], told: int
    ) -> None:
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr
        self.told = os.fdopen(told, "rb", 0)
        self.pid = 0
        self.returncode: int | None = None
        # one thread may end the process while another waits for its end
        self.lock = Lock()

    def begin(self) -> None:
        """Hear the number of the process."""
        self.pid = int(self.told.readline())

    def poll(self) -> int | None:
        return self.hear(0)

    def wait(self, timeout: float | None = None) -> int:
        code = self.hear(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("forked", timeout or 0.0)
        return code

    def hear(self, timeout: float | None) -> int | None:
        """Take the code of the end; who should tell it may have ended before."""
        with self.lock:
            if self.returncode is None:
                if not select.select([self.told], [], [], timeout)[0]:
                    return None
                self.returncode = int(self.told.readline() or -9)
                self.told.close()
            return self.returncode
