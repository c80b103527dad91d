"""A framework of the book under Flask's names: `import flask` finds it.

What was written for Flask, an app or an extension, then runs on ours unchanged; the
way back is `against_flask`. `python -m costrel.as_flask step20_async pytest tests`
runs a module, here pytest, in a process where Flask is ours.
"""

import runpy
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

# Flask's packages -> their modules: all that its documentation and extensions name
MODULES = {
    "flask": (
        "app",
        "blueprints",
        "cli",
        "config",
        "ctx",
        "globals",
        "helpers",
        "json",
        "logging",
        "sansio",
        "sessions",
        "signals",
        "templating",
        "testing",
        "typing",
        "views",
        "wrappers",
    ),
    "flask.json": ("provider", "tag"),
    "flask.sansio": ("app", "blueprints", "scaffold"),
}
# Flask's name -> ours, where the book chose another
SECOND_NAMES = {
    "AppContext": "Context",
    "DefaultJSONProvider": "JSONProvider",
    "Flask": "App",
    "FlaskClient": "AppClient",
    "FlaskCliRunner": "AppCliRunner",
    "FlaskGroup": "CommandLine",
    "RequestContext": "Context",
    "_AppCtxGlobals": "Globals",
}
# modules beside the framework's own
NOT_OURS = {"__main__", "demo", "extensions"}


class Alias(ModuleType):
    """A module of Flask's whose names are looked up in ours."""

    __ours__: list[ModuleType]
    __replaced__: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        if name in MODULES.get(self.__name__, ()):
            return import_module(f"{self.__name__}.{name}")
        if self.__name__ == "flask.typing":
            return Any
        return getattr(*self.__home__(name))

    def __setattr__(self, name: str, value: Any) -> None:
        # what a test replaces has to be replaced where it is used
        if name.startswith("__") or isinstance(value, Alias):
            super().__setattr__(name, value)
        else:
            module, ours = self.__home__(name)
            self.__replaced__.setdefault(name, getattr(module, ours))
            setattr(module, ours, value)

    def __delattr__(self, name: str) -> None:
        # what was replaced comes back: the name was never in this module
        setattr(*self.__home__(name), self.__replaced__.pop(name))

    def __home__(self, name: str) -> tuple[ModuleType, str]:
        """Find which of our modules has a name, and what it's called there."""
        for ours in (name, SECOND_NAMES.get(name)):
            for module in self.__ours__:
                if ours in vars(module):
                    return module, ours
        raise AttributeError(f"ours has no {name!r} for {self.__name__}")


class Finder(MetaPathFinder, Loader):
    """Find `flask` and its modules in a framework of the book."""

    def __init__(self, package: ModuleType) -> None:
        self.package = package
        self.parts = {
            part.name: import_module(f"{package.__name__}.{part.name}")
            for part in iter_modules(package.__path__)
            if part.name not in NOT_OURS
        }

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        package, _, part = fullname.rpartition(".")
        if fullname != "flask" and part not in MODULES.get(package, ()):
            return None
        return ModuleSpec(fullname, self, is_package=fullname in MODULES)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Make the alias, in which our module of the same name comes first."""
        alias = Alias(spec.name)
        twin = self.parts.get(spec.name.rpartition(".")[2], self.package)
        alias.__replaced__ = {}
        alias.__ours__ = [twin, self.package, *self.parts.values()]
        return alias

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: our modules are loaded already."""


def is_flasks(name: str) -> bool:
    """Return whether a module is Flask, one of its parts, or made for it."""
    return name.startswith("flask")


@contextmanager
def as_flask(package: ModuleType) -> Iterator[None]:
    """Let `import flask` mean a framework of the book inside a `with` block.

    What is imported in there and has a name that begins with "flask" is forgotten
    at the end, because it knows the framework. Flask itself stays as it is.
    """
    # under `--against`, the name of a step means another framework
    package = getattr(package, "__real__", package)
    if package.__name__ == "costrel.against_flask":
        yield
        return
    before = {name: sys.modules.pop(name) for name in filter(is_flasks, [*sys.modules])}
    finder = Finder(package)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in filter(is_flasks, [*sys.modules]):
            del sys.modules[name]
        sys.modules.update(before)


def main() -> None:
    """Run a module with its arguments: the second and following words."""
    _, package, module, *arguments = sys.argv
    sys.argv = [module, *arguments]
    sys.path.insert(0, str(Path.cwd()))
    with as_flask(import_module(package)):
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
