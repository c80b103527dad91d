"""The folder `live/` of the site: what a chapter's live step loads, and its place.

The engine and the page's scripts are in folders beside this file; what differs from
step to step is written by `step_data`.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from costrel.browser import jupyterlite, pyodide
from costrel.browser.node import Modules
from costrel.core.ladder import Ladder, Step

from . import step_data

HERE = Path(__file__).parent
# what a browser loads of `page/`, each script with all that it imports
SCRIPTS = ("loader.js", "page.js", "worker.js", "inside.js")
EDITOR = "editor.js"
STYLE = "live.css"
MODULE = "--format=esm"
# an error on the browser's console names the function it is from
READABLE = ("--minify-identifiers=false", f"--external:./{EDITOR}")
# what Python takes, compressed, when nothing of it is cached
SIZE = "8 MB"
START = """\

<div class="live" id="live" role="region" aria-label="This step, live" data-step="live/{slug}.json" data-page="live/page/page.js">
<p class="live__begin"><button type="button" class="live__start">Run this step here</button> <span class="live__status" role="status">Loads Python into your browser, about {size}; nothing is installed.</span></p>
<script defer src="live/page/loader.js"></script>
<noscript><p>A step runs here with JavaScript, which is off. On your machine it runs without: <code>costrel run {number}</code>.</p></noscript>
</div>
"""  # noqa: E501

# not a Markdown link: the place is made by us, and would be missed
INVITATION = """\
Or <a href="{slug}.html#live">run its step</a> in your browser, with nothing \
installed: every chapter has one to edit and to break, and every notebook opens there.
"""


def collect(
    ladder: Ladder, modules: Modules, runtime: Mapping[str, bytes]
) -> dict[str, bytes]:
    """Make every file of the folder, by its name; `runtime` is the folder `pyodide/`.

    Raises `MissingError` without Node or npm, `Problem` when one of them fails.
    """
    return engine() | page(modules) | steps(ladder, runtime)


def engine() -> dict[str, bytes]:
    files = (HERE / "engine").glob("*.py")
    return {f"engine/{path.name}": path.read_bytes() for path in files}


def page(modules: Modules) -> dict[str, bytes]:
    """Make the scripts and the style of the page."""
    folder = HERE / "page"
    files = {name: modules.bundle(folder / name, MODULE, *READABLE) for name in SCRIPTS}
    files[EDITOR] = modules.bundle(folder / EDITOR, MODULE)
    files[STYLE] = (folder / STYLE).read_bytes()
    return {f"page/{name}": content for name, content in files.items()}


def steps(ladder: Ladder, runtime: Mapping[str, bytes]) -> dict[str, bytes]:
    return {
        f"{step.slug}.json": step_data.data(ladder, step, size(step, runtime)).encode()
        for step in ladder.steps
    }


def size(step: Step, runtime: Mapping[str, bytes]) -> int:
    """Add up the bytes that the worker of a step fetches."""
    packages = json.loads(runtime[pyodide.LOCK])["packages"]
    needed = closure(step.name.replace("_", "-"), packages)
    files = [packages[name]["file_name"] for name in needed]
    return sum(len(runtime[name]) for name in [*pyodide.FETCHED, *files])


def closure(name: str, packages: Mapping[str, Mapping[str, list[str]]]) -> set[str]:
    """List a package and all that it needs."""
    found, new = set[str](), {name}
    while new:
        found |= new
        new = {each for name in new for each in packages[name]["depends"]} - found
    return found


# a row of the chapter's card
KEYBOARD = "| At your keyboard |"
ROW = (
    '| In your browser | <a href="#live">run it here</a> ·'
    ' <a href="{notebook}">its notebook</a> |\n'
)


def invitation(step: Step) -> str:
    """Return the front page's link to the first live step."""
    return INVITATION.format(slug=step.slug)


# --- in the chapter


def placed(text: str, step: Step) -> str:
    """Put the live step into a chapter's Markdown: at the end of the wish.

    That is the section with the first block of the demo, or else the one below the
    change card, where a row leads to it.
    """
    row = ROW.format(notebook=jupyterlite.address(step))
    lines = text.replace(KEYBOARD, row + KEYBOARD, 1).split("\n")
    at = place_of(lines, step)
    return "\n".join([*lines[:at], start(step), *lines[at:]])


def start(step: Step) -> str:
    return START.format(slug=step.slug, size=SIZE, number=step.number)


def place_of(lines: list[str], step: Step) -> int:
    """Find the line before which the live step goes, counted from 0."""
    marks = (f'title="{step.name}/demo.py', "<!-- /card -->")
    found = (n for mark in marks for n, line in enumerate(lines) if mark in line)
    wish = next(found, 0)
    code = code_lines(lines)
    headings = (n for n, line in enumerate(lines) if line.startswith("## "))
    return next((n for n in headings if n > wish and n not in code), len(lines))


def code_lines(lines: list[str]) -> set[int]:
    """Find the lines that are in fenced blocks, their fences included."""
    found, is_inside = set(), False
    for number, line in enumerate(lines):
        is_fence = line.startswith("```")
        if is_inside or is_fence:
            found.add(number)
        is_inside ^= is_fence
    return found
