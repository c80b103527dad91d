"""Runs pytest once, in a process that has loaded everything before it is needed.

Started as a file. It waits for one line on its input: pytest's arguments, as JSON.
What plugins tell goes where the output went when it started; what the tested code
prints goes where its errors go.
"""

import json
import os
import sys
from importlib import import_module

# what the tested code may take of memory, where the system can be told
MEMORY = 4 << 30


def limit_memory() -> None:
    try:
        import resource
    except ImportError:
        # Windows has no such limit
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


# what takes long to import, and what every run needs
NEEDED = (
    "http.cookies",
    "tomllib",
    "unittest.mock",
    "wsgiref.validate",
    "pytest",
    "werkzeug.test",
    "werkzeug.debug",
    "jinja2",
    "itsdangerous",
    "blinker",
    # not the plugins themselves: pytest wants to load those
    "costrel.testing.against",
    "costrel.testing.exercise",
    "costrel.testing.report",
    "costrel.testing.validation",
    "costrel.workshop.run.exchanges",
    "costrel.workshop.explain.teaching",
)


def load() -> None:
    for name in NEEDED:
        import_module(name)
    config = import_module("_pytest.config")
    for name in config.default_plugins:
        import_module(f"_pytest.{name}")


def open_channel() -> int:
    """Make a second way to the output; the first one is the tested code's from now."""
    channel = os.dup(1)
    os.dup2(2, 1)
    os.environ["COSTREL_EVENTS"] = str(channel)
    return channel


def main() -> None:
    channel = open_channel()
    load()
    os.write(channel, b'{"event": "warm"}\n')
    line = sys.stdin.readline()
    if not line:
        return
    limit_memory()
    # the tested code has no input: what reads it meets its end at once
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    import pytest

    sys.argv[0] = "pytest"
    code = pytest.main(json.loads(line))
    sys.stdout.flush()
    # threads that the tested code has left behind would keep the process
    os._exit(int(code))


if __name__ == "__main__":
    main()
