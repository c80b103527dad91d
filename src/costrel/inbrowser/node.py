"""Node and npm: found, asked to install what package-lock.json locks, and run."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from costrel.ladder import Problem

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

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = root
        self.folder = folder
        self.stamp = folder / "installed"

    def __truediv__(self, name: str) -> Path:
        """Give the place of a package, or of a file in one."""
        return self.folder / "node_modules" / name

    def install(self) -> None:
        """Install exactly what is locked, unless it was installed before.

        Raises `MissingError` without Node or npm, `Problem` when npm fails.
        """
        check()
        if self.stamp.is_file() and self.stamp.read_text("utf-8") == self.fingerprint():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in LOCKED:
            shutil.copyfile(self.root / name, self.folder / name)
        self.stamp.unlink(missing_ok=True)
        call([program("npm"), *INSTALL], self.folder)
        self.stamp.write_text(self.fingerprint(), encoding="utf-8")

    def fingerprint(self) -> str:
        """Sum up what is locked."""
        return sha256(
            b"".join((self.root / name).read_bytes() for name in LOCKED)
        ).hexdigest()

    def run(self, *arguments: str) -> None:
        """Run a script with Node; it finds the packages that are installed here."""
        packages = {"NODE_PATH": str(self.folder / "node_modules")}
        call([program("node"), *arguments], self.folder, packages)


def call(
    command: list[str], folder: Path, variables: Mapping[str, str] | None = None
) -> None:
    """Run a program in a folder; raise `Problem` with its last lines if it fails."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(variables or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        # Node shows the line of an error, and a packed script is one line
        lines = [line[:200] for line in done.stdout.splitlines() if line.strip()]
        called = f"{Path(command[0]).stem} {Path(command[1]).name}"
        raise Problem(f"`{called}` failed; its last words:\n" + "\n".join(lines[-8:]))
