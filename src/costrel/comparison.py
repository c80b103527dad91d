"""The table "same, differs on purpose, Flask does more", drawn from the tests.

The tests are run on real Flask to make it; the table is kept in a file, so that the
site can be built where Flask is not installed. `python -m costrel.comparison`
writes it anew.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from .core.ladder import Ladder, find_root
from .promises.climb import on_flask
from .promises.runs import Outcome, Result, Runs
from .testing.marks import number_of

# mark -> what the table says of a test that carries it
KINDS = {"differs": "differs", "flask_only": "more"}


@dataclass(frozen=True)
class Row:
    """One behaviour, and how Flask's compares with ours."""

    # the number of the step that brings it
    step: int
    sentence: str
    # `same`, `differs` (on purpose) or `more` (Flask does more)
    kind: str
    # why, unless it is the same
    reason: str
    # where the test is: file, `::` and the function's name
    test: str
    # the later step that replaces this behaviour, and why; or empty
    replaced: str = ""
    # whether what Flask does can leak, lose or break something
    safer: bool = False


def comparison(ladder: Ladder) -> list[Row]:
    """Read the table from its file; it is empty if there is none."""
    file = table(ladder)
    if not file.is_file():
        return []
    return [Row(**row) for row in json.loads(file.read_text(encoding="utf-8"))]


def table(ladder: Ladder) -> Path:
    return ladder.root / "chapters" / "assets" / "flask-table.json"


def compare(result: Result) -> list[Row]:
    """Make the table from a run on Flask, one row for each test function."""
    rows = {row.test: row for row in map(row_of, result.tests)}
    return sorted(rows.values(), key=lambda row: row.step)


def row_of(test: Outcome) -> Row:
    name = test.id.partition("[")[0]
    mark = next((mark for mark in KINDS if mark in test.marks), None)
    kind = KINDS[mark] if mark else "same"
    reason = test.marks[mark]["reason"] if mark else ""
    said = (test.doc or test.sentence.partition(" [")[0]).strip().splitlines()[0]
    until = test.marks.get("until")
    replaced = f"step {number_of(until['step'])}: {until['reason']}" if until else ""
    safer = test.marks.get("differs", {}).get("safer") == "True"
    return Row(test.step or 0, said.rstrip("."), kind, reason, name, replaced, safer)


def stale(runs: Runs) -> list[str]:
    """Complain if the file is not what the tests say now."""
    wanted = compare(runs.result(on_flask(runs.ladder)))
    if comparison(runs.ladder) == wanted:
        return []
    name = table(runs.ladder).relative_to(runs.ladder.root).as_posix()
    return [f"{name}: is out of date: run `python -m costrel.comparison`"]


def write(runs: Runs) -> Path:
    """Run the tests on Flask and write the table."""
    rows = compare(runs.result(on_flask(runs.ladder)))
    file = table(runs.ladder)
    file.parent.mkdir(parents=True, exist_ok=True)
    content = json.dumps([asdict(row) for row in rows], indent=1, ensure_ascii=False)
    file.write_text(content + "\n", encoding="utf-8", newline="\n")
    return file


if __name__ == "__main__":
    print(f"wrote {write(Runs(Ladder(find_root())))}")
