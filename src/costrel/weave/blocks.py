"""The blocks of a chapter that show code: their addresses and their lines.

A block names a file as the reader has it (`framework/app.py`, `demo.py`), or a file of
any step (`step03_routing/app.py`). Which of its lines are shown is decided in
`excerpt`, where a symbol is in `symbols`.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from costrel.core import reader_folder
from costrel.core.chapter import Block
from costrel.core.ladder import Ladder, Step
from costrel.core.symbols import MissingSymbolError, find, split_lines, symbols
from costrel.weave import excerpt
from costrel.weave.leftovers import Shown

# folders at the root of the book whose files a block may address
FOLDERS = ("tests", "exercises")
IMPORTS = ("from ", "import ")
# `framework/app.py (before): call` shows what the step before has there
BEFORE = " (before)"
# blocks whose title is no address
SPOKEN = ("console", "pycon", "text")


class AddressError(Exception):
    """A block that can't be woven, and what its author can do."""


@dataclass(frozen=True)
class Address:
    """The file and the symbols that a block shows, as its title says."""

    path: str
    symbols: list[str]
    # named as the reader has it
    typed: bool = False

    @property
    def folder(self) -> str:
        return self.path.partition("/")[0]

    @property
    def name(self) -> str:
        """The file's path below its step."""
        return self.path.partition("/")[2]


def address(block: Block, *steps: Step | None) -> Address | None:
    """Return a block's address; None for a block that isn't woven.

    A title `patterns.py = tests/…` shows a file under the name that the reader types
    it as. What a reader's path means depends on the chapter, see `in_chapter`: a
    template is woven if one of its `steps` has it, and else a file of the chapter's.
    """
    path, _, symbols = block.title.rpartition(" = ")[2].partition(":")
    path = path.strip()
    listed = [name.strip() for name in symbols.split(",") if name.strip()]
    if block.language in SPOKEN:
        return None
    name = reader_folder.step_path(path.removesuffix(BEFORE))
    if name and (
        not name.startswith(reader_folder.BELONGINGS)
        or any(step and (step.package / name).is_file() for step in steps)
    ):
        return Address(path, listed, typed=True)
    if re.fullmatch(r"step\d[^\s:/]*/[^\s:]+", path) or path.startswith(
        tuple(f"{folder}/" for folder in FOLDERS)
    ):
        return Address(path, listed)
    return None


def in_chapter(place: Address, step: Step, before: Step | None) -> Address:
    """Return an address with the reader's path replaced by the step's.

    Raises `AddressError` for what the step before has, where there is none.
    """
    if not place.typed:
        return place
    owner = before if place.path.endswith(BEFORE) else step
    if owner is None:
        raise AddressError("the first step has no step before")
    name = reader_folder.step_path(place.path.removesuffix(BEFORE))
    return replace(place, path=f"{owner.name}/{name}")


@dataclass(frozen=True)
class Source:
    """Finds the lines that blocks should show."""

    ladder: Ladder
    # whether the chapter speaks of `framework`, as its reader does
    replayed: bool = False

    def lines(self, block: Block, place: Address) -> list[str]:
        """Make the lines that a block should show; raises `AddressError`."""
        try:
            if block.language == "diff":
                return self.difference(place)
            wanted = self.wanted(place)
            lines = excerpt.plain(self.text(place), wanted)
            return [line.text.rstrip() for line in lines]
        except MissingSymbolError as error:
            raise AddressError(str(error)) from None
        except SyntaxError as error:
            raise AddressError(f"line {error.lineno}: {error.msg}") from None

    def wanted(self, place: Address) -> list[str]:
        if place.symbols and not place.path.endswith(".py"):
            raise AddressError("only a Python file has symbols: address the whole file")
        return place.symbols

    def difference(self, place: Address) -> list[str]:
        wanted = self.wanted(place)
        step = self.owner(place)
        before = self.ladder.before(step)
        if before is None:
            raise AddressError("the first step has no step before: show it plain")
        old, new = text_in(before, place), text_in(step, place)
        self.refuse_new(old, new, place, before)
        python = place.path.endswith(".py")
        lines = excerpt.difference(old, new, wanted, python)
        if not lines:
            raise AddressError(f"it is the same as in {before.name}: show it plain")
        return [line.signed for line in lines]

    def refuse_new(self, old: str, new: str, place: Address, before: Step) -> None:
        if not old and not new:
            raise AddressError(
                "there is no such file, neither here nor in the step before"
            )
        if not old:
            raise AddressError(f"the file is not in {before.name}: show it plain")
        for symbol in place.symbols:
            # an import is a line among others, which a reader has to find
            known = symbol in symbols(old) or symbol.startswith(IMPORTS)
            if not known and symbol in symbols(new):
                raise AddressError(f"{symbol} is not in {before.name}: show it plain")

    def text(self, place: Address) -> str:
        path = self.path(place)
        if not path.is_file():
            raise AddressError(f"there is no such file{near(path)}")
        text = path.read_text(encoding="utf-8")
        if self.replayed and place.folder in FOLDERS:
            return reader_folder.typed_beside(text)
        return worded(place, text)

    def path(self, place: Address) -> Path:
        if place.folder in FOLDERS:
            return self.ladder.root / place.path
        return self.owner(place).package / place.name

    def owner(self, place: Address) -> Step:
        """Find the step whose file a block addresses."""
        if place.folder in FOLDERS:
            raise AddressError("only a step's file has a step before: show it plain")
        for step in self.ladder.steps:
            if step.name == place.folder:
                return step
        raise AddressError(f"there is no such step: {self.ladder.advice(place.folder)}")


def covered(step: Step, place: Address) -> set[int]:
    """Find the lines of a step's file that an address covers."""
    text = text_in(step, place)
    if not place.symbols:
        return set(range(1, len(split_lines(text)) + 1))
    found: set[int] = set()
    for symbol in place.symbols:
        try:
            found.update(find(text, symbol).lines)
        except (MissingSymbolError, SyntaxError):
            continue  # the block itself is reported
    return found


def lines_shown(block: Block, place: Address, step: Step, before: Step | None) -> Shown:
    """Return which lines of the step, and of the step before, a block shows."""
    shown = Shown()
    both = block.language == "diff" and place.folder == step.name
    if place.folder == step.name:
        shown.new |= covered(step, place)
    if before and (both or place.folder == before.name):
        shown.old |= covered(before, place)
    return shown


def text_in(step: Step, place: Address) -> str:
    """Return the text of an address's file in a step; empty if it isn't there."""
    return worded(place, maybe(step.package / place.name))


def worded(place: Address, text: str) -> str:
    return reader_folder.typed_text(place.name, text) if place.typed else text


def maybe(path: Path) -> str:
    """Read a file; a missing one is empty."""
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def near(path: Path) -> str:
    """Say which files are where one was looked for."""
    if not path.parent.is_dir():
        return ""
    names = sorted(each.name for each in path.parent.iterdir() if each.is_file())
    return f": {path.parent.name} has {', '.join(names)}" if names else ""
