"""What the workshop shows in a terminal: colours where they help, none when piped."""

from collections.abc import Iterator
from functools import cache

from rich.console import Console
from rich.markup import escape as escape
from rich.syntax import Syntax
from rich.text import Text

from .explain.lesson import Lesson

# no wider than this, however wide the terminal is
WIDEST = 100


@cache
def console() -> Console:
    """Return the terminal; `rich` respects NO_COLOR, pipes and dumb terminals."""
    made = Console(highlight=False, soft_wrap=False, emoji=False)
    if made.width > WIDEST:
        made.width = WIDEST
    return made


def say(markup: str = "") -> None:
    """Print a line; words in brackets are styles."""
    indented(Text.from_markup(markup, emoji=False), Text())


def label(name: str, text: str, style: str = "") -> None:
    """Print a text beside its name, indented where it is long."""
    if not text:
        return
    indented(Text(text, style=style), Text(f"  {name:9}  ", style="dim"))


def indented(text: Text, begin: Text) -> None:
    """Print a text behind its beginning, without spaces at the ends of its lines."""
    width = max(1, console().width - len(begin))
    for line in text.wrap(console(), width, overflow="fold", no_wrap=False):
        line.rstrip()
        console().print(Text.assemble(begin, line), soft_wrap=True)
        begin = Text(" " * len(begin))


def show_lesson(lesson: Lesson) -> None:
    """Show one failure."""
    optional = " [dim](optional)[/]" if lesson.optional else ""
    say(f"[bold red]✗[/] [bold]{escape(lesson.title)}[/]{optional}")
    if lesson.means:
        indented(Text(lesson.means), Text("  "))
    say()
    label("expected", lesson.expected, "green")
    label("came", lesson.came, "red")
    for each in lesson.given:
        label("with", each)
    label("logged", lesson.logged, "red")
    if lesson.mine:
        place = f"{lesson.mine['file']}:{lesson.mine['line']}"
        where = f", in {lesson.mine['function']}" if lesson.mine["function"] else ""
        label("in", f"{place}{where}")
        label("", lesson.mine.get("code", ""), "cyan")
    if lesson.likely:
        say()
        label("likely", lesson.likely, "yellow")
    for title, lines in sections(lesson):
        say()
        say(f"  [dim]{title}[/]")
        for line in lines:
            indented(Text(line), Text("    "))
    show_code(lesson)
    if lesson.section or lesson.link:
        say()
        label(
            "read",
            f"{lesson.chapter}" + (f", “{lesson.section}”" if lesson.section else ""),
        )
        # a link that is broken into lines is none
        console().print(f"             [underline]{lesson.link}[/]", soft_wrap=True)


def sections(lesson: Lesson) -> Iterator[tuple[str, list[str]]]:
    if lesson.talk:
        yield "what was sent, and what came back", lesson.talk
    if lesson.printed:
        yield "what your code printed", lesson.printed


def show_code(lesson: Lesson) -> None:
    """Show the few lines of the test, the failing one marked."""
    if not lesson.code:
        return
    say()
    indented(Text(f"the test, {lesson.test}", style="dim"), Text("  "))
    painter = Syntax("", "python", theme="ansi_dark", background_color="default")
    depth = min(
        (len(t) - len(t.lstrip()) for _, t, _ in lesson.code if t.strip()), default=0
    )
    before = lesson.code[0][0] - 1
    for number, text, failed in lesson.code:
        if number > before + 1:
            say("           [dim]…[/]")
        before = number
        code = painter.highlight(text[depth:])
        code.rstrip()
        sign = Text("> " if failed else "  ", "red")
        begin = Text.assemble("  ", sign, (f"{number:4} ", "dim"))
        if failed:
            indented(code, begin)
        else:
            line = begin + code
            line.rstrip()
            console().print(line, overflow="ellipsis", no_wrap=True)
