"""Weave several chapters side by side, and tell the author what came of it."""

import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import click

from costrel.core.calls import typed
from costrel.core.chapter import BrokenError, Finding
from costrel.core.files import save
from costrel.core.ladder import Ladder, Step, find_root
from costrel.weave import ladder_picture
from costrel.weave.one_chapter import Woven, chosen, compare, write

# chapters whose transcripts run at the same time
WORKERS = 2


@dataclass
class Loom:
    """Compares chapters, then writes them or lists what disagrees."""

    run: bool
    ladder: Ladder = field(default_factory=lambda: Ladder(find_root()))

    def choose(self, wanted: tuple[str, ...]) -> list[Step | Path]:
        return chosen(self.ladder, wanted)

    def compare(self, steps: list[Step | Path]) -> list[Woven | Finding]:
        """Compare all chapters; one that can't be read yields only that finding."""
        from costrel.weave.transcript.transcripts import end_all

        former = signal.signal(signal.SIGTERM, leave)
        pool = ThreadPoolExecutor(WORKERS)
        try:
            return list(pool.map(self.compare_one, steps))
        finally:
            # also on Ctrl-C: no server and no command may outlive this
            pool.shutdown(wait=False, cancel_futures=True)
            end_all()
            signal.signal(signal.SIGTERM, former)

    def compare_one(self, step: Step | Path) -> Woven | Finding:
        try:
            return compare(self.ladder, step, self.run)
        except BrokenError as broken:
            return broken.finding

    def check(self, steps: list[Step | Path]) -> None:
        """List each disagreement and end with exit code 1 if there is one."""
        findings: list[Finding] = []
        fixable = []
        for step, result in zip(steps, self.compare(steps), strict=True):
            if isinstance(result, Finding):
                findings.append(result)
                continue
            findings += result.findings
            if result.report.differences:
                name = step.stem if isinstance(step, Path) else str(step.number)
                fixable.append(name)
        self.tell(findings)
        if fixable:
            click.echo(f"Run `{typed('weave', *fixable)}` to write what differs.")
        if self.ladder_picture() != self.picture_kept():
            findings.append(Finding(self.picture, 1, "is not the ladder as it is now"))
            self.tell(findings[-1:])
            click.echo(f"Run `{typed('weave')}` to draw it.")
        if findings:
            raise SystemExit(1)
        agree = "agrees" if len(steps) == 1 else "agree"
        click.echo(f"{counted(len(steps), 'chapter')} {agree} with the code.")

    def weave(self, steps: list[Step | Path]) -> None:
        """Write what differs; name what only the author can fix."""
        findings: list[Finding] = []
        for result in self.compare(steps):
            if isinstance(result, Finding):
                findings.append(result)
                continue
            findings += result.report.problems
            if write(result):
                click.echo(f"wrote chapters/{result.chapter.path.name}")
        drawn = self.ladder_picture()
        if drawn and save(self.picture, drawn):
            click.echo(f"wrote chapters/assets/{self.picture.name}")
        self.tell(findings)
        if findings:
            click.echo(f"Fix these by hand, then run `{typed('weave', '--check')}`.")
            raise SystemExit(1)

    @property
    def picture(self) -> Path:
        return self.ladder.root / "chapters" / "assets" / "ladder.svg"

    def picture_kept(self) -> str:
        path = self.picture
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    def ladder_picture(self) -> str:
        """Draw the front page's picture; a book without a list of parts has none."""
        if not (self.ladder.root / "chapters" / "ladder.toml").is_file():
            return self.picture_kept()
        return ladder_picture.draw_file(self.ladder)

    def tell(self, findings: list[Finding]) -> None:
        for finding in findings:
            click.echo(finding.told(self.ladder.root))


def leave(number: int, frame: object) -> None:
    """End as after Ctrl-C, so that all servers are ended first."""
    raise SystemExit(128 + number)


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
