"""The reader's folder: `framework/`, `demo.py`, and what belongs to the demo.

A step keeps all of these in one package. This module translates between a path of
the folder and a path of the package, and between their texts: a demo imports the
framework where a step's imports its own package. So do the demo's extensions.
"""

import re

from costrel.core.ladder import Step

FRAMEWORK = "framework"
DEMO = "demo.py"
# what the demo brings along besides `demo.py`
BELONGINGS = ("extensions/", "templates/", "static/")
# what `python -m PACKAGE` runs
MAIN = "__main__.py"
STEP = re.compile(r"^(\s*(?:from|import) )step\d\d_\w+", re.MULTILINE)
# an import from a package that a file of the demo is in: its dots and what follows
RELATIVE = re.compile(r"^(\s*from )(\.+)([\w.]*)(?= import\b)", re.MULTILINE)


def is_demo(name: str) -> bool:
    """Return whether a step's file belongs to the demo, not to the framework."""
    return name == DEMO or name.startswith(BELONGINGS)


def is_framework(name: str) -> bool:
    """Return whether a step's file is neither of the demo nor what starts it."""
    return not is_demo(name) and name != MAIN


def only_starts_demo(name: str, text: str) -> bool:
    """Return whether a file is there for the book alone: a reader calls `demo.py`.

    From the step on that has a command line, it's the reader's as well.
    """
    return name == MAIN and "from ." not in text


def typed_path(name: str) -> str:
    """Return the reader's path of a step's file."""
    return name if is_demo(name) else f"{FRAMEWORK}/{name}"


def step_path(path: str) -> str | None:
    """Return the step's file behind a reader's path; None if it has none."""
    if is_demo(path):
        return path
    folder, _, name = path.partition("/")
    return name if folder == FRAMEWORK and name else None


def typed_text(name: str, text: str, package: str = FRAMEWORK) -> str:
    """Return a step's file as the reader types it, line for line.

    It's empty if nobody does, because the book alone needs the file.
    """
    if only_starts_demo(name, text):
        return ""
    if not (is_demo(name) and name.endswith(".py") and package):
        return text

    def absolute(match: re.Match[str]) -> str:
        start, dots, module = match.groups()
        if len(dots) <= name.count("/"):
            # a neighbor's in the same folder
            return match[0]
        demos = f"{module.replace('.', '/')}/".startswith(BELONGINGS)
        return start + (module if demos else ".".join(filter(None, (package, module))))

    return RELATIVE.sub(absolute, text)


def typed_beside(text: str) -> str:
    """Return a file of the book's tests as the reader types it beside the framework."""
    return STEP.sub(rf"\g<1>{FRAMEWORK}", text)


def files(step: Step | None) -> dict[str, bytes]:
    """Return what a reader's folder holds after a step's chapter, by path.

    Nothing, before the first one.
    """
    return {
        typed_path(name): content
        for name, content in {**framework_files(step), **demo_files(step)}.items()
    }


def framework_files(step: Step | None) -> dict[str, bytes]:
    """Return the files of a step's framework, by their paths in the package."""
    return {
        name: content
        for name, content in package_files(step).items()
        if not is_demo(name) and not only_starts_demo(name, content.decode())
    }


def demo_files(step: Step | None, package: str = FRAMEWORK) -> dict[str, bytes]:
    """Return a step's demo for a framework of that name, by its paths.

    Without a name, as it is in the step, for a demo inside the package.
    """
    return {
        name: typed_text(name, content.decode(), package).encode()
        if name.endswith(".py")
        else content
        for name, content in package_files(step).items()
        if is_demo(name)
    }


def package_files(step: Step | None) -> dict[str, bytes]:
    paths = step.files() if step else []
    return {
        path.as_posix(): (step.package / path).read_bytes() for path in paths if step
    }
