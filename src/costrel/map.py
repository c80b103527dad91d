"""The map of the framework, drawn from a step's code and from a request to it.

At the left the way of a request through the functions that it enters, at the right
the modules and what they import; what the step brought is marked. Reading the code
is `anatomy`'s matter, following the request `way`'s.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap

from costrel import svg, way
from costrel.anatomy import Anatomy, Module
from costrel.ladder import Ladder, Step
from costrel.way import Call

WIDTH = 720
RIGHT = 412
BOX_WIDTH = 308
# a line of the way, and how far a call stands from its caller
ROW, INDENT = 21, 13
LINE = 16
# sizes of letters
NAME, NOTE = 12, 11
# a box lists so many names; the rest is counted
MOST = 8
# as many letters of a list of imports stand in one line
LETTERS = 50
SIGNS = {"new": "+", "changed": "~"}


@dataclass(frozen=True)
class Box:
    """A module's box: its lines of (mark, words), its imports, where it stands."""

    module: Module
    mark: str
    lines: list[tuple[str, str]]
    imports: list[str]
    y: float

    @property
    def height(self) -> float:
        inside = LINE * len(self.lines) + (LINE - 2) * len(self.imports)
        return 27 + (inside + 6 if inside else 0)


def draw(ladder: Ladder, step: Step) -> tuple[str, str]:
    """Draw the map of a step; give the drawing and its description in words.

    Raises `Problem` if the step's demo does not answer the request.
    """
    now = Anatomy(step)
    before = ladder.before(step)
    marks = Marks(now, Anatomy(before) if before else None)
    boxes = place_boxes(now, marks)
    visit = way.visit_of(ladder, step)
    calls = way.trace(step, visit)
    alt = describe(step, way.title(visit), calls, boxes, marks)
    shapes = [*draw_way(way.title(visit), calls, marks), *draw_modules(boxes)]
    bottom = max(
        [box.y + box.height for box in boxes] + [72.0 + ROW * len(calls)], default=0
    )
    shapes += draw_legend(bottom + 28)
    body = "\n".join(shapes)
    return svg.document(WIDTH, bottom + 40, body, alt, "map"), alt


class Marks:
    """Tells of modules and symbols whether they are new, changed or as before."""

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
        """List what a module imports, with a sign at what it did not before."""
        home = self.before.modules.get(module.name) if self.before else None
        return [
            name if home is None or name in home.imports else f"+{name}"
            for name in sorted(module.imports & self.now.modules.keys())
        ]


# --- the modules


def place_boxes(now: Anatomy, marks: Marks) -> list[Box]:
    """Stack the modules, each above those that it imports."""
    boxes: list[Box] = []
    y: float = 30
    for module in now.ordered:
        mark = marks.module(module.name)
        lines = box_lines(module, mark, marks)
        box = Box(module, mark, lines, import_lines(module, marks), y)
        boxes.append(box)
        y += box.height + 8
    return boxes


def import_lines(module: Module, marks: Marks) -> list[str]:
    names = ", ".join(marks.imports(module))
    return wrap(f"imports {names}", LETTERS) if names else []


def box_lines(module: Module, mark: str, marks: Marks) -> list[tuple[str, str]]:
    """List what a box shows: what a new module defines, else what came or changed."""
    if not mark or module.name == "demo":
        return []
    names = [name for name in module.symbols if is_public(name)]
    if mark == "new":
        defined = [("", name) for name in names if "." not in name]
        return shortened(defined, "more")
    lines = [(marks.symbol(module.name, name), name) for name in module.symbols]
    touched = [
        (sign, name) for sign, name in lines if sign and not covered(name, sign, lines)
    ]
    untouched = len(names) - sum(name in names for _, name in touched)
    rest = [("", f"{untouched} as before")] if untouched else []
    return [*shortened(touched, "changed"), *rest]


def covered(name: str, sign: str, lines: list[tuple[str, str]]) -> bool:
    """Tell whether a changed class is told by its methods, or a method by its class."""
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
    """Give a name, without its class where there is no room for both."""
    if svg.mono_width(name, size) <= room:
        return name
    return name.rpartition(".")[2]


def draw_modules(boxes: list[Box]) -> list[str]:
    shapes = [heading(RIGHT, "The modules, each above those it imports")]
    return shapes + [shape for box in boxes for shape in draw_box(box)]


def draw_box(box: Box) -> Iterator[str]:
    fill = "var(--c-fresh)" if box.mark == "new" else "var(--c-card)"
    edge = "var(--c-accent)" if box.mark else "var(--c-line)"
    width = "1.5" if box.mark else "1"
    frame = {"rx": "4", "fill": fill, "stroke": edge, "stroke_width": width}
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
    words = f"{SIGNS[box.mark]} {box.mark}" if box.mark else "as before"
    kind = "accent" if box.mark else "muted"
    if box.module.name == "demo":
        words = f"the demo, {words}"
    x = RIGHT + BOX_WIDTH - 12
    return svg.text(x, box.y + 18, words, NOTE, kind, text_anchor="end")


# --- the way of a request


def draw_way(visit: str, calls: list[Call], marks: Marks) -> list[str]:
    shapes = [
        heading(0, f"The way of {visit}"),
        svg.rect(0.5, 30, 110, 26, rx="13", fill="none", stroke="var(--c-muted)"),
        svg.text(55, 47, "WSGI server", 12.5, text_anchor="middle"),
    ]
    last_at = {-1: 56.0}
    for number, call in enumerate(calls):
        y = 66 + ROW * number + ROW / 2
        shapes.append(elbow(call.depth, last_at[call.depth - 1], y))
        shapes += station(call, y, mark_of(call, marks))
        last_at[call.depth] = y + 8
    return shapes


def mark_of(call: Call, marks: Marks) -> str:
    """Tell whether a function is new or changed; the demo's are the reader's own."""
    return "" if call.module == "demo" else marks.symbol(call.module, call.symbol)


def elbow(depth: int, top: float, y: float) -> str:
    """Lead from a caller down and to the right, to what it calls."""
    x = 10 + INDENT * depth
    style = {"fill": "none", "stroke": "var(--c-line)", "stroke_width": "1.5"}
    return svg.path(f"M{x:g} {top:g}V{y:g}H{x + 8:g}", **style)


def station(call: Call, y: float, mark: str) -> Iterator[str]:
    """Write one call, with its mark and where it leads."""
    x = 10.0 + INDENT * call.depth + 12
    note = where(call)
    taken = len(note) * NOTE * 0.55 + 40
    name = fitting(call.name, RIGHT - x - taken, NAME)
    width = svg.mono_width(name, NAME)
    if mark:
        fresh = {"fill": "var(--c-fresh)", "stroke": "var(--c-accent)"}
        yield svg.rect(x - 4, y - 9, width + 22, 18, rx="3", stroke_width="1", **fresh)
        yield sign(x, y + 4, mark)
        x += 13
    # the reader's own
    is_theirs = call.module == "demo" or call.is_template
    kind = "accent mono" if is_theirs else "mono"
    yield svg.text(x, y + 4, name, NAME, kind)
    if note:
        yield svg.text(x + width + 10, y + 4, note, NOTE, "muted")


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
    """Say in words what the map shows."""
    modules = "; ".join(describe_box(box) for box in boxes)
    return (
        f"Map of {step.name}. The request {visit} enters these functions, each with"
        f" how deep it lies in calls: {describe_way(calls, marks)}."
        f" Modules: {modules}."
    )


def describe_way(calls: list[Call], marks: Marks) -> str:
    words = []
    for call in calls:
        notes = ", ".join(filter(None, [where(call), mark_of(call, marks)]))
        words.append(f"{call.depth + 1} {call.name}" + (f" ({notes})" if notes else ""))
    return ", ".join(words)


def describe_box(box: Box) -> str:
    words = box.mark or "as before"
    fresh = [name for mark, name in box.lines if mark == "new"]
    if fresh:
        words += f", with {', '.join(fresh)}"
    imports = sorted(box.module.imports)
    if imports:
        words += f", imports {' and '.join(imports)}"
    return f"{box.module.name} ({words})"
