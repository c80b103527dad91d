"""The command's house: a package imports only packages on the floors below it."""

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import costrel

PACKAGE = Path(str(costrel.__file__)).parent
# from the ground up
FLOORS = (
    "core",
    "testing",
    "plugin",
    "measure",
    "weave",
    "promises",
    "comparison",
    "browser",
    "live",
    "workshop",
    "attacks",
    "site",
    "authoring",
    "verbs",
    "cli",
    "__main__",
)
FLOOR = {name: floor for floor, name in enumerate(FLOORS)}


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


MODULES = {module_name(path): path for path in PACKAGE.rglob("*.py")}
ROOMS = [name for name in MODULES if name != "costrel" and "." in name]


@cache
def imports(name: str) -> set[str]:
    """List the modules of ours that a module imports, at its top or later."""
    path = MODULES[name]
    tree = ast.parse(path.read_text("utf-8"))
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    return {each for node in ast.walk(tree) for each in named(node, package)}


def named(node: ast.AST, package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (each.name for each in node.names if each.name in MODULES)
    if isinstance(node, ast.ImportFrom):
        above = package.split(".")[: None if node.level < 2 else 1 - node.level]
        module = node.module.split(".") if node.module else []
        whole = ".".join([*above, *module] if node.level else module)
        for each in node.names:
            near = (f"{whole}.{each.name}", whole)
            yield from [name for name in near if name in MODULES][:1]


def room(name: str) -> str:
    return name.split(".")[1] if "." in name else name


def test_each_room_has_a_floor() -> None:
    found = {room(name) for name in ROOMS}

    assert found == set(FLOOR)


@pytest.mark.parametrize("name", sorted(ROOMS))
def test_imports_go_down(name: str) -> None:
    used = [each for each in imports(name) if room(each) != room(name)]

    up = [each for each in used if FLOOR[room(each)] >= FLOOR[room(name)]]
    assert up == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    order = TopologicalSorter({name: imports(name) - {name} for name in MODULES})

    try:
        order.prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {' <- '.join(error.args[1])}")


def test_no_two_classes_have_one_name() -> None:
    names = [
        node.name
        for path in MODULES.values()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    ]

    assert sorted({name for name in names if names.count(name) > 1}) == []
