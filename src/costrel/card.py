"""A chapter's change card: what its step changed, in a few figures."""

import ast
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from costrel.counts import code_line_numbers, public_names
from costrel.explained import Change, changes_of
from costrel.ladder import Ladder, Step
from costrel.source import FUNCTIONS, changes, split_lines

# how fast a chapter is read, in a minute
WORDS = 220
CODE_LINES = 30
# how the libraries write themselves
SPELT = {"werkzeug": "Werkzeug", "jinja2": "Jinja2", "markupsafe": "MarkupSafe"}


@dataclass(frozen=True)
class Card:
    """Counts what a step changed; `text` is its chapter, for the time to read."""

    ladder: Ladder
    step: Step
    text: str

    def lines(self) -> list[str]:
        """Give the card as a small Markdown table."""
        step = self.step
        folder = f"[`steps/{step.name}`](../steps/{step.name})"
        rows = {
            "Lines of code": self.amount(),
            "Files touched": quoted(change.name for change in self.changes()),
            "Public names added": quoted(self.names()) or "none",
            "Tests": self.tests(),
            "Time to read": f"{minutes(self.text)} minutes",
            "Last checked with": ", ".join(self.versions()),
            "At your keyboard": " · ".join(
                f"`costrel {verb} {step.number}`" for verb in ("run", "diff", "test")
            ),
            "Build it yourself": (
                f"`costrel start {step.number} mine` · `costrel check`"
                " · [how that goes](workshop.md)"
            ),
        }
        table = [f"| {name} | {value} |" for name, value in rows.items() if value]
        return [f"| Step {step.number} | {folder} |", "| --- | --- |", *table]

    def changes(self) -> list[Change]:
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

    def tests(self) -> str:
        """Say how many tests the step has, and how many of them attack it."""
        every = attacks = 0
        for file in sorted(self.step.tests.glob("test_*.py")):
            body = ast.parse(file.read_text(encoding="utf-8")).body
            tests = [node for node in ast.walk(ast.Module(body, [])) if is_test(node)]
            every += len(tests)
            whole = any(is_attack_mark(node) for node in body)
            attacks += len(tests) if whole else sum(map(is_attack, tests))
        return f"{every}, of which {attacks} attack it" if attacks else str(every)

    def versions(self) -> list[str]:
        """List Python and the locked versions of the libraries that a step imports."""
        settings = self.ladder.root / "pyproject.toml"
        found = []
        if settings.is_file():
            text = settings.read_text(encoding="utf-8")
            if match := re.search(r'^requires-python = ">=([\d.]+)"', text, re.M):
                found.append(f"Python {match[1]} and newer")
        locked = self.locked()
        used = sorted(self.imported() & set(locked))
        return found + [f"{SPELT.get(name, name)} {locked[name]}" for name in used]

    def locked(self) -> dict[str, str]:
        lock = self.ladder.root / "requirements" / "test.txt"
        if not lock.is_file():
            return {}
        pins = re.findall(
            r"^([\w.-]+)==([\w.]+)", lock.read_text(encoding="utf-8"), re.M
        )
        return {name.lower(): version for name, version in pins}

    def imported(self) -> set[str]:
        """Find the packages outside the standard library that a step imports."""
        found: set[str] = set()
        for file in self.step.package.rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and not node.level and node.module:
                    found.add(node.module.partition(".")[0])
                elif isinstance(node, ast.Import):
                    found.update(each.name.partition(".")[0] for each in node.names)
        return found - sys.stdlib_module_names


def quoted(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def code(name: str, text: str) -> list[str]:
    """Take the lines of code out of a file."""
    lines = split_lines(text)
    if not name.endswith(".py"):
        return [line for line in lines if line.strip()]
    return [lines[number - 1] for number in code_line_numbers(text)]


def is_test(node: ast.AST) -> bool:
    return isinstance(node, FUNCTIONS) and node.name.startswith("test_")


def is_attack(node: ast.AST) -> bool:
    decorators = node.decorator_list if isinstance(node, FUNCTIONS) else []
    return any("mark.attack" in ast.unparse(each) for each in decorators)


def is_attack_mark(node: ast.stmt) -> bool:
    """Tell whether a statement marks a whole file's tests as attacks."""
    if not isinstance(node, ast.Assign):
        return False
    return "pytestmark" in ast.unparse(node) and "mark.attack" in ast.unparse(node)


def minutes(text: str) -> int:
    """Tell how long a chapter takes to read: its prose, and the code it shows."""
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.S)
    text = re.sub(r"<!-- (\w+) -->.*?<!-- /\1 -->", "", text, flags=re.S)
    fenced = re.compile(r"^ *(`{3,})[^`\n]*\n(.*?)^ *\1 *$", re.M | re.S)
    shown = [line for match in fenced.finditer(text) for line in match[2].split("\n")]
    words = len(fenced.sub("", text).split())
    code = sum(bool(line.strip()) for line in shown)
    return max(1, ceil(words / WORDS + code / CODE_LINES))
