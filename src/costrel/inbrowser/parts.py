"""The parts of the site that run in the reader's browser: a folder for each.

What they are made of is kept in build/inbrowser between builds.
"""

from pathlib import Path

from costrel.core.files import sync
from costrel.core.ladder import Ladder

from . import lite, livestep, python
from .node import LOCKED, Modules

NAMES = ("pyodide", "lite", "live")


def place(root: Path, name: str) -> Path:
    """Return where a part is once it's built."""
    return root / "build" / "inbrowser" / "site" / name


def build(root: Path) -> None:
    """Make all parts, or bring them up to date.

    Raises `MissingError` without Node or npm, `Problem` when one of them fails.
    """
    kept = root / "build" / "inbrowser"
    modules = Modules(root, kept / "npm")
    ladder = Ladder(root)
    runtime = python.collect(ladder, modules, kept)
    parts = {
        "pyodide": runtime,
        "lite": lite.collect(ladder, kept / "lite"),
        "live": livestep.collect(ladder, modules, runtime),
    }
    for name in NAMES:
        sync(place(root, name), parts[name])


def sources(root: Path) -> list[Path]:
    """List the files that they depend on, besides the steps and the notebooks."""
    here = Path(__file__).parent
    code = [path for path in here.rglob("*.*") if path.suffix != ".pyc"]
    locks = [root / "requirements" / name for name in ("pyodide.txt", "browser.txt")]
    return [*sorted(code), *locks, *(root / name for name in LOCKED)]
