"""A chapter's change card: what its step changed, in a few figures."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from costrel.core.counts import code_line_numbers, public_names
from costrel.core.ladder import Ladder, Step
from costrel.core.libraries import libraries
from costrel.core.symbols import changes, split_lines
from costrel.weave.leftovers import FileChange, changes_of

# how fast a chapter is read, in a minute
WORDS = 220
CODE_LINES = 30
FOLDED = re.compile(r"^<details\b.*?^</details>$", re.M | re.S)
# how the libraries write themselves
SPELT = {"werkzeug": "Werkzeug", "jinja2": "Jinja2", "markupsafe": "MarkupSafe"}


@dataclass(frozen=True)
class Card:
    """Counts what a step changed; `text` is its chapter, for the time to read."""

    ladder: Ladder
    step: Step
    text: str

    def lines(self) -> list[str]:
        """Return the card: a line of links, and a folded table."""
        return [self.links(), "", *folded("What this step changes", self.table())]

    def links(self) -> str:
        step = self.step
        return " · ".join(
            (
                f"[Code](../steps/{step.name})",
                f"[tests](../tests/{step.name})",
                f"[notebook](../notebooks/{step.slug}.ipynb)",
                f"[exercises](../exercises/{step.slug})",
                f"`costrel run {step.number}`",
                f"`costrel diff {step.number}`",
                f"{minutes(self.text)} min",
            )
        )

    def table(self) -> list[str]:
        rows = {
            "Lines of code": self.amount(),
            "Files": quoted(change.name for change in self.changes()),
            "New public names": quoted(self.names()) or "none",
            "Checked with": ", ".join(self.versions()),
            "Type along": f"`costrel start {self.step.number} DIR`"
            " · [how that works](workshop.md)",
        }
        table = [f"| {name} | {value} |" for name, value in rows.items() if value]
        return [f"| Step {self.step.number} | |", "| --- | --- |", *table]

    def changes(self) -> list[FileChange]:
        return changes_of(self.step, self.ladder.before(self.step))

    def amount(self) -> str:
        """Say how many lines of code came and went."""
        came = left = 0
        for change in self.changes():
            for run in changes(
                code(change.name, change.old), code(change.name, change.new)
            ):
                left += len(run.old)
                came += len(run.new)
        return f"{came} added, {left} removed"

    def names(self) -> list[str]:
        before = self.ladder.before(self.step)
        known = set(public_names(before)) if before else set()
        return [name for name in public_names(self.step) if name not in known]

    def versions(self) -> list[str]:
        """List Python and the locked versions of the libraries that a step imports."""
        settings = self.ladder.root / "pyproject.toml"
        found = []
        if settings.is_file():
            text = settings.read_text(encoding="utf-8")
            if match := re.search(r'^requires-python = ">=([\d.]+)"', text, re.M):
                found.append(f"Python {match[1]} and newer")
        locked = self.locked()
        used = sorted(libraries(self.step) & set(locked))
        return found + [f"{SPELT.get(name, name)} {locked[name]}" for name in used]

    def locked(self) -> dict[str, str]:
        lock = self.ladder.root / "requirements" / "test.txt"
        if not lock.is_file():
            return {}
        pins = re.findall(
            r"^([\w.-]+)==([\w.]+)", lock.read_text(encoding="utf-8"), re.M
        )
        return {name.lower(): version for name, version in pins}


def folded(summary: str, lines: list[str]) -> list[str]:
    """Return lines that a reader unfolds, on the site and on a code host."""
    opening = ['<details markdown="1">', f"<summary>{summary}</summary>", ""]
    return [*opening, *lines, "", "</details>"]


def quoted(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def code(name: str, text: str) -> list[str]:
    """Take the lines of code out of a file."""
    lines = split_lines(text)
    if not name.endswith(".py"):
        return [line for line in lines if line.strip()]
    return [lines[number - 1] for number in code_line_numbers(text)]


def minutes(text: str) -> int:
    """Return how many minutes a chapter takes to read: its prose and its code.

    What is generated or folded doesn't count.
    """
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.S)
    text = re.sub(r"<!-- (\w+) -->.*?<!-- /\1 -->", "", text, flags=re.S)
    text = FOLDED.sub("", text)
    fenced = re.compile(r"^ *(`{3,})[^`\n]*\n(.*?)^ *\1 *$", re.M | re.S)
    shown = [line for match in fenced.finditer(text) for line in match[2].split("\n")]
    words = len(fenced.sub("", text).split())
    code = sum(bool(line.strip()) for line in shown)
    return max(1, ceil(words / WORDS + code / CODE_LINES))
