"""The files below a folder, all at once: read them, or make the folder hold them."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path


def read_tree(folder: Path) -> dict[str, bytes]:
    """Read all files below a folder, by their paths from there."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def sync(
    folder: Path, files: Mapping[str, str | bytes], kept: tuple[str, ...] = ()
) -> None:
    """Make a folder hold exactly these files; touch only what differs.

    The folders in it that are `kept` are left as they are.
    """
    write_tree(folder, files)
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        is_ours = name.as_posix() in files or name.parts[0] in kept
        if path.is_file() and not is_ours:
            path.unlink()


def write_tree(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files below a folder, and leave others in it alone."""
    for name, content in files.items():
        write_if_changed(folder / name, content)


def write_if_changed(path: Path, content: str | bytes) -> None:
    data = content.encode() if isinstance(content, str) else content
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def save(path: Path, text: str) -> bool:
    """Replace a text file unless it says the same; return whether it was replaced."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    replace_file(path, text.encode())
    return True


def replace_file(path: Path, content: bytes) -> None:
    """Replace a file in one move, so that no half of it is ever there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    spare = Path(name)
    try:
        spare.write_bytes(content)
        spare.chmod(path.stat().st_mode if path.exists() else 0o644)
        spare.replace(path)
    finally:
        spare.unlink(missing_ok=True)
