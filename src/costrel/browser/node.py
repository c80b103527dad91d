"""Node and npm: found, asked to install what package-lock.json locks, and run."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from costrel.core.files import write_tree
from costrel.core.ladder import Problem

from .cache import once
from .wheel import summed

# what Pyodide and esbuild need
OLDEST = 18
LOCKED = ("package.json", "package-lock.json")
# scripts of a package could download what no lock names
INSTALL = ("ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund")


class MissingError(Exception):
    """There is no Node or no npm here: the site is built without them."""


def program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise MissingError(f"{name} is not installed")
    return path


def check() -> None:
    """Raise `MissingError` unless Node and npm are here, and new enough."""
    program("npm")
    asked = [program("node"), "--version"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)", said)
    if found is None or int(found[1]) < OLDEST:
        raise MissingError(f"Node {said.strip()} is older than {OLDEST}")


class Modules:
    """The packages of npm that run in the browser, in a folder of their own."""

    def __init__(self, root: Path, shelf: Path) -> None:
        """Install exactly what is locked, unless it was installed before.

        Raises `MissingError` without Node or npm, `Problem` when npm fails.
        """
        check()
        locked = {name: (root / name).read_bytes() for name in LOCKED}
        self.fingerprint = summed(locked)
        self.folder = once(shelf, self.fingerprint, partial(install, locked))

    def __truediv__(self, name: str) -> Path:
        """Return the place of a package, or of a file in one."""
        return self.folder / "node_modules" / name

    def run(self, *arguments: str) -> str:
        """Run a script with Node, and return its output.

        It finds the packages that are installed here.
        """
        packages = {"NODE_PATH": str(self.folder / "node_modules")}
        return call([program("node"), *arguments], self.folder, packages)

    def bundle(self, script: Path, *options: str) -> bytes:
        """Put a script and what it imports into one; `options` are esbuild's."""
        esbuild = str(self / "esbuild" / "bin" / "esbuild")
        asked = ("--bundle", "--minify", "--log-level=error", *options)
        return self.run(esbuild, str(script), *asked).encode()


def install(locked: Mapping[str, bytes], folder: Path) -> None:
    write_tree(folder, locked)
    call([program("npm"), *INSTALL], folder)


def call(
    command: list[str], folder: Path, variables: Mapping[str, str] | None = None
) -> str:
    """Run a program in a folder, and return its output.

    Raises `Problem` with its last lines if it fails.
    """
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(variables or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise Problem(told(command, done.stdout + done.stderr))
    return done.stdout


def told(command: list[str], output: str) -> str:
    """Say which program failed, and its last words."""
    # Node shows the line of an error, and a packed script is one line
    lines = [line[:200] for line in output.splitlines() if line.strip()]
    called = f"{Path(command[0]).stem} {Path(command[1]).name}"
    return "\n".join([f"`{called}` failed; its last words:", *lines[-8:]])
