"""Somebody's package beside one of our steps, by symbol rather than by line.

A different order of functions, or other files, is no difference.
"""

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from costrel.core.differences import FilePair
from costrel.core.ladder import Problem, Step
from costrel.core.reader_folder import is_framework
from costrel.core.symbols import DEFINITIONS, find, split_lines, symbols

# what `symbols` finds besides definitions
NO_DEFINITION = ("imports", "__doc__")


@dataclass(frozen=True)
class Definition:
    """A definition: where it is, and its text."""

    name: str
    file: str
    text: str

    @property
    def meaning(self) -> str:
        """Its code without comments, docstrings and annotations."""
        return stripped(self.text)


@dataclass(frozen=True)
class SymbolPair:
    """A symbol on both sides; None where it is missing."""

    name: str
    mine: Definition | None
    ours: Definition | None

    @property
    def kind(self) -> str:
        if self.mine is None:
            return "missing"
        if self.ours is None:
            return "yours"
        return "same" if self.mine.meaning == self.ours.meaning else "different"

    def files(self) -> FilePair:
        """Return both as two versions of one file, for display."""
        side = self.ours or self.mine
        name = side.file if side else ""
        sides = (
            side.text.encode() if side else None for side in (self.mine, self.ours)
        )
        return FilePair(f"{name}: {self.name}", *sides)


def symbols_of(
    package: Path, counts: Callable[[str], bool] = lambda inside: True
) -> dict[str, Definition]:
    """Find all functions, methods and classes of a package, in the files that count.

    Raises `Problem` for a file that is no Python.
    """
    found: dict[str, Definition] = {}
    for path in sorted(package.rglob("*.py")):
        inside = path.relative_to(package).as_posix()
        if counts(inside) and "__pycache__" not in inside:
            for symbol in symbols_in(path, inside):
                found.setdefault(symbol.name, symbol)
    return found


def symbols_in(path: Path, inside: str) -> Iterator[Definition]:
    try:
        text = path.read_text(encoding="utf-8")
        known = symbols(text)
    except (SyntaxError, UnicodeDecodeError, ValueError) as error:
        line = getattr(error, "lineno", None)
        where = f"{inside}, line {line}" if line else inside
        raise Problem(f"{where} is no Python: {getattr(error, 'msg', error)}") from None
    lines = split_lines(text)
    for name, piece in known.items():
        if name.endswith("__doc__") or name in NO_DEFINITION:
            continue
        is_class = f"{name}(head)" in known
        if is_class or is_local(name, known):
            continue
        shown = name.removesuffix("(head)")
        yield Definition(shown, inside, dedented(lines[piece.start - 1 : piece.end]))


def is_local(name: str, known: Mapping[str, object]) -> bool:
    """Return whether a name is inside a function."""
    owner = name.rpartition(".")[0]
    return bool(owner) and f"{owner}(head)" not in known and owner in known


def dedented(lines: list[str]) -> str:
    from textwrap import dedent

    return dedent("\n".join(lines)) + "\n"


class Strip(ast.NodeTransformer):
    """Takes out what does not change what code does."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        self.generic_visit(node)
        return without_docstring(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        self.generic_visit(node)
        return without_docstring(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        return without_docstring(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None:
            return ast.Pass()
        return ast.Assign([node.target], node.value, lineno=node.lineno)


def without_docstring(node: ast.AST) -> ast.AST:
    assert isinstance(node, DEFINITIONS)
    if ast.get_docstring(node, clean=False) is not None:
        node.body = node.body[1:] or [ast.Pass()]
    return node


def stripped(text: str) -> str:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        # a class up to its first method may have no body
        return text.strip()
    return ast.unparse(Strip().visit(tree))


def pairs(package: Path, step: Step) -> list[SymbolPair]:
    """Put each symbol of a package beside that of a step, in the step's order."""
    mine, ours = (symbols_of(each, is_framework) for each in (package, step.package))
    names = [*ours, *(name for name in mine if name not in ours)]
    return [SymbolPair(name, mine.get(name), ours.get(name)) for name in names]


def file_pairs(package: Path, step: Step) -> list[FilePair]:
    """Put whole files beside those of a step, where they differ; no app's."""
    ours = {path.as_posix(): path for path in step.files() if path.suffix == ".py"}
    found = [
        FilePair(name, contents(package / name), contents(step.package / path))
        for name, path in ours.items()
        if is_framework(name)
    ]
    return [pair for pair in found if pair.old != pair.new]


def contents(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def pairs_at(
    package: Path, step: Step, addresses: tuple[str, ...]
) -> Iterator[SymbolPair]:
    """Put our code for a behaviour beside what the package has of that name."""
    mine = symbols_of(package)
    for address in addresses:
        file, _, name = address.partition(": ")
        text = (step.package / file).read_text(encoding="utf-8")
        if not name:
            yield SymbolPair(file, None, Definition(file, file, text))
            continue
        piece = find(text, name)
        lines = split_lines(text)[piece.start - 1 : piece.end]
        ours = Definition(name, file, dedented(lines))
        yield SymbolPair(name, mine.get(name.removesuffix("(head)")), ours)
