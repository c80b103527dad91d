"""The folder of everything that runs in the browser, as it goes into the site.

It is kept in build/inbrowser between builds, and so is what it is made from.
"""

from pathlib import Path

from costrel.ladder import Ladder
from costrel.site import sync

from . import lite, python
from .node import Modules


def build(root: Path) -> Path:
    """Make the folder, or bring it up to date, and give its place.

    Raises `MissingError` without Node or npm, `Problem` when one of them fails.
    """
    folder = root / "build" / "inbrowser"
    modules = Modules(root, folder / "npm")
    ladder = Ladder(root)
    parts = {
        "pyodide": python.collect(ladder, modules, folder),
        "lite": lite.collect(ladder, folder),
    }
    files = {
        f"{part}/{name}": parts[part][name] for part in parts for name in parts[part]
    }
    sync(folder / "site", files)
    return folder / "site"


if __name__ == "__main__":
    from costrel.ladder import find_root

    print(build(find_root()))
