"""Forks processes that have loaded everything: one for each folder that it is sent.

Started as a file, with a socket as its input. A message is the folder of a run; with it
come the three streams of the new process, and a pipe that is told its number and its
end. What the new process does is the matter of `warm_pytest`.
"""

import gc
import os
import runpy
import socket
from contextlib import suppress
from pathlib import Path

WARM = runpy.run_path(str(Path(__file__).with_name("warm_pytest.py")))
LONGEST = 65_536


def main() -> None:
    WARM["load"]()
    # what is loaded is no litter of the runs to come
    gc.freeze()
    orders = socket.socket(fileno=os.dup(0))
    while True:
        folder, streams, _, _ = socket.recv_fds(orders, LONGEST, 4)
        if not folder:
            return
        if os.fork() == 0:
            orders.close()
            watch(Path(os.fsdecode(folder)), streams)
        for stream in streams:
            os.close(stream)
        clear_away()


def watch(folder: Path, streams: list[int]) -> None:
    """Start the process and tell of its end: only a parent hears of it."""
    *standard, told = streams
    child = os.fork()
    if child == 0:
        os.close(told)
        become(folder, standard)
        WARM["main"]()
        os._exit(0)
    for stream in standard:
        os.close(stream)
    os.write(told, b"%d\n" % child)
    _, status = os.waitpid(child, 0)
    os.write(told, b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def become(folder: Path, standard: list[int]) -> None:
    """Be a process as if it had been started by itself, in a group of its own."""
    os.setsid()
    for number, stream in enumerate(standard):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder / "scratch")
    os.environ["COSTREL_DUMP"] = str(folder / "dump")


def clear_away() -> None:
    """Let the watchers go that have told of an end."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue


if __name__ == "__main__":
    main()
