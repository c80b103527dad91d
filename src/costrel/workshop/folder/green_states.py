"""Green states: copies of the package as it was when all of a step's tests passed.

They are plain folders, made by `check` and put back by `reset`.
"""

import shutil
import time
from pathlib import Path

from costrel.core.calls import typed_there
from costrel.core.ladder import Ladder, Problem
from costrel.core.workshop_folder import Workshop, read_files

GREEN = "green"
# the package as it was before it was reset
ASIDE = "before-reset"


def green_folder(workshop: Workshop, step: int) -> Path:
    return workshop.kept / GREEN / f"{step:02}"


def keep_green(workshop: Workshop) -> bool:
    """Keep the package as it is; tell whether it differs from what was kept."""
    folder = green_folder(workshop, workshop.step)
    files = workshop.files()
    if folder.is_dir() and read_files(folder) == files:
        return False
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    write_files(fresh, files)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
    return True


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def greens(workshop: Workshop) -> list[int]:
    """List the steps of which a green state is kept."""
    folder = workshop.kept / GREEN
    names = (path.name for path in sorted(folder.glob("[0-9][0-9]")))
    return [int(name) for name in names]


def is_kept(workshop: Workshop) -> bool:
    """Return whether the package, as it is, is one of the green states."""
    files = workshop.files()
    return any(
        read_files(green_folder(workshop, step)) == files for step in greens(workshop)
    )


def find_green(workshop: Workshop, step: int) -> Path:
    folder = green_folder(workshop, step)
    if not folder.is_dir():
        known = ", ".join(map(str, greens(workshop))) or "none yet"
        raise Problem(
            f"No green state of step {step} is kept: `{typed_there('check')}` keeps"
            f" one when all of a step's tests pass (kept: {known})."
        )
    return folder


def put_aside(workshop: Workshop) -> Path:
    """Save the package as it is now, green or not; return the folder."""
    stamp = time.strftime("%Y-%m-%d-%H%M%S")
    folder = workshop.kept / ASIDE / stamp
    number = 1
    while folder.exists():
        number += 1
        folder = workshop.kept / ASIDE / f"{stamp}-{number}"
    write_files(folder, workshop.files())
    return folder


def put_back(workshop: Workshop, step: int, ladder: Ladder) -> Path:
    """Restore the package as a step left it; return what was set aside."""
    files = read_files(find_green(workshop, step))
    aside = put_aside(workshop)
    for name in workshop.files():
        if name not in files:
            (workshop.code / name).unlink()
    write_files(workshop.code, files)
    workshop.step = ladder.get(step).number
    workshop.save()
    return aside
