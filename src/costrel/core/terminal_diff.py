"""Differences as a terminal shows them: Python's colors, marks and backgrounds.

What differs is found by `differences`.
"""

from collections.abc import Iterator
from itertools import accumulate

from pygments.lexer import Lexer
from pygments.token import Token
from rich.cells import cell_len, chop_cells
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from rich.syntax import ANSISyntaxTheme, Syntax
from rich.text import Text

from costrel.core.differences import FilePair, Line, hunks
from costrel.core.symbols import enclosing

# narrower terminals get no line numbers
ROOM_FOR_NUMBERS = 72
BAR = 24
BACKGROUND = {"+": "color(255) on color(22)", "-": "color(255) on color(52)"}
SIGN = {"+": "green", "-": "red", " ": ""}


def theme(**colors: str) -> ANSISyntaxTheme:
    """Make a theme of the colors for a few kinds of words."""
    kinds = {
        Token.Keyword: "keyword",
        Token.Operator.Word: "keyword",
        Token.Name.Function: "name",
        Token.Name.Class: "name",
        Token.Name.Tag: "name",
        Token.Name.Decorator: "decorator",
        Token.Literal.String: "string",
        Token.Literal.Number: "number",
        Token.Comment: "comment",
    }
    return ANSISyntaxTheme(
        {token: Style.parse(colors[kind]) for token, kind in kinds.items()}
    )


# on the terminal's own background its own sixteen colors, on a marked line colors that
# can be read on that background
PLAIN = theme(
    keyword="magenta",
    name="blue",
    string="green",
    comment="dim",
    number="cyan",
    decorator="yellow",
)
MARKED = theme(
    keyword="color(219)",
    name="color(153)",
    string="color(229)",
    comment="color(250)",
    number="color(159)",
    decorator="color(222)",
)


def whole(pairs: list[FilePair], width: int) -> Iterator[Text]:
    """Yield the lines of every file's difference, none of them wider than `width`."""
    for pair in pairs:
        yield heading(pair, width)
        if pair.binary:
            yield Text("  not a text file", "dim")
        else:
            yield from pieces(pair, width)
        yield Text()


def heading(pair: FilePair, width: int) -> Text:
    """Write a file's name and its count of lines as a rule across the terminal."""
    state = " new" if pair.old is None else " removed" if pair.new is None else ""
    name = f"── {pair.name}{state} "
    count = f" +{pair.added} −{pair.removed}"
    rule = "─" * max(width - cell_len(name) - cell_len(count), 1)
    return cut(Text(name + rule + count, "bold"), width)


def cut(text: Text, width: int) -> Text:
    text.truncate(width)
    return text


def pieces(pair: FilePair, width: int) -> Iterator[Text]:
    is_whole_file = pair.old is None or pair.new is None
    painter = Painter(pair)
    for number, piece in enumerate(hunks(pair)):
        around = definition_of(pair, piece)
        if number or around:
            yield cut(Text(f"⋯ {around}", "dim"), width)
        for line in piece:
            marked = "" if is_whole_file else BACKGROUND.get(line.mark, "")
            yield from folded(line, painter.text(line, bool(marked)), width, marked)


def definition_of(pair: FilePair, piece: list[Line]) -> str:
    """Name the definition in which a piece begins to differ, if it is in one."""
    first = next(line for line in piece if line.mark != " ")
    lines = pair.new_lines if first.new else pair.old_lines
    if not pair.name.endswith(".py"):
        return ""
    try:
        found = enclosing("".join(lines), first.new or first.old or 1)
    except SyntaxError:
        return ""
    return found[-1] if found else ""


class Painter:
    """Colors the lines of both sides of a file, each side when it is first asked."""

    def __init__(self, pair: FilePair) -> None:
        self.pair = pair
        self.painted: dict[tuple[bool, bool], list[Text]] = {}

    def text(self, line: Line, is_marked: bool) -> Text:
        key = (line.new is not None, is_marked)
        if key not in self.painted:
            self.painted[key] = self.paint(*key)
        return self.painted[key][(line.new or line.old or 1) - 1]

    def paint(self, is_new: bool, is_marked: bool) -> list[Text]:
        lines = self.pair.new_lines if is_new else self.pair.old_lines
        code = "\n".join(map(clean, lines))
        syntax = Syntax("", lexer(self.pair.name), theme=MARKED if is_marked else PLAIN)
        return list(syntax.highlight(code).split("\n", allow_blank=True))


def clean(line: str) -> str:
    """Remove what would move the cursor."""
    return line.rstrip("\r\n").expandtabs(4).replace("\x1b", "␛")


def lexer(name: str) -> Lexer:
    """Return the lexer for a file; imported late because it's slow to import."""
    if name.endswith(".py"):
        from pygments.lexers.python import PythonLexer

        return PythonLexer(stripnl=False, ensurenl=False)
    from pygments.lexers import TextLexer, find_lexer_class_for_filename

    found = find_lexer_class_for_filename(name) or TextLexer
    return found(stripnl=False, ensurenl=False)


def folded(line: Line, text: Text, width: int, background: str) -> Iterator[Text]:
    """Yield one line of the difference, folded where the terminal ends."""
    number = f"{line.new or line.old:>4} " if width >= ROOM_FOR_NUMBERS else ""
    sign = (f"{line.mark} ", "" if background else SIGN[line.mark])
    room = max(width - len(number) - 2, 8)
    ends = list(accumulate(map(len, chop_cells(text.plain, room))))
    for row in text.divide(ends[:-1]):
        if background:
            row.pad_right(room - row.cell_len)
        yield Text.assemble((number, "dim"), Text.assemble(sign, row, style=background))
        number = " " * len(number)


def table(pairs: list[FilePair], width: int) -> Iterator[Text]:
    """Yield a line for each file: its name, what came and went, and a bar."""
    names = [pair.name + (" (new)" if pair.old is None else "") for pair in pairs]
    total = f"{len(pairs)} file{'s' if len(pairs) != 1 else ''}"
    added = sum(pair.added for pair in pairs)
    removed = sum(pair.removed for pair in pairs)
    name_room = max(map(len, [*names, total]))
    room = max(min(BAR, width - name_room - 14), 0)
    most = max([1, *(pair.added + pair.removed for pair in pairs)])
    for name, pair in zip(names, pairs, strict=True):
        counts = f"{name:<{name_room}} +{pair.added:<4} -{pair.removed:<4} "
        line = Text(counts) + bar(pair, min(room / most, 1))
        line.rstrip()
        yield line
    yield Text(f"{total:<{name_room}} +{added:<4} -{removed}")


def bar(pair: FilePair, scale: float) -> Text:
    """Draw what came and went; what is there at all gets a sign."""
    counts = {"+": pair.added, "-": pair.removed}
    parts = [
        (sign * max(round(count * scale), bool(count and scale)), SIGN[sign])
        for sign, count in counts.items()
    ]
    return Text.assemble(*parts)


def escaped(text: Text) -> str:
    """Write a text with its colors as escape codes."""
    segments = text.render(Console(color_system=None))
    return "".join(
        style.render(words, color_system=ColorSystem.EIGHT_BIT) if style else words
        for words, style, _ in segments
    )
