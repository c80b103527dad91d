"""The files below a folder, all at once: read them, or make the folder hold them."""

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
