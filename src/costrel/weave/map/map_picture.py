"""The map of the framework, drawn from a step's code and from a request to it.

At the left the way of a request to the functions that the step touched, at the right
the modules that it touched; what is as before is counted or named, so that a map does
not grow with the code. Reading the code is the matter of `modules`, following the
request that of `request_path`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby, takewhile
from operator import itemgetter
from textwrap import wrap

from costrel.core import svg
from costrel.core.ladder import Ladder, Step
from costrel.weave.map import request_path
from costrel.weave.map.modules import Anatomy, Module
from costrel.weave.map.request_path import Call

WIDTH = 720
RIGHT = 412
BOX_WIDTH = 308
# a line of the way, and how far a call is from its caller: less on a long way
ROW, INDENTS = 21, range(13, 5, -1)
LINE = 16
# sizes of letters
NAME, NOTE = 12, 11
# a box lists so many names, and a sentence too; the rest is counted
MOST = 8
# as many letters of a list of imports fit in one line
LETTERS = 50
SIGNS = {"new": "+", "changed": "~"}
# the room that a sign takes, and the space between a name and its note
SIGN, SPACE = 13, 10


@dataclass(frozen=True)
class Box:
    """A module's box: its lines of (mark, words), its imports, its position."""

    module: Module
    mark: str
    lines: list[tuple[str, str]]
    imports: list[str]
    y: float

    @property
    def height(self) -> float:
        inside = LINE * len(self.lines) + (LINE - 2) * len(self.imports)
        return 27 + (inside + 6 if inside else 0)


@dataclass(frozen=True)
class Gap:
    """Calls in a row that the map leaves out."""

    calls: tuple[Call, ...]

    @property
    def depth(self) -> int:
        return min(call.depth for call in self.calls)


def draw(ladder: Ladder, step: Step) -> tuple[str, str]:
    """Draw the map of a step; return the drawing and its description in words.

    Raises `Problem` if the step's demo does not answer the request.
    """
    now = Anatomy(step)
    before = ladder.before(step)
    marks = Marks(now, Anatomy(before) if before else None)
    boxes = place_boxes(now, marks)
    visit = request_path.visit_of(ladder, step)
    calls = request_path.trace(step, visit)
    rows = touched(calls, marks)
    alt = describe(step, request_path.title(visit), calls, boxes, marks)
    shapes = [*draw_way(request_path.title(visit), rows, marks), *draw_modules(boxes)]
    end = bottom(boxes)
    rest = untouched(now, boxes)
    shapes += draw_untouched(rest, end)
    height = max(end + LINE * len(rest), 72.0 + ROW * len(rows)) + 28
    shapes += draw_legend(height)
    body = "\n".join(shapes)
    return svg.document(WIDTH, height + 12, body, alt, "map"), alt


class Marks:
    """Says whether modules and symbols are new, changed or as before."""

    def __init__(self, now: Anatomy, before: Anatomy | None) -> None:
        self.now = now
        self.before = before

    def module(self, name: str) -> str:
        if self.before is None:
            return "new"
        old = self.before.modules.get(name)
        if old is None:
            return "new"
        return "" if old.code == self.now.modules[name].code else "changed"

    def symbol(self, module: str, name: str) -> str:
        if self.before is None or module not in self.now.modules:
            return ""
        new = self.now.modules[module].symbols.get(name)
        home = self.before.modules.get(module)
        old = home.symbols.get(name) if home else None
        if new is None:
            return ""
        if old is None:
            return "new"
        return "" if old.code == new.code else "changed"

    def imports(self, module: Module) -> list[str]:
        """List what a new module imports, or with a sign what others did not before."""
        home = self.before.modules.get(module.name) if self.before else None
        names = sorted(module.imports & self.now.modules.keys())
        if home is None:
            return names
        return [f"+{name}" for name in names if name not in home.imports]


# --- the modules


def place_boxes(now: Anatomy, marks: Marks) -> list[Box]:
    """Stack the modules that the step touched, each above those that it imports."""
    boxes: list[Box] = []
    y: float = 30
    for module in now.ordered:
        mark = marks.module(module.name)
        if not mark:
            continue
        lines = box_lines(module, mark, marks)
        box = Box(module, mark, lines, import_lines(module, marks), y)
        boxes.append(box)
        y += box.height + 8
    return boxes


def bottom(boxes: list[Box]) -> float:
    return max((box.y + box.height for box in boxes), default=22.0)


def untouched(now: Anatomy, boxes: list[Box]) -> list[str]:
    """Name the modules that are as before, in lines that fit beside the way."""
    drawn = {box.module.name for box in boxes}
    names = ", ".join(m.name for m in now.ordered if m.name not in drawn)
    return wrap(f"as before: {names}", LETTERS) if names else []


def import_lines(module: Module, marks: Marks) -> list[str]:
    names = ", ".join(marks.imports(module))
    return wrap(f"imports {names}", LETTERS) if names else []


def box_lines(module: Module, mark: str, marks: Marks) -> list[tuple[str, str]]:
    """List what a box shows: what a new module defines, else what came or changed."""
    if module.name == "demo":
        return []
    names = [name for name in module.symbols if is_public(name)]
    if mark == "new":
        defined = [("", name) for name in names if "." not in name]
        return shortened(defined, "more")
    lines = [(marks.symbol(module.name, name), name) for name in module.symbols]
    fresh = [
        (sign, name) for sign, name in lines if sign and not covered(name, sign, lines)
    ]
    count = len(names) - sum(name in names for _, name in fresh)
    rest = [("", f"{count} as before")] if count else []
    return [*shortened(fresh, "changed"), *rest]


def covered(name: str, sign: str, lines: list[tuple[str, str]]) -> bool:
    """Return whether a changed class shows in its methods, or a method in its class."""
    if sign == "changed":
        return any(mark and other.startswith(f"{name}.") for mark, other in lines)
    owner = name.rpartition(".")[0]
    return ("new", owner) in lines


def is_public(name: str) -> bool:
    return not name.rpartition(".")[2].startswith("_")


def shortened(lines: list[tuple[str, str]], word: str) -> list[tuple[str, str]]:
    if len(lines) <= MOST:
        return lines
    return [*lines[: MOST - 1], ("", f"and {len(lines) - MOST + 1} {word}")]


def fitting(name: str, room: float, size: float) -> str:
    """Return a name, without its class where both don't fit."""
    if svg.mono_width(name, size) <= room:
        return name
    return name.rpartition(".")[2]


def draw_modules(boxes: list[Box]) -> list[str]:
    shapes = [heading(RIGHT, "New and changed modules")]
    return shapes + [shape for box in boxes for shape in draw_box(box)]


def draw_untouched(lines: list[str], y: float) -> list[str]:
    """Write below the boxes which modules have none."""
    return [
        svg.text(RIGHT + 12, y + 8 + LINE * number, words, NOTE, "muted")
        for number, words in enumerate(lines, 1)
    ]


def draw_box(box: Box) -> Iterator[str]:
    fill = "var(--c-fresh)" if box.mark == "new" else "var(--c-card)"
    edge = "var(--c-accent)"
    frame = {"rx": "4", "fill": fill, "stroke": edge, "stroke_width": "1.5"}
    yield svg.rect(RIGHT, box.y, BOX_WIDTH, box.height, **frame)
    bold = {"font_weight": "700"}
    yield svg.text(RIGHT + 12, box.y + 18, f"{box.module.name}.py", 13, "mono", **bold)
    yield tag(box)
    y = box.y + 27
    for words in box.imports:
        y += LINE - 2
        yield svg.text(RIGHT + 12, y - 4, words, NOTE, "muted")
    y += 2
    for mark, name in box.lines:
        y += LINE
        if mark:
            yield sign(RIGHT + 12, y - 3, mark)
        # a count is words, a name is one
        kind = "muted" if " " in name else "mono"
        shown = fitting(name, BOX_WIDTH - 34, NAME)
        yield svg.text(RIGHT + 26, y - 3, shown, NAME, kind)


def tag(box: Box) -> str:
    """Write at a box's right what it is: new, changed, or the reader's own."""
    words = f"{SIGNS[box.mark]} {box.mark}"
    if box.module.name == "demo":
        words = f"the demo, {words}"
    x = RIGHT + BOX_WIDTH - 12
    return svg.text(x, box.y + 18, words, NOTE, "accent", text_anchor="end")


# --- the way of a request


def touched(calls: list[Call], marks: Marks) -> list[Call | Gap]:
    """Keep what the step or the reader wrote, and who calls it; count the rest."""
    if marks.before is None:
        return [*calls]
    wanted = [call.module == "demo" or bool(mark_of(call, marks)) for call in calls]
    shown = [leads_on(calls[n:], wanted[n:]) for n in range(len(calls))]
    rows: list[Call | Gap] = []
    for is_shown, run in groupby(zip(calls, shown, strict=True), itemgetter(1)):
        found = [call for call, _ in run]
        # a count would take as much room as one name
        rows += found if is_shown or len(found) == 1 else [Gap(tuple(found))]
    return rows


def leads_on(calls: list[Call], wanted: list[bool]) -> bool:
    """Return whether the first call is wanted, or enters a function that is."""
    first, *below = calls
    inside = takewhile(lambda call: call.depth > first.depth, below)
    return any(wanted[: 1 + sum(1 for _ in inside)])


def draw_way(visit: str, rows: list[Call | Gap], marks: Marks) -> list[str]:
    shapes = [
        heading(0, f"The way of {visit}"),
        svg.rect(0.5, 30, 110, 26, rx="13", fill="none", stroke="var(--c-muted)"),
        svg.text(55, 47, "WSGI server", 12.5, text_anchor="middle"),
    ]
    indent = indent_for(rows, marks)
    last_at, elbows = {-1: 56.0}, []
    for number, row in enumerate(rows):
        x, y = 10.0 + indent * row.depth, 66 + ROW * number + ROW / 2
        # from the caller down and to the right, to what it calls
        elbows.append(f"M{x:g} {last_at[row.depth - 1]:g}V{y:g}h8")
        if isinstance(row, Gap):
            shapes.append(omission(row, x + 12, y))
        else:
            shapes += station(row, x + 12, y, marks)
        last_at[row.depth] = y + 8
    style = {"fill": "none", "stroke": "var(--c-line)", "stroke_width": "1.5"}
    return [svg.path("".join(elbows), **style), *shapes]


def indent_for(rows: list[Call | Gap], marks: Marks) -> int:
    """Return how far to indent, so that all rows end before the modules."""
    calls = [row for row in rows if isinstance(row, Call)]

    def fits(indent: int) -> bool:
        lefts = (22.0 + indent * call.depth for call in calls)
        ends = map(partial(right_end, marks=marks), calls, lefts)
        return all(end < RIGHT - 10 for end in ends)

    return next(filter(fits, INDENTS), INDENTS[-1])


def omission(gap: Gap, x: float, y: float) -> str:
    """Write how many calls are left out here."""
    return svg.text(x, y + 4, f"{len(gap.calls)} as before", NOTE, "muted")


def mark_of(call: Call, marks: Marks) -> str:
    """Return whether a function is new or changed; the demo's belong to the reader."""
    return "" if call.module == "demo" else marks.symbol(call.module, call.symbol)


def station(call: Call, x: float, y: float, marks: Marks) -> Iterator[str]:
    """Write one call, with its mark and where it leads."""
    mark, note, name = mark_of(call, marks), where(call), name_at(call, x)
    width = svg.mono_width(name, NAME)
    if mark:
        yield svg.rect(x - 4, y - 9, width + 22, 18, rx="3", **{"class": "fresh"})
        yield sign(x, y + 4, mark)
        x += SIGN
    # the reader's own
    is_theirs = call.module == "demo" or call.is_template
    kind = "accent mono" if is_theirs else "mono"
    yield svg.text(x, y + 4, name, NAME, kind)
    if note:
        yield svg.text(x + width + SPACE, y + 4, note, NOTE, "muted")


def name_at(call: Call, x: float) -> str:
    """Return a call's name, or where there's no room for that, its last part."""
    return fitting(call.name, RIGHT - x - sans_width(where(call)) - 40, NAME)


def right_end(call: Call, x: float, marks: Marks) -> float:
    """Return where a call's line ends that begins at `x`."""
    x += svg.mono_width(name_at(call, x), NAME) + (SIGN if mark_of(call, marks) else 0)
    note = where(call)
    return x + SPACE + sans_width(note) if note else x


def sans_width(note: str) -> float:
    """Estimate the width of a note."""
    return len(note) * NOTE * 0.55


def where(call: Call) -> str:
    """Say where a call leads, if not within `app`."""
    if call.is_template:
        return "a template"
    if call.module == "app":
        return ""
    return "in the demo" if call.module == "demo" else f"in {call.module}"


# --- signs and words


def heading(x: float, words: str) -> str:
    return svg.text(x, 14, words, 12.5, "muted", font_weight="600")


def sign(x: float, y: float, mark: str) -> str:
    return svg.text(x, y, SIGNS[mark], 12.5, "accent mono", font_weight="700")


def draw_legend(y: float) -> list[str]:
    return [
        sign(2, y, "new"),
        svg.text(14, y, "new in this step", NOTE, "muted"),
        sign(118, y, "changed"),
        svg.text(130, y, "changed", NOTE, "muted"),
    ]


def describe(
    step: Step, visit: str, calls: list[Call], boxes: list[Box], marks: Marks
) -> str:
    """Say in two sentences what the map shows."""
    entered = {mark: named(calls, mark, marks) for mark in SIGNS}
    rest = "as before" if marks.before else "new"
    modules = {
        mark: [box.module.name for box in boxes if box.mark == mark] for mark in SIGNS
    }
    return (
        f"Map of {step.name}: {visit} enters {len(calls)} functions"
        f" ({listed(entered) or f'all {rest}'}). Modules: {listed(modules)}."
    )


def named(calls: list[Call], mark: str, marks: Marks) -> list[str]:
    """Name the functions on the way that carry a mark, each of them once."""
    names = [call.name for call in calls if mark_of(call, marks) == mark]
    return list(dict.fromkeys(names))


def listed(found: dict[str, list[str]]) -> str:
    """List names under their marks: `new: Map, match; changed: App.route`."""
    parts = [
        f"{mark}: {', '.join(names[:MOST])}"
        + (f" and {len(names) - MOST} more" if len(names) > MOST else "")
        for mark, names in found.items()
        if names
    ]
    return "; ".join(parts)
