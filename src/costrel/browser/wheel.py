"""A wheel: its files, what it offers, what it needs, and how it is packed.

Where wheels come from is the matter of `wheel_sources`.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

# what the markers of a requirement are asked about
THERE = {
    "sys_platform": "emscripten",
    "platform_system": "Emscripten",
    "python_version": "3.14",
    "python_full_version": "3.14.2",
    "extra": "",
}
METADATA = re.compile(r"[^/]+\.dist-info/METADATA")


@dataclass(frozen=True)
class Wheel:
    """A package, in memory."""

    name: str
    version: str
    # the path inside the wheel -> what is in the file
    files: Mapping[str, bytes]
    # the Pythons and systems that it is for
    tag: str = "py3-none-any"

    @property
    def file_name(self) -> str:
        return f"{self.name.replace('-', '_')}-{self.version}-{self.tag}.whl"

    def imports(self) -> list[str]:
        """List the names that its modules are imported by."""
        found = set()
        for name in self.files:
            top, _, rest = name.partition("/")
            if rest == "__init__.py":
                found.add(top)
            elif not rest and top.endswith(".py"):
                found.add(top.removesuffix(".py"))
        return sorted(found)

    def requirements(self) -> list[str]:
        """List the packages that it says it needs in the browser."""
        text = next(self.files[name] for name in self.files if METADATA.fullmatch(name))
        headers = BytesHeaderParser().parsebytes(text)
        asked = map(Requirement, headers.get_all("Requires-Dist", []))
        return [
            canonicalize_name(one.name)
            for one in asked
            if one.marker is None or one.marker.evaluate(THERE)
        ]

    def imported(self) -> set[str]:
        """List the top-level names that its code imports."""
        return {
            name
            for path, content in self.files.items()
            if path.endswith(".py")
            for node in ast.walk(ast.parse(content))
            for name in names_imported(node)
        }


def names_imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.name.partition(".")[0]
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module.partition(".")[0]


def read_wheel(path: Path) -> Wheel:
    """Read a wheel."""
    name, version, _, _ = parse_wheel_filename(path.name)
    tag = "-".join(path.stem.split("-")[-3:])
    return Wheel(name, str(version), unpack(path.read_bytes()), tag)


def make(name: str, version: str, files: Mapping[str, bytes]) -> Wheel:
    """Make a wheel of files that were in none; `files` are its modules and data."""
    folder = f"{name.replace('-', '_')}-{version}.dist-info"
    described = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    more = {f"{folder}/{part}": text.encode() for part, text in described.items()}
    return Wheel(name, version, {**files, **more})


def unpack(data: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(data)) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        return {name: archive.read(name) for name in names}


def pack(files: Mapping[str, bytes]) -> bytes:
    """Pack files into an archive that is the same each time."""
    memory = BytesIO()
    with ZipFile(memory, "w") as archive:
        for name, content in sorted(files.items()):
            entry = ZipInfo(name)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, ZIP_DEFLATED, 9)
    return memory.getvalue()


def summed(files: Mapping[str, bytes]) -> str:
    """Sum up files, to see whether one changed."""
    total = sha256()
    for name, content in sorted(files.items()):
        total.update(f"{name}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()
