"""A chapter's Markdown: its fenced blocks and its generated regions.

`weave` and `transcripts` say what should be in them.
"""

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from costrel.core.symbols import split_lines

FENCE = re.compile(r"(?P<indent>\s*)(?P<marks>`{3,}|~{3,})(?P<info>[^`]*)")
TITLE = re.compile(r"""\btitle=(?P<quote>["'])(?P<title>.*?)(?P=quote)""")
COMMENT = re.compile(r"<!--\s*(?P<close>/?)\s*(?P<name>[\w-]+)\s*-->")
# the regions that `weave` writes
REGIONS = ("card", "cost", "map", "leftovers", "failure")


@dataclass(frozen=True)
class Finding:
    """A disagreement, with the file and line where it shows."""

    path: Path
    line: int
    message: str

    def told(self, root: Path) -> str:
        place = self.path.relative_to(root) if root in self.path.parents else self.path
        return f"{place.as_posix()}:{self.line}: {self.message}"


class BrokenError(Exception):
    """A chapter that can't be read; it carries the finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


@dataclass(frozen=True)
class Block:
    """A fenced block; `line` is that of its opening fence, counted from 1."""

    line: int
    indent: str
    language: str
    title: str
    body: list[str]

    @property
    def end(self) -> int:
        """The line of its closing fence."""
        return self.line + len(self.body) + 1

    def indented(self, lines: list[str]) -> list[str]:
        return [(self.indent + line).rstrip() for line in lines]


@dataclass(frozen=True)
class Region:
    """The text between `<!-- name -->` and `<!-- /name -->`."""

    line: int
    name: str
    body: list[str]

    @property
    def end(self) -> int:
        return self.line + len(self.body) + 1


@dataclass(frozen=True)
class Edit:
    """New lines for those after line `start` and before line `end`."""

    start: int
    end: int
    lines: list[str]


@dataclass
class Chapter:
    """A chapter as it is in its file."""

    path: Path
    text: str
    blocks: list[Block] = field(default_factory=list)
    regions: dict[str, Region] = field(default_factory=dict)

    @cached_property
    def lines(self) -> list[str]:
        return split_lines(self.text)

    def finding(self, line: int, message: str) -> Finding:
        return Finding(self.path, line, message)

    def broken(self, line: int, message: str) -> BrokenError:
        return BrokenError(self.finding(line, message))

    def edited(self, edits: list[Edit]) -> str:
        lines = list(self.lines)
        for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
            lines[edit.start : edit.end - 1] = edit.lines
        return "\n".join(lines) + "\n"


def read_chapter(path: Path) -> Chapter:
    """Read a chapter; raises `BrokenError` where its Markdown can't be understood."""
    try:
        chapter = Chapter(path, path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise BrokenError(not_utf8(path, error)) from None
    Reader(chapter).read()
    return chapter


def blocks_in(lines: list[str]) -> list[Block]:
    """Return the fenced blocks among some lines, such as those of a region."""
    chapter = Chapter(Path(), "\n".join(lines))
    Reader(chapter).read()
    return chapter.blocks


def not_utf8(path: Path, error: UnicodeDecodeError) -> Finding:
    line = error.object.count(b"\n", 0, error.start) + 1
    byte = error.object[error.start]
    message = f"the byte 0x{byte:02x} is not UTF-8: save the file as UTF-8"
    return Finding(path, line, message)


class Reader:
    """Walks the lines of a chapter from fence to fence and from region to region."""

    def __init__(self, chapter: Chapter) -> None:
        self.chapter = chapter
        self.at = 0
        # the region that is open, and its line
        self.open: tuple[str, int] | None = None

    def read(self) -> None:
        while self.at < len(self.chapter.lines):
            line = self.chapter.lines[self.at]
            self.at += 1
            if match := FENCE.fullmatch(line):
                self.fence(match)
            elif match := COMMENT.fullmatch(line.strip()):
                self.comment(match["name"], bool(match["close"]))
            elif COMMENT.match(line.strip()) and "<!-- /" in line:
                self.refuse_joined(line)
        if self.open:
            name, line_number = self.open
            message = f"the region {name!r} is not closed: add <!-- /{name} -->"
            raise self.chapter.broken(line_number, message)

    def fence(self, opening: re.Match[str]) -> None:
        line, marks = self.at, opening["marks"]
        body: list[str] = []
        for text in self.chapter.lines[self.at :]:
            self.at += 1
            if closes(text, marks):
                break
            body.append(text)
        else:
            message = f"the block that {marks} opens here is not closed"
            raise self.chapter.broken(line, message)
        if not self.open:
            self.chapter.blocks.append(block(line, opening, body))

    def comment(self, name: str, close: bool) -> None:
        if name not in REGIONS:
            self.refuse_misspelt(name)
        elif close:
            self.close(name)
        elif self.open or name in self.chapter.regions:
            message = f"the region {name!r} opens here a second time or inside another"
            raise self.chapter.broken(self.at, message)
        else:
            self.open = (name, self.at)

    def close(self, name: str) -> None:
        if not self.open or self.open[0] != name:
            message = f"<!-- /{name} --> closes a region that is not open here"
            raise self.chapter.broken(self.at, message)
        line = self.open[1]
        body = self.chapter.lines[line : self.at - 1]
        self.chapter.regions[name] = Region(line, name, body)
        self.open = None

    def refuse_misspelt(self, name: str) -> None:
        if near := get_close_matches(name, REGIONS, 1, 0.8):
            message = f"there is no region {name!r}: did you mean {near[0]!r}?"
            raise self.chapter.broken(self.at, message)

    def refuse_joined(self, line: str) -> None:
        message = f"{line.strip()!r}: write the two comments on lines of their own"
        raise self.chapter.broken(self.at, message)


def closes(line: str, marks: str) -> bool:
    line = line.strip()
    return line.startswith(marks) and not line.strip(marks[0])


def block(line: int, opening: re.Match[str], body: list[str]) -> Block:
    info, depth = opening["info"].strip(), len(opening["indent"])
    title = TITLE.search(info)
    return Block(
        line,
        opening["indent"],
        "" if "=" in info.partition(" ")[0] else info.partition(" ")[0],
        title["title"] if title else "",
        [text[depth:] if text[:depth].isspace() else text for text in body],
    )


@dataclass
class Report:
    """What is wrong in a chapter, and the edits that fix a part of it."""

    edits: list[Edit] = field(default_factory=list)
    # what the edits fix
    differences: list[Finding] = field(default_factory=list)
    # what only the author can fix
    problems: list[Finding] = field(default_factory=list)
    # files that are made beside the chapter, with their text
    files: dict[Path, str] = field(default_factory=dict)

    def add(self, other: "Report") -> None:
        self.edits += other.edits
        self.differences += other.differences
        self.problems += other.problems
        self.files |= other.files

    def replace(self, finding: Finding, start: int, end: int, new: list[str]) -> None:
        self.differences.append(finding)
        self.edits.append(Edit(start, end, new))


def first_difference(have: list[str], want: list[str]) -> tuple[int, str]:
    """Find the first line that differs: its index, and a sentence for the author."""
    for index, (mine, theirs) in enumerate(zip(have, want, strict=False)):
        if mine != theirs:
            return index, f"the chapter has {mine!r} where {theirs!r} belongs"
    if len(have) > len(want):
        return len(want), f"the chapter has {have[len(want)]!r} where nothing belongs"
    return len(have), f"the chapter lacks {want[len(have)]!r}"
