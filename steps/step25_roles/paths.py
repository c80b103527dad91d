"""Where an app's files are, found by the name of the module that makes the app."""

import os
import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from os.path import normpath
from pathlib import Path
from typing import IO, Any


def find_root_path(import_name: str) -> str:
    """Return the folder of a module or package, or else the working directory.

    Raises `RuntimeError` for a package without `__init__.py`, because that may be
    in several folders.
    """
    file = find_file(import_name)
    if file is not None:
        return str(file.parent)
    if find_module(import_name) is not None:
        raise RuntimeError(
            f"can't tell which folder {import_name!r} is in: it's a package without"
            " __init__.py; pass App(..., root_path=...)"
        )
    return str(Path.cwd())


def find_public_folder(root_path: str, folder: str | os.PathLike[str]) -> Path:
    """Return a folder below `root_path`, or elsewhere, whose files anyone may read.

    Raises `ValueError` if the code in `root_path` is in that folder.
    """
    home = Path(normpath(Path(root_path, folder)))
    if Path(normpath(root_path)).is_relative_to(home):
        raise ValueError(
            f"static_folder is {os.fspath(folder)!r}, and the code in {root_path!r} is"
            " in it, where anyone could read it. Choose a folder with nothing but"
            " public files."
        )
    return home


def find_name(import_name: str) -> str:
    """Return a module's name, or its file's if it is the program being run."""
    file = find_file(import_name) if import_name == "__main__" else None
    return file.stem if file else import_name


def find_instance_path(import_name: str) -> str:
    """Return the folder for what belongs to one installation, not to the code.

    It is `instance`, next to the outermost package or module, or
    `var/NAME-instance` in the environment which that is installed in.
    """
    file = find_file(import_name)
    if file is None:
        return str(Path.cwd() / "instance")
    # one folder up for each package around the module
    home = file.parents[import_name.count(".") + (file.stem == "__init__")]
    if home.is_relative_to(sys.prefix):
        return str(Path(sys.prefix, "var", f"{import_name}-instance"))
    return str(home / "instance")


def find_file(import_name: str) -> Path | None:
    """Return the file of a module, or None if it has none."""
    file = getattr(sys.modules.get(import_name), "__file__", None)
    if file is None:
        spec = find_module(import_name)
        file = spec.origin if spec is not None and spec.has_location else None
    return None if file is None else Path(file).absolute()


def find_module(import_name: str) -> ModuleSpec | None:
    """Return a module's spec, or None for a made-up name or a prompt's `__main__`."""
    try:
        return find_spec(import_name)
    except (ImportError, ValueError):
        return None


def open_file(folder: str, name: str, mode: str, encoding: str) -> IO[Any]:
    """Open a file in a folder; the encoding is for text only."""
    return Path(folder, name).open(mode, encoding=None if "b" in mode else encoding)
