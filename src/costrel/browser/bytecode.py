"""Bytecode for everything that Python loads in the browser, kept between builds.

Python there would compile each module anew for each page, which takes most of the
time to the first answer.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from costrel.core.files import read_tree, write_tree

from .node import Modules
from .wheel import pack, summed

THERE = Path(__file__).parent / "in_pyodide"
SCRIPTS = (THERE / "compile.mjs", THERE / "compile.py")


@dataclass(frozen=True)
class SourceFiles:
    """Files that belong together: a step, a package, or Python's own library."""

    # how they are compiled: `steps`, `packages`, `kernel` or `library`
    kind: str
    # what the archive is called
    name: str
    files: Mapping[str, bytes]

    @property
    def sum(self) -> bytes:
        return f"{self.kind} {summed(self.files)}".encode()


class Compiler:
    """Compiles with Pyodide itself, in Node; keeps an archive of each source."""

    def __init__(self, modules: Modules, folder: Path) -> None:
        self.modules = modules
        self.archives = folder / "archives"
        self.recipe = {path.name: path.read_bytes() for path in SCRIPTS}
        self.recipe["npm"] = modules.fingerprint.encode()
        # the archives that were asked for
        self.needed: set[Path] = set()

    def libraries(
        self, sources: list[SourceFiles], used: list[str]
    ) -> dict[str, bytes]:
        """Return the archives of libraries, compiled all together or not at all.

        `used` are the modules that are imported to see what of them is in use.
        """
        more = {"used.json": json.dumps(used).encode()}
        key = summed(self.recipe | more | {one.name: one.sum for one in sources})
        return self.archive({key + one.name: one for one in sources}, more)

    def steps(self, sources: list[SourceFiles]) -> dict[str, bytes]:
        """Return the archives of steps; each is compiled on its own."""
        keys = [summed(self.recipe | {"files": one.sum}) for one in sources]
        named = zip(keys, sources, strict=True)
        return self.archive({key + one.name: one for key, one in named}, {})

    def archive(
        self, sources: Mapping[str, SourceFiles], more: Mapping[str, bytes]
    ) -> dict[str, bytes]:
        """Return the archives of sources; make those that aren't cached."""
        places = {self.archives / name: one for name, one in sources.items()}
        missing = {path: one for path, one in places.items() if not path.is_file()}
        if missing:
            self.make(missing, more)
        self.needed.update(places)
        return {one.name: path.read_bytes() for path, one in places.items()}

    def make(
        self, places: Mapping[Path, SourceFiles], more: Mapping[str, bytes]
    ) -> None:
        """Compile sources in one run of Node, and pack each."""
        self.archives.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self.archives.parent) as folder:
            work = Path(folder)
            write_tree(work, more)
            for source in places.values():
                write_tree(work / source.kind / source.name, source.files)
            self.modules.run(str(SCRIPTS[0]), str(self.modules / "pyodide"), folder)
            for path, source in places.items():
                packed = work / "packed"
                packed.write_bytes(pack(read_tree(work / source.kind / source.name)))
                # a name that is there is whole, even if this process ends now
                packed.replace(path)

    def forget(self) -> None:
        """Remove the archives that nobody asked for: their sources have changed."""
        for path in self.archives.iterdir():
            if path not in self.needed:
                path.unlink()
