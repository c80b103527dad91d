"""The parts of the site that run in the reader's browser: a folder for each.

What they are made of is kept in build/inbrowser between builds.
"""

from pathlib import Path

from costrel.browser import jupyterlite, pyodide
from costrel.browser.node import LOCKED, Modules
from costrel.core.files import sync
from costrel.core.ladder import Ladder
from costrel.live import site_files

# what they are made by
CODE = tuple(Path(__file__).parents[1] / name for name in ("browser", "live"))
NAMES = ("pyodide", "lite", "live")


def built_folder(root: Path, name: str) -> Path:
    """Return where a part is once it's built."""
    return root / "build" / "inbrowser" / "site" / name


def build(root: Path) -> None:
    """Make all parts, or bring them up to date.

    Raises `MissingError` without Node or npm, `Problem` when one of them fails.
    """
    kept = root / "build" / "inbrowser"
    modules = Modules(root, kept / "npm")
    ladder = Ladder(root)
    runtime = pyodide.collect(ladder, modules, kept)
    parts = {
        "pyodide": runtime,
        "lite": jupyterlite.collect(ladder, kept / "lite"),
        "live": site_files.collect(ladder, modules, runtime),
    }
    for name in NAMES:
        sync(built_folder(root, name), parts[name])


def sources(root: Path) -> list[Path]:
    """List the files that they depend on, besides the steps and the notebooks."""
    code = [path for folder in CODE for path in folder.rglob("*.*")]
    locks = [root / "requirements" / name for name in ("pyodide.txt", "browser.txt")]
    ours = sorted(path for path in code if path.suffix != ".pyc")
    return [*ours, *locks, *(root / name for name in LOCKED)]
