"""The picture of the ladder: its six parts, its rungs, and how far the book is."""

from typing import Any

from costrel.core import svg
from costrel.core.ladder import Ladder
from costrel.core.plan import read_plan

WIDTH = 430
ROW = 17.5
PART_GAP = 13
TOP = 26
# the rails lean towards each other, as a ladder seen from its foot
LEFT_FOOT, LEFT_HEAD = 66, 84
RIGHT_FOOT, RIGHT_HEAD = 200, 174
LABEL = 224
# the flask of the logo, around its own middle
FLASK = (
    "M-2.5-11.500h5v3h-5zM-2-7.200h4v2.200c5.200.9 8.800 4.200 8.800 8.900"
    " 0 5.900-4.600 9.600-10.800 9.600S-10.800 9.800-10.800 3.900"
    "c0-4.700 3.600-8 8.800-8.900z"
)


def draw_file(ladder: Ladder) -> str:
    """Draw the ladder as a file, for readers of the front page on a code host."""
    steps = {step.name: f"../{step.slug}.md" for step in ladder.written}
    return draw(read_plan(ladder).parts, steps)


def draw(parts: list[dict[str, Any]], hrefs: dict[str, str]) -> str:
    """Draw all steps from the foot to the head; those in `hrefs` are links."""
    rows = place_rows(parts)
    height = max(y for _, _, y in rows) + 34
    shapes = [rails(height)]
    shapes += [part_mark(part, rows) for part in parts]
    shapes += [rung(listed, y, height, hrefs) for _, listed, y in rows]
    last = [y for _, listed, y in rows if listed["name"] in hrefs]
    if last:
        shapes.append(flask(min(last), height))
    label = (
        f"The ladder: {len(rows)} steps in {len(parts)} parts;"
        f" {len(last)} of them are written."
    )
    return svg.document(WIDTH, height, "\n".join(shapes), label, "rungs", "group")


def place_rows(
    parts: list[dict[str, Any]],
) -> list[tuple[dict[str, Any], dict[str, str], float]]:
    """Set each step's height on the page: the first step is the lowest."""
    rows = []
    y: float = TOP
    for part in reversed(parts):
        for listed in reversed(part["steps"]):
            rows.append((part, listed, y))
            y += ROW
        y += PART_GAP
    # in the order of reading, so that a keyboard climbs from the foot
    return rows[::-1]


def rail(foot: float, head: float, y: float, height: float) -> float:
    """Find where a rail is at this height."""
    return head + (foot - head) * y / height


def rails(height: float) -> str:
    style = {
        "stroke": "var(--c-accent)",
        "stroke_width": "5",
        "stroke_linecap": "round",
    }
    return "\n".join(
        svg.line(head, 8, foot, height - 6, **style)
        for foot, head in ((LEFT_FOOT, LEFT_HEAD), (RIGHT_FOOT, RIGHT_HEAD))
    )


def rung(listed: dict[str, str], y: float, height: float, hrefs: dict[str, str]) -> str:
    name = listed["name"]
    ends = [
        rail(foot, head, y, height)
        for foot, head in ((LEFT_FOOT, LEFT_HEAD), (RIGHT_FOOT, RIGHT_HEAD))
    ]
    number = str(int(name[4:6]))
    if name in hrefs:
        bar = svg.line(
            ends[0], y, ends[1], y, stroke="var(--c-accent)", stroke_width="4"
        )
        words = svg.text(LABEL, y + 4.5, listed["title"], 13.5, font_weight="600")
        mark = svg.text(LABEL - 8, y + 4.5, number, 12, "accent", text_anchor="end")
        return f'<a href="{hrefs[name]}">{bar}{mark}{words}</a>'
    bar = svg.line(
        ends[0],
        y,
        ends[1],
        y,
        stroke="var(--c-line)",
        stroke_width="2",
        stroke_dasharray="3 4",
    )
    mark = svg.text(LABEL - 8, y + 4.5, number, 12, "muted", text_anchor="end")
    return bar + mark + svg.text(LABEL, y + 4.5, listed["title"], 13, "muted")


def part_mark(
    part: dict[str, Any], rows: list[tuple[dict[str, Any], dict[str, str], float]]
) -> str:
    """Bracket the rungs of a part at the left, with its number."""
    heights = [y for owner, _, y in rows if owner is part]
    top, bottom = min(heights) - 6, max(heights) + 6
    bracket = svg.path(
        f"M48 {top:g}h-7v{bottom - top:g}h7",
        fill="none",
        stroke="var(--c-line)",
        stroke_width="1.5",
    )
    middle = (top + bottom) / 2 + 5
    return bracket + svg.text(
        32, middle, part["number"], 14, "muted", text_anchor="end", font_weight="600"
    )


def flask(y: float, height: float) -> str:
    """Hang the flask from the highest rung that is written."""
    x = (LEFT_HEAD + RIGHT_HEAD) / 2
    strap = svg.path(
        f"M{x - 8:g} {y + 27:g}C{x - 14:g} {y + 14:g} {x - 6:g} {y:g} {x:g} {y:g}"
        f"S{x + 14:g} {y + 14:g} {x + 8:g} {y + 27:g}",
        fill="none",
        stroke="var(--c-ink)",
        stroke_width="1.7",
    )
    middle = f"translate({x:g} {y + 29:g}) scale(1.15)"
    body = svg.path(
        FLASK,
        transform=middle,
        fill="var(--c-ink)",
        stroke="var(--c-paper)",
        stroke_width="1.6",
        paint_order="stroke",
    )
    ring = '<circle cy="4" r="5" fill="none" stroke="var(--c-paper)"'
    return f'{strap}{body}{ring} stroke-width="1.2" transform="{middle}"/>'
