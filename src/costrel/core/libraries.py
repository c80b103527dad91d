"""The libraries that a step imports."""

import ast
import sys
from collections.abc import Iterator

from costrel.core.ladder import Step

# module -> the name of its distribution, where that is another one
DISTRIBUTIONS = {
    "argon2": "argon2-cffi",
    "dotenv": "python-dotenv",
    "email_validator": "email-validator",
}


def libraries(step: Step) -> set[str]:
    """Return the distributions that a step's modules import, those of its demo too."""
    modules = {
        module
        for file in step.package.rglob("*.py")
        for module in top_modules(ast.parse(file.read_text(encoding="utf-8")))
    }
    return {DISTRIBUTIONS.get(name, name) for name in modules - sys.stdlib_module_names}


def top_modules(tree: ast.AST) -> Iterator[str]:
    """Return the top packages of what a module imports, without relative imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module.partition(".")[0]
        elif isinstance(node, ast.Import):
            yield from (each.name.partition(".")[0] for each in node.names)
