"""What a step is made of: its modules, what they define, and what they import.

All of it is read from the code by `ast`; drawing it is `map_picture`'s matter.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from costrel.core.ladder import Step

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
# a module's own frame, which every step has
FRAME = {"__init__", "__main__"}


@dataclass(frozen=True)
class Symbol:
    """A function, a class or a method, such as `App.route`."""

    name: str
    node: ast.AST

    @property
    def code(self) -> str:
        """Its code without comments and layout, to compare it by."""
        return ast.dump(self.node)


@dataclass
class Module:
    """One module: what it defines, and which of its siblings it imports."""

    name: str
    symbols: dict[str, Symbol]
    imports: set[str]
    # name that stands for something else's -> (module, name there)
    borrowed: dict[str, tuple[str, str]] = field(default_factory=dict)
    code: str = ""


class Anatomy:
    """The modules of one step, by name."""

    def __init__(self, step: Step) -> None:
        self.step = step
        self.modules = {
            path.with_suffix("").as_posix(): read_module(
                path.with_suffix("").as_posix(),
                (step.package / path).read_text(encoding="utf-8"),
            )
            for path in step.files()
            if path.suffix == ".py"
        }
        for module in self.modules.values():
            self.see_through(module)

    def see_through(self, module: Module) -> None:
        """Follow what is imported from the package itself to where it is defined."""
        front = self.modules.get("__init__")
        if front is None or "" not in module.imports:
            return
        module.imports.discard("")
        for name, (source, original) in list(module.borrowed.items()):
            if source == "" and original in self.modules:
                # `from . import sessions` takes the module itself
                module.imports.add(original)
            elif source == "" and original in front.borrowed:
                module.borrowed[name] = front.borrowed[original]
                module.imports.add(front.borrowed[original][0])

    @cached_property
    def ordered(self) -> list[Module]:
        """List the modules, each before those that it imports."""
        done: list[str] = []

        def visit(name: str) -> None:
            if name in done or name not in self.modules:
                return
            for imported in sorted(self.modules[name].imports):
                visit(imported)
            done.append(name)

        for name in sorted(self.modules):
            visit(name)
        return [self.modules[name] for name in reversed(done) if name not in FRAME]


def read_module(name: str, text: str) -> Module:
    """Read what a module defines and imports."""
    tree = ast.parse(text)
    module = Module(name, dict(symbols_of(tree.body)), set(), code=ast.dump(tree))
    for node in at_run_time(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            add_import(module, node)
    return module


def at_run_time(node: ast.AST) -> Iterator[ast.AST]:
    """Walk a tree, except what only a type checker reads."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not is_for_types(child):
            yield from at_run_time(child)


def is_for_types(node: ast.AST) -> bool:
    """Return whether a node is the body of `if TYPE_CHECKING:`."""
    test = node.test if isinstance(node, ast.If) else None
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


def add_import(module: Module, node: ast.ImportFrom) -> None:
    folder = module.name.split("/")[: -node.level]
    source = "/".join([*folder, *(node.module or "").split(".")]).strip("/")
    module.imports.add(source)
    for alias in node.names:
        module.borrowed[alias.asname or alias.name] = (source, alias.name)


def symbols_of(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, Symbol]]:
    """List functions and classes, and the methods in classes."""
    for node in body:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            name = prefix + node.name
            yield name, Symbol(name, node)
            if isinstance(node, ast.ClassDef):
                yield from symbols_of(node.body, f"{name}.")
