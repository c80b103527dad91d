"""What the live step of a chapter is given: its files, its first request, its attacks.

The script that shows it is `live/page/page.js`; what runs the step, `live/engine`.
"""

import base64
import json
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from costrel.core.anchors import heading_anchor
from costrel.core.attacks import attacks_of, naive_version
from costrel.core.chapter import Chapter, read_chapter
from costrel.core.ladder import Ladder, Step
from costrel.core.reader_folder import is_demo
from costrel.core.symbols import changed_lines, plain_lines, symbols
from costrel.weave.blocks import BEFORE, address, in_chapter


def data(ladder: Ladder, step: Step, size: int = 0) -> str:
    """Make the file that a live step loads, as JSON.

    `size` is how many bytes Python and the step have, by which loading is measured.
    """
    files = files_of(step.package)
    demo = [name for name in files if is_demo(name) and is_text(files[name])]
    changes = changes_of(ladder, step, files)
    attacks = attacks_of(step)
    content = {
        "step": step.name,
        "number": step.number,
        "bytes": size,
        "files": files,
        "demo": demo,
        "changes": changes,
        "opens": opens(ladder, step, demo, changes),
        "visit": visit(ladder, step),
        "places": places(ladder, step),
        "attacks": [vars(attack) for attack in attacks],
        "naive": naive_version(step) if attacks else "",
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True)


def files_of(package: Path) -> dict[str, Any]:
    """Read the files of a package: text as it is, anything else as Base64."""
    found: dict[str, Any] = {}
    paths = sorted(package.rglob("*")) if package.is_dir() else [package]
    for path in paths:
        if path.is_file() and "__pycache__" not in path.parts:
            name = path.relative_to(package).as_posix()
            found[name] = content_of(path)
    return found


def content_of(path: Path) -> Any:
    content = path.read_bytes()
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}


def is_text(content: object) -> bool:
    return isinstance(content, str)


def visit(ladder: Ladder, step: Step) -> dict[str, Any]:
    """Return the first request: `live`, or the one the chapter's map follows."""
    listed = {each["name"]: each for each in steps_listed(ladder)}
    about = listed.get(step.name, {})
    given = dict(about.get("live", about.get("visit", {})))
    path = given.get("path", "/")
    if query := given.get("query_string"):
        path += f"?{query}"
    headers, body = dict(given.get("headers", {})), given.get("data", "")
    if "json" in given:
        headers["Content-Type"] = "application/json"
        body = json.dumps(given["json"])
    elif isinstance(body, dict):
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode(body, safe="@")
    if kind := given.get("content_type"):
        headers["Content-Type"] = kind
    return {
        "method": given.get("method", "GET"),
        "path": path,
        "headers": headers,
        "body": body,
    }


def steps_listed(ladder: Ladder) -> list[dict[str, Any]]:
    path = ladder.root / "chapters" / "ladder.toml"
    if not path.is_file():
        return []
    parts = tomllib.loads(path.read_text(encoding="utf-8"))["part"]
    return [step for part in parts for step in part["steps"]]


# --- where a step is new


def changes_of(ladder: Ladder, step: Step, files: dict[str, Any]) -> dict[str, int]:
    """Find for each file the first line that the step brought, below the imports."""
    before = ladder.before(step)
    old = files_of(before.package) if before else {}
    lines = {
        name: first_change(name, old.get(name, ""), text)
        for name, text in files.items()
        if is_text(text) and is_text(old.get(name, ""))
    }
    return {name: line for name, line in lines.items() if line}


def opens(ladder: Ladder, step: Step, demo: list[str], changes: dict[str, int]) -> str:
    """Choose what the reader sees first: the app, a new module, or another change."""
    before = ladder.before(step)
    old = files_of(before.package) if before else {}
    new = [name for name in changes if name not in old]
    return next((name for name in [*demo, *new, *changes] if name in changes), demo[0])


def first_change(name: str, old: str, new: str) -> int | None:
    """Return the number of the first new line that says something of the step."""
    _, came = changed_lines(old, new)
    told = plain_lines(new) if name.endswith(".py") else frozenset()
    lines = new.split("\n")
    return min((n for n in came - told if lines[n - 1].strip()), default=None)


# --- where a chapter shows a function


def places(ladder: Ladder, step: Step) -> dict[str, str]:
    """Find for each function the chapter, up to this one, that showed it last."""
    found: dict[str, str] = {}
    for each in ladder.steps:
        if each.number <= step.number and each.chapter.is_file():
            found |= places_in(each)
    return found


def places_in(step: Step) -> dict[str, str]:
    """Find the sections of a chapter that show a step's functions."""
    chapter = read_chapter(step.chapter)
    found = {}
    for block in chapter.blocks:
        place = address(block, step)
        # as the reader has it, it's this step's file
        if place and place.typed and not place.path.endswith(BEFORE):
            place = in_chapter(place, step, None)
        if place is None or place.folder != step.name:
            continue
        link = f"{step.slug}.html{section_above(chapter, block.line)}"
        for name in shown(step, place.name, place.symbols):
            found[f"{place.name}: {name}"] = link
    return found


def shown(step: Step, file: str, named: list[str]) -> list[str]:
    """List the symbols that a block shows: those named, or all of a file."""
    if named:
        return named
    path = step.package / file
    return list(symbols(path.read_text("utf-8"))) if path.suffix == ".py" else []


def section_above(chapter: Chapter, line: int) -> str:
    """Return the anchor of the heading above a line, or nothing."""
    code = {n for block in chapter.blocks for n in range(block.line, block.end + 1)}
    for number in range(line - 1, 0, -1):
        text = chapter.lines[number - 1]
        if text.startswith("#") and number not in code:
            return "#" + heading_anchor(text.lstrip("# "))
    return ""
