"""How large a piece of Python is: lines of code, statements, and public names.

Comments, docstrings and blank lines explain a program and are no part of its size.
"""

import ast
import io
import tokenize
from functools import lru_cache

from costrel.core.ladder import Step
from costrel.core.symbols import DEFINITIONS, is_docstring, symbols

NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def code_lines(text: str) -> int:
    """Count the lines that hold code: no blanks, comments or docstrings."""
    return len(code_line_numbers(text))


def code_line_numbers(text: str) -> list[int]:
    """Find the lines that hold code, counted from 1."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    for docstring in docstrings(ast.parse(text)):
        lines -= set(range(docstring.lineno, (docstring.end_lineno or 0) + 1))
    return sorted(lines)


def statements(text: str) -> int:
    """Count the statements without docstrings and annotations.

    A body that holds nothing else counts as one statement, like `pass`.
    """
    tree = ast.parse(text)
    left_out = {id(node) for node in docstrings(tree)}
    left_out |= {id(node) for node in ast.walk(tree) if is_declaration(node)}
    every = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    empty = sum(
        all(id(statement) in left_out for statement in node.body)
        for node in ast.walk(tree)
        if isinstance(node, DEFINITIONS)
    )
    return sum(id(node) not in left_out for node in every) + empty


def docstrings(tree: ast.AST) -> list[ast.stmt]:
    """Find the docstrings of a module, its classes and its functions."""
    bodies = [
        node.body
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, *DEFINITIONS))
    ]
    return [body[0] for body in bodies if body and is_docstring(body[0])]


def is_declaration(node: ast.AST) -> bool:
    """Return whether a statement only names a type, as in `name: str`."""
    return isinstance(node, ast.AnnAssign) and node.value is None


def public_names(step: Step) -> list[str]:
    """List what a step offers: its exports, and the members of exported classes.

    Of a package inside it, such as `security`, list the exports alone.
    """
    exported = exports((step.package / "__init__.py").read_text(encoding="utf-8"))
    members: dict[str, list[str]] = {name: [] for name in exported}
    for file in step.files():
        if file.suffix == ".py":
            text = (step.package / file).read_text(encoding="utf-8")
            classes = {
                node.name
                for node in ast.parse(text).body
                if isinstance(node, ast.ClassDef)
            }
            for name in symbols(text):
                owner, _, member = name.partition(".")
                if owner in members and owner in classes and is_public(member):
                    members[owner].append(name)
    own = [name for owner in exported for name in (owner, *members[owner])]
    return own + exports_inside(step)


def exports_inside(step: Step) -> list[str]:
    """List what the packages inside a step export, as in `security.Hardening`."""
    return [
        f"{file.parent.as_posix().replace('/', '.')}.{name}"
        for file in step.files()
        if file.name == "__init__.py" and file.parent.parts
        for name in exports((step.package / file).read_text(encoding="utf-8"))
    ]


@lru_cache(maxsize=1024)
def exports(text: str) -> tuple[str, ...]:
    """List the names that an `__init__` exports: in `__all__`, or else imported."""
    body = ast.parse(text).body
    for node in body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return tuple(str(name) for name in ast.literal_eval(node.value))
    imports = [node for node in body if isinstance(node, ast.ImportFrom)]
    names = [alias.asname or alias.name for node in imports for alias in node.names]
    return tuple(name for name in names if is_public(name))


def is_public(name: str) -> bool:
    return name.isidentifier() and not name.startswith("_")
