"""Write the locks from pyproject.toml: `python requirements/lock.py [--upgrade]`.

Each lock is one of the dependency groups with exact versions and hashes, for every
system and every Python that the project supports. `dev` contains all others, so it
is resolved first and the others take their versions from it. Without `--upgrade` a
version changes only where pyproject.toml asks for it.

`pyodide` is for no environment but for the browser, with one Python and one system.
"""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
PROJECT = FOLDER.parent / "pyproject.toml"
GROUPS = ("dev", "base", "read", "test", "notebook", "browser", "pyodide")
# a lock names no index: a reader's pip asks the one that it is configured for
OPTIONS = (
    "--no-python-downloads",
    "--generate-hashes",
    "--no-header",
    "--no-annotate",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--quiet",
)
EVERYWHERE = ("--universal", "--python-version=3.11")
# that of npm's `pyodide`; its libraries have to be pure wheels, or made for it
PYODIDE = ("--python-version=3.14", "--python-platform=wasm32-pyodide2025")


def main(arguments: list[str]) -> None:
    unknown = set(arguments) - {"--upgrade"}
    if unknown:
        sys.exit(
            f"{sorted(unknown)[0]!r} is not known here: the only one is --upgrade."
        )
    for group in GROUPS:
        write(group, arguments if group == "dev" else [])


def write(group: str, options: list[str]) -> None:
    """Resolve one group; those after `dev` may only choose what it chose."""
    lock = FOLDER / f"{group}.txt"
    if group != "dev":
        options = [*options, f"--constraints={FOLDER / 'dev.txt'}"]
    options = [*(PYODIDE if group == "pyodide" else EVERYWHERE), *options]
    command = [sys.executable, "-m", "uv", "pip", "compile", *OPTIONS, *options]
    source = [f"--group={PROJECT}:{group}", f"--output-file={lock}"]
    done = subprocess.run([*command, *source], stdout=subprocess.DEVNULL)
    if done.returncode:
        sys.exit(f"uv could not lock {group!r}: its words are above.")
    lines = lock.read_text(encoding="utf-8").splitlines()
    packages = [line for line in lines if line and not line.startswith(" ")]
    print(f"requirements/{lock.name}: {len(packages)} packages")


if __name__ == "__main__":
    main(sys.argv[1:])
