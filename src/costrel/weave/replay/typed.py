"""The reader's files after each block: the old step's, with the lines shown so far.

A block adds the new lines it shows and removes the old ones it crosses out. Changed
blank lines follow their neighbors, since no text asks for them.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from costrel.core.symbols import Change, changes, split_lines
from costrel.weave.leftovers import Shown

Lines = list[str]


@dataclass
class TypedFile:
    """One file on its way from the step before to this one."""

    old: Lines
    new: Lines
    shown: Shown = field(default_factory=Shown)

    @classmethod
    def between(cls, old: str, new: str) -> "TypedFile":
        return cls(split_lines(old), split_lines(new))

    def show(self, old: set[int], new: set[int]) -> None:
        """Note lines that a block shows, counted from 1."""
        self.shown.old |= old
        self.shown.new |= new

    def cross(self, signed: Lines) -> None:
        """Note the lines of a printed difference, by their text."""
        for line in signed:
            if line[:1] == "+":
                self.note(self.new, self.shown.new, line[1:])
            elif line[:1] == "-":
                self.note(self.old, self.shown.old, line[1:])

    def note(self, lines: Lines, shown: set[int], text: str) -> None:
        """Note the first line with this text that no block has shown."""
        numbers = range(1, len(lines) + 1)
        found = (n for n in numbers if n not in shown and lines[n - 1] == text)
        shown.update({*[*found][:1]})

    @property
    def text(self) -> str:
        """The file as typed so far."""
        lines: Lines = []
        place = 0
        for change in changes(self.old, self.new):
            lines += self.old[place : change.old.start]
            lines += self.kept(change)
            lines += self.added(change)
            place = change.old.stop
        lines += self.old[place:]
        return "\n".join(lines) + "\n" if lines else ""

    def kept(self, change: Change) -> Iterator[str]:
        """Yield the old lines of a change that no block has crossed out."""
        gone = self.followed(self.old, change.old, self.shown.old, change)
        return (self.old[n] for n in change.old if n not in gone)

    def added(self, change: Change) -> Iterator[str]:
        """Yield the new lines of a change that a block has shown."""
        come = self.followed(self.new, change.new, self.shown.new, change)
        return (self.new[n] for n in change.new if n in come)

    def followed(
        self, lines: Lines, run: range, shown: set[int], change: Change
    ) -> set[int]:
        """Return which lines of a run are shown, and the blank ones beside those."""
        seen = {n for n in run if lines[n].strip() and n + 1 in shown}
        if self.blank(change):
            return set(run)
        blank = [n for n in run if not lines[n].strip()]
        return seen | {n for n in blank if self.beside(n, run, lines) <= seen}

    def blank(self, change: Change) -> bool:
        """Return whether a change is one of blank lines only."""
        old = any(self.old[n].strip() for n in change.old)
        return not old and not any(self.new[n].strip() for n in change.new)

    def beside(self, blank: int, run: range, lines: Lines) -> set[int]:
        """Return the nearest lines of a run, above and below, that aren't blank."""
        above = [n for n in run if n < blank and lines[n].strip()][-1:]
        below = [n for n in run if n > blank and lines[n].strip()][:1]
        return {*above, *below}


def syntax_error(text: str) -> str:
    """Return what keeps a text from being Python; empty if nothing does."""
    try:
        ast.parse(text)
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    return ""
