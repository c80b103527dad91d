"""Environment variables: those the command line reads, and files with more of them.

How the settings of an app are read from variables is in `config`.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import click

YES = {"1", "t", "true", "y", "yes", "on"}
# files that are read by themselves; the last one counts most
DEFAULT_FILES = (".flaskenv", ".env")


def flag(name: str, default: bool = False) -> bool:
    """Return whether a variable says yes. Any other word means no."""
    word = os.environ.get(name)
    return word.lower() in YES if word else default


def get_debug_flag(default: bool = False) -> bool:
    """Return whether the variable FLASK_DEBUG asks for debug mode."""
    return flag("FLASK_DEBUG", default)


def set_debug_flag(debug: bool) -> None:
    """Have apps made from now on start in debug mode, or not."""
    os.environ["FLASK_DEBUG"] = str(int(debug))


def load_dotenv(
    path: str | os.PathLike[str] | None = None, load_defaults: bool = True
) -> bool:
    """Set the variables of `.flaskenv`, `.env` and the file at `path`.

    A later file counts more than an earlier one, and a variable that is set already
    more than all of them. Return whether there were any. Without python-dotenv, say
    that the files aren't read. Raises `ClickException` if one can't be read.
    """
    files = [*default_files()] if load_defaults else []
    if path is not None and Path(path).is_file():
        files.append(Path(path))
    found = read(files)
    for name, value in found.items():
        os.environ.setdefault(name, value)
    return bool(found)


def default_files() -> Iterator[Path]:
    """Yield the nearest file of each default name, if there's one."""
    for name in DEFAULT_FILES:
        file = find_upward(name)
        if file is not None:
            yield file


def find_upward(name: str) -> Path | None:
    """Return the nearest file of that name, in the working directory or above it.

    Anyone can leave a file in a folder like /tmp, so it counts only if it belongs to
    whoever owns the working directory, or to root.
    """
    home = Path.cwd()
    trusted = {home.stat().st_uid, 0}
    for folder in (home, *home.parents):
        file = folder / name
        if not file.is_file():
            continue
        if file.lstat().st_uid in trusted:
            return file
        click.echo(
            f"{file} isn't read: it belongs neither to {home}'s owner nor to root.",
            err=True,
        )
    return None


def read(files: list[Path]) -> dict[str, str]:
    """Return the variables in some files; a later file replaces those of an earlier."""
    if not files:
        return {}
    try:
        from dotenv import dotenv_values
    except ImportError:
        names = " and ".join(file.name for file in files)
        click.echo(f"{names} can't be read: install python-dotenv.", err=True)
        return {}
    found: dict[str, str | None] = {}
    for file in files:
        try:
            found |= dotenv_values(file, encoding="utf-8")
        except (OSError, UnicodeError) as error:
            raise click.ClickException(f"{file} can't be read: {error}") from error
    # a name without `=` has no value
    return {name: value for name, value in found.items() if value is not None}
