"""Write the code of the steps into a chapter, and find where they disagree.

Which lines a block shows is `blocks`' matter, how a chapter is read `chapter`'s, what
commands and sessions print `transcripts`'.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from costrel.core import chapter as chapters
from costrel.core import reader_folder
from costrel.core.calls import typed
from costrel.core.chapter import (
    Block,
    Chapter,
    Finding,
    Report,
    first_difference,
    not_utf8,
)
from costrel.core.files import save
from costrel.core.ladder import Ladder, Problem, Step
from costrel.core.symbols import symbols
from costrel.weave.blocks import (
    FOLDERS,
    Address,
    AddressError,
    Source,
    address,
    in_chapter,
    lines_shown,
    maybe,
)
from costrel.weave.change_card import folded
from costrel.weave.leftovers import Shown, changes_of, unexplained
from costrel.weave.regions import card, compare_region, cost, picture
from costrel.weave.replay.in_order import Progress, is_replayed

# pages whose sessions run, though they are no step's chapter
PAGES = ("workshop",)


@dataclass(frozen=True)
class Weaver:
    """Compares one chapter with its step."""

    ladder: Ladder
    step: Step

    @property
    def before(self) -> Step | None:
        return self.ladder.before(self.step)

    def blocks(self, chapter: Chapter) -> Report:
        """Compare each addressed block with the lines it should show."""
        report = Report()
        source = Source(self.ladder, is_replayed(chapter))
        for block in chapter.blocks:
            try:
                want = self.wanted(block, source)
            except AddressError as refused:
                finding = chapter.finding(block.line, f"{block.title}: {refused}")
                report.problems.append(finding)
                continue
            if want is not None:
                self.compare(chapter, block, want, report)
        return report

    def wanted(self, block: Block, source: Source) -> list[str] | None:
        """Return the lines a block should show; None if nobody weaves it.

        Raises `AddressError`, also for a difference that nothing can apply.
        """
        place = address(block, self.step, self.before)
        if place is not None:
            return source.lines(block, in_chapter(place, self.step, self.before))
        if source.replayed and block.language == "diff" and block.title:
            raise AddressError("a difference needs an address: show the whole file")
        return None

    def compare(
        self, chapter: Chapter, block: Block, want: list[str], report: Report
    ) -> None:
        have = [line.rstrip() for line in block.body]
        if have == want:
            return
        index, what = first_difference(have, want)
        finding = chapter.finding(block.line + 1 + index, f"{block.title}: {what}")
        report.replace(finding, block.line, block.end, block.indented(want))

    def unreadable(self) -> list[Finding]:
        """Name the files of this step and the one before that are no Python."""
        found = []
        for step in filter(None, (self.before, self.step)):
            for path in (step.package / file for file in step.files()):
                try:
                    symbols(maybe(path) if path.suffix == ".py" else "")
                except SyntaxError as error:
                    line = error.lineno or 1
                    found.append(Finding(path, line, f"this is no Python: {error.msg}"))
                except UnicodeDecodeError as error:
                    found.append(not_utf8(path, error))
        return found

    def shown(self, chapter: Chapter) -> dict[str, Shown]:
        """Collect the lines of the step and of the one before that blocks show."""
        found: dict[str, Shown] = {}
        for block in chapter.blocks:
            place = self.place(block)
            if place is None:
                continue
            lines = found.setdefault(place.name, Shown())
            seen = lines_shown(block, place, self.step, self.before)
            lines.old |= seen.old
            lines.new |= seen.new
        return found

    def place(self, block: Block) -> Address | None:
        """Return a block's address among the steps; None if it isn't there."""
        place = address(block, self.step, self.before)
        if place is None or place.folder in FOLDERS:
            return None
        try:
            return in_chapter(place, self.step, self.before)
        except AddressError:
            return None  # the block itself is reported

    def unexplained(self, chapter: Chapter) -> Report:
        """Compare the leftovers; name the lines that nothing explains."""
        shown = self.shown(chapter)
        report = Report(problems=unexplained(self.step, self.before, shown))
        want, first = self.leftovers(shown, is_replayed(chapter))
        region = chapter.regions.get("leftovers")
        if region:
            compare_region(chapter, "leftovers", want, report)
        elif want:
            message = (
                f"{first} has leftovers, and the chapter no place for them:"
                " add <!-- leftovers --> and <!-- /leftovers -->"
            )
            report.problems.append(chapter.finding(len(chapter.lines), message))
        elif is_replayed(chapter) and not report.edits:
            report.problems += self.unfinished(chapter)
        return report

    def unfinished(self, chapter: Chapter) -> list[Finding]:
        """Name the files that aren't the step's when the whole chapter is typed."""
        progress = Progress.at_start(self.ladder, self.step)
        message = "typed to the end, {} is not what the step has"
        last = len(chapter.lines)
        paths = progress.unfinished(chapter)
        return [chapter.finding(last, message.format(path)) for path in paths]

    def leftovers(
        self, shown: dict[str, Shown], replayed: bool
    ) -> tuple[list[str], str]:
        """Make one block for each file that has leftovers; name the first file.

        A replayed chapter has the files as its reader does.
        """
        made: list[str] = []
        files: list[str] = []
        for change in changes_of(self.step, self.before, replayed):
            lines = change.leftovers(shown.get(change.name, Shown()))
            if any(line.changed for line in lines):
                path = reader_folder.typed_path(change.name)
                title = path if replayed else f"{self.step.name}/{change.name}"
                files.append(title)
                made += [f'```diff title="{title}"']
                made += [line.signed for line in lines] + ["```", ""]
        if made and replayed:
            made = [*folded("Remaining changes", made[:-1]), ""]
        return (["", *made] if made else []), (files or [""])[0]


@dataclass
class Woven:
    """One chapter, compared: what is wrong, and the text that fixes it."""

    chapter: Chapter
    report: Report
    text: str

    @property
    def findings(self) -> list[Finding]:
        found = self.report.differences + self.report.problems
        return sorted(found, key=self.place)

    def place(self, finding: Finding) -> tuple[bool, Path, int]:
        """Sort the chapter's own lines before those of the step."""
        return finding.path != self.chapter.path, finding.path, finding.line


def compare_page(ladder: Ladder, path: Path, run: bool) -> Woven:
    """Compare a page of no step with what its sessions print."""
    chapter = chapters.read_chapter(path)
    report = Report()
    if run:
        from costrel.weave.transcript.transcripts import play

        report.add(play(ladder, chapter, []))
    return Woven(chapter, report, chapter.edited(report.edits))


def compare(ladder: Ladder, step: Step | Path, run: bool) -> Woven:
    """Compare a chapter with its step; raises `BrokenError` if it can't be read."""
    if isinstance(step, Path):
        return compare_page(ladder, step, run)
    chapter = chapters.read_chapter(step.chapter)
    weaver = Weaver(ladder, step)
    if problems := weaver.unreadable():
        return Woven(chapter, Report(problems=problems), chapter.text)
    report = weaver.blocks(chapter)
    report.add(weaver.unexplained(chapter))
    if run:
        from costrel.weave.transcript.transcripts import play

        report.add(play(ladder, chapter, report.edits, step))
    report.add(cost(ladder, step, chapter))
    report.add(picture(ladder, step, chapter))
    report.add(card(ladder, step, chapter, chapter.edited(report.edits)))
    return Woven(chapter, report, chapter.edited(report.edits))


def page(ladder: Ladder, name: str) -> Path | None:
    """Find one of the pages whose sessions run, though they are no step's chapter."""
    path = ladder.root / "chapters" / f"{name}.md"
    return path if name in PAGES and path.is_file() else None


def with_chapter(step: Step) -> Step:
    if step.chapter.is_file():
        return step
    raise Problem(
        f"{step.name} has no chapter: write chapters/{step.chapter.name} first."
    )


def write(woven: Woven) -> bool:
    """Write a chapter if it changed; tell whether anything was written."""
    written = [save(path, text) for path, text in woven.report.files.items()]
    if woven.report.edits:
        path = woven.chapter.path
        if path.read_text(encoding="utf-8") != woven.chapter.text:
            raise Problem(
                f"{path.name} was edited meanwhile: run `{typed('weave')}` again."
            )
        written.append(save(path, woven.text))
    return any(written)


def chosen(ladder: Ladder, wanted: Iterable[str]) -> list[Step | Path]:
    """Choose the steps whose chapters are woven: those named, or all that have one.

    A page that is no step's chapter is chosen by its name, and given as its path.
    """
    named = [page(ladder, each) or with_chapter(ladder.get(each)) for each in wanted]
    every = [step for step in ladder.steps if step.chapter.is_file()]
    others = filter(None, (page(ladder, name) for name in PAGES))
    found = named or [*every, *(others if every else ())]
    if not found:
        raise Problem(f"There are no chapters of steps in {ladder.root / 'chapters'}.")
    return found
