"""The way of a request: which functions of a step it enters, in their order.

It is found by sending a request to the step's demo and watching (`tracing`), in a
copy of the step, so that what the demo writes is written there. Which request shows
a step best is in the list of parts, `chapters/ladder.toml`, under `visit`; its
form is that of the arguments of Werkzeug's `create_environ`.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from costrel.core.ladder import Ladder, Problem, Step

Visit = dict[str, Any]
FRONT_PAGE: Visit = {"path": "/"}
# deeper than any call
NOWHERE = sys.maxsize
# variables without which no Python starts
NEEDED = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")


@dataclass(frozen=True)
class Call:
    """One function that a request enters, and how deep it lies in calls."""

    depth: int
    module: str
    # as the code is written: `App.wsgi_app`, and `App.route` for what is inside it
    symbol: str

    @property
    def is_template(self) -> bool:
        return "." in self.module

    @property
    def name(self) -> str:
        """What it is called for readers: a class for what makes an object of it."""
        if self.is_template:
            return self.module.rpartition("/")[2]
        return self.symbol.removesuffix(".__init__")


def visit_of(ladder: Ladder, step: Step) -> Visit:
    """Read which request shows a step; the front page, unless another is named."""
    path = ladder.root / "chapters" / "ladder.toml"
    if not path.is_file():
        return FRONT_PAGE
    parts = tomllib.loads(path.read_text(encoding="utf-8")).get("part", [])
    listed = [each for part in parts for each in part["steps"]]
    found = [
        each["visit"]
        for each in listed
        if each["name"] == step.name and "visit" in each
    ]
    return dict(found[0]) if found else FRONT_PAGE


def title(visit: Visit) -> str:
    """Name a request by its first line: `GET /`."""
    query = f"?{visit['query_string']}" if "query_string" in visit else ""
    return f"{visit.get('method', 'GET')} {visit['path']}{query}"


def trace(step: Step, visit: Visit) -> list[Call]:
    """Follow a request through a step; raises `Problem` if it gets no answer."""
    with tempfile.TemporaryDirectory(prefix="costrel-") as folder:
        copy = Path(folder).resolve() / "steps"
        shutil.copytree(step.package, copy / step.name)
        kept = {name: os.environ[name] for name in NEEDED if name in os.environ}
        process = subprocess.run(
            [
                sys.executable,
                "-P",
                "-m",
                "costrel.weave.map.tracing",
                step.name,
                json.dumps(visit),
            ],
            cwd=folder,
            env=kept | {"PYTHONPATH": str(copy), "PYTHONHASHSEED": "0"},
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
    if process.returncode:
        said = process.stderr.strip().splitlines() or ["its process ended"]
        raise Problem(f"{step.name} doesn't answer {title(visit)}: {said[-1]}")
    entered = [
        Call(depth, module, symbol_of(name))
        for depth, module, name in json.loads(process.stdout)
    ]
    return list(once_below_the_demo(once_for_each_caller(without_itself(entered))))


def symbol_of(name: str) -> str:
    """Return the symbol that contains a function: the outer one if there are two."""
    return name.partition(".<locals>")[0]


def without_itself(calls: Iterable[Call]) -> Iterator[Call]:
    """Credit a function with the calls inside it: by recursion, or in an inner one."""
    # for each depth: the call that is there now, and how far up what it calls moves
    callers: list[tuple[Call, int]] = []
    for call in calls:
        del callers[call.depth :]
        caller, lift = callers[-1] if callers else (None, 0)
        is_own = caller is not None and identity(caller) == identity(call)
        callers.append((call, lift + is_own))
        if not is_own:
            yield replace(call, depth=call.depth - lift)


def once_for_each_caller(calls: Iterable[Call]) -> Iterator[Call]:
    """Leave out, with all below it, what the same caller calls again."""
    # for each depth: what the caller that is there now has called
    called: list[set[Call]] = []
    left_out = NOWHERE
    for call in calls:
        if call.depth > left_out:
            continue
        del called[call.depth + 1 :]
        called += [set() for _ in range(call.depth + 1 - len(called))]
        left_out = call.depth if call in called[call.depth] else NOWHERE
        if left_out == NOWHERE:
            called[call.depth].add(call)
            yield call


def once_below_the_demo(calls: Iterable[Call]) -> Iterator[Call]:
    """Leave out, below a function of the demo, what the way has shown before.

    What a view calls again and again (the proxies' functions) would bury the rest.
    """
    shown = set()
    demo = left_out = NOWHERE
    for call in calls:
        if call.depth > left_out:
            continue
        demo = NOWHERE if call.depth <= demo else demo
        again = call.depth > demo and identity(call) in shown
        left_out = call.depth if again else NOWHERE
        if left_out == NOWHERE:
            demo = min(demo, call.depth) if call.module == "demo" else demo
            shown.add(identity(call))
            yield call


def identity(call: Call) -> tuple[str, str]:
    """Return what identifies a function, wherever it is called."""
    return call.module, call.symbol
