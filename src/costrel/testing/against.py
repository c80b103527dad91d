"""Let `import stepNN_topic` mean another framework: a step, the reader's, or Flask.

Which tests then run, and how they are reported, is `plugin`'s matter.
"""

import os
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from traceback import extract_tb
from types import CodeType, ModuleType
from typing import Any

from costrel.core.errors import kind, text
from costrel.core.ladder import STEP_NAME, Ladder, Problem
from costrel.core.slow_import import patience


@dataclass(frozen=True)
class Target:
    """The framework that the tests are run against."""

    # what sentences call it
    label: str
    # the name it is imported by
    module: str
    # its number, when it is a step of the book, or that of the step it has come to
    number: int | None = None
    # where it is, when it can't be found by its name
    path: Path | None = None

    @property
    def is_flask(self) -> bool:
        return self.module == "costrel.testing.against_flask"


def choose(wanted: str, ladder: Ladder) -> Target:
    """Find what `--against` names: `flask`, a step, or a path.

    Raises `Problem` if it is none of them.
    """
    if wanted.lower() == "flask":
        return Target("Flask", "costrel.testing.against_flask")
    if looks_like_path(wanted):
        return target_at(Path(wanted).resolve())
    try:
        step = ladder.get(wanted)
    except Problem as problem:
        raise Problem(
            f"{problem.message} Name a step, a path to a package or a file, or flask."
        ) from None
    return Target(step.name, step.name, step.number)


def looks_like_path(wanted: str) -> bool:
    separators = {"/", os.sep}
    return (
        any(separator in wanted for separator in separators)
        or wanted.endswith(".py")
        or wanted in (".", "..")
        or Path(wanted, "__init__.py").is_file()
    )


def target_at(path: Path) -> Target:
    """Describe the package or the single-file module at a path."""
    # unlike the methods of `Path`, these take a name that is too long for none
    is_module = os.path.isfile(path) and path.suffix == ".py"  # noqa: PTH113
    if not is_module and not os.path.isdir(path):  # noqa: PTH112
        raise Problem(
            f"There is no package or Python file at {str(path)!r}: name a step,"
            " a path to a package or a file, or flask."
        )
    if not is_module and not (path / "__init__.py").is_file():
        raise Problem(
            f"The folder {str(path)!r} has no __init__.py: name the folder of a"
            " package, or a file that ends with .py."
        )
    name = path.stem
    if STEP_NAME.fullmatch(name) or is_taken(name, path):
        name = f"given_{name}"
    return Target(path.name, name, path=path)


def is_taken(name: str, path: Path) -> bool:
    """Return whether a name means a different module from the one at a path."""
    loaded = sys.modules.get(name)
    file = path if path.suffix == ".py" else path / "__init__.py"
    return loaded is not None and getattr(loaded, "__file__", None) != str(file)


def load(target: Target) -> ModuleType:
    """Import the target; raise `Problem` in one sentence if that fails."""
    try:
        with patience(target.label):
            return import_target(target)
    # also what is no `Exception`: a package may end the process, or wait for Ctrl-C
    except BaseException as error:
        raise Problem(f"{target.label} does not import: {describe(error)}") from error


def import_target(target: Target) -> ModuleType:
    if target.path is None or target.module in sys.modules:
        return import_module(target.module)
    folder = target.path if target.path.is_dir() else None
    spec = spec_from_file_location(
        target.module,
        folder / "__init__.py" if folder else target.path,
        submodule_search_locations=[str(folder)] if folder else None,
    )
    assert spec is not None and spec.loader is not None
    module = sys.modules[target.module] = module_from_spec(spec)
    # a module beside it can be imported, as when it runs as a script
    sys.path.append(str(target.path.parent))
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[target.module]
        raise
    return module


def describe(error: BaseException) -> str:
    """Name an error and where it arose, in one line."""
    first = (text(error).splitlines() or [""])[0]
    told = f"{kind(error)}: {first}".removesuffix(": ")
    if issubclass(type(error), SyntaxError):
        # its text ends with the place already
        return told
    frames = extract_tb(error.__traceback__)
    place = next((f for f in reversed(frames) if "importlib" not in f.filename), None)
    return (
        f"{told} ({Path(place.filename).name}, line {place.lineno})" if place else told
    )


class MissingName(BaseException):
    """Somebody used a name that the target does not have.

    Not an `Exception`: a view's error handler must not turn it into a page.
    """

    def __init__(self, sentence: str, name: str) -> None:
        super().__init__(sentence)
        # what the target lacks; empty where it doesn't even import
        self.name = name


class Placeholder(type):
    """The class of placeholders for missing names, which fail when used.

    Each placeholder is a class itself, so that it can be subclassed, raised and
    called; all of that ends in `MissingName`. While tests are only being
    collected, using one returns it: each test has to fail on its own.
    """

    lenient = False
    # what `MissingName` is given: a sentence, and the name
    said: tuple[str, str]

    def __new__(cls, name: str, bases: Any, *rest: Any, **options: Any) -> Any:
        return bases[0].used()

    def used(cls) -> Any:
        if Placeholder.lenient:
            return cls
        raise MissingName(*type.__getattribute__(cls, "said"))

    def __getattribute__(cls, name: str) -> Any:
        if name == "used" or (name.startswith("__") and name.endswith("__")):
            return type.__getattribute__(cls, name)
        return cls.used()

    def __call__(cls, *args: Any, **options: Any) -> Any:
        return cls.used()

    def __getitem__(cls, key: Any) -> Any:
        return cls.used()

    def __or__(cls, other: Any) -> Any:
        return cls.used()

    def __eq__(cls, other: object) -> Any:
        return cls is other or cls.used()

    def __hash__(cls) -> int:
        return id(cls)

    def __setattr__(cls, name: str, value: Any) -> None:
        cls.used()

    def __instancecheck__(cls, instance: Any) -> Any:
        return cls.used()

    def __subclasscheck__(cls, subclass: Any) -> Any:
        return cls.used()

    # what has no answer, not even while collecting
    def refused(cls, *args: Any) -> Any:
        raise MissingName(*type.__getattribute__(cls, "said"))

    __enter__ = __exit__ = __aenter__ = __aexit__ = refused
    __setitem__ = __delitem__ = refused
    __iter__ = __len__ = __contains__ = __bool__ = refused

    def __repr__(cls) -> str:
        return f"<{type.__getattribute__(cls, 'said')[0]}>"


def missing(name: str, sentence: str, lacks: str) -> Any:
    """Make the placeholder of a name, for want of it or of the module it is in."""
    body = {"said": (sentence, lacks)}
    return type.__new__(Placeholder, name, (BaseException,), body)


class StandIn(ModuleType):
    """A module under a step's name that shows what the target has."""

    def __init__(
        self, name: str, real: ModuleType | None, sentence: str, lacks: str = "{}"
    ) -> None:
        super().__init__(name)
        self.__real__ = real
        # what to say of a name that is not there, and what is lacking; `{}` is the name
        self.__said__ = (sentence, lacks)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        try:
            return getattr(self.__real__, name)
        except AttributeError:
            said = (each.replace("{}", name) for each in self.__said__)
            return self.__part__(name) or missing(name, *said)

    def __part__(self, name: str) -> ModuleType | None:
        """Find a submodule that nobody has imported yet."""
        real = self.__real__
        if real is None or not hasattr(real, "__path__"):
            return None
        part = f"{real.__name__}.{name}"
        return import_module(part) if find_spec(part) else None

    def __setattr__(self, name: str, value: Any) -> None:
        # what a test replaces (monkeypatch) has to be replaced in the real module
        local = name.startswith("__") or isinstance(value, StandIn)
        if local or self.__real__ is None:
            super().__setattr__(name, value)
        else:
            setattr(self.__real__, name, value)

    def __delattr__(self, name: str) -> None:
        if name in vars(self):
            super().__delattr__(name)
        else:
            delattr(self.__real__, name)


# the folder of what a demo is made of; a reader has it beside the framework
EXTENSIONS = "extensions"
# the parts of a step that are built on public names alone, and run on Flask, too
PORTABLE = (EXTENSIONS, "security")


class Redirect(MetaPathFinder, Loader):
    """Find the target and its parts under the name of any step."""

    def __init__(self, target: Target, built_on: Collection[str] = ()) -> None:
        self.target = target
        # the steps that it imports: they keep their names
        self.built_on = built_on

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        package, _, part = fullname.partition(".")
        if not STEP_NAME.fullmatch(package) or package == self.target.module:
            return None
        if package in self.built_on:
            return None
        if self.target.is_flask and part.partition(".")[0] in PORTABLE:
            return step_spec(fullname)
        real = self.real_spec(fullname)
        # parts that are missing have to be found, to be missed by a test
        is_package = (
            part in ("", EXTENSIONS)
            or real is None
            or real.submodule_search_locations is not None
        )
        return ModuleSpec(fullname, self, is_package=is_package)

    def real_name(self, fullname: str) -> str:
        _, *parts = fullname.split(".")
        path = self.target.path
        if parts[:1] == [EXTENSIONS] and path and not (path / EXTENSIONS).is_dir():
            # a framework in one file has them there, a reader's is beside them
            return self.target.module if path.is_file() else ".".join(parts)
        # Flask's stand-in has no parts of its own
        flask = bool(parts) and self.target.is_flask
        return ".".join(["flask" if flask else self.target.module, *parts])

    def real_spec(self, fullname: str) -> ModuleSpec | None:
        try:
            return find_spec(self.real_name(fullname))
        except ModuleNotFoundError:
            return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        label, real = self.target.label, self.real_name(spec.name)
        if self.real_spec(spec.name) is None:
            part = spec.name.partition(".")[2]
            # a framework in a single file may have the part inside
            inside = getattr(import_target(self.target), part, None)
            lacks = part if inside is None else "{}"
            return StandIn(spec.name, inside, f"{label} has no {lacks}", lacks)
        try:
            return StandIn(spec.name, import_module(real), f"{label} has no {{}}")
        except Exception as error:
            sentence = f"{label} does not import: {describe(error)}"
            return StandIn(spec.name, None, sentence, "")

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: the real module is loaded already."""

    def get_code(self, fullname: str) -> CodeType | None:
        """Return the real module's code, for `python -m stepNN_topic`."""
        spec = self.real_spec(fullname)
        loader: Any = spec and spec.loader
        if loader is None:
            part = fullname.partition(".")[2]
            raise ImportError(f"{self.target.label} has no {part}")
        code: CodeType | None = loader.get_code(self.real_name(fullname))
        return code


def step_spec(fullname: str) -> ModuleSpec | None:
    """Find a step's own module, though the step's name means something else."""
    package, *parts = fullname.split(".")
    spec = PathFinder.find_spec(package)
    for part in parts:
        package = f"{package}.{part}"
        spec = spec and PathFinder.find_spec(package, spec.submodule_search_locations)
    return spec


def install(target: Target) -> Redirect:
    """Load the target and let every step's name mean it."""
    known = {*sys.modules}
    load(target)
    packages = {name.partition(".")[0] for name in sys.modules.keys() - known}
    redirect = Redirect(target, [*filter(STEP_NAME.fullmatch, packages)])
    for name in [name for name in [*sys.modules] if redirect.find_spec(name, None)]:
        del sys.modules[name]
    sys.meta_path.insert(0, redirect)
    return redirect


def uninstall(redirect: Redirect) -> None:
    """Let the steps' names mean the steps again."""
    sys.meta_path.remove(redirect)
    ours = {name for name, each in sys.modules.items() if isinstance(each, StandIn)}
    for name in [*sys.modules]:
        if name.partition(".")[0] in ours:
            del sys.modules[name]


def install_from_environment() -> None:
    """Do in a process that a test starts what was done in the test's own."""
    wanted = os.environ.get("COSTREL_AGAINST")
    if wanted:
        root = Path(os.environ["COSTREL_AGAINST_ROOT"])
        sys.path.insert(0, str(root / "steps"))
        install(choose(wanted, Ladder(root)))
