"""Run the terminal and interactive sessions of a chapter and compare their output."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from costrel.core import reader_folder
from costrel.core.chapter import Block, Chapter, Edit, Report
from costrel.core.ladder import Ladder, Step
from costrel.weave.replay import stale_prompt
from costrel.weave.replay.in_order import Progress, is_replayed
from costrel.weave.replay.typed import syntax_error
from costrel.weave.transcript import scratch_folder as stages
from costrel.weave.transcript.commands import RefusedCommandError
from costrel.weave.transcript.scratch_folder import BackgroundCommand, ScratchFolder
from costrel.weave.transcript.wildcards import first_mismatch, matches, rewritten

FILE = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)*\.\w+")

RUN = ("console", "pycon")
# the title of a block in which a server runs without ` &`
SERVES = "second terminal"
# a step's package, which is the book's: a reader has `framework`
OF_THE_BOOK = re.compile(r"(?:import|from|-m) (step\d\d_\w+)")

end_all = stages.end_all


@dataclass
class Example:
    """A command or a statement, its lines as typed, and the recorded output."""

    # the index of its first line in the block
    index: int
    typed: list[str] = field(default_factory=list)
    source: str = ""
    recorded: list[str] = field(default_factory=list)
    # blank lines that follow the output
    blank: int = 0

    @property
    def first_output(self) -> int:
        return self.index + len(self.typed)


def play(
    ladder: Ladder, chapter: Chapter, woven: list[Edit], step: Step | None = None
) -> Report:
    """Run all sessions of a chapter in their order and compare what they print.

    A woven file is taken as it should be, not as it is. In a step's
    chapter they run against the reader's files as typed so far.
    """
    replayed = step is not None and is_replayed(chapter)
    if not replayed and not any(block.language in RUN for block in chapter.blocks):
        return Report()
    texts = ["\n".join(block.body) for block in chapter.blocks if concerns(block)]
    with stages.opened(ladder.root, texts) as stage:
        player = Player(chapter, stage, {edit.start: edit.lines for edit in woven})
        if step is not None and replayed:
            player.lay(Progress.at_start(ladder, step))
        for block in chapter.blocks:
            player.block(block)
    return player.report


def concerns(block: Block) -> bool:
    return block.language in RUN or is_scratch(block)


def is_scratch(block: Block) -> bool:
    """Return whether a block is a file that the reader types."""
    if block.language in (*RUN, "diff"):
        return False
    name = typed_as(block)
    named = bool(FILE.fullmatch(name))
    return named and not re.match(r"(step\d|tests/|exercises/)", name)


def typed_as(block: Block) -> str:
    """Return the name under which the reader saves a block."""
    return block.title.partition(" = ")[0]


class Player:
    """Goes through a chapter on a stage and notes what differs."""

    def __init__(
        self, chapter: Chapter, stage: ScratchFolder, woven: dict[int, list[str]]
    ) -> None:
        self.chapter = chapter
        self.stage = stage
        # line of a block -> what it should contain
        self.woven = woven
        self.report = Report()
        self.last: BackgroundCommand | None = None
        # the reader's files, in a chapter that is replayed as typed
        self.progress: Progress | None = None

    def lay(self, progress: Progress) -> None:
        """Begin with the reader's files as they are before the chapter."""
        self.progress = progress
        self.stage.lay(reader_folder.files(progress.before) | dict(progress.binaries()))

    def block(self, block: Block) -> None:
        if self.progress and self.type(self.progress, block):
            return
        if is_scratch(block):
            self.scratch(block)
        elif block.language == "console":
            self.compare(block, list(commands(block.body)))
        elif block.language == "pycon":
            self.compare(block, list(statements(block.body)))

    def type(self, progress: Progress, block: Block) -> bool:
        """Type a block into the reader's files; return whether it belongs there."""
        if block.language in RUN:
            self.check_names(block)
        if block.language == "pycon":
            self.check_prompt(block)
        typed = progress.type(block)
        if typed:
            path, text = typed
            self.write(block, path, text.splitlines())
            self.check_syntax(block, path, text)
        return typed is not None

    def check_names(self, block: Block) -> None:
        if match := OF_THE_BOOK.search("\n".join(block.body)):
            message = f"a reader has no {match[1]}: write {reader_folder.FRAMEWORK}"
            self.problem(block.line, message)

    def check_prompt(self, block: Block) -> None:
        if block.title == stale_prompt.NEW:
            self.stage.end_session()
        elif complaint := self.stage.imported.complaint():
            self.problem(block.line, complaint)

    def check_syntax(self, block: Block, path: str, text: str) -> None:
        if path.endswith(".py") and (error := syntax_error(text)):
            message = f"with this block typed, {path} is no Python ({error})"
            self.problem(block.line, message)

    def scratch(self, block: Block) -> None:
        woven = self.woven.get(block.line)
        body = [line[len(block.indent) :] for line in woven] if woven else block.body
        self.write(block, typed_as(block), body)

    def write(self, block: Block, name: str, lines: list[str]) -> None:
        try:
            self.stage.write(name, lines)
        except RefusedCommandError as refused:
            self.problem(block.line, str(refused))

    def problem(self, line: int, message: str) -> None:
        self.report.problems.append(self.chapter.finding(line, message))

    def compare(self, block: Block, examples: list[Example]) -> None:
        """Run the examples of a block; note each that differs, and one edit."""
        if not examples:
            self.problem(block.line, "the block does not begin with a prompt")
            return
        new: list[str] = []
        differs = False
        for example in examples:
            output = self.output(block, example)
            differs |= output != example.recorded
            new += [*example.typed, *output, *[""] * example.blank]
        if differs:
            edit = Edit(block.line, block.end, block.indented(new))
            self.report.edits.append(edit)

    def output(self, block: Block, example: Example) -> list[str]:
        """Return the lines to record for an example; old ones where they match."""
        try:
            real = self.real(block, example)
            refuse_silence(example, real)
        except RefusedCommandError as refused:
            line = block.line + 1 + example.index
            self.problem(line, f"`{example.source.strip()}`: {refused}")
            return example.recorded
        if matches(example.recorded, real):
            return example.recorded
        index, what = first_mismatch(example.recorded, real)
        line = block.line + 1 + example.first_output + index
        if not example.recorded:
            line = block.line + 1 + example.index
        named = f"`{example.typed[0].strip()}`" if example.typed else "the server"
        finding = self.chapter.finding(line, f"{named}: {what}")
        self.report.differences.append(finding)
        return rewritten(example.recorded, real)

    def real(self, block: Block, example: Example) -> list[str]:
        if block.language == "pycon":
            return self.stage.example(example.source)
        if not example.typed:
            return self.log(example)
        if example.source.endswith("&") or block.title == SERVES:
            self.last = self.stage.background(example.source)
            return self.log(example)
        return self.stage.command(example.source, example.recorded)

    def log(self, example: Example) -> list[str]:
        """Return what the last server has printed since it was last shown."""
        if self.last is None:
            raise RefusedCommandError(
                "no server was started before: begin with a `$ ` command"
            )
        return self.stage.said(self.last, lambda real: matches(example.recorded, real))


def refuse_silence(example: Example, real: list[str]) -> None:
    """Don't take an example's output away: more often the server was in trouble."""
    if not real and example.recorded and not matches(example.recorded, []):
        raise RefusedCommandError(
            "it prints nothing now; if that's right, take its output out by hand"
        )


def commands(body: list[str]) -> Iterator[Example]:
    """Split a console block at its prompts.

    A block without any shows what the last server has printed since.
    """
    example = Example(0)
    for index, line in enumerate(body):
        if line.startswith("$ "):
            if index:
                yield trimmed(example)
            example = Example(index, [line], line[2:].strip())
        elif example.source.endswith("\\") and not example.recorded:
            example.typed.append(line)
            example.source = example.source[:-1] + line.strip()
        else:
            example.recorded.append(line)
    yield trimmed(example)


def statements(body: list[str]) -> Iterator[Example]:
    """Split an interactive session at its prompts."""
    example = None
    for index, line in enumerate(body):
        if line.startswith(">>>"):
            if example:
                yield trimmed(example)
            example = Example(index, [line], line[4:] + "\n")
        elif example is None:
            return
        elif is_continued(line) and not example.recorded:
            example.typed.append(line)
            example.source += line[4:] + "\n"
        else:
            example.recorded.append(line)
    if example:
        yield trimmed(example)


def is_continued(line: str) -> bool:
    return line == "..." or line.startswith("... ")


def trimmed(example: Example) -> Example:
    """Take the blank lines at the end off the recorded output."""
    while example.recorded and not example.recorded[-1].strip():
        example.recorded.pop()
        example.blank += 1
    return example
