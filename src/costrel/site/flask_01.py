"""The page that looks back at Flask 0.1: what it could do, and where we have it.

`costrel measure --count` writes the page's figures. What was measured is written there
by `figures`.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from costrel.core.chapter import filled
from costrel.core.ladder import Ladder
from costrel.measure.figures import FIRST_FLASK
from costrel.measure.measuring import framework_files, size
from costrel.weave.map.request_path import FRONT_PAGE, Call, title, trace

PAGE = "flask-0.1.md"
# the step after which we look back
LAST = "13"
# a row of the page's table: Flask's lines for a feature, our step that has it, and ours
FEATURE = re.compile(r"(?<=\| )(\d+) \| \[(\d+)\]\(([\w-]+\.md)\), (\d+)(?= \|)")


def regions(ladder: Ladder) -> dict[str, str]:
    """Return the text of each generated region, by its name."""
    step = ladder.get(LAST)
    return {
        "totals": totals(ladder),
        "way": "\n".join(["```text", *way(trace(step, FRONT_PAGE)), "```"]),
    }


def counted(text: str, ladder: Ladder) -> str:
    """Write into the table of features by how many lines each step grew."""

    def row(match: re.Match[str]) -> str:
        lines, number, chapter, _ = match.groups()
        grown = lines_of(ladder, int(number)) - lines_of(ladder, int(number) - 1)
        return f"{lines} | [{number}]({chapter}), {grown}"

    return FEATURE.sub(row, text)


def lines_of(ladder: Ladder, number: int) -> int:
    """Count the framework at a step; before the first one there is none."""
    if not number:
        return 0
    return size(framework_files(ladder.get(str(number))))["lines"]


def totals(ladder: Ladder) -> str:
    ours = size(framework_files(ladder.get(LAST)))
    (first,) = FIRST_FLASK.values()
    times = ours["lines"] / first["lines"]
    return (
        f"Flask 0.1 has {first['lines']} lines of code, which are"
        f" {first['statements']} statements. Our step {LAST} has {ours['lines']}"
        f" lines, which are\n{ours['statements']} statements:"
        f" {times:.1f} times as many lines."
    )


def way(calls: list[Call]) -> Iterator[str]:
    """Write the functions that a request enters, each below its caller."""
    names = ["  " * call.depth + call.name for call in calls]
    width = max(map(len, names)) + 2
    yield title(FRONT_PAGE)
    for name, call in zip(names, calls, strict=True):
        module = "a template" if call.is_template else call.module
        yield f"{name:{width}}{module}"


def page_of(ladder: Ladder) -> Path:
    return ladder.root / "chapters" / PAGE


def written(text: str, ladder: Ladder) -> str:
    """Return the page's text with today's figures."""
    return counted(filled(text, regions(ladder)), ladder)


def write(ladder: Ladder) -> list[Path]:
    """Write the page's figures anew, where there is such a page; return what is."""
    page = page_of(ladder)
    if not page.is_file():
        return []
    text = written(page.read_text(encoding="utf-8"), ladder)
    page.write_text(text, encoding="utf-8", newline="\n")
    return [page]
