"""Nothing unexplained: each changed line is in a block, or is a leftover.

Which blocks a chapter has is said by `one_chapter`, which also writes the leftovers.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from costrel.core import reader_folder
from costrel.core.chapter import Finding
from costrel.core.ladder import Step
from costrel.core.symbols import changed_lines, enclosing, plain_lines, split_lines
from costrel.weave.excerpt import ShownLine, cut, merged

# files that hold nothing but imports, exports and the start of the demo
PLAIN_FILES = ("__init__.py", "__main__.py")


@dataclass
class Shown:
    """The lines of one file that a chapter's blocks show."""

    old: set[int] = field(default_factory=set)
    new: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class FileChange:
    """A file of a step with its text in the step before, both empty if missing."""

    name: str
    old: str
    new: str

    @property
    def typed(self) -> "FileChange":
        """The change as the reader makes it."""
        old, new = (
            reader_folder.typed_text(self.name, text) for text in (self.old, self.new)
        )
        return FileChange(self.name, old, new)

    def uncovered(self, shown: Shown) -> tuple[set[int], set[int]]:
        """Find the changed lines, blank ones aside, that no block shows."""
        left, came = changed_lines(self.old, self.new)
        return (
            filled(self.old, left) - shown.old,
            filled(self.new, came) - shown.new,
        )

    def leftovers(self, shown: Shown) -> list[ShownLine]:
        """Return the lines of the leftovers block, with what surrounds them."""
        left, came = self.uncovered(shown)
        left &= self.allowed(self.old)
        came &= self.allowed(self.new)
        before, after = split_lines(self.old), split_lines(self.new)
        lines = merged(
            before, after, range(1, len(before) + 1), range(1, len(after) + 1)
        )
        kept = {
            n
            for n, line in enumerate(lines)
            if (line.mark == "-" and line.old in left)
            or (line.mark == "+" and line.new in came)
        }
        return cut(lines, kept | beside(lines, kept), set(), gap="...")

    def unexplained(self, shown: Shown) -> tuple[set[int], set[int]]:
        left, came = self.uncovered(shown)
        return left - self.allowed(self.old), came - self.allowed(self.new)

    def allowed(self, text: str) -> set[int]:
        """Find the lines that may be left over: they explain themselves."""
        name = Path(self.name).name
        if name in PLAIN_FILES:
            return set(range(1, len(split_lines(text)) + 1))
        return set(plain_lines(text)) if name.endswith(".py") else set()


def filled(text: str, numbers: Iterable[int]) -> set[int]:
    lines = split_lines(text)
    return {number for number in numbers if lines[number - 1].strip()}


def beside(lines: list[ShownLine], kept: set[int]) -> set[int]:
    """Find the unchanged lines right above and below, and blank ones between."""
    near = {n + by for n in kept for by in (-1, 1)} - kept
    return {
        n
        for n in near
        if 0 <= n < len(lines) and not lines[n].changed and lines[n].text.strip()
    }


def changes_of(
    step: Step, before: Step | None, typed: bool = False
) -> list[FileChange]:
    """List the text files of a step that differ from those of the step before.

    `typed` words them as the reader does. What starts a step's demo in the book is
    not typed by anyone, and left out.
    """
    names = {file.as_posix(): None for file in step.files()}
    if before:
        names |= {file.as_posix(): None for file in before.files()}
    found = []
    for name in sorted(names):
        old, new = (text_of(each, name) for each in (before, step))
        if reader_folder.only_starts_demo(name, new or ""):
            continue
        if old is not None and new is not None and old != new:
            change = FileChange(name, old, new)
            found.append(change.typed if typed else change)
    return found


def text_of(step: Step | None, name: str) -> str | None:
    """Read a step's file; a missing one is empty, and a picture has no text."""
    if step is None or not (step.package / name).is_file():
        return ""
    try:
        return (step.package / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def unexplained(
    step: Step, before: Step | None, shown: dict[str, Shown]
) -> list[Finding]:
    """Name the changed lines that are neither in a block nor a leftover."""
    findings = []
    for change in changes_of(step, before):
        left, came = change.unexplained(shown.get(change.name, Shown()))
        for first, last in runs(came):
            findings.append(missing(step, step, change, change.new, first, last))
        for first, last in runs(left):
            assert before is not None  # what has left was there
            findings.append(missing(step, before, change, change.old, first, last))
    return findings


def missing(
    step: Step, holder: Step, change: FileChange, text: str, first: int, last: int
) -> Finding:
    what = "this line is" if first == last else f"lines {first} to {last} are"
    fate = "" if holder is step else f" removed in {step.name} and"
    around = enclosing(text, first) if change.name.endswith(".py") else []
    place = f" (in {around[-1]})" if around else ""
    shown = split_lines(text)[first - 1].strip()
    message = f"{what}{fate} in no block of {step.chapter.name}{place}: {shown!r}"
    return Finding(holder.package / change.name, first, message)


def runs(numbers: set[int]) -> list[tuple[int, int]]:
    """Join neighbouring numbers; one blank line between does not part them."""
    found: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if found and number - found[-1][1] <= 2:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
