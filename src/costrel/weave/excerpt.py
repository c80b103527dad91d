"""The lines that a block shows: of a symbol, or of its change from a step before.

`symbols` finds symbols; `one_chapter` handles the Markdown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from costrel.core.symbols import (
    MissingSymbolError,
    Piece,
    changes,
    enclosing,
    find,
    indent,
    split_lines,
    symbols,
)

# unchanged lines shown above and below a change
CONTEXT = 3


@dataclass(frozen=True)
class ShownLine:
    """A shown line: `+` came, `-` left, a space stayed."""

    text: str
    mark: str = " "
    # its number in the old and in the new file
    old: int | None = None
    new: int | None = None
    # it only shows where the others belong
    faded: bool = False

    @property
    def signed(self) -> str:
        return (self.mark + self.text).rstrip()

    @property
    def changed(self) -> bool:
        return self.mark != " "


def plain(text: str, wanted: list[str]) -> list[ShownLine]:
    """Show symbols (or the whole file, without any) and the heads around them."""
    lines = [ShownLine(line, new=n) for n, line in enumerate(split_lines(text), 1)]
    if not wanted:
        return lines
    pieces = [find(text, symbol) for symbol in wanted]
    shown = {number - 1 for piece in pieces for number in piece.lines}
    heads = {number - 1 for piece in pieces for number in piece.context}
    return cut(lines, shown, heads - shown, gap="")


def difference(old: str, new: str, wanted: list[str], python: bool) -> list[ShownLine]:
    """Show how symbols, or whole files, changed, and the heads around them.

    Raises `MissingSymbolError` for a symbol that is in neither text.
    """
    lines, spans = aligned(old, new, wanted)
    shown = {
        near
        for span in spans
        for index in span
        if lines[index].changed
        for near in range(index - CONTEXT, index + CONTEXT + 1)
        if near in span
    }
    heads: set[int] = set()
    if python:
        near = heads_around(lines, old, new)
        shown = without_neighbours(shown, lines, new)
        heads = near - shown
    return cut(lines, rounded(shown, lines, spans), heads, gap="...")


def aligned(
    old: str, new: str, wanted: list[str]
) -> tuple[list[ShownLine], list[range]]:
    """Lay the old lines of symbols beside the new file.

    Returns all lines, and the runs among them that belong to the wanted symbols.
    """
    before, after = split_lines(old), split_lines(new)
    lines: list[ShownLine] = []
    spans: list[range] = []
    place = 1
    for left, came in pairs(old, new, wanted):
        lines += stayed(after, place, came.start)
        begin = len(lines)
        lines += merged(before, after, left, came)
        spans.append(range(begin, len(lines)))
        place = came.stop
    return lines + stayed(after, place, len(after) + 1), spans


def pairs(old: str, new: str, wanted: list[str]) -> list[tuple[range, range]]:
    """Pair each symbol's old lines with its new lines, in the order of the file."""
    if not wanted:
        ends = len(split_lines(old)), len(split_lines(new))
        return [(range(1, ends[0] + 1), range(1, ends[1] + 1))]
    found = [pair(old, new, symbol) for symbol in wanted]
    return sorted(found, key=lambda pair: (pair[1].start, pair[0].start))


def pair(old: str, new: str, symbol: str) -> tuple[range, range]:
    left, came = symbols(old).get(symbol), symbols(new).get(symbol)
    if came:
        return (left.lines if left else range(0)), came.lines
    if not left:
        find(new, symbol)  # raises, and knows the nearest names
        raise MissingSymbolError(symbol)
    place = new_place(old, new, left)
    return left.lines, range(place, place)


def new_place(old: str, new: str, gone: Piece) -> int:
    """Find the line in the new text that followed a removed symbol."""
    moved = 0
    for change in changes(split_lines(old), split_lines(new)):
        if change.old.start + 1 >= gone.start:
            break
        moved = change.new.stop - change.old.stop
    return max(1, min(gone.start + moved, len(split_lines(new)) + 1))


def stayed(after: list[str], start: int, stop: int) -> list[ShownLine]:
    return [ShownLine(after[n - 1], new=n) for n in range(start, stop)]


def merged(
    before: list[str], after: list[str], left: range, came: range
) -> list[ShownLine]:
    """Merge a run of old lines with a run of new ones, removed before added."""
    old = [before[number - 1] for number in left]
    new = [after[number - 1] for number in came]
    lines: list[ShownLine] = []
    at_old, at_new = left.start, came.start
    for change in changes(old, new):
        while at_new < came.start + change.new.start:
            lines.append(ShownLine(after[at_new - 1], " ", at_old, at_new))
            at_old, at_new = at_old + 1, at_new + 1
        lines += [ShownLine(old[n], "-", old=left.start + n) for n in change.old]
        lines += [ShownLine(new[n], "+", new=came.start + n) for n in change.new]
        at_old, at_new = left.start + change.old.stop, came.start + change.new.stop
    while at_new < came.stop:
        lines.append(ShownLine(after[at_new - 1], " ", at_old, at_new))
        at_old, at_new = at_old + 1, at_new + 1
    return lines


def without_neighbours(shown: set[int], lines: list[ShownLine], new: str) -> set[int]:
    """Drop context lines from a function in which nothing changed."""
    inside = {n: enclosing(new, line.new) for n, line in enumerate(lines) if line.new}
    changed = {tuple(inside.get(n, ())) for n in shown if lines[n].changed}
    touched = {name for names in changed for name in names}
    return {n for n in shown if lines[n].changed or touched.issuperset(inside[n])}


def rounded(shown: set[int], lines: list[ShownLine], spans: list[range]) -> set[int]:
    """Fill gaps that are no longer than their mark; drop blank lines at the ends."""
    for span in spans:
        inside = sorted(shown & set(span))
        for first, second in pairwise(inside):
            if second - first <= 3:
                shown |= set(range(first, second))
    for index in sorted(shown) + sorted(shown, reverse=True):
        at_end = index - 1 not in shown or index + 1 not in shown
        if at_end and not lines[index].text.strip():
            shown.discard(index)
    return shown


def heads_around(lines: list[ShownLine], old: str, new: str) -> set[int]:
    """Find the heads of the classes and functions in which something changed."""
    names: set[str] = set()
    for line in lines:
        if line.mark == "-" and line.old:
            names.update(enclosing(old, line.old))
        elif line.mark == "+" and line.new:
            names.update(enclosing(new, line.new))
    pieces = [symbols(new)[name] for name in names if name in symbols(new)]
    numbers = {number for piece in pieces for number in piece.head}
    return {index for index, line in enumerate(lines) if line.new in numbers}


def cut(
    lines: list[ShownLine], shown: set[int], heads: set[int], gap: str
) -> list[ShownLine]:
    """Keep the shown lines and the heads; say where something is left out."""
    kept: list[ShownLine] = []
    last = -1
    for index in sorted(shown | heads):
        line = lines[index]
        hidden = lines[last + 1 : index] if kept else []
        if any(each.text.strip() for each in hidden):
            kept += elision(kept[-1], line, gap)
        else:
            kept += hidden
        faded = index in heads and not line.changed
        kept.append(ShownLine(line.text, line.mark, line.old, line.new, faded))
        last = index
    return kept


def elision(above: ShownLine, below: ShownLine, gap: str) -> Iterable[ShownLine]:
    """Make the lines that mark a gap; at the top level of a file, blank ones."""
    if gap:
        return [ShownLine(gap, faded=True)]
    depth = indent(below.text)
    if not depth:
        return [ShownLine(""), ShownLine("")]
    dots = ShownLine(f"{' ' * depth}...", faded=True)
    return [dots] if above.faded else [ShownLine(""), dots]
