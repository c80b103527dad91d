"""The folder `pyodide/` of the site: Python for the browser, with all its packages.

The package's docstring says what is in it, and how a page loads it.
"""

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from costrel.core.ladder import Ladder

from . import wheel_sources
from .bytecode import THERE, Compiler, SourceFiles
from .node import Modules
from .wheel import Wheel, unpack

RUNTIME = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")
LIBRARY = "python_stdlib.zip"
LOCK = "pyodide-lock.json"
# what the loader fetches, besides scripts and packages
FETCHED = ("pyodide.asm.wasm", LIBRARY, LOCK)
# what a notebook or a live step imports besides what the steps do
USED = (
    "micropip",
    "piplite",
    # what shows an error
    "stack_data",
    "pygments.lexers.python",
    "pygments.formatters.terminal256",
    "pygments.styles.default",
    # what the demo, and a security extension, may import
    "argon2",
    "zxcvbn",
    "sqlalchemy.dialects.sqlite",
    "sqlalchemy.orm",
    "email_validator",
    "wtforms",
    "werkzeug.debug",
    "werkzeug.serving",
    "werkzeug.test",
    "costrel_alone",
    "costrel_hashing",
)
# the parts of Python's library that need sockets, processes, a terminal or Windows, or
# replace parts in C that are there
NEEDLESS = re.compile(
    r"_pydatetime\.py|_pyio\.py|ftplib\.py|imaplib\.py|mailbox\.py|xmlrpc/"
    r"|_pyrepl/(unix|windows)_\w+\.py|asyncio/(proactor|windows)_\w+\.py"
    r"|multiprocessing/(forkserver|managers|pool|popen_\w+|shared_memory)\.py"
)
# module -> what is added to it, for what Python lacks in a browser
MENDED = {
    # there is no OpenSSL
    "hashlib.py": "from costrel_hashing import pbkdf2_hmac, scrypt",
    # there are no processes
    "multiprocessing/__init__.py": "from costrel_alone import Value",
    # a browser's stack is short, and Python does not survive its end: JSON that is
    # nested too deeply has to be a RecursionError
    "json/scanner.py": "make_scanner = py_make_scanner",
}


def collect(ladder: Ladder, modules: Modules, folder: Path) -> dict[str, bytes]:
    """Make every file of the folder, by its name.

    Raises `MissingError` without Node or npm, `Problem` when one of them fails.
    """
    downloads = wheel_sources.Downloads(
        ladder.root / "requirements" / "pyodide.txt", folder / "wheels"
    )
    packages = [*downloads.wheels(), *wheel_sources.kernel()]
    steps = list(wheel_sources.steps(ladder))
    sources = [
        SourceFiles("library", LIBRARY, library(modules)),
        *(SourceFiles(kind_of(one), one.file_name, one.files) for one in packages),
    ]
    compiler = Compiler(modules, folder)
    archives = compiler.libraries(sources, used(steps))
    archives |= compiler.steps(
        [SourceFiles("steps", one.file_name, one.files) for one in steps]
    )
    compiler.forget()
    lock = write_lock(modules, [*packages, *steps], archives)
    runtime = {name: (modules / "pyodide" / name).read_bytes() for name in RUNTIME}
    return {**runtime, **archives, LOCK: lock}


def kind_of(package: Wheel) -> str:
    """Return whether a package belongs to the framework, or only to the notebooks."""
    return "packages" if package.name in wheel_sources.FRAMEWORK else "kernel"


def used(steps: list[Wheel]) -> list[str]:
    """List the modules that get bytecode, with all that they import."""
    imported = set().union(*(step.imported() for step in steps))
    return [*USED, *sorted(imported - {"__future__"}), "ipykernel"]


# --- the library


def library(modules: Modules) -> dict[str, bytes]:
    """Return Python's standard library, patched for the browser."""
    whole = unpack((modules / "pyodide" / LIBRARY).read_bytes())
    files = {name: whole[name] for name in whole if not NEEDLESS.match(name)}
    for name, line in MENDED.items():
        files[name] += f"\n\n{line}\n".encode()
    for name in ("hashing", "alone"):
        files[f"costrel_{name}.py"] = (THERE / f"{name}.py").read_bytes()
    files["costrel_hashing.js"] = modules.bundle(
        THERE / "hashing.js", "--format=iife", "--global-name=costrelHashing"
    )
    return files


# --- the lock


def write_lock(
    modules: Modules, wheels: list[Wheel], archives: Mapping[str, bytes]
) -> bytes:
    """List the packages for Pyodide, which loads those that an import needs."""
    npm = json.loads((modules / "pyodide" / LOCK).read_bytes())
    owners = {name: one.name for one in wheels for name in one.imports()}
    entries = {
        one.name: entry(one, needs(one, owners), archives[one.file_name])
        for one in wheels
    }
    lock = {"info": npm["info"], "packages": entries}
    return json.dumps(lock, indent=1, sort_keys=True).encode()


def needs(wheel: Wheel, owners: Mapping[str, str]) -> list[str]:
    """List the packages that one needs: those it names, or a step imports."""
    if wheel.name in owners.values() and wheel.name.startswith("step"):
        found = {owners[name] for name in wheel.imported() if name in owners}
    else:
        named = {*wheel.requirements(), *wheel_sources.EXTRAS.get(wheel.name, ())}
        found = named & set(owners.values())
    return sorted(found - {wheel.name})


def entry(wheel: Wheel, depends: list[str], archive: bytes) -> dict[str, object]:
    return {
        "name": wheel.name,
        "version": wheel.version,
        "file_name": wheel.file_name,
        "sha256": sha256(archive).hexdigest(),
        "imports": wheel.imports(),
        "depends": depends,
        "install_dir": "site",
        "package_type": "package",
    }
