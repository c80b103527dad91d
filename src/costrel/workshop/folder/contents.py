"""The contents of a workshop, written when it's made and when it moves on a step.

Nothing that the reader has changed is ever overwritten.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from string import Template

from costrel.core import reader_folder
from costrel.core.calls import typed
from costrel.core.ladder import Ladder, Problem, Step, hidden
from costrel.core.libraries import libraries
from costrel.core.workshop_folder import KEPT, STATE, Workshop, check_name, read_files
from costrel.workshop import interface

EMPTY = '"""My own web framework."""\n'
# the contents of each workshop, with `$package` and the like in them
BEGIN = Path(__file__).parent / "begin"


def make(
    ladder: Ladder,
    step: Step,
    folder: Path,
    name: str,
    source: Path | None = None,
    empty: bool = False,
) -> Workshop:
    """Make a workshop for a step in a new folder.

    The package begins with what `source` holds, with nothing, or with our step
    before. Raises `Problem` if the folder is in use or the name can't be one.
    """
    check_name(name)
    check_folder(folder)
    workshop = Workshop(folder, name, step.number, demo_in_package=False)
    before = ladder.before(step)
    with made_whole(folder):
        begin_package(workshop, source, None if empty else before)
        for file, text in texts(workshop, step).items():
            (folder / file).write_text(text, encoding="utf-8", newline="\n")
        for each in ladder.steps:
            if each.number <= step.number:
                copy_tests(workshop, each)
        write_wish(workshop, step)
        write_demo(workshop, before or step)
        workshop.save()
    with suppress(OSError):
        begin_history(folder)
    return workshop


def begin_history(folder: Path) -> None:
    """Make a git repository, unless it is in one; raises `OSError` without git."""
    found = git(folder, "rev-parse", "--is-inside-work-tree")
    if found.returncode != 0:
        git(folder, "init", "--quiet")


def git(folder: Path, *words: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, check=False)


class made_whole:  # noqa: N801  # used like a function
    """Remove a new folder again if its contents couldn't be written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.was_there = folder.is_dir()

    def __enter__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        if kind is not None and not self.was_there:
            shutil.rmtree(self.folder, ignore_errors=True)


def check_folder(folder: Path) -> None:
    """Raise `Problem` for a folder that is in use, or inside another workshop."""
    if folder.is_file():
        raise Problem(f"{str(folder)!r} is a file: name a new folder.")
    if (folder / KEPT / STATE).is_file():
        raise Problem(
            f"{str(folder)!r} is a workshop already: go into it and call"
            f" `{typed('check', folder=folder)}`, or name a new folder."
        )
    if folder.is_dir() and any(folder.iterdir()):
        raise Problem(
            f"The folder {str(folder)!r} is not empty: name a new one, and nothing of"
            " yours is touched. With `--from PACKAGE` it begins with your package."
        )
    around = next((p for p in folder.parents if (p / KEPT / STATE).is_file()), None)
    if around:
        raise Problem(
            f"{str(folder)!r} would be inside the workshop {str(around)!r}: name a"
            " folder outside of it."
        )


def begin_package(workshop: Workshop, source: Path | None, before: Step | None) -> None:
    """Put the first files into the package."""
    if source is not None:
        files = read_files(source)
    elif before is not None:
        files = reader_folder.framework_files(before)
    else:
        files = {"__init__.py": EMPTY.encode()}
    for name, content in files.items():
        path = workshop.code / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def check_source(given: str) -> Path:
    """Find the package that a workshop goes on with; raises `Problem` without one."""
    path = Path(given).resolve()
    if (path / KEPT / STATE).is_file():
        from costrel.core.workshop_folder import load

        return load(path).code
    if not (path / "__init__.py").is_file():
        raise Problem(
            f"{given!r} is no package: name a folder with an __init__.py in it."
        )
    return path


# --- texts


def texts(workshop: Workshop, step: Step) -> dict[str, str]:
    """Write the files of the workshop's folder that are no code of the reader's."""
    return {
        "README.md": readme(workshop, step),
        "pyproject.toml": begun(
            "pyproject",
            package=workshop.package,
            libraries=", ".join(f'"{name}"' for name in sorted(libraries(step))),
        ),
        "conftest.py": begun("conftest"),
        ".gitignore": begun("gitignore"),
    }


def begun(name: str, **values: object) -> str:
    """Fill in one of the texts in the folder `begin`."""
    return Template((BEGIN / f"{name}.txt").read_text(encoding="utf-8")).substitute(
        values
    )


def readme(workshop: Workshop, step: Step) -> str:
    """Write what is to be built: the wish, the interface, what the tests ask."""
    before = Ladder(step.root).before(step)
    return begun(
        "readme",
        package=workshop.package,
        number=step.number,
        slug=step.slug,
        libraries="".join(f", {name}" for name in sorted(libraries(step))),
        interface=interface.markdown(step, before, workshop.package),
        promises=interface.promises(step),
    )


# --- the wish


def write_wish(workshop: Workshop, step: Step) -> None:
    """Write the app that a step makes possible, to look at and to copy from."""
    for name, content in demo_files(workshop, step).items():
        put(workshop.folder / "wishes" / step.slug / name, content)


def write_demo(workshop: Workshop, step: Step) -> list[str]:
    """Write a step's demo, where the reader's is not changed.

    Returns the files that were left as they are, since they are the reader's by now.
    """
    left = []
    for name, content in demo_files(workshop, step).items():
        path = workshop.demo / name
        if path.exists() and not is_untouched(workshop, name):
            left.append(name)
            continue
        put(path, content)
        workshop.wish[name] = digest(content)
    return left


def demo_files(workshop: Workshop, step: Step) -> dict[str, bytes]:
    """Return a step's demo as it belongs in this workshop."""
    package = "" if workshop.demo_in_package else workshop.package
    return reader_folder.demo_files(step, package)


def is_untouched(workshop: Workshop, name: str) -> bool:
    """Return whether a file is as a wish has it: as it was written, or copied since."""
    content = (workshop.demo / name).read_bytes()
    copies = (workshop.folder / "wishes").glob(f"*/{name}")
    return workshop.wish.get(name) == digest(content) or any(
        copy.read_bytes() == content for copy in copies
    )


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()[:16]


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


# --- tests, to read and to run with pytest


def copy_tests(workshop: Workshop, step: Step) -> None:
    """Copy a step's tests, under the package's name; keeps files that are there.

    `check` runs the book's own, so a change to these deceives nobody.
    """
    for path in readable(step.tests):
        target = workshop.folder / "tests" / step.name / path.relative_to(step.tests)
        if not target.exists():
            put(target, renamed(path, workshop.package))


def readable(folder: Path) -> Iterator[Path]:
    """List the tests of a folder, without what would give the answer away."""
    for path in sorted(folder.rglob("*.py")):
        inside = path.relative_to(folder)
        if path.name.startswith(("test_", "conftest")) and not hidden(inside):
            yield path


def renamed(path: Path, package: str) -> bytes:
    """Read a test with the reader's package in place of any step."""
    text = path.read_text(encoding="utf-8")
    return re.sub(r"\bstep\d\d_[a-z_]+\b", package, text).encode()


def task(path: Path, package: str) -> bytes:
    """Read an exercise's task as it is done in a workshop."""
    text = renamed(path, package).decode()
    return re.sub(
        r"python3 book\.py test exercises/\S+", "costrel check", text
    ).encode()


# --- moving on


def move_on(workshop: Workshop, step: Step) -> list[str]:
    """Write the next step's wish, interface and tests; the package stays as it is.

    The demo becomes that of the step just done. Returns its files that were not
    written, since the reader has changed theirs.
    """
    workshop.step = step.number
    copy_tests(workshop, step)
    write_wish(workshop, step)
    done = Ladder(step.root).before(step)
    left = write_demo(workshop, done) if done else []
    text = readme(workshop, step)
    (workshop.folder / "README.md").write_text(text, encoding="utf-8", newline="\n")
    workshop.save()
    return left


# --- exercises


def open_exercise(workshop: Workshop, step: Step, name: str) -> Path:
    """Put an exercise into the workshop; raises `Problem` if there is none."""
    known = [
        p.name for p in sorted(step.exercises.glob("*")) if (p / "task.md").is_file()
    ]
    if name not in known:
        raise Problem(
            f"Step {step.number} has no exercise {name!r}: it has {', '.join(known)}."
        )
    # before the files: who watches them asks then for the exercises that are open
    opened = f"{step.slug}/{name}"
    if opened not in workshop.exercises:
        workshop.exercises.append(opened)
        workshop.save()
    source = step.exercises / name
    target = workshop.folder / "exercises" / step.slug / name
    put(target / "task.md", task(source / "task.md", workshop.package))
    for path in readable(source):
        put(target / path.name, renamed(path, workshop.package))
    answer = target / "answer.py"
    if not answer.exists():
        put(answer, f'"""My answer to the exercise {name}."""\n'.encode())
    return target
