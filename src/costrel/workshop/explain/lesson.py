"""A failure as a teacher would tell it: what was expected, what came, where to read.

How it looks in a terminal is `screen`'s matter.
"""

import os
import re
import sysconfig
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from costrel.core.anchors import anchor, heading_anchor
from costrel.core.ladder import Ladder, Step
from costrel.workshop import interface
from costrel.workshop.run.trial import Event, Trial, exercise_of

from . import shared, teaching
from .expectations import difference, how_it_ended
from .regression import rewritten_at, successor

# so much is shown: lines of the test, of what the package printed, exchanges
TEST_LINES = 13
PRINTED_LINES = 5
EXCHANGES = 3
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# headers that say nothing about a failure
DULL = {"date", "server", "content-length"}
# where modules are installed
LIBRARIES = {sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")}
SITE = "http://127.0.0.1:8000"
EARLY_END = "The tests came to an early end"
EARLY_END_MEANS = (
    "Not all of them were asked, and none of those that were has failed. Check again;"
    " if they end early again, look at what your package does when it is imported."
)
NO_ANSWER = re.compile(r".*cannot import name '(\w+)' from 'exercise' \((.*)\)")


@dataclass
class Lesson:
    """Everything we say about one failure."""

    title: str
    # the test's name, which is a sentence
    sentence: str = ""
    means: str = ""
    expected: str = ""
    came: str = ""
    # the mistake that it looks like
    likely: str = ""
    # place in the reader's code: file, line, function, and the line itself
    mine: dict[str, Any] | None = None
    # the exchanges, each a few lines
    talk: list[str] = field(default_factory=list)
    # the test: its file, and lines with number, text, and whether they failed
    test: str = ""
    code: list[tuple[int, str, bool]] = field(default_factory=list)
    # where to read: title of the section, file of the book, address on the site
    section: str = ""
    chapter: str = ""
    link: str = ""
    printed: list[str] = field(default_factory=list)
    # the parameters of a test that runs with several
    given: list[str] = field(default_factory=list)
    # an error that the application has logged, and where it arose
    logged: str = ""
    # the name that the package has to have first of all
    missing: str = ""
    # the behaviour, for `hint` and `solution`
    step: int | None = None
    behaviour: str = ""
    optional: bool = False

    def data(self) -> dict[str, Any]:
        return asdict(self)


class Teacher:
    """Puts failures into words, for a package at a certain step, in a folder."""

    def __init__(
        self, ladder: Ladder, package: str, folder: Path, at: int | None = None
    ) -> None:
        self.ladder = ladder
        self.at = at
        self.package = package
        self.folder = folder
        self.teachings: dict[int, teaching.Teaching] = {}

    def teaching(self, number: int) -> teaching.Teaching:
        if number not in self.teachings:
            self.teachings[number] = teaching.read_teaching(self.ladder.get(number))
        return self.teachings[number]

    def lesson(self, trial: Trial) -> Lesson | None:
        """Return the lesson of the failure that matters most, if there is one."""
        if trial.unimported:
            return self.unimported(trial.unimported)
        if trial.broken_steps:
            return self.broken(trial.broken_steps[0])
        if test := trial.first:
            return self.failed(test, trial.failures[test["id"]])
        if trial.broken:
            order = [exercise_of(each["id"]) for each in trial.broken]
            first = next(name for name in [*trial.opened, *order] if name in order)
            return self.unanswered(trial.broken[order.index(first)])
        return None if trial.is_green else Lesson(EARLY_END, means=EARLY_END_MEANS)

    def all_lessons(self, trial: Trial) -> list[Lesson]:
        """Return a lesson for each failure and each exercise without an answer."""
        return [
            *(self.failed(each, trial.failures[each["id"]]) for each in trial.red),
            *(self.unanswered(each) for each in trial.broken),
        ]

    def failed(self, test: Event, failure: Event) -> Lesson:
        found = difference(failure, self.package)
        lesson = Lesson(
            title=test["sentence"],
            sentence=test["sentence"],
            expected=self.own(found.expected),
            came=self.own(found.came),
            mine=self.mine(failure),
            talk=list(talk(failure["exchanges"])),
            test=(
                f"{shown_path(failure['file'], self.ladder.root)}: {test['function']}"
            ),
            code=test_lines(failure, found.missing),
            given=given(failure["params"]),
            logged=self.logged(failure.get("logged")),
            printed=printed(failure["output"]),
            missing=found.missing,
            optional=bool(test["optional"]),
        )
        number = test["step"]
        if number is None:
            self.add_exercise(lesson, test)
        else:
            self.add_meaning(lesson, test, failure, number)
        if failure.get("passes_alone"):
            self.add_shared_state(lesson)
        return lesson

    def add_shared_state(self, lesson: Lesson) -> None:
        """Say that the tests before are to blame; the hints would be about this one."""
        before, mark, _ = lesson.title.partition(" · ")
        lesson.title = f"{before}{mark}{shared.TITLE}"
        lesson.means = shared.MEANS
        lesson.likely = shared.likely(self.folder / self.package)
        lesson.behaviour = lesson.section = ""

    def add_meaning(
        self, lesson: Lesson, test: Event, failure: Event, number: int
    ) -> None:
        about = self.teaching(number)
        behaviour = about.behaviour(test["file"], test["function"])
        lesson.title = f"Step {number} · {behaviour.name or lesson.sentence}"
        lesson.means = behaviour.means
        if lesson.missing:
            lesson.likely = self.to_define(lesson.missing, about.step)
        now = self.at or number
        if (later := rewritten_at(self.ladder, behaviour, number, now)) != number:
            about = self.teaching(later)
            behaviour = successor(about, behaviour)
        elif mistake := about.recognised(test["function"], observed(failure)):
            lesson.likely = mistake.says
        lesson.step, lesson.behaviour = about.step.number, behaviour.name
        self.add_reading(lesson, about.step, behaviour.section)

    def to_define(self, name: str, step: Step) -> str:
        """Say where a name of the package is looked for, and what it has to be."""
        where = (
            f"`{self.package}/__init__.py` is where `{name}` is looked for: write it"
            f" there, or import it from the module that has it."
        )
        known = (each for each in interface.entries(step) if each.name == name)
        entry = next(known, None)
        if entry is None:
            return where
        return f"{where} What it has to be: `{entry.signature}`. {entry.words}".rstrip()

    def add_reading(self, lesson: Lesson, step: Step, section: str) -> None:
        lesson.section = section
        lesson.chapter = shown_path(str(step.chapter), self.ladder.root)
        lesson.link = self.address(step, section)

    def address(self, step: Step, section: str) -> str:
        """Return the URL of a chapter's section on the site."""
        place = f"#{heading_anchor(section)}" if section else ""
        return f"{SITE}/{step.slug}.html{place}"

    def exercise_address(self, folder: Path) -> str:
        return f"{SITE}/exercises/{folder.parent.name}.html#{anchor(folder.name)}"

    def add_exercise(self, lesson: Lesson, test: Event) -> None:
        folder = Path(test["folder"])
        lesson.title = f"Exercise {folder.name} · {lesson.sentence}"
        lesson.chapter = shown_path(str(folder / "task.md"), self.ladder.root)
        lesson.link = self.exercise_address(folder)
        lesson.optional = True

    def mine(self, failure: Event) -> dict[str, Any] | None:
        """Find the place in the reader's own code."""
        found = failure.get("mine")
        if not found and failure.get("died"):
            inside = (each for each in failure["stack"] if self.is_own(each["file"]))
            found = next(inside, None)
            found = found and {**found, "code": line_of(found["file"], found["line"])}
        if not found or not found["file"]:
            return None
        return {
            **found,
            "file": shown_path(found["file"], self.folder),
            "code": tame(found["code"]),
        }

    def logged(self, error: Event | None) -> str:
        """Return the text of an error that became a page of its own, or a 500."""
        if error is None:
            return ""
        place = ""
        if mine := error["mine"]:
            place = f" ({shown_path(mine['file'], self.folder)}:{mine['line']})"
        text = f"{error['type']}: {error['message']}".removesuffix(": ")
        return self.own(f"{text}{place}")

    def is_own(self, file: str) -> bool:
        return Path(file).is_relative_to(self.folder)

    def own(self, text: str) -> str:
        """Call the package by its name, and leave out where this machine keeps what."""
        text = text.replace(f"given_{self.package}", self.package)
        for folder in (self.folder, *map(Path, LIBRARIES)):
            text = text.replace(f"{folder}{os.sep}", "")
        text = re.sub(
            rf"{re.escape(gettempdir())}/costrel-check-\w+/(?:tmp|scratch)/\w*/?",
            "…/",
            text,
        )
        return tame(text)

    # --- what goes wrong before there is a test

    def unimported(self, failure: Event) -> Lesson:
        lesson = Lesson(title=f"{self.package} cannot be imported")
        lesson.mine = self.mine(failure)
        lesson.means = (
            "Before a test can run, Python has to import your package once,"
            " without an error and without an end."
        )
        if failure.get("imported"):
            lesson.title = f"{self.package} keeps the tests from beginning"
            lesson.means = (
                "Your package was imported, and then the tests could not start: has it"
                " changed something that they need, such as a built-in name, an open"
                " file, or the current folder?"
            )
        lesson.came = self.own(self.why_unimported(failure))
        if failure.get("said") and failure.get("died") and not lesson.mine:
            lesson.printed = last_lines(failure["said"])
        return lesson

    def why_unimported(self, failure: Event) -> str:
        kind, message = failure["type"], failure["message"]
        text = f"{kind}: {message}".removesuffix(": ")
        if failure.get("died") == "late":
            return "the import had not ended when its time was up: a loop, or a wait"
        if failure.get("died"):
            return f"the process ended {how_it_ended(failure['code'])}"
        if kind == "SystemExit":
            return (
                f"a module ends the program ({text}): a call of `sys.exit` or of a"
                ' server belongs below `if __name__ == "__main__":`'
            )
        if kind == "EOFError":
            return f"{text}: a module reads input, and nobody is there to type"
        if "partially initialized" in message or "circular" in message:
            return (
                f"{text}: two of your modules import each other; let one of them do"
                " without, or import inside the function that needs it"
            )
        if self.is_not_there_yet(failure):
            return (
                f"{text}: when this line runs, {self.package}/__init__.py has not come"
                " to that name; import it from the module that defines it"
            )
        if kind == "ModuleNotFoundError" and (near := self.neighbour(message)):
            return (
                f"{text}: that module is part of your package: `from .{near} import …`"
            )
        return text

    def is_not_there_yet(self, failure: Event) -> bool:
        """Return whether a module needs a name from the package that imports it."""
        wanted = re.match(
            rf"cannot import name '\w+' from '(given_)?{self.package}'",
            failure["message"],
        )
        place = failure["mine"]
        return bool(wanted and place and Path(place["file"]).name != "__init__.py")

    def neighbour(self, message: str) -> str:
        """Find the module of the package that an import meant."""
        name = (re.findall(r"'(\w+)'", message) or [""])[0]
        inside = self.folder / self.package / f"{name}.py"
        return name if name and inside.is_file() else ""

    def broken(self, event: Event) -> Lesson:
        # takes pytest along, which no other answer waits for
        from costrel.testing.marks import own_number

        number = own_number(self.ladder.root / event["id"])
        lesson = Lesson(title=f"The tests in {event['id']} could not be read")
        lesson.came = self.own(event["message"].strip().splitlines()[-1])
        lesson.step = number
        return lesson

    def unanswered(self, event: Event) -> Lesson:
        """Describe an exercise whose answer lacks what its tests import."""
        folder = self.ladder.root / Path(event["id"]).parent
        lesson = Lesson(title="", sentence="the answer cannot be used yet")
        self.add_exercise(lesson, {"folder": str(folder)})
        message = self.own(event["message"].strip().splitlines()[-1].lstrip("E "))
        lesson.came = message
        if missing := NO_ANSWER.fullmatch(message):
            lesson.expected = f"{missing[2]} defines `{missing[1]}`"
            lesson.came = f"there is no `{missing[1]}` in it"
        return lesson


def observed(failure: Event) -> str:
    """Write down what was observed of a failure, for the patterns of known mistakes."""
    lines = [f"{failure['type']}: {failure['message']}"]
    if failure.get("died"):
        lines.append(f"died: {failure['died']} {failure['code']}")
        lines += [f"in {each['file']}: {each['function']}" for each in failure["stack"]]
    if values := failure["comparison"]:
        lines += [f"left: {values['left']}", f"right: {values['right']}"]
    if mine := failure.get("mine"):
        name = Path(mine["file"]).name
        lines.append(
            f"at {name} line {mine['line']} in {mine['function']}: {mine['code']}"
        )
    lines += [f"with {name} = {value}" for name, value in failure["params"].items()]
    if logged := failure.get("logged"):
        lines.append(f"logged: {logged['type']}: {logged['message']}")
    for each in failure["exchanges"]:
        lines.append(f"{each['method']} {each['path']} -> {each['status']}")
        lines += [f"{name}: {value}" for name, value in each["headers"]]
        lines.append(f"body: {each['body']!r}")
    return "\n".join(lines)


def talk(exchanges: list[Event]) -> Iterator[str]:
    """Yield the lines of the last exchanges, the very last one in full."""
    exchanges = exchanges[-EXCHANGES:]
    for number, each in enumerate(exchanges, 1):
        sent = "".join(f" · {name}: {value}" for name, value in each["sent"])
        yield tame(f"→ {each['method']} {each['path']}{sent}")
        if each["form"] and number == len(exchanges):
            yield f"  {short(tame(each['form']))}"
        if not each["status"]:
            yield "← no answer came"
            continue
        yield tame(f"← {each['status']}")
        if number == len(exchanges):
            for name, value in each["headers"]:
                if name.lower() not in DULL:
                    yield tame(f"  {name}: {value}")
            if each["body"].strip():
                yield f"  {short(tame(each['body'].strip()))}"


def test_lines(failure: Event, mark: str) -> list[tuple[int, str, bool]]:
    """Cut the failing test: all of it if it is short, or what is around the line.

    Where an error names no line, it is the first with `mark` in it.
    """
    try:
        lines = Path(failure["file"]).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    at = failure["line"]
    start, end = function_around(lines, at or 1, failure["function"])
    if mark:
        at = first_with(mark, lines, start, end) or at
    numbers = list(range(start, end + 1))
    if len(numbers) > TEST_LINES:
        first = max(start + 1, min(at - TEST_LINES // 2, end - TEST_LINES + 2))
        numbers = [start, *range(first, min(end + 1, first + TEST_LINES - 1))]
    return [(n, lines[n - 1], n == at) for n in numbers if n <= len(lines)]


def first_with(mark: str, lines: list[str], start: int, end: int) -> int:
    """Find the first line of a function that has a name in it."""
    pattern = re.compile(rf"\b{re.escape(mark)}\b")
    found = (n for n in range(start, end + 1) if pattern.search(lines[n - 1]))
    return next(found, 0)


def function_around(lines: list[str], at: int, name: str) -> tuple[int, int]:
    """Find the first and last line of the function that holds a line."""
    import ast

    tree = ast.parse("\n".join(lines))
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    holding = [n for n in functions if n.lineno <= at <= (n.end_lineno or 0)]
    named = [n for n in functions if n.name == name]
    for node in [*(n for n in holding if n.name == name), *named, *holding]:
        return node.lineno, node.end_lineno or node.lineno
    return at, at


def given(params: dict[str, str]) -> list[str]:
    return [tame(f"{name} = {short(value)}") for name, value in params.items()]


def short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"


def printed(output: Event) -> list[str]:
    """Return the last lines the package printed during the test."""
    if not output["bytes"]:
        return []
    lines = last_lines(output["tail"])
    if output["bytes"] > 100_000:
        lines.insert(0, f"… {output['bytes'] / 1e6:.1f} MB, of which this is the end:")
    return lines


def last_lines(text: str) -> list[str]:
    lines = [tame(line)[:200] for line in text.splitlines() if line.strip()]
    return lines[-PRINTED_LINES:]


def tame(text: str) -> str:
    """Take out what a terminal would obey, and keep a line a line."""
    text = CONTROL.sub("�", text.replace("\r", "").replace("\n", "⏎"))
    return re.sub("�{3,}", "�…", text)


def line_of(file: str, number: int) -> str:
    import linecache

    return linecache.getline(file, number).strip()


def shown_path(file: str, folder: Path) -> str:
    path = Path(file)
    return (
        path.relative_to(folder) if path.is_relative_to(folder) else path
    ).as_posix()
