"""The skeleton of a new step, and what it still lacks.

The files' first contents are below, each gap behind `MISSING:`. What a
whole step has is `promises`' matter.
"""

import json
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

from costrel.core.ladder import Ladder, Problem, Step, hidden
from costrel.measure import measuring
from costrel.promises import chapters, whole

GAP = "MISSING:"

NAIVE = f'"""{GAP} the version everyone writes first, in which the attack works."""\n'
TESTS = f'"""What step {{number}} promises. {GAP} the tests."""\n'
ATTACKS = f'"""{GAP} the attack, which works on step {{before}} and fails here."""\n'
TEACHING = f"""\
# What `costrel check`, `hint` and `solution` say when a test of this step fails.
# {GAP} a [[behaviour]] for each promise, five of [[mistake]] or more, [words]
"""
CHAPTER = f"""\
---
title: "{{title}}"
description: "{GAP} what the reader can do afterwards, in one sentence."
date: {GAP} the date
---

# {{number}}. {GAP} the title

<!-- card -->
<!-- /card -->

{GAP} the opening, the wish, the text

<!-- map -->
<!-- /map -->

## What it costs

<!-- cost -->
<!-- /cost -->

## In Flask

{GAP} the real thing

## Exercises

{GAP} links to two exercises or more

<!-- leftovers -->
<!-- /leftovers -->
"""
FIRST_CELL = f"""\
# our step; to play with your own package, put it beside this notebook, restart
# the kernel, and name it here
import {{name}} as framework

# {GAP} the cells"""


def listed(ladder: Ladder, number: int) -> tuple[Step, dict[str, str]]:
    """Find a step that is still to be written in chapters/ladder.toml."""
    file = ladder.root / "chapters" / "ladder.toml"
    parts = tomllib.loads(file.read_text(encoding="utf-8"))["part"]
    for part in parts:
        for entry in part["steps"]:
            digits, _, topic = entry["name"].removeprefix("step").partition("_")
            if int(digits) == number:
                first = entry is part["steps"][0]
                opens = f"Part {part['number']}: {part['title']}" if first else ""
                return Step(ladder.root, number, topic), {**entry, "opens": opens}
    raise Problem(
        f"chapters/ladder.toml lists no step {number}: add a line for it first, with"
        " name, title and wish."
    )


def begin(ladder: Ladder, step: Step, entry: dict[str, str]) -> list[Path]:
    """Write what a step does not have yet; return what was written."""
    before = next((s for s in ladder.steps if s.number == step.number - 1), None)
    if before is None:
        raise Problem(
            f"There is no step {step.number - 1} to begin step {step.number}."
        )
    written = []
    if not step.package.exists():
        litter = shutil.ignore_patterns("__pycache__", ".*")
        shutil.copytree(before.package, step.package, ignore=litter)
        written.append(step.package)
    for path, text in files(step, entry).items():
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            written.append(path)
    return [*written, *add_to_readme(step, before, entry)]


def files(step: Step, entry: dict[str, str]) -> dict[Path, str]:
    known = {
        "number": step.number,
        "before": step.number - 1,
        "name": step.name,
        "title": entry["title"],
    }
    return {
        step.tests / f"test_{step.topic}.py": TESTS.format(**known),
        step.tests / "test_attacks.py": ATTACKS.format(**known),
        step.tests / "teaching.toml": TEACHING,
        step.tests / "naive.py": NAIVE,
        step.chapter: CHAPTER.format(**known),
        step.notebook: notebook(step, FIRST_CELL.format(**known)),
    }


def notebook(step: Step, code: str) -> str:
    """Return a notebook of a title and one cell."""
    chapter = f"The chapter: [{step.slug}.md](../chapters/{step.slug}.md)."
    title = f"# {step.number}. {GAP} the title\n\n{chapter}"
    cells: list[dict[str, object]] = [
        {"cell_type": "markdown", "metadata": {}, "source": title},
        {"cell_type": "code", "metadata": {}, "source": code}
        | dict[str, object](execution_count=None, outputs=[]),
    ]
    named = [
        {**cell, "id": f"{step.topic}-{number:02}"}
        for number, cell in enumerate(cells, 1)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    content = {
        "cells": named,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def add_to_readme(step: Step, before: Step, entry: dict[str, str]) -> list[Path]:
    """Put the step's row below that of the step before, after a new part's heading."""
    readme = step.root / "README.md"
    text = readme.read_text(encoding="utf-8")
    if f"(chapters/{step.slug}.md)" in text:
        return []
    link = f"[{step.number}. {entry['title']}](chapters/{step.slug}.md)"
    lines = text.splitlines(keepends=True)
    place = next(n for n, line in enumerate(lines) if f"{before.slug}.md" in line)
    opening = [f"| **{entry['opens']}** | |\n"] if entry["opens"] else []
    lines[place + 1 : place + 1] = [*opening, f"| {link} | {entry['wish']} |\n"]
    readme.write_text("".join(lines), encoding="utf-8", newline="\n")
    return [readme]


def gaps(step: Step) -> Iterator[str]:
    """Say what a step lacks, one line each: where, and what to do."""
    for path in parts(step):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        for number, line in enumerate(lines, 1):
            if GAP in line:
                what = line.partition(GAP)[2].split("\\n")[0].strip(' ".,')
                yield f"{whole.shown(step, path)}:{number}: write {what}"
    yield from whole.missing_parts(step)
    yield from chapters.missing_parts(step)
    if not (step.tests / "attack.toml").is_file():
        yield (
            f"tests/{step.name}/attack.toml: is missing: write the attacks that"
            ' `costrel attack` makes, or why there are none: none = "…"'
        )
    if step.name not in measuring.load(Ladder(step.root))["times"]:
        data = measuring.data_file(Ladder(step.root))
        yield (
            f"chapters/assets/{data.name}: has no times"
            f" of {step.name}: costrel measure, on a quiet machine (--count before)"
        )


def parts(step: Step) -> Iterator[Path]:
    """List a step's files, whatever is of it so far."""
    yield from (path for path in (step.chapter, step.notebook) if path.is_file())
    for folder in (step.package, step.tests, step.exercises):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not hidden(path.relative_to(folder)):
                yield path
