"""The pages that compare the steps with real Flask, behaviour by behaviour.

What they show was found by running the same tests on both; that is `comparison`'s
matter.
"""

import json
from typing import Any

from costrel.core.anchors import anchor
from costrel.core.ladder import Ladder, Problem, Step
from costrel.core.plan import Plan
from costrel.site.search import by_title

Row = dict[str, Any]
Part = dict[str, Any]

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
MISSING = "There is no comparison yet: run `python -m costrel.comparison`.\n"
# kind of a row -> what it is called in a list of counts, in a table, and as a choice
KINDS = {
    "same": ("the same", "the same", "what is the same"),
    "differs": ("different on purpose", "differs", "what differs on purpose"),
    "more": ("only Flask's", "only Flask's", "what only Flask does"),
}


def pages(ladder: Ladder, plan: Plan) -> dict[str, str]:
    """Make the pages; without the comparison they say how to make one."""
    path = ladder.root / "chapters" / "assets" / "flask-table.json"
    if not path.is_file():
        return {"flask.md": HEAD + MISSING, "safer.md": f"{SAFER}\n{MISSING}"}
    try:
        rows: list[Row] = json.loads(path.read_text(encoding="utf-8"))
        made = {"flask.md": overview(ladder, plan, rows)}
        made |= {
            page_of(part): part_page(part, plan, steps, rows)
            for part, steps in by_part(ladder, plan)
        }
        made["safer.md"] = safer_page(ladder, plan, rows)
    except (ValueError, KeyError, TypeError) as error:
        raise Problem(f"The comparison {path} cannot be read: {error!r}") from None
    return {name: by_title(text) for name, text in made.items()}


def navigation(ladder: Ladder, plan: Plan) -> list[object]:
    parts = [
        {f"{part['number']}. {part['title']}": page_of(part)}
        for part, _ in by_part(ladder, plan)
    ]
    made = (ladder.root / "chapters" / "assets" / "flask-table.json").is_file()
    safer = {"Where we are safer than Flask": "safer.md"}
    return [{"Beside Flask": ["flask.md", *(parts if made else []), safer]}]


def by_part(ladder: Ladder, plan: Plan) -> list[tuple[Part, list[Step]]]:
    """Return the parts that have steps, each with its steps."""
    parts = [
        (part, [step for step in ladder.steps if plan.part_of(step) == part])
        for part in plan.parts
    ]
    return [(part, steps) for part, steps in parts if steps]


def page_of(part: Part) -> str:
    return f"flask/part-{part['number'].lower()}.md"


def overview(ladder: Ladder, plan: Plan, rows: list[Row]) -> str:
    """Count the behaviors of each step by kind; each step leads to its list."""
    text = (
        "The tests of the steps also run against real Flask, with our names mapped to"
        f" its names. Of {len(rows)} behaviors: {counted(rows)}. Some of the"
        " differences are [where we are safer than Flask](safer.md).\n"
    )
    words = " | ".join(word for word, _, _ in KINDS.values())
    for part, steps in by_part(ladder, plan):
        text += f"\n## Part {part['number']}: {part['title']}\n\n| Step | {words} |\n"
        text += f"|---|{'---:|' * len(KINDS)}\n"
        for step in steps:
            name = f"[{step.number}. {plan.title(step)}]({page_of(part)}#{step.slug})"
            counts = counts_of(rows_of(step, rows)).values()
            text += f"| {' | '.join([name, *(str(n or '') for n in counts)])} |\n"
    return HEAD + text


def rows_of(step: Step, rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["step"] == step.number]


def counts_of(rows: list[Row]) -> dict[str, int]:
    return {kind: sum(row["kind"] == kind for row in rows) for kind in KINDS}


def counted(rows: list[Row]) -> str:
    """Say in words how many behaviors there are of each kind."""
    counts = counts_of(rows).items()
    return ", ".join(f"{count} {KINDS[kind][0]}" for kind, count in counts if count)


def part_page(part: Part, plan: Plan, steps: list[Step], rows: list[Row]) -> str:
    """List the behaviors of a part's steps, with a choice of what is shown."""
    title = f"Part {part['number']} beside Flask"
    text = f"---\ntitle: {title}\n---\n# {title}\n\n{CHOICE}\n"
    for step in steps:
        chosen = rows_of(step, rows)
        text += f"\n## {step.number}. {plan.title(step)} {{ #{step.slug} }}\n\n"
        text += f"{chapter_of(step, '../')}{capital(counted(chosen)) or 'Nothing'}.\n\n"
        text += "| Behavior | In Flask |\n|---|---|\n"
        text += "".join(table_row(step, row) for row in chosen)
    return text


def table_row(step: Step, row: Row) -> str:
    kind = row["kind"]
    reason = f": {clean(row['reason'])}" if row["reason"] else ""
    word = f'<span class="kind {kind}">{KINDS[kind][1]}</span>{reason}'
    return f"| {linked(step, row, '../')} | {word} |\n"


def choice() -> str:
    """Return the choice of what a page shows; the style sheet alone does the rest."""
    choices = {"differences": "what is not the same"}
    choices |= {kind: words for kind, (_, _, words) in KINDS.items()}
    choices["all"] = "everything"
    buttons = "".join(
        f'<label><input type="radio" name="shown" value="{value}"'
        f"{' checked' if value == 'differences' else ''}> {words}</label>"
        for value, words in choices.items()
    )
    return f'<fieldset class="choice"><legend>Show</legend>{buttons}</fieldset>\n'


CHOICE = choice()


def safer_page(ladder: Ladder, plan: Plan, rows: list[Row]) -> str:
    """List by step what is safer here: what ours does, and what Flask does."""
    text = SAFER
    for step in ladder.steps:
        chosen = [row for row in rows_of(step, rows) if row["safer"]]
        if chosen:
            text += f"\n## {step.number}. {plan.title(step)}\n\n{chapter_of(step)}\n\n"
            text += "| Our step | Flask |\n|---|---|\n"
            text += "".join(
                f"| {linked(step, row)} | {clean(capital(row['reason']))} |\n"
                for row in chosen
            )
    return text


def chapter_of(step: Step, up: str = "") -> str:
    """Link to a step's chapter, if it has been written."""
    return f"[The chapter]({up}{step.slug}.md). " if step.chapter.is_file() else ""


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def linked(step: Step, row: Row, up: str = "") -> str:
    """Link a behavior to the test that promises it."""
    file, _, name = str(row["test"]).partition("::")
    where = test_anchor(file.rpartition("/")[2], name)
    return f"[{clean(row['sentence'])}]({up}tests/{step.slug}.md#{where})"


def test_anchor(file: str, test: str) -> str:
    """Make the anchor of a test's sentence on the page of its step's tests."""
    return anchor(f"{file} {test}")


def clean(words: object) -> str:
    """Keep words from being read as the table's own marks."""
    text = str(words).replace("\n", " ")
    for mark in "\\`*_|[]<":
        text = text.replace(mark, f"\\{mark}")
    return text
