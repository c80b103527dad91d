"""One request through a step's demo, watched, in a process of its own.

Run as `python -m costrel.weave.map.tracing`. Gets the step's name, and the request as
JSON with the arguments of Werkzeug's `create_environ`. Prints as JSON which functions
of the step were entered, in order: how deep, in which module, and the name. The process
is one of its own, for what is imported or cached here changes the next request's way.
"""

import inspect
import json
import sys
from importlib import import_module
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from werkzeug.test import create_environ, run_wsgi_app

Entered = tuple[int, str, str]


class EntryWatcher:
    """Notes each function of a package that is entered."""

    def __init__(self, package: Path) -> None:
        self.package = package
        # frame of a function -> how deep it lies; the frames are kept, for a new
        # one may get the place of an old one in memory
        self.depths: dict[FrameType, int] = {}
        self.modules: dict[CodeType, str | None] = {}
        self.entered: list[Entered] = []

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        # a generator is entered anew for each value: the first time counts
        if event != "call" or frame in self.depths:
            return
        module = self.module_of(frame.f_code)
        if module is None:
            return
        depth = self.depths[frame] = self.depth_of_caller(frame) + 1
        self.entered.append((depth, module, frame.f_code.co_qualname))

    def module_of(self, code: CodeType) -> str | None:
        """Return the module of a function that counts, else None."""
        if code not in self.modules:
            self.modules[code] = self.look_up(code)
        return self.modules[code]

    def look_up(self, code: CodeType) -> str | None:
        path = Path(code.co_filename)
        if not is_function(code) or not path.is_relative_to(self.package):
            return None
        inside = path.relative_to(self.package)
        if inside.suffix == ".py":
            return inside.with_suffix("").as_posix()
        # a template: Jinja's function for the whole of it represents its blocks, too
        return inside.as_posix() if code.co_name == "root" else None

    def depth_of_caller(self, frame: FrameType) -> int:
        caller = frame.f_back
        while caller is not None and caller not in self.depths:
            caller = caller.f_back
        return self.depths[caller] if caller else -1


def is_function(code: CodeType) -> bool:
    """Return whether code is a function: it has a name and isn't a class body."""
    return bool(code.co_flags & inspect.CO_OPTIMIZED) and code.co_name[0] != "<"


def watch(name: str, visit: dict[str, Any]) -> list[Entered]:
    """Send a request twice, and watch the second one, which finds all prepared."""
    demo = import_module(f"{name}.demo")
    package = Path(str(import_module(name).__file__)).parent
    watcher = EntryWatcher(package)
    run_wsgi_app(demo.app, create_environ(**visit), buffered=True)
    environ = create_environ(**visit)
    sys.setprofile(watcher)
    try:
        run_wsgi_app(demo.app, environ, buffered=True)
    finally:
        sys.setprofile(None)
    return watcher.entered


if __name__ == "__main__":
    print(json.dumps(watch(sys.argv[1], json.loads(sys.argv[2]))))
