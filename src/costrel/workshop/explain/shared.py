"""State that all apps share: a test passes alone and fails after others."""

import ast
from collections.abc import Iterator
from pathlib import Path

TITLE = "The tests disturb each other"
MEANS = (
    "Alone, this test passes; after others it fails. So something is left behind that"
    " the next app, or the next request, finds."
)
LIKELY = (
    "Your package keeps state where all apps share it: in a list or a dictionary on a"
    " class, in a module's variable, or in a parameter's default. Make it in"
    " `__init__` and keep it on `self`."
)
MAKERS = {"list", "dict", "set", "defaultdict", "deque", "Counter", "OrderedDict"}
SHOWN = 3


def likely(package: Path) -> str:
    """Say what happens when state is shared, and where the package may do so."""
    found = list(suspects(package))[:SHOWN]
    return f"{LIKELY} Look at {', '.join(found)}." if found else LIKELY


def suspects(package: Path) -> Iterator[str]:
    """List the mutable values that a class or a default has, as file and line."""
    for path in sorted(package.rglob("*.py")):
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (OSError, SyntaxError, ValueError):
            continue
        where = path.relative_to(package.parent).as_posix()
        for value in shared_values(tree):
            yield f"{where}:{value.lineno}"


def shared_values(tree: ast.AST) -> Iterator[ast.expr]:
    """Find the mutable values in a module that are made once and used often."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(body=body):
                assigned = (ast.Assign, ast.AnnAssign)
                values = [each.value for each in body if isinstance(each, assigned)]
            case ast.arguments(defaults=defaults, kw_defaults=keywords):
                values = [*defaults, *keywords]
            case _:
                continue
        yield from (value for value in values if value and is_mutable(value))


def is_mutable(value: ast.expr) -> bool:
    match value:
        case ast.List() | ast.Dict() | ast.Set():
            return True
        case ast.Call(func=ast.Name(name)):
            return name in MAKERS
    return False
