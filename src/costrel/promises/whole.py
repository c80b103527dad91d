"""The ladder is whole: each step has all its parts, and their names agree."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from costrel.core.ladder import STEP_NAME, Ladder, Step, hidden
from costrel.core.reader_folder import is_demo

MODULES = ("__init__.py", "__main__.py", "app.py", "demo.py")
EXERCISE = ("task.md", "solution.py", "test_*.py")
EXERCISES_WANTED = 2
# what each package may import, beside the standard library
LIBRARIES = {
    "asgiref",
    "blinker",
    "click",
    "dotenv",
    "itsdangerous",
    "jinja2",
    "markupsafe",
    "werkzeug",
}
# what its extensions and the demo may import besides
EXTENDED = {
    "lmdb",
    "peewee",
    "sqlalchemy",
}
# and what its security extension may
SECURED = {
    "argon2",
    "bcrypt",
    "email_validator",
    "sqlalchemy",
    "wtforms",
    "zxcvbn",
}
# folder -> the form of the names in it that belong to a step
NAMED = {
    "steps": STEP_NAME,
    "tests": STEP_NAME,
    "chapters": re.compile(r"(\d\d)-([\w-]+)\.md"),
    "notebooks": re.compile(r"(\d\d)-([\w-]+)\.ipynb"),
    "exercises": re.compile(r"(\d\d)-([\w-]+)"),
}


def missing_parts(step: Step) -> list[str]:
    """Find what a step lacks: modules, tests, chapter, notebook, exercises."""
    wanted = [step.package / name for name in MODULES]
    wanted += [step.chapter, step.notebook, step.tests]
    missing = [path for path in wanted if not path.exists()]
    complaints = [f"{shown(step, path)}: is missing" for path in missing]
    if step.tests.is_dir() and not any(step.tests.glob("test_*.py")):
        complaints.append(f"{shown(step, step.tests)}: has no test_*.py")
    return [*complaints, *missing_exercises(step)]


def missing_exercises(step: Step) -> Iterator[str]:
    folders = [path for path in sorted(step.exercises.glob("*")) if path.is_dir()]
    folders = [folder for folder in folders if not hidden(Path(folder.name))]
    if len(folders) < EXERCISES_WANTED:
        yield (
            f"{shown(step, step.exercises)}: has {len(folders)} exercises,"
            f" at least {EXERCISES_WANTED} are wanted"
        )
    for folder in folders:
        for pattern in EXERCISE:
            if not any(folder.glob(pattern)):
                yield f"{shown(step, folder)}: has no {pattern}"


def shown(step: Step, path: Path) -> str:
    return path.relative_to(step.root).as_posix()


def names_that_disagree(ladder: Ladder) -> list[str]:
    """Find gaps in the numbers, and parts that belong to no step."""
    numbers = [step.number for step in ladder.steps]
    complaints = []
    if numbers != list(range(1, len(numbers) + 1)):
        complaints.append(f"steps: the numbers are {numbers}: a gap, or one twice")
    known = {(f"{step.number:02}", step.topic) for step in ladder.steps}
    for folder, form in NAMED.items():
        for path in sorted((ladder.root / folder).glob("*")):
            match = form.fullmatch(path.name)
            if match and match.groups() not in known:
                complaints.append(f"{folder}/{path.name}: belongs to no step")
    return [*complaints, *names_not_listed(ladder)]


def names_not_listed(ladder: Ladder) -> Iterator[str]:
    """Compare the steps with the list that the front page draws."""
    file = ladder.root / "chapters" / "ladder.toml"
    if not file.is_file():
        return
    parts = tomllib.loads(file.read_text(encoding="utf-8"))["part"]
    listed = [step["name"] for part in parts for step in part["steps"]]
    for step in ladder.steps:
        if step.name not in listed:
            yield f"chapters/ladder.toml: does not list {step.name}"


def wrong_imports(step: Step) -> list[str]:
    """Find imports that a step may not make, and circles of imports."""
    needs: dict[str, set[str]] = {}
    complaints = []
    for file in sorted(step.package.rglob("*.py")):
        place = shown(step, file)
        path = file.relative_to(step.package)
        module = ".".join(path.with_suffix("").parts)
        needs[module] = set()
        allowed = LIBRARIES | libraries_for(path.as_posix())
        for line, level, name in imports(file):
            if level:
                folder = file.parents[level - 1] / Path(*name.split("."))
                needs[module].add(module_at(folder, step.package))
            elif refused := why_refused(step, name.partition(".")[0], allowed):
                complaints.append(f"{place}:{line}: imports {name}: {refused}")
    return [*complaints, *circles(step, needs)]


def libraries_for(path: str) -> set[str]:
    """Return what a file may import besides what the framework is built on."""
    if is_demo(path):
        return EXTENDED | SECURED
    return SECURED if path.startswith("security/") else set()


def imports(file: Path) -> Iterator[tuple[int, int, str]]:
    """Return each import's line, its level (0: absolute) and the module's name.

    What is imported for types alone isn't imported when the step runs.
    """
    tree = ast.parse(file.read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if not is_for_types(node)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, 0, alias.name
        elif isinstance(node, ast.ImportFrom):
            for name in {node.module or alias.name for alias in node.names}:
                yield node.lineno, node.level, name


def is_for_types(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def module_at(path: Path, package: Path) -> str:
    """Return the module that an import finds at a path, or the package it is in."""
    if path.is_dir():
        path /= "__init__"
    elif not path.with_name(f"{path.name}.py").is_file():
        path = path.with_name("__init__")
    return ".".join(path.relative_to(package).parts)


def why_refused(step: Step, package: str, allowed: set[str]) -> str | None:
    if package in sys.stdlib_module_names:
        return None
    if STEP_NAME.fullmatch(package):
        return "inside a step, imports are relative"
    if step.number == 1:
        return "the first step needs the standard library alone"
    if package not in allowed:
        return f"a step is built on {', '.join(sorted(allowed))}"
    return None


def circles(step: Step, needs: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        circle = " → ".join(reversed(error.args[1]))
        return [f"steps/{step.name}: imports go in a circle: {circle}"]
    return []
