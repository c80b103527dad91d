"""Let `import flask` mean the framework, for extensions that were written for Flask.

Flask's modules are found under their own names, and each shows what our modules
have. What we call something else has a second name here.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
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
    "flask.helpers": ["helpers", "static", "ctx", "templating", "scaffold"],
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
    "_endpoint_from_view_func": "endpoint_of",
    "_cv_app": "active",
    "_cv_request": "active",
    "http_method_funcs": "HTTP_METHOD_NAMES",
    "setupmethod": "setup",
}


class Alias(ModuleType):
    """A module of Flask's that shows what our modules have."""

    def __init__(self, name: str, ours: list[ModuleType]) -> None:
        super().__init__(name)
        self.__ours__ = ours

    def __getattr__(self, name: str) -> Any:
        if f"{self.__name__}.{name}" in MODULES:
            return import_module(f"{self.__name__}.{name}")
        for module in self.__ours__:
            for known in (name, SECOND_NAMES.get(name, name)):
                if hasattr(module, known):
                    return getattr(module, known)
        return made_up(self.__name__, name)

    def __dir__(self) -> list[str]:
        return sorted({name for module in self.__ours__ for name in dir(module)})


def made_up(module: str, name: str) -> Any:
    """Return what Flask has besides its documented interface.

    Raises `AttributeError` for any other name.
    """
    if module == "flask.typing" and name[:1].isupper():
        # a type, for annotations alone
        return Any
    if (module, name) == ("flask", "__version__"):
        return "3.1.3"
    raise AttributeError(f"module {module!r} has no attribute {name!r}")


class Finder(MetaPathFinder, Loader):
    """Finds Flask's modules in a package of ours."""

    def __init__(self, package: str) -> None:
        self.package = package

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] != "flask":
            return None
        if fullname not in MODULES:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        names = (f"{self.package}.{name}".strip(".") for name in MODULES[spec.name])
        return Alias(spec.name, [import_module(name) for name in names])

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: our modules are loaded already."""


@contextmanager
def flask_from(package: str, *extensions: str) -> Iterator[None]:
    """Let `import flask` mean a package meanwhile, and import extensions anew.

    Afterward Flask and the extensions are what they were before.
    """
    before = forget("flask", *extensions)
    finder = Finder(package)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        forget("flask", *extensions)
        sys.modules.update(before)


def forget(*packages: str) -> dict[str, ModuleType]:
    """Take the modules of some packages out of the loaded ones, and return them."""
    names = [name for name in sys.modules if name.partition(".")[0] in packages]
    return {name: sys.modules.pop(name) for name in names}
