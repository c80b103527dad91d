"""What differs between the packages of two steps, file by file.

How that is shown in a terminal is the matter of `terminal_diff`; where two texts
differ is found by `symbols`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from costrel.core.ladder import Step
from costrel.core.symbols import Change, changes

AROUND = 3  # unchanged lines shown around a change, as `diff -u` does
NO_NEWLINE = "\\ No newline at end of file\n"


@dataclass(frozen=True)
class Line:
    """One line of a difference: its mark, its numbers from 1, its text."""

    mark: str
    old: int | None
    new: int | None
    text: str


@dataclass(frozen=True)
class FilePair:
    """One file as it is in two steps; None where a step does not have it."""

    name: str
    old: bytes | None
    new: bytes | None

    @property
    def binary(self) -> bool:
        """Return whether either side isn't UTF-8 text."""
        return any(not is_text(side) for side in (self.old, self.new) if side)

    @cached_property
    def old_lines(self) -> list[str]:
        return lines(self.old)

    @cached_property
    def new_lines(self) -> list[str]:
        return lines(self.new)

    @cached_property
    def changes(self) -> list[Change]:
        """The runs of lines in which the two differ; none in a binary file."""
        return [] if self.binary else changes(self.old_lines, self.new_lines)

    @property
    def added(self) -> int:
        return sum(len(change.new) for change in self.changes)

    @property
    def removed(self) -> int:
        return sum(len(change.old) for change in self.changes)


def is_text(content: bytes) -> bool:
    if b"\0" in content:
        return False
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def lines(content: bytes | None) -> list[str]:
    """Split a text after each newline, and nowhere else."""
    text = (content or b"").decode(errors="replace")
    return [line for line in text.replace("\n", "\n\0").split("\0") if line]


def contents(step: Step | None) -> dict[str, bytes]:
    """Read the files of a step's package, by their paths inside it."""
    if step is None:
        return {}
    return {
        path.as_posix(): (step.package / path).read_bytes() for path in step.files()
    }


def pairs(old: Step | None, new: Step) -> list[FilePair]:
    """Return the files in which two steps differ; all are new without an old step."""
    before, after = contents(old), contents(new)
    every = [
        FilePair(name, before.get(name), after.get(name))
        for name in sorted({*before, *after}, key=reading_order)
    ]
    return [pair for pair in every if pair.old != pair.new]


def reading_order(name: str) -> tuple[bool, str]:
    """Put the framework's own modules before the demo and what starts it."""
    return name.startswith(("__", "demo", "extensions/", "templates", "static")), name


def hunks(pair: FilePair, around: int = AROUND) -> Iterator[list[Line]]:
    """Cut a file's difference into pieces with some unchanged lines around."""
    for group in groups(pair.changes, around):
        yield list(hunk(pair, group, around))


def groups(found: list[Change], around: int) -> Iterator[list[Change]]:
    """Put changes together whose surroundings would touch."""
    group: list[Change] = []
    for change in found:
        if group and change.old.start - group[-1].old.stop > 2 * around:
            yield group
            group = []
        group.append(change)
    if group:
        yield group


def hunk(pair: FilePair, group: list[Change], around: int) -> Iterator[Line]:
    room = min(around, group[0].old.start)
    old, new = group[0].old.start - room, group[0].new.start - room
    for change in group:
        yield from unchanged(pair, range(old, change.old.start), new - old)
        for number in change.old:
            yield Line("-", number + 1, None, pair.old_lines[number])
        for number in change.new:
            yield Line("+", None, number + 1, pair.new_lines[number])
        old, new = change.old.stop, change.new.stop
    last = min(old + around, len(pair.old_lines))
    yield from unchanged(pair, range(old, last), new - old)


def unchanged(pair: FilePair, old: range, shift: int) -> Iterator[Line]:
    for number in old:
        yield Line(" ", number + 1, number + shift + 1, pair.old_lines[number])


def unified(pair: FilePair) -> str:
    """Write a file's difference so that `patch -p1` and `git apply` take it."""
    parts = [f"diff --git a/{pair.name} b/{pair.name}\n"]
    if pair.old is None:
        parts.append("new file mode 100644\n")
    if pair.new is None:
        parts.append("deleted file mode 100644\n")
    if pair.binary:
        parts.append(f"Binary files a/{pair.name} and b/{pair.name} differ\n")
    elif pair.changes:
        parts.append("--- /dev/null\n" if pair.old is None else f"--- a/{pair.name}\n")
        parts.append("+++ /dev/null\n" if pair.new is None else f"+++ b/{pair.name}\n")
    for piece in hunks(pair):
        parts.append(hunk_head(piece))
        parts += [patch_line(line) for line in piece]
    return "".join(parts)


def patch_line(line: Line) -> str:
    if line.text.endswith("\n"):
        return line.mark + line.text
    return f"{line.mark}{line.text}\n{NO_NEWLINE}"


def hunk_head(piece: list[Line]) -> str:
    """Write the line that locates a hunk: `@@ -1,4 +1,6 @@`."""
    old = [line.old for line in piece if line.old is not None]
    new = [line.new for line in piece if line.new is not None]
    old_start, new_start = old[0] if old else 0, new[0] if new else 0
    return f"@@ -{old_start},{len(old)} +{new_start},{len(new)} @@\n"
