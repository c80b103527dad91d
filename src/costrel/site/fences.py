"""Code blocks on the site: the three fences that the site draws itself.

They are plain functions, named by `mkdocs.yml`. A `python` block with an address
fades the lines that only say where the code goes; a `diff` block has Python
colours and marks, and old and new lines that the style sheet can put side by side;
in `pycon` and `console` blocks prompts are marked. What the copy button takes of a
block, `book.js` sees by these marks.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, wraps
from html import escape
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

# it has no type hints
from pymdownx.superfences import SuperFencesException  # type: ignore[import-untyped]

from costrel.core import reader_folder
from costrel.core.ladder import Ladder, find_root
from costrel.site.search import LEFT_OUT

# what a screen reader says once before each run of marked lines
SPOKEN = {"+": "added: ", "-": "removed: "}
GAP = " ..."
# lines, from which on a block may be broken between two sheets of paper
LONG = 20
CHANGE, OLD, NEW = (f'<span class="{name}">' for name in ("change", "old", "new"))
# what has the colour of all text, such as names and operators: most of all the spans
COLOURLESS = re.compile(r'<span class="(?:n|p|w|o|ow|kc|na|nv)">([^<]*)</span>')
# the parts of a string have one colour
STRING = re.compile(r'(?:<span class="s[12i]">[^<]*</span>){2,}')
TAG = re.compile("<[^>]*>")
LANGUAGES = {
    ".html": "html+jinja",
    ".css": "css",
    ".js": "javascript",
    ".svg": "xml",
    ".toml": "toml",
}
DEFINITION = re.compile(r"( *)(async def|def|class) (\w+)").match


class BadFence(SuperFencesException):  # type: ignore[misc]
    """A block that cannot be drawn; this base class lets the build fail."""


class BlockLine(NamedTuple):
    """One line of a block: its mark (`+`, `-` or a space) and its plain text."""

    mark: str
    text: str


class Title(str):
    """A block's title, which may name the reader's file, and whose file that is."""

    # the package that has the file, where the title doesn't name it
    step = ""


Draw = Callable[[str, str, Title], str]


def fence(draw: Draw) -> Callable[..., str]:
    """Let superfences call a function, and hear of its errors.

    It would swallow all others and print the block as if it were a paragraph.
    """

    @wraps(draw)
    def formatter(
        source: str, language: str, css_class: str, options: Any, *_: Any, **__: Any
    ) -> str:
        title = Title(options.get("title", ""))
        title.step = options.get("of", "")
        try:
            return draw(source, language, title)
        except BadFence:
            raise
        except Exception as error:
            raise BadFence(f"{language} block {title!r}: {error!r}") from error

    return formatter


def accept(
    language: str,
    inputs: dict[str, Any],
    options: dict[str, Any],
    attrs: dict[str, Any],
    md: Any,
) -> bool:
    """Take every option of a fence: what it means is the fence's own matter."""
    options.update(inputs)
    return True


@fence
def python(source: str, language: str, title: Title) -> str:
    """Draw Python code, with the lines around a method faded."""
    lines = source.split("\n")
    faded = context_lines(lines, title)
    coloured = colour(source)
    rows = [
        row(html, "line faded" if number in faded else "")
        for number, html in enumerate(coloured)
    ]
    return block("python", title, rows)


def context_lines(lines: list[str], title: str) -> set[int]:
    """Find the lines that are in a block only to show where its code goes."""
    if "." not in symbol_in(title):
        return set()
    gaps = {number for number, line in enumerate(lines) if line.strip() == "..."}
    # a class that goes on without a gap is new: its head is to be typed
    heads = {gap - 1 for gap in gaps if gap and lines[gap - 1].startswith("class ")}
    return gaps | heads


@fence
def difference(source: str, language: str, title: Title) -> str:
    """Draw a difference: Python colours, and a mark on what came and went."""
    lines = list(parse(source, title))
    coloured = colour_difference(lines, title)
    whole = new_definitions(lines)
    rows = []
    last = " "
    for number, (line, html) in enumerate(zip(lines, coloured, strict=True)):
        spoken = SPOKEN.get(line.mark, "") if line.mark != last else ""
        if line.mark in SPOKEN:
            rows.append(marked_row(html, spoken, number in whole))
        else:
            rows.append(row("⋯", "line gap") if is_gap(line) else row(html))
        last = line.mark
    return block("python", title, paired(lines, rows))


def paired(lines: list[BlockLine], rows: list[str]) -> list[str]:
    """Wrap removed rows together with the added ones that follow them.

    The wrapping is what the style sheet sees their marks by.
    """
    result = []
    for _, change in groupby(
        zip(changes(lines), lines, rows, strict=True), itemgetter(0)
    ):
        run = list(change)
        if run[0][1].mark == " ":
            result += [row for _, _, row in run]
            continue
        old = "".join(row for _, line, row in run if line.mark == "-")
        new = "".join(row for _, line, row in run if line.mark == "+")
        result.append(f"{CHANGE}{OLD}{old}</span>{NEW}{new}</span></span>")
    return result


def changes(lines: list[BlockLine]) -> Iterator[int]:
    """Number the runs of lines: what stays, or old lines and their new ones."""
    number, last = 0, " "
    for line in lines:
        number += (line.mark == " ") != (last == " ") or last + line.mark == "+-"
        last = line.mark
        yield number


def new_definitions(lines: list[BlockLine]) -> set[int]:
    """Find the lines of definitions that are new as a whole.

    They need no background: what is new within an old definition is the news.
    """
    known = {
        match[3]
        for line in lines
        if line.mark != "+"
        if (match := DEFINITION(line.text))
    }
    found: set[int] = set()
    for number, line in enumerate(lines):
        match = DEFINITION(line.text)
        if line.mark == "+" and match and match[3] not in known:
            found |= extent(lines, number, match[1])
    return found


def extent(lines: list[BlockLine], start: int, indent: str) -> set[int]:
    """Find the lines of a definition; none if one of them is not new."""
    end = start + 1
    while end < len(lines) and belongs(lines[end].text, indent):
        end += 1
    while start and lines[start - 1].text.startswith(f"{indent}@"):
        start -= 1
    inside = range(start, end)
    last = max(n for n in inside if lines[n].text.strip())
    if any(lines[n].mark != "+" for n in range(start, last + 1)):
        return set()
    return {n for n in inside if lines[n].mark == "+"}


def belongs(text: str, indent: str) -> bool:
    """Return whether a line still belongs to the definition that began above it."""
    return not text.strip() or text.startswith((f"{indent} ", f"{indent})"))


def is_gap(line: BlockLine) -> bool:
    return line.mark + line.text == GAP


def parse(source: str, title: str) -> Iterator[BlockLine]:
    """Split the lines of a difference into marks and texts.

    Raises `BadFence` for a line that begins with no mark.
    """
    for line in source.split("\n"):
        # an editor may have removed the one space of an empty line
        mark, text = (line[:1] or " "), line[1:]
        if mark not in "+- ":
            raise BadFence(
                f"diff block {title!r}: the line {line!r} begins with none of"
                " '+', '-' and a space"
            )
        yield BlockLine(mark, text)


@fence
def session(source: str, language: str, title: Title) -> str:
    """Draw a `pycon` or `console` transcript."""
    return block(language, title, map(row, colour(source, language)))


# --- colours


@lru_cache(maxsize=512)
def colour(code: str, language: str = "python") -> tuple[str, ...]:
    """Colour code, line by line; a token over several lines is closed in each."""
    lexer = get_lexer_by_name(language, stripnl=False)
    html: str = highlight(code, lexer, HtmlFormatter(nowrap=True))
    # in a text, unlike in an attribute, a quote is a quote
    html = html.replace("&quot;", '"').replace("&#39;", "'")
    html = STRING.sub(lambda m: f'<span class="s2">{TAG.sub("", m[0])}</span>', html)
    lines = COLOURLESS.sub(r"\1", html).split("\n")
    # the lexer ends the text with a line break if it has none
    return tuple(lines[: code.count("\n") + 1])


def colour_difference(lines: list[BlockLine], title: Title) -> list[str]:
    """Colour the old and the new lines, each as part of the whole file."""
    new_file, old_file = both_files(title)
    language = language_of(title)
    new_part = [line.text for line in lines if line.mark != "-"]
    old_part = [line.text for line in lines if line.mark != "+"]
    new = iter(colour_part(new_part, new_file, language))
    old = iter(colour_part(old_part, old_file, language))
    coloured = []
    for line in lines:
        before = next(old) if line.mark != "+" else ""
        after = next(new) if line.mark != "-" else ""
        coloured.append(after or before)
    return coloured


def language_of(title: str) -> str:
    """Name the language of the file that a title names; a symbol is Python's."""
    return LANGUAGES.get(Path(title.partition(": ")[0].strip()).suffix, "python")


def colour_part(part: list[str], whole: str, language: str) -> list[str]:
    """Colour some lines of a file as they are coloured in the whole file.

    A hunk may begin in the middle of a docstring: alone it would be taken for code.
    """
    if not part:
        return []
    plain, coloured = whole.split("\n"), colour(whole, language)
    alone = colour("\n".join(part), language)
    result, position = [], 0
    for line, fallback in zip(part, alone, strict=True):
        try:
            found = plain.index(line, position)
        except ValueError:
            result.append(fallback)
        else:
            result.append(coloured[found])
            position = found + 1
    return result


def both_files(title: Title) -> tuple[str, str]:
    """Read the file that a title names, and the same file of the step before."""
    named = title.partition(": ")[0].strip()
    name, _, path = named.partition("/")
    if title.step:
        name, path = title.step, reader_folder.step_path(named) or named
    ladder = Ladder(find_root())
    step = next((step for step in ladder.steps if step.name == name), None)
    if step is None:
        return "", ""
    before = ladder.before(step)
    folders = [step.package, before.package if before else None]
    files = [folder / path if folder else None for folder in folders]
    new, old = (
        file.read_text(encoding="utf-8") if file and file.is_file() else ""
        for file in files
    )
    if title.step:
        return reader_folder.typed_text(path, new), reader_folder.typed_text(path, old)
    return new, old


# --- HTML, in the form of the theme's own blocks


def block(language: str, title: str, rows: Iterable[str]) -> str:
    """Put rows into a block."""
    lines = "".join(rows)
    count = lines.count("\n")
    long = " long" if count > LONG else ""
    # a browser lays a block out when it comes into view; till then it needs its height
    return (
        f'<div class="language-{language} highlight block{long}" {LEFT_OUT}'
        f' style="--lines:{count}">'
        f"{heading(title)}<pre><span></span><code>"
        f'<span class="lines">{lines}</span></code></pre></div>'
    )


def heading(title: str) -> str:
    """Write a block's title: the reader's file, and the place in it."""
    if not title:
        return ""
    # what the text is taken from comes after the name the reader gives it
    path = escape(title.partition(": ")[0].partition(" = ")[0])
    symbol = escape(symbol_in(title))
    where = f'<span class="place">{symbol}</span>' if symbol else ""
    return f'<span class="filename">{path}{where}</span>'


def symbol_in(title: str) -> str:
    return title.partition(": ")[2].strip()


def row(html: str, kind: str = "") -> str:
    """Put one coloured line below the others, in a box if it's of a kind of its own."""
    return f'<span class="{kind}">{html}\n</span>' if kind else f"{html}\n"


def marked_row(html: str, spoken: str, whole: bool) -> str:
    """Put one line that came or went into a box."""
    kind = ' class="whole"' if whole else ""
    said = f'<span class="spoken">{spoken}</span>' if spoken else ""
    return f"<span{kind}>{said}{html}\n</span>"
