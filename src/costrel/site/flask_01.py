"""The page that looks back at Flask 0.1: what it could do, and where we have it.

`costrel measure --count` writes the page's generated regions. What was measured is
written there by `figures`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from costrel.core.ladder import Ladder
from costrel.measure.figures import FIRST_FLASK
from costrel.measure.measuring import framework_files, size
from costrel.weave.map.request_path import FRONT_PAGE, Call, title, trace

PAGE = "flask-0.1.md"
# the step after which we look back
LAST = "13"


@dataclass(frozen=True)
class Feature:
    """Something the first Flask could do, and the step where we can."""

    what: str
    # lines of code for it in Flask's flask.py; with `REST` they add up to the file
    lines: int
    step: int
    # what ours has that it didn't
    beyond: str


FEATURES = (
    Feature(
        "run on any WSGI server, and with middleware around it",
        10,
        1,
        "paths in any language, headers that can't be split",
    ),
    Feature(
        "request and response objects; a view returns text, a tuple, a WSGI app",
        17,
        2,
        "tuples with headers, generators; an error that names the view at fault",
    ),
    Feature(
        "`route`, with converters and methods",
        18,
        3,
        "`get`, `post` and the others, OPTIONS, custom converters by name",
    ),
    Feature(
        "`errorhandler` for a status",
        15,
        4,
        "handlers for exception classes, the nearest wins; logging; the original error",
    ),
    Feature("`test_client`", 3, 5, "the last request's context, the app's own host"),
    Feature(
        "`run`, with reloader and debugger",
        7,
        6,
        "a debugger that only this machine can reach",
    ),
    Feature(
        "`request`, `g` and `current_app` on a stack per thread",
        23,
        7,
        "asyncio tasks; contexts without a request; copies for threads",
    ),
    Feature(
        "`url_for`",
        2,
        8,
        "URLs outside a request; host, scheme and anchor; defaults; mounting",
    ),
    Feature(
        "`before_request`, `after_request`",
        15,
        9,
        "teardown, `after_this_request`, signals",
    ),
    Feature(
        "`open_resource`, and the app's folder found from its name",
        9,
        10,
        "configuration from files and the environment; the instance folder",
    ),
    Feature(
        "Jinja templates with escaping and `context_processor`",
        34,
        11,
        "filters, tests, streaming; escaping by file extension; reloading",
    ),
    Feature(
        "static files",
        11,
        12,
        "ETags, ranges, lifetimes, downloads; `send_file`",
    ),
    Feature(
        "sessions in signed cookies, `flash`",
        22,
        13,
        "no pickle; cookie flags, lifetimes, key rotation; categories; other stores",
    ),
)
# imports, and the registries in its `__init__`
REST = 29


def regions(ladder: Ladder) -> dict[str, str]:
    """Return the text of each generated region, by its name."""
    step = ladder.get(LAST)
    return {
        "features": "\n".join(table(ladder)),
        "totals": totals(ladder),
        "way": "\n".join(["```text", *way(trace(step, FRONT_PAGE)), "```"]),
    }


def table(ladder: Ladder) -> Iterator[str]:
    yield "| What it could do | Its lines | Our step, and its lines | What ours adds |"
    yield "| --- | ---: | --- | --- |"
    for each in FEATURES:
        grown = lines_of(ladder, each.step) - lines_of(ladder, each.step - 1)
        step = ladder.get(str(each.step))
        link = f"[{each.step}]({step.slug}.md), {grown}"
        yield f"| {each.what} | {each.lines} | {link} | {each.beyond} |"
    yield f"| imports and registries | {REST} | in all of them | |"


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


def filled(text: str, bodies: dict[str, str]) -> str:
    """Put the bodies into their regions. Raises `ValueError` where one is missing."""
    for name, body in bodies.items():
        start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        head, opened, rest = text.partition(start)
        _, closed, tail = rest.partition(end)
        if not opened or not closed:
            raise ValueError(f"the page has no region <!-- {name} -->")
        text = f"{head}{start}\n{body}\n\n{end}{tail}"
    return text


def page_of(ladder: Ladder) -> Path:
    return ladder.root / "chapters" / PAGE


def write(ladder: Ladder) -> list[Path]:
    """Write the page's regions anew, where there is such a page; return what is."""
    page = page_of(ladder)
    if not page.is_file():
        return []
    text = filled(page.read_text(encoding="utf-8"), regions(ladder))
    page.write_text(text, encoding="utf-8", newline="\n")
    return [page]
