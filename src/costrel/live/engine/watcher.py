"""Watches which functions of a package a request goes through, and for how long."""

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter_ns
from types import CodeType, FrameType
from typing import Any

# functions that a reader still looks at, and how deep they are followed
MOST = 400
DEEPEST = 60
# functions that nobody wrote: Python makes this one for annotations (PEP 649)
PYTHONS = ("__annotate__",)


@dataclass
class WatchedCall:
    """A function that was called by the one above it, once or more."""

    file: str
    # as the code is written, such as `App.wsgi_app`
    function: str
    line: int
    times: int = 0
    nanoseconds: int = 0
    # code -> what it called, in the order of the first calls
    calls: dict[CodeType, "WatchedCall"] = field(default_factory=dict)

    def described(self, depth: int) -> dict[str, Any]:
        return {
            "file": self.file,
            "function": self.function.replace(".<locals>", ""),
            "symbol": self.function.partition(".<locals>")[0],
            "line": self.line,
            "depth": depth,
            "micros": self.nanoseconds // 1000,
            "times": self.times,
            "own": self.file.endswith(".py")
            and not self.file.startswith(("demo.py", "extensions/")),
        }


class Watcher:
    """Notes each function of a package that is entered, and when it is left."""

    def __init__(self, package: Path) -> None:
        self.package = f"{package}/"
        self.root = WatchedCall("", "", 0)
        # functions that are at work: their frame, their call, and since when
        self.active: list[tuple[FrameType, WatchedCall, int]] = []
        # the code of functions that count, and what it is called
        self.places: dict[CodeType, tuple[str, str] | None] = {}
        self.count = 0
        # generators that began: they are entered anew for each value
        self.begun: set[FrameType] = set()

    @contextmanager
    def watching(self) -> Iterator[None]:
        before = sys.getprofile()
        sys.setprofile(self.notice)
        try:
            yield
        finally:
            sys.setprofile(before)
            self.active.clear()

    def notice(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            code = frame.f_code
            if code not in self.places:
                self.places[code] = self.look_up(code)
            if self.places[code] is not None:
                self.enter(frame, code)
        elif event == "return" and self.active:
            self.leave(frame)

    def look_up(self, code: CodeType) -> tuple[str, str] | None:
        """Return file and name of a function that counts, else None."""
        if not code.co_filename.startswith(self.package) or not is_function(code):
            return None
        file = code.co_filename.removeprefix(self.package)
        if file.endswith(".py"):
            return file, code.co_qualname
        # a template: Jinja's function for the whole of it represents its blocks, too
        return (file, file.rpartition("/")[2]) if code.co_name == "root" else None

    def enter(self, frame: FrameType, code: CodeType) -> None:
        caller = self.active[-1][1] if self.active else self.root
        call = caller.calls.get(code)
        if call is None:
            if self.count >= MOST or len(self.active) >= DEEPEST:
                return
            self.count += 1
            place = self.places[code]
            assert place is not None
            call = caller.calls[code] = WatchedCall(*place, code.co_firstlineno)
        call.times += self.begins(frame)
        self.active.append((frame, call, perf_counter_ns()))

    def begins(self, frame: FrameType) -> bool:
        """Return whether a function is called, rather than a generator resumed."""
        if not frame.f_code.co_flags & inspect.CO_GENERATOR:
            return True
        again = frame in self.begun
        self.begun.add(frame)
        return not again

    def leave(self, frame: FrameType) -> None:
        last, call, began = self.active[-1]
        if last is frame:
            self.active.pop()
            call.nanoseconds += perf_counter_ns() - began

    def way(self) -> list[dict[str, Any]]:
        """List the functions: below each what it called, in the order of entry."""
        return list(described(self.root, 0))


def described(caller: WatchedCall, depth: int) -> Iterator[dict[str, Any]]:
    for call in caller.calls.values():
        yield call.described(depth)
        yield from described(call, depth + 1)


def is_function(code: CodeType) -> bool:
    """Return whether code is a function: it has a name and isn't a class body."""
    is_named = code.co_name[0] != "<" and code.co_name not in PYTHONS
    return is_named and bool(code.co_flags & inspect.CO_OPTIMIZED)


def precision() -> int:
    """Measure the shortest time that this clock can tell, in microseconds."""
    return max(min(tick() for _ in range(5)) // 1000, 1)


def tick() -> int:
    """Wait until the clock moves; return by how many nanoseconds."""
    began = perf_counter_ns()
    while (now := perf_counter_ns()) == began:
        pass
    return now - began
