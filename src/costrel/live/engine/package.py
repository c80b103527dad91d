"""The package that the reader edits: a folder of files, imported anew for each run."""

import importlib
import linecache
import os
import shutil
import sys
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from time import time
from typing import Any

from .log import Log
from .server import shown
from .trouble import RefusedError

# a text, or {"base64": "…"} for what is none
Content = str | Mapping[str, str]
Files = Mapping[str, Content | None]
# characters of a name
LONGEST = 200
MISSING = object()
BYTECODE = "__pycache__"


class Package:
    """A package by its name, in a folder of its own below `home`."""

    def __init__(self, name: str, home: Path, entry: str = "demo") -> None:
        self.name = name
        # what the app writes beside the package is here, too
        self.home = home
        self.folder = home / name
        # the module that has the app
        self.entry = entry
        self.log = Log()
        self.environ = dict(os.environ)
        # the second that files get which are written next
        self.stamp = 0

    def write(self, files: Files) -> None:
        """Bring the folder to what `files` say. Raises `RefusedError`."""
        wanted = {
            checked_name(name): data_of(name, content)
            for name, content in files.items()
            if content is not None
        }
        self.stamp = max(self.stamp + 1, int(time()))
        for path in self.present() - {self.folder / name for name in wanted}:
            remove(path)
        for name, data in wanted.items():
            self.write_file(name, data)

    def present(self) -> set[Path]:
        """List the files that are there, but for bytecode."""
        found = (path for path in self.folder.rglob("*") if not path.is_dir())
        return {path for path in found if path.parent.name != BYTECODE}

    def write_file(self, name: str, data: bytes) -> None:
        """Write a file, unless it is as it should be."""
        path = self.folder / name
        try:
            if path.is_file() and path.read_bytes() == data:
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        except OSError as error:
            reason = error.strerror or error
            raise RefusedError(f"{name} can't be written: {reason}.") from None
        # bytecode counts for the second in which its source was written
        os.utime(path, (self.stamp, self.stamp))

    def adopt_bytecode(self) -> None:
        """Take over the bytecode of the installed step, where it is installed."""
        spec = find_spec(self.name)
        if spec is None or spec.origin is None:
            return
        compiled = Path(spec.origin).parent / BYTECODE
        if compiled.is_dir() and compiled.parent != self.folder:
            shutil.copytree(compiled, self.folder / BYTECODE, dirs_exist_ok=True)

    def start(self) -> Callable[..., Any]:
        """Import the package again, and return its app. Raises `RefusedError`."""
        self.forget()
        module = importlib.import_module(f"{self.name}.{self.entry}")
        app = getattr(module, "app", MISSING)
        if app is MISSING:
            raise RefusedError(
                f"{self.entry}.py has no `app`: make one, with `app = App(__name__)`."
            )
        if not callable(app):
            raise RefusedError(
                f"`app` in {self.entry}.py is {shown(app)}: a server calls it for each"
                " request, so it has to be callable."
            )
        return app

    def forget(self) -> None:
        """Forget the run before: modules, loggers, and the files that it wrote."""
        for name in [*sys.modules]:
            if name == self.name or name.startswith(f"{self.name}."):
                del sys.modules[name]
        self.log.forget_loggers(self.name)
        for path in self.home.iterdir():
            if path != self.folder:
                remove(path)
        os.environ.clear()
        os.environ.update(self.environ)
        importlib.invalidate_caches()
        linecache.clearcache()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let the app print, log, import and look for files here meanwhile."""
        before, path = Path.cwd(), list(sys.path)
        os.chdir(self.home)
        sys.path.insert(0, str(self.home))
        try:
            with self.log.listening():
                yield
        finally:
            sys.path[:] = path
            os.chdir(before)


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def checked_name(name: str) -> str:
    """Raise `RefusedError` for a name that is none of a file in the package."""
    parts = name.split("/")
    odd = {"", ".", ".."} & set(parts) or "\\" in name or not name.isprintable()
    if odd or len(name) > LONGEST:
        raise RefusedError(
            f"A file has the name {shown(name)}: its name is a path inside the package,"
            " such as templates/index.html."
        )
    return name


def data_of(name: str, content: Content) -> bytes:
    if isinstance(content, str):
        return content.encode(errors="replace")
    try:
        return b64decode(content["base64"], validate=True)
    except (KeyError, TypeError, ValueError):
        raise RefusedError(f"What is in {name} is neither text nor Base64.") from None
