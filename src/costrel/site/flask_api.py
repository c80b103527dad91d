"""Flask's documented API, name by name, and where ours is.

The names come from the page "API" of Flask's documentation; what its classes have is
read from the installed Flask. The list of names, and why we leave some out, are in
`chapters/flask-api.toml`.
"""

import ast
import inspect
import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from types import FunctionType
from typing import Any

from costrel.core.ladder import Ladder, Step
from costrel.core.symbols import symbols
from costrel.measure.measuring import framework_files
from costrel.testing.as_flask import STAND_INS, as_flask

# the step after which we look back
LAST = "20"
SETTINGS = "flask.Flask.default_config"


@dataclass(frozen=True)
class Area:
    """Something that both frameworks do, and the modules that do it."""

    what: str
    flask: list[str]
    ours: list[str]


class Listed:
    """What `chapters/flask-api.toml` lists."""

    def __init__(self, ladder: Ladder) -> None:
        path = ladder.root / "chapters" / "flask-api.toml"
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        # heading of the documentation's page -> what it documents there
        self.sections: dict[str, list[str]] = content["documented"]
        # why we don't have something -> what
        self.left_out: dict[str, list[str]] = {
            each["why"]: each["names"] for each in content["left_out"]
        }
        self.areas = [Area(**each) for each in content["area"]]
        self.names = [name for names in self.sections.values() for name in names]


@dataclass(frozen=True, order=True)
class Place:
    """Where something is: since which step, and in which module of ours."""

    step: int
    module: str


def documented(ladder: Ladder) -> list[str]:
    """List the names of Flask's documented API: members and settings, too."""
    names, found = Listed(ladder).names, []
    for name in names:
        members = sorted(own_members(name, names))
        found += [name, *(f"{name}.{member}" for member in members)]
    return found + [f"{SETTINGS}.{key}" for key in find(SETTINGS)]


def own_members(name: str, names: list[str]) -> Iterator[str]:
    """Yield a class's documented members that it has from no other documented class."""
    found = find(name)
    if isinstance(found, type):
        others = [find(other) for other in names if other != name]
        for member, base in members(found).items():
            if base.__module__.startswith("flask") and base not in others:
                yield member


def find(name: str) -> Any:
    """Return what a dotted name means: what is imported, or a member of it.

    Raises `LookupError` if there is nothing of that name.
    """
    owner, _, last = name.rpartition(".")
    try:
        parent = find(owner) if is_member(name) else import_module(owner)
        return getattr(parent, last)
    except (ImportError, AttributeError):
        raise LookupError(f"there is no {name}") from None


def is_member(name: str) -> bool:
    return owner_of(name) == SETTINGS or is_class(owner_of(name))


def members(cls: type) -> dict[str, type]:
    """Map the public names of a class's objects to the class that has them."""
    found: dict[str, type] = {}
    for base in reversed(cls.__mro__):
        names = {*vars(base), *assigned(base)}
        found |= {name: base for name in names if not name.startswith("_")}
    return found


@lru_cache(maxsize=1024)
def assigned(cls: type) -> frozenset[str]:
    """Return the attributes that a class declares, or that its methods assign."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    except (OSError, TypeError):
        # it's written in C
        return frozenset()
    annotated = getattr(cls, "__annotations__", {})
    return frozenset([*annotated, *filter(None, map(attribute, ast.walk(tree)))])


def attribute(node: ast.AST) -> str | None:
    """Return the name of an attribute of `self` that is being assigned, if it is."""
    match node:
        case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
            return name
    return None


def places(ladder: Ladder) -> dict[str, Place]:
    """Find all of the documented names that the step has at which we look back."""
    names = documented(ladder)
    since: dict[str, int] = {}
    found: dict[str, dict[str, str]] = {}
    last = ladder.get(LAST)
    for step in reversed(ladder.steps[: last.number]):
        found[step.name] = homes_in(step, names)
        since |= dict.fromkeys(found[step.name], step.number)
    return {name: Place(since[name], home) for name, home in found[last.name].items()}


def homes_in(step: Step, names: list[str]) -> dict[str, str]:
    """Map the names that a step has to its modules."""
    with as_flask(step.name):
        found = {name: home(name, step) for name in names}
    return {name: module for name, module in found.items() if module}


def home(name: str, step: Step) -> str | None:
    """Return the module of a step that has one of Flask's names, or None."""
    owner, last = owner_of(name), shown(name)
    if STAND_INS.keys() & {name, owner}:
        return None
    try:
        if owner == SETTINGS:
            return "config" if last in find(SETTINGS) else None
        if is_member(name):
            base = members(find(owner)).get(last)
            return next(homes_of(base, last, step)) if base else None
        found = find(name)
    except LookupError:
        return None
    return next(homes_of(found, last, step), None)


def homes_of(found: Any, name: str, step: Step) -> Iterator[str]:
    """Yield the modules of a step that something may come from, the likeliest first.

    If it comes from a library, that's the last.
    """
    # a proxy would answer with what it stands for
    asked = isinstance(found, (type, FunctionType))
    package, _, module = (found.__module__ if asked else "").partition(".")
    if package == step.name:
        yield module
    for path in framework_files(step):
        if name in symbols(path.read_text(encoding="utf-8")):
            yield path.stem
    if package:
        yield package


def rows(ladder: Ladder) -> Iterator[str]:
    """Make the table: what Flask documents together, and where that is in ours."""
    yield "| In Flask | Names | Our module | Since step |"
    yield "| --- | --- | --- | ---: |"
    steps = {step.number: step for step in ladder.steps}
    for (heading, place), names in grouped(ladder).items():
        listed = ", ".join(f"`{shown(name)}`" for name in names)
        since = f"[{place.step}]({steps[place.step].slug}.md)"
        yield f"| {heading} | {listed} | `{place.module}` | {since} |"


def grouped(ladder: Ladder) -> dict[tuple[str, Place], list[str]]:
    """Put names together that belong together in Flask and in ours."""
    found = places(ladder)
    groups: dict[tuple[str, Place], list[str]] = {}
    for section, heads in Listed(ladder).sections.items():
        for head in heads:
            own = [name for name in found if name == head or owner_of(name) == head]
            for name in sorted(own, key=lambda name: (found[name], name)):
                heading = f"`{shown(head)}`" if is_class(head) else section
                groups.setdefault((heading, found[name]), []).append(name)
    for name in found:
        if owner_of(name) == SETTINGS:
            groups.setdefault(("Settings", found[name]), []).append(name)
    return groups


def owner_of(name: str) -> str:
    return name.rpartition(".")[0]


def shown(name: str) -> str:
    return name.rpartition(".")[2]


def is_class(name: str) -> bool:
    return shown(name).strip("_")[0].isupper()


def gaps(ladder: Ladder) -> Iterator[str]:
    """Make the table of what we leave out, and why."""
    yield "| Flask's | Why it isn't here |"
    yield "| --- | --- |"
    for reason, names in Listed(ladder).left_out.items():
        listed = ", ".join(f"`{name.removeprefix('flask.')}`" for name in names)
        yield f"| {listed} | {reason} |"
