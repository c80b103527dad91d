"""Links hold, pictures have alt text, and nothing names a machine's folders."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from costrel.core.markdown import Link, read_markdown

# folders at the root that hold no text of the book
NO_TEXT = {"build", "node_modules", "site"}
TEXT = {".md", ".ipynb"}
# files whose text is looked through for folders of a machine
LOOKED_THROUGH = TEXT | {".py", ".toml", ".yml", ".json", ".svg", ".txt", ".html"}
MACHINE = re.compile(r"(?<![\w.:/-])(?:/(?:home|root|Users|work)/|[A-Z]:\\Users\\)\w+")
LINE_NUMBER = re.compile(r"L\d+")


def files(root: Path, suffixes: set[str]) -> Iterator[Path]:
    """Return the book's files of some kinds, without caches and built things."""
    for path in sorted(root.iterdir()):
        if path.name.startswith(".") or path.name in NO_TEXT | {"__pycache__"}:
            continue
        if path.is_dir():
            yield from files(path, suffixes)
        elif path.suffix in suffixes:
            yield path


def broken_links(root: Path) -> list[str]:
    """Find relative links, in any text of the book, that lead nowhere."""
    return [
        f"{path.relative_to(root).as_posix()}:{link.line}: {complaint}"
        for path in files(root, TEXT)
        for link in read_markdown(path).links()
        for complaint in complaints(root, path, link)
    ]


def complaints(root: Path, path: Path, link: Link) -> Iterator[str]:
    target = urlsplit(link.target)
    if target.scheme or target.netloc:
        return
    said = f"{link.target!r} "
    file = (path.parent / unquote(target.path)).resolve() if target.path else path
    if target.path.startswith("/"):
        yield said + "is absolute: write it relative to this file"
    elif not file.is_relative_to(root.resolve()) and target.path:
        yield said + "leads out of the project"
    elif not file.exists():
        yield said + "leads to no file"
    elif LINE_NUMBER.match(target.fragment):
        yield said + "names a line: lines move, so link to the file"
    elif not has_anchor(file, unquote(target.fragment)):
        yield said + f"names no heading of {file.name}"


def has_anchor(file: Path, fragment: str) -> bool:
    if not fragment or file.suffix != ".md":
        return True
    return fragment in read_markdown(file).anchors


def pictures_without_words(root: Path) -> list[str]:
    """Find pictures whose alt text is missing or is only a file's name."""
    return [
        f"{path.relative_to(root).as_posix()}:{link.line}: the picture"
        f" {link.target!r} has the alt text {link.alt!r}: say what it shows"
        for path in files(root, TEXT)
        for link in read_markdown(path).links()
        if link.alt is not None and not says_something(link.alt)
    ]


def says_something(alt: str) -> bool:
    return len(alt.split()) > 2


def named_machines(root: Path) -> list[str]:
    """Find folders of somebody's machine in any file of the book."""
    return [
        f"{path.relative_to(root).as_posix()}:{number}: names {match[0]!r},"
        " a folder of one machine"
        for path in files(root, LOOKED_THROUGH)
        for number, line in numbered(path)
        for match in MACHINE.finditer(line)
    ]


def numbered(path: Path) -> Iterator[tuple[int, str]]:
    text = path.read_text(encoding="utf-8", errors="replace")
    return enumerate(text.splitlines(), 1)
