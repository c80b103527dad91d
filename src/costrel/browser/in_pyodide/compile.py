"""Runs in Pyodide, in Node: makes the bytecode of everything below /work.

`costrel.browser.bytecode` lays the folders out and packs what comes of them. Since
bytecode is larger than its source, only what is used of a library gets it: what is
loaded when the modules that used.json lists are imported.
"""

import json
import sys
from compileall import compile_dir, compile_file
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from py_compile import PycInvalidationMode

WORK = Path("/work")
SITE = "/lib/python3.14/site-packages"
ARCHIVE = "/lib/python314.zip"
UNCHECKED = PycInvalidationMode.UNCHECKED_HASH
# a reader edits the files of a step: the bytecode counts while it fits its source
CHECKED = PycInvalidationMode.CHECKED_HASH


def find_used() -> set[str]:
    """Import what is used; return the files that were loaded."""
    output = sys.stdout
    sys.dont_write_bytecode = True
    # the last ones provide what the library of this Python lacks
    sys.path[:0] = map(str, [*WORK.glob("packages/*"), *WORK.glob("kernel/*")])
    sys.path += map(str, WORK.glob("library/*"))
    for name in json.loads((WORK / "used.json").read_text()):
        # a browser has no `readline`, for one
        with suppress(ImportError):
            import_module(name)
    # the kernel took it for the cells
    sys.stdout = output
    return {
        getattr(module, "__file__", None) or "" for module in [*sys.modules.values()]
    }


def compile_bare(folder: Path, where: str, used: set[str]) -> None:
    """Put bytecode in the place of its source, where Python looks for it as well."""
    for path in list(folder.rglob("*.py")):
        inside = path.relative_to(folder).as_posix()
        if {str(path), f"{where}/{inside}"} & used:
            compile_file(
                path, quiet=2, legacy=True, invalidation_mode=UNCHECKED,
                stripdir=str(folder), prependdir=where,
            )  # fmt: skip
            path.unlink()


def compile_package(folder: Path, used: set[str]) -> None:
    """Put bytecode beside its source, which a reader may see in a traceback."""
    for path in folder.rglob("*.py"):
        if str(path) in used:
            compile_file(
                path, quiet=2, invalidation_mode=UNCHECKED,
                stripdir=str(folder), prependdir=SITE,
            )  # fmt: skip


def compile_step(folder: Path) -> None:
    compile_dir(
        folder, quiet=2, invalidation_mode=CHECKED,
        stripdir=str(folder), prependdir=SITE,
    )  # fmt: skip


if (WORK / "used.json").is_file():
    used = find_used()
    for library in WORK.glob("library/*"):
        compile_bare(library, ARCHIVE, used)
    for package in WORK.glob("kernel/*"):
        compile_bare(package, SITE, used)
    for package in WORK.glob("packages/*"):
        compile_package(package, used)
for step in WORK.glob("steps/*"):
    compile_step(step)
