"""The folder `live/` of the site: what a chapter's live step loads, and its place.

The engine and the page's scripts are in `live` beside this file; what differs from
step to step is written by `livedata`.
"""

from pathlib import Path

from costrel.ladder import Ladder, Step

from . import lite, livedata
from .node import Modules

SOURCES = Path(__file__).parent / "live"
EDITOR = "page/editor.js"
# what Python takes, compressed, when nothing of it is cached
SIZE = "8 MB"
START = """\

<div class="live" id="live" role="region" aria-label="This step, live" data-step="live/{slug}.json" data-page="live/page/page.js">
<p><button type="button" class="live__start">Run this step here</button> <span class="live__status" role="status">Loads Python into your browser, about {size}; nothing is installed.</span></p>
</div>
"""  # noqa: E501

# not a Markdown link: the place is made by us, and would be missed
INVITATION = """\
Or <a href="{slug}.html#live">run its step</a> in your browser, with nothing \
installed: every chapter has one to edit and to break, and every notebook opens there.
"""


def collect(ladder: Ladder, modules: Modules) -> dict[str, bytes]:
    """Make every file of the folder, by its name.

    Raises `MissingError` without Node or npm, `Problem` when one of them fails.
    """
    editor = {EDITOR: modules.bundle(SOURCES / EDITOR, "--format=esm")}
    return sources() | editor | steps(ladder)


def sources() -> dict[str, bytes]:
    return {
        path.relative_to(SOURCES).as_posix(): path.read_bytes()
        for path in SOURCES.rglob("*.*")
        if path.suffix in (".py", ".js", ".css")
    }


def steps(ladder: Ladder) -> dict[str, bytes]:
    return {
        f"{step.slug}.json": livedata.data(ladder, step).encode()
        for step in ladder.steps
    }


# a row of the chapter's card
KEYBOARD = "| At your keyboard |"
ROW = (
    '| In your browser | <a href="#live">run it here</a> ·'
    ' <a href="{notebook}">its notebook</a> |\n'
)


def invitation(step: Step) -> str:
    """Tell on the front page that there are live steps, with a link to the first."""
    return INVITATION.format(slug=step.slug)


# --- in the chapter


def placed(text: str, step: Step) -> str:
    """Put the live step into a chapter's Markdown: below the wish.

    That is the first block of the demo, or else the change card, where a row leads to
    it.
    """
    row = ROW.format(notebook=lite.address(step))
    lines = text.replace(KEYBOARD, row + KEYBOARD, 1).split("\n")
    at = place_of(lines, step)
    return "\n".join(
        [*lines[:at], START.format(slug=step.slug, size=SIZE), *lines[at:]]
    )


def place_of(lines: list[str], step: Step) -> int:
    """Find the line before which the live step goes, counted from 0."""
    opened = next(
        (n for n, line in enumerate(lines) if f'title="{step.name}/demo.py' in line),
        len(lines),
    )
    ends = [n for n, line in enumerate(lines) if line.strip() == "```" and n > opened]
    if ends:
        return ends[0] + 1
    card = "<!-- /card -->"
    return lines.index(card) + 1 if card in lines else len(lines)
