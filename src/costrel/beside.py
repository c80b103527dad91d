"""The pages that compare the steps with real Flask, behaviour by behaviour.

What they show was found by running the same tests on both; that is `comparison`'s
matter.
"""

import json
from typing import Any

from costrel.ladder import Ladder, Problem, Step
from costrel.links import anchor
from costrel.plan import Plan

Row = dict[str, Any]

HEAD = """\
---
title: Beside Flask
description: What behaves as in Flask, what differs on purpose, and what Flask does
  beyond it.
---
# Beside Flask

"""
SAFER = """\
---
title: Where we are safer than Flask
description: What Flask 3.1 does that can leak, lose or break something, and what our
  steps do instead, each with its test.
---
# Where we are safer than Flask

Each line is a test that passes on our step and fails on Flask 3.1, because what Flask
does there can leak, lose or break something. Flask has reasons, fifteen years of apps
among them. A framework that starts today can choose differently. Everything else that
differs, and everything that doesn't, is on the page [beside Flask](flask.md).
"""
MISSING = "The comparison has not been made yet: run `python -m costrel.comparison`.\n"
# kind of a row -> its heading, and what stands below it
KINDS = {
    "differs": ("Differs on purpose", "The test fails on Flask, for this reason."),
    "more": ("Flask does more", "The test holds on Flask alone, for this reason."),
    "same": ("The same", "The test passes on the step and on Flask."),
}


def pages(ladder: Ladder, plan: Plan) -> dict[str, str]:
    """Make the pages; without the comparison they say how to make one."""
    path = ladder.root / "chapters" / "assets" / "flask-table.json"
    if not path.is_file():
        return {"flask.md": HEAD + MISSING, "safer.md": f"{SAFER}\n{MISSING}"}
    try:
        rows: list[Row] = json.loads(path.read_text(encoding="utf-8"))
        compared = HEAD + summary(rows) + "".join(sections(ladder, rows))
        return {"flask.md": compared, "safer.md": safer_page(ladder, plan, rows)}
    except (ValueError, KeyError, TypeError) as error:
        raise Problem(f"The comparison {path} cannot be read: {error!r}") from None


def safer_page(ladder: Ladder, plan: Plan, rows: list[Row]) -> str:
    """List by step what is safer here: what ours does, and what Flask does."""
    text = SAFER
    for step in ladder.steps:
        chosen = [row for row in rows if row["step"] == step.number and row["safer"]]
        if chosen:
            text += f"\n## {step.number}. {plan.title(step)}\n\n{chapter_of(step)}"
            text += "| Our step | Flask |\n|---|---|\n"
            text += "".join(
                f"| {linked(ladder, row)} | {clean(capital(row['reason']))} |\n"
                for row in chosen
            )
    return text


def chapter_of(step: Step) -> str:
    """Link to a step's chapter, if it has been written."""
    return f"[The chapter]({step.slug}.md)\n\n" if step.chapter.is_file() else ""


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def summary(rows: list[Row]) -> str:
    """Say how many behaviours there are of each kind."""
    words = {
        "same": "the same",
        "differs": "different on purpose",
        "more": "only Flask's",
    }
    counts = {kind: sum(row["kind"] == kind for row in rows) for kind in words}
    counted = [f"{counts[kind]} {word}" for kind, word in words.items() if counts[kind]]
    return (
        "The tests of the steps also run against real Flask, with our names mapped to"
        f" its names. Of {len(rows)} behaviours: {', '.join(counted)}. Some of the"
        " differences are [where we are safer than Flask](safer.md).\n"
    )


def sections(ladder: Ladder, rows: list[Row]) -> list[str]:
    """Make one section for each kind of which there are rows."""
    made = []
    for kind, (heading, words) in KINDS.items():
        chosen = [row for row in rows if row["kind"] == kind]
        if chosen:
            made.append(f"\n## {heading}\n\n{words}\n\n{table(ladder, chosen)}")
    return made


def table(ladder: Ladder, rows: list[Row]) -> str:
    """Make a table; the column of reasons only where there are reasons."""
    reasons = any(row["reason"] for row in rows)
    lines = [
        "| Step | Behaviour |" + (" Reason |" if reasons else ""),
        "|---|---|" + ("---|" if reasons else ""),
    ]
    for row in rows:
        cells = [str(row["step"]), linked(ladder, row)]
        cells += [clean(row["reason"])] if reasons else []
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def linked(ladder: Ladder, row: Row) -> str:
    """Link a behaviour to the test that promises it."""
    file = str(row["test"]).partition("::")[0].rpartition("/")[2]
    step = ladder.get(row["step"])
    return f"[{clean(row['sentence'])}](tests/{step.slug}.md#{anchor(file)})"


def clean(words: object) -> str:
    """Keep words from being read as the table's own marks."""
    text = str(words).replace("\n", " ")
    for mark in "\\`*_|[]<":
        text = text.replace(mark, f"\\{mark}")
    return text
