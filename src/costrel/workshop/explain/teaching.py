"""What a step's tests mean to somebody who writes the step: `teaching.toml`.

How a failure is put into words is the matter of `lesson`; which tests run, that of
`checker`.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from costrel.core.ladder import Problem, Step

FILE = "teaching.toml"
# how long a test may take, unless its behaviour says otherwise
SECONDS = 5.0


@dataclass(frozen=True)
class Behaviour:
    """What a group of tests promises together, and the hints to it."""

    name: str
    tests: tuple[str, ...]
    means: str
    # the heading of the chapter that explains it
    section: str
    # our code for it, as addresses: "app.py: App.route"
    code: tuple[str, ...]
    # from a question to nearly the answer
    hints: tuple[str, ...]
    # how long each of its tests may take
    seconds: float = SECONDS

    def covers(self, file: str, function: str) -> bool:
        """Return whether a test belongs to this behavior."""
        return any(is_meant(name, file, function) for name in self.tests)


@dataclass(frozen=True)
class MistakeEdit:
    """A text in a file of the step, and its replacement."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Mistake:
    """A mistake that people make, how to know it, and what to say of it."""

    name: str
    # the function of the test that fails first
    test: str
    # a regular expression for what was observed
    when: str
    says: str
    edits: tuple[MistakeEdit, ...]

    def is_seen(self, observed: str) -> bool:
        return re.search(self.when, observed, re.S | re.I) is not None


@dataclass
class Teaching:
    """All that is said of one step's tests."""

    step: Step
    behaviours: list[Behaviour] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    # names of the interface of which our code says nothing, and what they are
    words: dict[str, str] = field(default_factory=dict)

    @cached_property
    def nothing(self) -> Behaviour:
        """What is said of a test of which nothing is said."""
        return Behaviour("", (), "", "", (), ())

    def behaviour(self, file: str, function: str) -> Behaviour:
        """Find the behaviour of a test."""
        found = (each for each in self.behaviours if each.covers(file, function))
        return next(found, self.nothing)

    def place(self, file: str, function: str) -> tuple[int, int]:
        """Return the position of a test in the order of teaching."""
        for number, behaviour in enumerate(self.behaviours):
            for index, name in enumerate(behaviour.tests):
                if is_meant(name, file, function):
                    return number, index
        return len(self.behaviours), 0

    def recognised(self, function: str, observed: str) -> Mistake | None:
        """Find the mistake that a failure looks like."""
        meant = (each for each in self.mistakes if is_meant(each.test, "", function))
        return next((each for each in meant if each.is_seen(observed)), None)


def is_meant(name: str, file: str, function: str) -> bool:
    """Return whether a name in `teaching.toml` means a test.

    It may begin with a file (`test_json.py::test_null`) and end with `*`.
    """
    where, mark, name = name.rpartition("::")
    if mark and file and where != file:
        return False
    if name.endswith("*"):
        return function.startswith(name[:-1])
    return function == name


def read_teaching(step: Step) -> Teaching:
    """Read what is said of a step's tests; nothing if there is no such file.

    Raises `Problem` for a file that cannot be read.
    """
    path = step.tests / FILE
    if not path.is_file():
        return Teaching(step)
    try:
        behaviours, mistakes, words = parsed(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise Problem(f"{path} cannot be read: {error!r}") from None
    return Teaching(step, list(behaviours), list(mistakes), dict(words))


Parsed = tuple[tuple[Behaviour, ...], tuple[Mistake, ...], dict[str, str]]


# the same file is read for its own step and for every later one
@lru_cache(maxsize=128)
def parsed(text: str) -> Parsed:
    """Parse a file's text into its behaviours, its mistakes and its words."""
    content = tomllib.loads(text)
    return (
        tuple(behaviour(each) for each in content.get("behaviour", [])),
        tuple(mistake(each) for each in content.get("mistake", [])),
        dict(content.get("words", {})),
    )


def behaviour(given: dict[str, Any]) -> Behaviour:
    lists = {name: tuple(given[name]) for name in ("tests", "code", "hints")}
    return Behaviour(**{**given, **lists})


def mistake(given: dict[str, Any]) -> Mistake:
    first = {name: given[name] for name in ("file", "old", "new")}
    edits = tuple(MistakeEdit(**each) for each in [first, *given.get("also", [])])
    rest = {name: given[name] for name in ("name", "test", "when", "says")}
    return Mistake(edits=edits, **rest)


# --- what may be wrong with the file itself


def mistakes_in(teaching: Teaching, tests: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Say what is wrong with a step's file, for tests given as file and function."""
    where = f"tests/{teaching.step.name}/{FILE}"
    if not teaching.behaviours:
        yield f"{where}: is missing, or says nothing"
        return
    for sentence in (
        *wrong_tests(teaching, list(tests)),
        *wrong_behaviours(teaching),
        *wrong_mistakes(teaching),
    ):
        yield f"{where}: {sentence}"


def wrong_tests(teaching: Teaching, tests: list[tuple[str, str]]) -> Iterator[str]:
    for file, function in tests:
        owners = [
            each.name for each in teaching.behaviours if each.covers(file, function)
        ]
        if len(owners) != 1:
            yield f"{file}::{function} is in {len(owners)} behaviours: {owners}"
    for each in teaching.behaviours:
        for name in each.tests:
            if not any(is_meant(name, *test) for test in tests):
                yield f"behaviour {each.name!r}: there is no test {name}"
    for mistake in teaching.mistakes:
        if not any(is_meant(mistake.test, *test) for test in tests):
            yield f"mistake {mistake.name!r}: there is no test {mistake.test}"


def wrong_behaviours(teaching: Teaching) -> Iterator[str]:
    for each in teaching.behaviours:
        if len(each.hints) != 3 or not all(hint.strip() for hint in each.hints):
            yield f"behaviour {each.name!r}: three hints are wanted"
        if not (each.name.strip() and each.means.strip()):
            yield f"behaviour {each.name!r}: a name and `means` are wanted"
        if each.section not in headings(teaching.step):
            yield f"behaviour {each.name!r}: there is no heading {each.section!r}"
        for address in each.code or ("",):
            if not stands_in(teaching.step, address):
                yield f"behaviour {each.name!r}: there is no code {address!r}"


def wrong_mistakes(teaching: Teaching) -> Iterator[str]:
    yield from stale_edits(teaching)
    for each in teaching.mistakes:
        try:
            re.compile(each.when)
        except re.error as error:
            yield f"mistake {each.name!r}: `when` is no regular expression: {error}"


def stale_edits(teaching: Teaching) -> Iterator[str]:
    """Find mistakes that can't be made any more: the code has no such `old`."""
    package = teaching.step.package
    for each in teaching.mistakes:
        texts = {edit.file: text_of(package / edit.file) for edit in each.edits}
        for edit in each.edits:
            text = texts[edit.file]
            # the next edit may need what this one writes
            texts[edit.file] = text.replace(edit.old, edit.new)
            if (count := text.count(edit.old)) != 1:
                yield (
                    f"mistake {each.name!r}: {edit.file} has its `old` {count} times,"
                    " not once"
                )


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def headings(step: Step) -> list[str]:
    """List the headings of a step's chapter, without their marks."""
    text = text_of(step.chapter)
    outside = re.sub(r"^(`{3,}).*?^\1`*$", "", text, flags=re.M | re.S)
    return [plain(found) for found in re.findall(r"^#+ (.+?)\s*$", outside, re.M)]


def plain(heading: str) -> str:
    """Take the attribute list off a heading, if it has one."""
    return re.sub(r"\s*\{[^}]*\}$", "", heading)


def stands_in(step: Step, address: str) -> bool:
    """Return whether an address names a symbol, or a whole file, of the step."""
    from costrel.core.symbols import symbols

    file, _, symbol = address.partition(": ")
    path: Path = step.package / file
    if not file or not path.is_file():
        return False
    return not symbol or symbol in symbols(path.read_text(encoding="utf-8"))
