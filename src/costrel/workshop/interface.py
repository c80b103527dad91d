"""The public interface of a step: names, signatures, what each must do; no code.

It is what a reader gets to know about a step before writing it.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from costrel.core.counts import exports
from costrel.core.ladder import Ladder, Step
from costrel.core.reader_folder import is_demo, is_framework
from costrel.core.symbols import FUNCTIONS, Definition

from .explain import teaching

SPECIAL = ("__call__", "__init__")
# of our own inside, though tests have a socket with a method of that name
INSIDE = {"bind"}


@dataclass(frozen=True)
class Entry:
    """One name: how it is written, and what is said of it."""

    name: str
    signature: str
    words: str = ""
    members: list["Entry"] = field(default_factory=list)


def entries(step: Step) -> list[Entry]:
    """List what a step offers: its exports, then what its tests import besides."""
    modules = parsed(step)
    wanted = exports((step.package / "__init__.py").read_text(encoding="utf-8"))
    used = names_used(step)
    found = [entry(name, name, modules, used) for name in wanted]
    for module, name in sorted(imported_parts(step)):
        if name not in wanted and module in modules:
            address, own = f"{module}.{name}", within(module, modules)
            found.append(entry(name, address, own, used))
    said = words_said(step)
    return [completed(each, said) for each in found if each is not None]


def words_said(step: Step) -> dict[str, str]:
    """Collect what is said of names beside the tests of this step and those before."""
    steps = Ladder(step.root).steps
    earlier = [each for each in steps if each.number <= step.number]
    return {
        k: v for each in earlier for k, v in teaching.read_teaching(each).words.items()
    }


def completed(entry: Entry, said: dict[str, str]) -> Entry:
    """Say of a name what is said beside the tests, or else what our code says."""
    words = said.get(entry.name) or entry.words
    members = [completed(each, said) for each in entry.members]
    return replace(entry, words=words, members=members)


def unsaid(step: Step) -> list[str]:
    """List the names of which nothing is said."""
    found = entries(step)
    every = [*found, *(member for each in found for member in each.members)]
    return [each.name for each in every if not (each.words or each.members)]


Module = tuple[ast.Module, list[str]]
Modules = dict[str, Module]


def parsed(step: Step) -> Modules:
    """Parse a step's own modules: name -> tree and lines."""
    found = {}
    for file in step.files():
        if file.suffix == ".py" and is_framework(file.as_posix()):
            path = file.parent if is_package(file) else file.with_suffix("")
            name = ".".join(path.parts)
            found[name] = module((step.package / file).read_text(encoding="utf-8"))
    return found


def is_package(file: Path) -> bool:
    """Return whether a file is the beginning of a package inside the step's own."""
    return file.name == "__init__.py" and len(file.parts) > 1


def within(name: str, modules: Modules) -> Modules:
    """Return a module, or a package with the modules in it, which come first."""
    inside = {each: modules[each] for each in modules if each.startswith(f"{name}.")}
    return {**inside, name: modules[name]}


# a step is read for itself and for the next one, which has most of its files as well
@lru_cache(maxsize=1024)
def module(text: str) -> Module:
    return ast.parse(text), text.splitlines()


def entry(
    name: str, address: str, modules: Modules, used: frozenset[str]
) -> Entry | None:
    """Describe a name, wherever it is defined."""
    for tree, lines in modules.values():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and node.name == name:
                return class_entry(node, address, lines, used, imports_in(tree))
            if isinstance(node, FUNCTIONS) and node.name == name:
                return Entry(name, signature(node, address), words_of(node))
            if name in assigned(node):
                return Entry(name, address, comment_above(lines, node.lineno))
    return Entry(name, address, imported_from(name, modules))


def imported_from(name: str, modules: Modules) -> str:
    """Say whose a name is that the step only passes on."""
    for tree, _ in modules.values():
        if name in (known := imports_in(tree)):
            return f"It is `{known[name]}`."
    return ""


def class_entry(
    node: ast.ClassDef,
    address: str,
    lines: list[str],
    used: frozenset[str],
    imports: dict[str, str],
) -> Entry:
    """Describe a class by the members that tests or demos use."""
    init = next((n for n in node.body if is_method(n, "__init__")), None)
    title = signature(init, address) if isinstance(init, FUNCTIONS) else address
    bases = ", ".join(imports.get(b, b) for b in map(ast.unparse, node.bases))
    members = list(attributes(init, node.name, lines, used, imports)) if init else []
    for each in node.body:
        if isinstance(each, FUNCTIONS) and is_wanted(each.name, used):
            members += [] if is_setter(each) else [method_entry(each, node.name)]
        for name in sorted(assigned(each)):
            if is_wanted(name, used):
                members.append(setting_entry(each, name, node.name, lines))
    return Entry(node.name, title, based_on(bases) + words_of(node), members)


def setting_entry(node: ast.stmt, name: str, owner: str, lines: list[str]) -> Entry:
    """Describe the contents of a class's body."""
    kind = ""
    if isinstance(node, ast.AnnAssign):
        kind = f": {ast.unparse(node.annotation)}"
    title = f"{owner}.{name}"
    return Entry(title, title + kind, comment_above(lines, node.lineno))


def is_setter(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(ast.unparse(each).endswith(".setter") for each in node.decorator_list)


def based_on(bases: str) -> str:
    return f"Extends `{bases}`. " if bases else ""


def imports_in(tree: ast.Module) -> dict[str, str]:
    """Find what a module imports from a library: the name it has, and whose it is."""
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and not node.level
        for alias in node.names
    }


def method_entry(node: ast.FunctionDef | ast.AsyncFunctionDef, owner: str) -> Entry:
    decorators = [ast.unparse(each) for each in node.decorator_list]
    name = f"{owner}.{node.name}"
    if any(each.endswith("property") for each in decorators):
        returned = f": {ast.unparse(node.returns)}" if node.returns else ""
        return Entry(name, name + returned, words_of(node))
    return Entry(name, signature(node, name), words_of(node))


def is_method(node: ast.stmt, name: str) -> bool:
    return isinstance(node, FUNCTIONS) and node.name == name


def is_wanted(name: str, used: frozenset[str]) -> bool:
    return name == "__call__" or (not name.startswith("_") and name in used)


def attributes(
    init: ast.stmt,
    owner: str,
    lines: list[str],
    used: frozenset[str],
    imports: dict[str, str],
) -> Iterator[Entry]:
    """Describe what `__init__` sets and tests use."""
    for node in ast.walk(init):
        for name, kind in attribute_names(node, imports):
            if name in used and not name.startswith("_"):
                line = getattr(node, "lineno", 0)
                yield Entry(
                    f"{owner}.{name}",
                    f"{owner}.{name}{kind}",
                    comment_above(lines, line),
                )


def attribute_names(
    node: ast.AST, imports: dict[str, str]
) -> Iterator[tuple[str, str]]:
    """Return the attributes a statement sets, each with its annotation, if any."""
    targets: list[ast.expr] = []
    kind = ""
    if isinstance(node, ast.AnnAssign):
        targets, kind = [node.target], f": {ast.unparse(node.annotation)}"
    elif isinstance(node, ast.Assign):
        targets = node.targets
        made = ast.unparse(node.value).partition("(")[0]
        kind = f": {imports[made]}" if made in imports else ""
    for target in targets:
        if isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self":
            yield target.attr, kind


def assigned(node: ast.stmt) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else []
    if isinstance(node, ast.AnnAssign):
        targets = [node.target]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def signature(node: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> str:
    """Write a function's head without `self` and without defaults that are private."""
    arguments = ast.unparse(node.args)
    arguments = re.sub(r"^(self|cls)(: [^,]*)?(, )?", "", arguments)
    arguments = re.sub(r"^/, ", "", arguments)
    is_init = node.name == "__init__"
    returned = (
        "" if node.returns is None or is_init else f" -> {ast.unparse(node.returns)}"
    )
    return f"{name}({arguments}){returned}"


def words_of(node: Definition) -> str:
    return " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split()) + rest_of(
        node
    )


def rest_of(node: Definition) -> str:
    """Return the prose of a docstring after its first sentence."""
    parts = (ast.get_docstring(node) or "").split("\n\n")[1:]
    prose = [
        " ".join(part.split()) for part in parts if not part.startswith(("    ", ">>>"))
    ]
    return "".join(f" {part}" for part in prose)


def comment_above(lines: list[str], line: int) -> str:
    """Read the comment above a line."""
    found: list[str] = []
    at = line - 2
    while at >= 0 and lines[at].lstrip().startswith("#"):
        found.insert(0, lines[at].lstrip("# "))
        at -= 1
    text = " ".join(found)
    return (
        text[:1].upper() + text[1:] + ("." if text and text[-1] not in ".:!?" else "")
    )


# --- what tests and demos use of it


def test_files(step: Step) -> list[Path]:
    """List the tests of this step and of those before, and this step's demo."""
    ladder = Ladder(step.root)
    earlier = [each for each in ladder.steps if each.number <= step.number]
    files = [file for each in earlier for file in sorted(each.tests.glob("test_*.py"))]
    demo = [file for file in step.files() if is_demo(file.as_posix())]
    return [*files, *(step.package / file for file in demo if file.suffix == ".py")]


def names_used(step: Step) -> frozenset[str]:
    texts = (file.read_text("utf-8") for file in test_files(step) if file.is_file())
    return frozenset().union(*map(names_in, texts)) - INSIDE


@lru_cache(maxsize=1024)
def names_in(text: str) -> frozenset[str]:
    """Find the attributes that a text uses, and the names that it may hold as text.

    Such as a test's parameters: the names of methods, for `getattr`.
    """
    nodes = list(ast.walk(ast.parse(text)))
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    constants = {node.value for node in nodes if isinstance(node, ast.Constant)}
    return frozenset(attributes | {v for v in constants if isinstance(v, str)})


def imported_parts(step: Step) -> set[tuple[str, str]]:
    """Find what this step's tests import from the package's modules."""
    files = [*step.tests.glob("test_*.py"), *step.tests.glob("*/*.py")]
    return {
        (address.removeprefix(f"{step.name}."), name)
        for file in files
        for address, name in imports_from(file.read_text(encoding="utf-8"))
        if address.startswith(f"{step.name}.")
    }


@lru_cache(maxsize=1024)
def imports_from(text: str) -> frozenset[tuple[str, str]]:
    """Find what a text imports, as pairs of module and name."""
    return frozenset(
        (node.module, alias.name)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    )


# --- as Markdown


def markdown(step: Step, before: Step | None, package: str = "") -> str:
    """Write the interface: what is new in this step, and what stays."""
    known = {each.name: each for each in entries(before)} if before else {}
    now = entries(step)
    new = [each for each in now if is_new(each, known)]
    lines = [f"Import them with `from {package or step.name} import …`.", ""]
    for each in new:
        lines += [*entry_lines(each, known), ""]
    old = [f"`{each.name}`" for each in now if not is_new(each, known)]
    if old:
        lines += [f"As in the step before: {', '.join(old)}.", ""]
    return "\n".join(lines)


def is_new(entry: Entry, known: dict[str, Entry]) -> bool:
    return known.get(entry.name) != entry


def entry_lines(entry: Entry, known: dict[str, Entry]) -> Iterator[str]:
    """Write a name; of one that was there before, only what is new about it."""
    earlier = known.get(entry.name)
    yield f"**`{entry.signature}`**  "
    yield entry.words or "(see the chapter)"
    yield ""
    had = earlier.members if earlier else []
    for member in entry.members:
        if member not in had:
            yield f"- `{member.signature}`" + (
                f": {member.words}" if member.words else ""
            )
    kept = [f"`{member.name}`" for member in entry.members if member in had]
    if kept:
        yield f"- as before: {', '.join(kept)}"


def promises(step: Step) -> str:
    """List what the tests of a step ask for, in the order in which they are asked."""
    about = teaching.read_teaching(step)
    optional = optional_functions(step)
    lines = []
    for number, each in enumerate(about.behaviours, 1):
        may = "*(optional)* " if is_optional(each, optional) else ""
        lines.append(f"{number}. **{each.name}.** {may}{each.means}")
    return "\n".join(lines) + "\n"


def is_optional(behaviour: teaching.Behaviour, optional: set[tuple[str, str]]) -> bool:
    return any(behaviour.covers(*each) for each in optional)


def optional_functions(step: Step) -> set[tuple[str, str]]:
    """Find the tests that a reader may leave for later, as file and function."""
    return {
        (file.name, name)
        for file in step.tests.glob("test_*.py")
        for name in marked_optional(file.read_text(encoding="utf-8"))
    }


@lru_cache(maxsize=1024)
def marked_optional(text: str) -> frozenset[str]:
    """Find the functions of a text that are marked as optional."""
    return frozenset(
        node.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, FUNCTIONS)
        and any("mark.optional" in ast.unparse(each) for each in node.decorator_list)
    )
