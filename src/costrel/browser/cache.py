"""Folders that are made once and kept, each named by what it was made from.

One that is there is whole, even if the process that made another was ended.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

UNFINISHED = "unfinished-"


def once(shelf: Path, key: str, make: Callable[[Path], None]) -> Path:
    """Return a key's folder, created if missing; delete those of older keys.

    `make` is given the new folder, which is empty.
    """
    place = shelf / key[:16]
    if not place.is_dir():
        shelf.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=shelf, prefix=UNFINISHED) as around:
            made = Path(around) / "made"
            made.mkdir()
            make(made)
            move(made, place)
        forget(shelf, place)
    return place


def move(made: Path, place: Path) -> None:
    """Move a folder to its place, unless another process was faster."""
    try:
        made.rename(place)
    except OSError:
        if not place.is_dir():
            raise


def forget(shelf: Path, place: Path) -> None:
    """Remove the folders of other keys; what another process makes is left alone."""
    for other in shelf.iterdir():
        if other != place and not other.name.startswith(UNFINISHED):
            shutil.rmtree(other, ignore_errors=True)
