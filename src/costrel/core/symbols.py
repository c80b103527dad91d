"""Where a symbol is in a Python file, and where two files differ.

Which of these lines a block shows is `excerpt`'s matter.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher, get_close_matches
from functools import lru_cache

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITIONS = (*FUNCTIONS, ast.ClassDef)
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
GUARD = "__name__ == '__main__'"


class MissingSymbolError(LookupError):
    """A name that a file does not define."""


@dataclass(frozen=True)
class Piece:
    """The lines of one symbol, counted from 1, both ends included."""

    start: int
    end: int
    # the lines that say where the symbol belongs, such as `class App:`
    context: tuple[int, ...] = ()
    # a definition's own head: from `def` or `class` to its colon
    head: range = range(0)

    @property
    def lines(self) -> range:
        return range(self.start, self.end + 1)


@dataclass(frozen=True)
class Change:
    """A run of old lines and the run of new lines in its place, counted from 0."""

    old: range
    new: range


@dataclass(frozen=True)
class WalkState:
    """The state of a walk through a module."""

    prefix: str = ""
    # the line above which a comment belongs to something else
    floor: int = 0
    context: tuple[int, ...] = ()
    in_function: bool = False


class SymbolFinder:
    """Walks a module once and notes where each of its symbols is."""

    def __init__(self, text: str) -> None:
        self.lines = split_lines(text)
        self.found: dict[str, Piece] = {}
        # what methods set on `self`: found if asked for, but no symbols of the file
        self.attributes: dict[str, Piece] = {}
        module = ast.parse(text)
        self.note_docstring("__doc__", module.body, ())
        self.note_imports(module.body)
        self.walk(module.body, WalkState())

    def walk(self, body: list[ast.stmt], place: WalkState) -> None:
        floor, last = place.floor, ""
        for node in body:
            piece = self.piece(node, floor, place.context)
            for name in names(node, place.in_function):
                self.note(place.prefix + name, piece, joined=name == last)
                last = name
            for name in attributes(node) if place.in_function else ():
                self.attributes.setdefault(place.prefix + name, piece)
            if isinstance(node, DEFINITIONS):
                self.enter(node, place.prefix + node.name, piece)
            else:
                self.enter_branches(node, place)
            floor = node.end_lineno or floor

    def note(self, name: str, piece: Piece, joined: bool) -> None:
        # a property and its setter are two definitions of one symbol
        if joined:
            piece = replace(self.found[name], end=piece.end)
        if joined or name not in self.found:
            self.found[name] = piece

    def enter(self, node: Definition, name: str, piece: Piece) -> None:
        context = (*piece.context, *piece.head)
        in_function = isinstance(node, FUNCTIONS)
        self.note_docstring(f"{name}.__doc__", node.body, context)
        self.walk(
            node.body, WalkState(f"{name}.", piece.head[-1], context, in_function)
        )
        if isinstance(node, ast.ClassDef):
            self.found.setdefault(f"{name}(head)", self.class_head(node, piece))

    def enter_branches(self, node: ast.stmt, place: WalkState) -> None:
        """Walk what an `if`, `try` or `with` holds; its line is a context line."""
        context = (*place.context, node.lineno)
        for field in ("body", "orelse", "finalbody"):
            branch = getattr(node, field, [])
            self.walk(branch, replace(place, floor=node.lineno, context=context))

    def piece(self, node: ast.stmt, floor: int, context: tuple[int, ...]) -> Piece:
        end = node.end_lineno or node.lineno
        if not isinstance(node, DEFINITIONS):
            return Piece(self.above(node.lineno, floor), end, context)
        start = self.above(first_line(node), floor)
        return Piece(start, self.below(node, end), context, self.head(node))

    def above(self, start: int, floor: int) -> int:
        """Step up over the comment lines directly above."""
        while start - 1 > floor and is_comment(self.lines[start - 2]):
            start -= 1
        return start

    def below(self, node: Definition, end: int) -> int:
        """Step down over comments that close a definition's body."""
        while end < len(self.lines) and is_comment(line := self.lines[end]):
            if indent(line) <= node.col_offset:
                break
            end += 1
        return end

    def head(self, node: Definition) -> range:
        end = max(first_line(node.body[0]) - 1, node.lineno)
        while end > node.lineno and not is_code(self.lines[end - 1]):
            end -= 1
        return range(node.lineno, end + 1)

    def class_head(self, node: ast.ClassDef, piece: Piece) -> Piece:
        end, floor = piece.end, piece.head[-1]
        for member in node.body:
            if isinstance(member, FUNCTIONS):
                end = self.above(first_line(member), floor) - 1
                break
            floor = member.end_lineno or floor
        while not self.lines[end - 1].strip():
            end -= 1
        return replace(piece, end=end)

    def note_docstring(
        self, name: str, body: list[ast.stmt], context: tuple[int, ...]
    ) -> None:
        if body and is_docstring(body[0]):
            end = body[0].end_lineno or 0
            self.found[name] = Piece(body[0].lineno, end, context)

    def note_imports(self, body: list[ast.stmt]) -> None:
        """Note the first run of imports, and each of them by its module."""
        run: list[Piece] = []
        floor = 0
        for node in body:
            if is_import(node):
                run.append(self.piece(node, floor, ()))
                self.found.setdefault(import_name(node), run[-1])
            elif run:
                break
            floor = node.end_lineno or floor
        if run:
            self.found["imports"] = Piece(run[0].start, run[-1].end)


def names(node: ast.stmt, in_function: bool) -> Iterator[str]:
    """Yield the names that a statement defines; a function's variables are none."""
    if isinstance(node, DEFINITIONS):
        yield node.name
    elif is_guard(node):
        yield "__main__"
    elif isinstance(node, ast.Assign) and not in_function:
        for target in node.targets:
            yield from target_names(target)
    elif isinstance(node, ast.AnnAssign | ast.AugAssign) and not in_function:
        yield from target_names(node.target)


def attributes(node: ast.stmt) -> Iterator[str]:
    """Yield the names that a method's statement sets on `self`."""
    targets = node.targets if isinstance(node, ast.Assign) else []
    if isinstance(node, ast.AnnAssign):
        targets = [node.target]
    for target in targets:
        prefix, _, name = ast.unparse(target).partition(".")
        if prefix == "self" and name.isidentifier():
            yield name


def target_names(target: ast.expr) -> Iterator[str]:
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
        # what a module sets on an object: `app.jinja_options = …`
        yield f"{target.value.id}.{target.attr}"
    elif isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            yield from target_names(element)


def first_line(node: ast.stmt) -> int:
    decorators = node.decorator_list if isinstance(node, DEFINITIONS) else []
    return min([node.lineno, *(each.lineno for each in decorators)])


def is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def is_import(node: ast.stmt) -> bool:
    """Return whether a statement only imports, such as one under TYPE_CHECKING."""
    if isinstance(node, ast.If | ast.Try):
        return all(is_import(each) for each in node.body)
    return isinstance(node, ast.Import | ast.ImportFrom)


def import_name(node: ast.stmt) -> str:
    """Name an import by its module, `from .ctx` or `import re`, or by its condition."""
    first = ast.unparse(node).partition("\n")[0]
    return re.sub(r"(?<=\S) import .*|:$", "", first)


def is_guard(node: ast.stmt) -> bool:
    """Return whether this is `if __name__ == "__main__":`."""
    return isinstance(node, ast.If) and ast.unparse(node.test) == GUARD


def is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def is_code(line: str) -> bool:
    return bool(line.strip()) and not is_comment(line)


def indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def split_lines(text: str) -> list[str]:
    """Split a text into lines as Python counts them: at line feeds only."""
    return text.removesuffix("\n").split("\n") if text else []


@lru_cache(maxsize=256)
def walked(text: str) -> SymbolFinder:
    return SymbolFinder(text)


def symbols(text: str) -> dict[str, Piece]:
    """Find every symbol of a module: its dotted name and its lines.

    Besides functions, classes, methods and assignments there are `__doc__`,
    `imports`, and `Name(head)` for a class up to its first method. Decorators and
    the comments directly above belong to a symbol. Raises `SyntaxError`.
    """
    return walked(text).found


def find(text: str, symbol: str) -> Piece:
    """Find the lines of one symbol, or of an attribute: `App.__init__.config`.

    Raises `MissingSymbolError`, with the nearest names, when there is none.
    """
    found = symbols(text)
    if symbol in walked(text).attributes:
        return walked(text).attributes[symbol]
    if symbol not in found:
        raise MissingSymbolError(
            f"there is no {symbol!r}: {nearest(symbol, list(found))}"
        )
    return found[symbol]


def nearest(wanted: str, known: list[str]) -> str:
    """Say which names come near one that is missing."""
    # what has a space in it is an import, which is named by its module
    known = [n for n in known if not n.endswith(".__doc__") and " " not in n]
    last = {name.rpartition(".")[2]: name for name in known}
    near = get_close_matches(wanted, known, 3, 0.7)
    near += [last[name] for name in get_close_matches(wanted, last, 3, 0.7)]
    near += [name for name in known if name.endswith(f".{wanted.rpartition('.')[2]}")]
    listed = list(dict.fromkeys(near))[:3] or [n for n in known if "." not in n][:8]
    if not listed:
        return "the file defines nothing"
    return f"the nearest names are {', '.join(listed)}"


def enclosing(text: str, line: int) -> list[str]:
    """Name the classes and functions around a line, the outermost first."""
    around = [
        (piece.start, -piece.end, name)
        for name, piece in symbols(text).items()
        if piece.head and line in piece.lines and not name.endswith("(head)")
    ]
    return [name for *_, name in sorted(around)]


@lru_cache(maxsize=1024)
def plain_lines(text: str) -> frozenset[int]:
    """Find the lines that explain themselves: imports and the module's docstring."""
    finder = SymbolFinder(text)
    body = ast.parse(text).body
    lines: set[int] = set()
    for node, before in zip(body, [None, *body], strict=False):
        floor = (before.end_lineno or 0) if before else 0
        if is_import(node) or (before is None and is_docstring(node)):
            lines.update(finder.piece(node, floor, ()).lines)
    return frozenset(lines)


def changed_lines(old: str, new: str) -> tuple[set[int], set[int]]:
    """Find the lines that left the old text and those that came into the new.

    Both are counted from 1.
    """
    left: set[int] = set()
    came: set[int] = set()
    for change in changes(split_lines(old), split_lines(new)):
        left.update(number + 1 for number in change.old)
        came.update(number + 1 for number in change.new)
    return left, came


def changes(old: list[str], new: list[str]) -> list[Change]:
    """Find the runs of lines in which two texts differ, as a reader would cut them."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    found = [
        Change(range(i, k), range(j, m))
        for kind, i, k, j, m in matcher.get_opcodes()
        if kind != "equal"
    ]
    end = Change(range(len(old), len(old)), range(len(new), len(new)))
    for index, change in enumerate(found):
        before = found[index - 1] if index else Change(range(0), range(0))
        after = found[index + 1] if index + 1 < len(found) else end
        found[index] = settled(change, before, after, old, new)
    return found


def settled(
    change: Change, before: Change, after: Change, old: list[str], new: list[str]
) -> Change:
    """Slide a mere insertion or removal to where a definition begins.

    Between like lines a run can be in several places; difflib often begins it in
    the middle of a definition and ends it in the middle of the next.
    """
    if change.old and change.new:
        return change
    lines, run = (new, change.new) if change.new else (old, change.old)
    up = change.new.start - before.new.stop
    down = after.new.start - change.new.stop
    places = [run, *slides(lines, run, -1, up), *slides(lines, run, 1, down)]
    by = min(places, key=lambda place: badness(lines, place.start)).start - run.start
    return Change(shifted(change.old, by), shifted(change.new, by))


def slides(lines: list[str], run: range, by: int, room: int) -> Iterator[range]:
    """Yield where else a run of lines may be, step by step in one direction."""
    for _ in range(room):
        leaves, enters = (run[-1], run[0] - 1) if by < 0 else (run[0], run[-1] + 1)
        if lines[leaves] != lines[enters]:
            return
        run = shifted(run, by)
        yield run


def badness(lines: list[str], start: int) -> tuple[int, bool]:
    """Rate a first line: a shallow one after a blank one is the best."""
    first, above = lines[start], lines[start - 1] if start else ""
    return (indent(first) if first.strip() else 99, bool(above.strip()))


def shifted(run: range, by: int) -> range:
    return range(run.start + by, run.stop + by)
