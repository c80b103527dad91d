"""A framework of the book under Flask's names: `import flask` finds it.

What was written for Flask, an app or an extension, then runs on ours unchanged; the
way back is `against_flask`. To run a module, here pytest, where Flask is ours:
`python -m costrel.testing.as_flask step20_async pytest tests`. The module `flask` is
its command: `python -m costrel.testing.as_flask step20_async flask --app shop routes`.
"""

import runpy
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

# a module of Flask -> ours that have its names, in the order in which they are asked
MODULES = {
    "flask": ["", "app", "json"],
    "flask.app": ["app", "urls", ""],
    "flask.blueprints": ["blueprints"],
    "flask.cli": ["cli", "commands", "discovery", "environment", "script"],
    "flask.config": ["config"],
    "flask.ctx": ["ctx"],
    "flask.debughelpers": [],
    "flask.globals": ["ctx"],
    "flask.helpers": [
        "helpers",
        "static",
        "ctx",
        "templating",
        "scaffold",
        "environment",
    ],
    "flask.json": ["json"],
    "flask.json.provider": ["json"],
    "flask.json.tag": ["tagged"],
    "flask.logging": ["logging"],
    "flask.sansio": [],
    "flask.sansio.app": ["app", "urls"],
    "flask.sansio.blueprints": ["blueprints"],
    "flask.sansio.scaffold": ["scaffold", "hooks", "errors"],
    "flask.sessions": ["sessions"],
    "flask.signals": ["signals"],
    "flask.templating": ["templating"],
    "flask.testing": ["testing"],
    "flask.typing": [],
    "flask.views": ["views"],
    "flask.wrappers": ["wrappers"],
}
# a name of Flask's -> ours
SECOND_NAMES = {
    "AppContext": "Context",
    "DefaultJSONProvider": "JSONProvider",
    "DispatchingJinjaLoader": "Loader",
    "Flask": "App",
    "FlaskClient": "AppClient",
    "FlaskCliRunner": "AppCliRunner",
    "FlaskGroup": "CommandLine",
    "NoAppException": "NoAppError",
    "RequestContext": "Context",
    "_AppCtxGlobals": "Globals",
    "_cv_app": "active",
    "_cv_request": "active",
    "get_version": "show_version",
    "main": "cli",
    "setupmethod": "setup",
}
# a name of Flask's that ours has no class for -> what makes a stand-in of our modules
STAND_INS: dict[str, Callable[..., Any]] = {
    # the module itself has `dumps` and `loads`
    "flask.json.tag.TaggedJSONSerializer": lambda tagged: lambda: tagged,
    # ours are asked for a level, with the handlers that a logger reaches
    "flask.logging.has_level_handler": lambda logging: (
        lambda logger: logging.takes_all(
            logging.handlers_of(logger), logger.getEffectiveLevel()
        )
    ),
}


class Alias(ModuleType):
    """A module of Flask's whose names are looked up in ours."""

    __ours__: list[ModuleType]
    __replaced__: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        if f"{self.__name__}.{name}" in MODULES:
            return import_module(f"{self.__name__}.{name}")
        if self.__name__ == "flask.typing" and name[:1].isupper():
            # a type, for annotations alone
            return Any
        if (self.__name__, name) == ("flask", "__version__"):
            return version("flask")
        if f"{self.__name__}.{name}" in STAND_INS:
            return STAND_INS[f"{self.__name__}.{name}"](*self.__ours__)
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
        for module in self.__ours__:
            for ours in (name, SECOND_NAMES.get(name, name)):
                if hasattr(module, ours):
                    return module, ours
        raise AttributeError(f"ours has no {name!r} for {self.__name__}")

    def __dir__(self) -> list[str]:
        return sorted({name for module in self.__ours__ for name in dir(module)})


class FlaskFinder(MetaPathFinder, Loader):
    """Find `flask` and its modules in a framework of the book."""

    def __init__(self, package: str) -> None:
        self.package = package

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if fullname in MODULES:
            return ModuleSpec(fullname, self, is_package=True)
        if fullname.partition(".")[0] == "flask":
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Make the alias of those of our modules that the framework has."""
        alias = Alias(spec.name)
        names = (f"{self.package}.{name}".strip(".") for name in MODULES[spec.name])
        alias.__replaced__ = {}
        found = [import_module(name) for name in names if find_spec(name)]
        # a name of a step may stand for another framework's
        alias.__ours__ = [getattr(each, "__real__", each) for each in found]
        return alias

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: our modules are loaded already."""


@contextmanager
def as_flask(package: str, *extensions: str) -> Iterator[None]:
    """Let `import flask` mean a framework of the book inside a `with` block.

    The extensions are imported anew, and forgotten at the end, because they know the
    framework. Flask itself stays as it is.
    """
    if is_flask(package):
        yield
        return
    before = forget("flask", *extensions)
    finder = FlaskFinder(package)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        forget("flask", *extensions)
        sys.modules.update(before)


def is_flask(package: str) -> bool:
    """Return whether the name means real Flask, as it does under `--against flask`."""
    real = getattr(import_module(package), "__real__", None)
    return real is not None and real.__name__ == "costrel.testing.against_flask"


def forget(*packages: str) -> dict[str, ModuleType]:
    """Take the modules of some packages out of the loaded ones, and return them."""
    names = [name for name in sys.modules if name.partition(".")[0] in packages]
    return {name: sys.modules.pop(name) for name in names}


def main() -> None:
    """Run a module with its arguments: the second and following words."""
    _, package, module, *arguments = sys.argv
    sys.argv = [module, *arguments]
    sys.path.insert(0, str(Path.cwd()))
    with as_flask(package):
        module = package if module == "flask" else module
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
