"""Differences as a terminal shows them: Python colours, marks and backgrounds.

What differs is found by `differences`.
"""

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING
from unicodedata import combining, east_asian_width

from costrel.core.differences import FilePair, Line, hunks
from costrel.core.symbols import enclosing

if TYPE_CHECKING:
    from pygments.lexer import Lexer

RESET = "\x1b[0m"
BOLD, DIM, GREEN, RED = "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[31m"
# narrower terminals get no line numbers
ROOM_FOR_NUMBERS = 72
BAR = 24

# kind of token -> colour: on the terminal's own background its own sixteen
# colours, on a marked line colours that can be read on that background
PLAIN = {
    "": "",
    "keyword": "\x1b[35m",
    "name": "\x1b[34m",
    "string": "\x1b[32m",
    "comment": "\x1b[2m",
    "number": "\x1b[36m",
    "decorator": "\x1b[33m",
}
MARKED = {
    "": "\x1b[38;5;255m",
    "keyword": "\x1b[38;5;219m",
    "name": "\x1b[38;5;153m",
    "string": "\x1b[38;5;229m",
    "comment": "\x1b[38;5;250m",
    "number": "\x1b[38;5;159m",
    "decorator": "\x1b[38;5;222m",
}
BACKGROUND = {"+": "\x1b[48;5;22m", "-": "\x1b[48;5;52m"}
SIGN = {"+": GREEN, "-": RED, " ": ""}

# one run of characters of one kind
Run = tuple[str, str]


def paint(pair: FilePair, width: int) -> Iterator[str]:
    """Yield the lines of a file's difference, none of them wider than `width`."""
    yield heading(pair, width)
    if pair.binary:
        yield f"{DIM}  not a text file{RESET}"
        return
    old = coloured(pair.name, pair.old_lines)
    new = coloured(pair.name, pair.new_lines)
    whole_file = pair.old is None or pair.new is None
    for number, piece in enumerate(hunks(pair)):
        around = place(pair, piece)
        if number or around:
            yield f"{DIM}{cut(f'⋯ {around}', width)}{RESET}"
        for line in piece:
            runs = new[line.new - 1] if line.new else old[(line.old or 1) - 1]
            yield from paint_line(line, runs, width, plain=whole_file)


def heading(pair: FilePair, width: int) -> str:
    """Write a file's name and its count of lines as a rule across the terminal."""
    state = " new" if pair.old is None else " removed" if pair.new is None else ""
    text = f"── {pair.name}{state} "
    count = f" +{pair.added} −{pair.removed}"
    rule = "─" * max(width - measure(text) - measure(count), 1)
    return f"{BOLD}{cut(text + rule + count, width)}{RESET}"


def place(pair: FilePair, piece: list[Line]) -> str:
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


def coloured(name: str, lines: list[str]) -> list[list[Run]]:
    """Split each line of a file into runs of one colour."""
    from pygments.token import Token

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
    rows: list[list[Run]] = [[]]
    for token, value in lexer(name).get_tokens("".join(lines)):
        kind = next((kinds[t] for t in reversed(token.split()) if t in kinds), "")
        first, *others = value.split("\n")
        append(rows[-1], kind, first)
        rows.extend([(kind, clean(text))] for text in others)
    return rows


def append(row: list[Run], kind: str, text: str) -> None:
    """Lengthen the last run of a line, or begin a new one."""
    if row and (row[-1][0] == kind or not text.strip()):
        kind, before = row.pop()
        text = before + text
    row.append((kind, clean(text)))


def clean(text: str) -> str:
    """Remove what would move the cursor."""
    return text.rstrip("\r").expandtabs(4).replace("\x1b", "␛")


def lexer(name: str) -> "Lexer":
    """Return the lexer for a file; imported late because it's slow to import."""
    if name.endswith(".py"):
        from pygments.lexers.python import PythonLexer

        return PythonLexer(stripnl=False, ensurenl=False)
    from pygments.lexers import TextLexer, find_lexer_class_for_filename

    found = find_lexer_class_for_filename(name) or TextLexer
    return found(stripnl=False, ensurenl=False)


def paint_line(
    line: Line, runs: list[Run], width: int, plain: bool = False
) -> Iterator[str]:
    """Yield one line of the difference, folded where the terminal ends."""
    background = "" if plain else BACKGROUND.get(line.mark, "")
    colours = MARKED if background else PLAIN
    number = gutter(line, width)
    room = max(width - len(number) - 2, 8)
    for index, row in enumerate(fold(runs, room)):
        sign = f"{SIGN[line.mark]}{line.mark}" if not background else line.mark
        lead = number if not index else " " * len(number)
        start = f"{DIM}{lead}{RESET}{background}{colours['']}{sign} "
        words = "".join(colour(kind, text, colours, background) for kind, text in row)
        fill = (
            " " * (room - sum(measure(text) for _, text in row)) if background else ""
        )
        yield f"{start}{words}{fill}{RESET}"


def colour(kind: str, text: str, colours: dict[str, str], background: str) -> str:
    return f"{RESET}{background}{colours[kind]}{text}" if text else ""


def gutter(line: Line, width: int) -> str:
    number = line.new or line.old
    return f"{number:>4} " if width >= ROOM_FOR_NUMBERS else ""


def fold(runs: list[Run], room: int) -> Iterator[list[Run]]:
    """Cut a line into rows that fit; a wide character counts as two."""
    row: list[Run] = []
    left = room
    for kind, text in runs:
        while measure(text) > left:
            part = cut(text, left)
            yield [*row, (kind, part)]
            row, left, text = [], room, text[len(part) :]
        row.append((kind, text))
        left -= measure(text)
    yield row


def measure(text: str) -> int:
    """Count the columns that a text takes in a terminal."""
    if text.isascii():
        return len(text)
    return sum(map(columns, text))


def columns(character: str) -> int:
    if combining(character):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def cut(text: str, room: int) -> str:
    """Return as much of a text's beginning as fits."""
    if text.isascii():
        return text[:room]
    taken = 0
    for index, character in enumerate(text):
        taken += columns(character)
        if taken > room:
            return text[:index]
    return text


def table(pairs: list[FilePair], width: int, colours: bool) -> Iterator[str]:
    """Yield a line for each file: its name, what came and went, and a bar."""
    names = [pair.name + (" (new)" if pair.old is None else "") for pair in pairs]
    total = f"{len(pairs)} file{'s' if len(pairs) != 1 else ''}"
    added, removed = (
        sum(pair.added for pair in pairs),
        sum(pair.removed for pair in pairs),
    )
    name_room = max(map(len, [*names, total]))
    room = max(min(BAR, width - name_room - 14), 0)
    most = max([1, *(pair.added + pair.removed for pair in pairs)])
    for name, pair in zip(names, pairs, strict=True):
        counts = f"+{pair.added:<4} -{pair.removed:<4}"
        drawn = bar(pair, min(room / most, 1), colours)
        yield f"{name:<{name_room}} {counts} {drawn}".rstrip()
    yield f"{total:<{name_room}} +{added:<4} -{removed}"


def bar(pair: FilePair, scale: float, colours: bool) -> str:
    """Draw what came and went; what is there at all gets a sign."""
    counts = (("+", pair.added), ("-", pair.removed))
    signs = [(sign, sign * max(round(n * scale), bool(n))) for sign, n in counts]
    if not scale:
        return ""
    if not colours:
        return "".join(drawn for _, drawn in signs)
    return "".join(f"{SIGN[sign]}{drawn}{RESET}" for sign, drawn in signs if drawn)


def whole(pairs: list[FilePair], width: int) -> Iterator[str]:
    """Yield the lines of every file's difference."""
    return chain.from_iterable((*paint(pair, width), "") for pair in pairs)
