"""The marks that the book's tests carry, and what each does to a test.

A mark that excuses a test says why: its reason is printed on the site.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from costrel.core.ladder import STEP_NAME

from .against import Target

# mark -> what it means
MEANINGS = {
    "attack": "the danger of a step: works on the version before, fails on this one",
    "holds_before": "passes on the step before already",
    "until": "a later step replaces what this test promises",
    "once": "a heavy proof, made on its own step and not again on every later one",
    "differs": "our behaviour differs from Flask's on purpose",
    "flask_only": "Flask does more than we do",
    "optional": "not needed by the chapters that follow",
    "asvs": "holds requirements of OWASP's ASVS 5.0, by their numbers",
}
# mark -> what each use of it has to contain
NEEDED = {
    "holds_before": ("reason",),
    "until": ("step", "reason"),
    "once": ("reason",),
    "differs": ("reason",),
    "flask_only": ("reason",),
    "asvs": ("numbers",),
}
# the marks that take any number of values for their only parameter
SEVERAL = ("asvs",)
# mark -> what a use of it may say besides, and what it then means
OPTIONS = {
    "differs": {"safer": "what Flask does here can leak, lose or break something"}
}


def lines() -> list[str]:
    """Describe the marks in the form that pytest registers."""
    return [f"{call(mark)}: {meaning}" for mark, meaning in MEANINGS.items()]


def call(mark: str) -> str:
    """Return a mark with its parameters, as a test writes it."""
    if mark in SEVERAL:
        return f"{mark}(*{NEEDED[mark][0]})"
    options = [f"{option}=False" for option in OPTIONS.get(mark, ())]
    return f"{mark}({', '.join([*NEEDED.get(mark, ()), *options])})"


def values(mark: pytest.Mark) -> dict[str, str]:
    """Return the parameters of a mark by their names."""
    if mark.name in SEVERAL:
        return {NEEDED[mark.name][0]: " ".join(map(str, mark.args))}
    by_position = zip(NEEDED.get(mark.name, ()), mark.args, strict=False)
    return {name: str(value) for name, value in [*by_position, *mark.kwargs.items()]}


def ours(item: pytest.Item) -> dict[str, dict[str, str]]:
    """Return the book's marks of a test, each with its parameters."""
    found = [mark for mark in item.iter_markers() if mark.name in MEANINGS]
    return {mark.name: values(mark) for mark in reversed(found)}


def number_of(step: str) -> int | None:
    """Return the number in a step's name or number."""
    match = STEP_NAME.match(step)
    digits = match[1] if match else step
    return int(digits) if digits.isdecimal() else None


def own_number(path: Path) -> int | None:
    """Return the number of the step whose folder contains a test file."""
    found = (STEP_NAME.fullmatch(folder.name) for folder in path.parents)
    return next((int(match[1]) for match in found if match), None)


def mistakes(item: pytest.Item) -> Iterator[str]:
    """Say which marks of a test lack what they have to contain."""
    for name, given in ours(item).items():
        needed = NEEDED.get(name, ())
        use = f"@pytest.mark.{call(name)}"
        if not all(given.get(parameter, "").strip() for parameter in needed):
            yield f"{item.nodeid}: the mark {name} needs {' and '.join(needed)}: {use}"
        for unknown in given.keys() - {*needed, *OPTIONS.get(name, ())}:
            yield f"{item.nodeid}: the mark {name} has no {unknown}: {use}"
    until = ours(item).get("until", {}).get("step")
    if until and (number_of(until) or 0) <= (own_number(item.path) or 0):
        yield f"{item.nodeid}: until({until!r}) has to name a later step"


def apply(item: pytest.Item, target: Target | None, despite_marks: bool) -> None:
    """Skip a test, or expect it to fail, as its marks say for this target."""
    found = ours(item)
    on_flask = target is not None and target.is_flask
    if on_flask and "differs" in found:
        reason = found["differs"]["reason"]
        item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
    why = None if despite_marks else why_skipped(item, target)
    if why:
        item.add_marker(pytest.mark.skip(reason=why))


def why_skipped(item: pytest.Item, target: Target | None) -> str | None:
    """Return why a test isn't for this target, or None."""
    found = ours(item)
    if "flask_only" in found and not (target and target.is_flask):
        return f"Flask does more: {found['flask_only']['reason']}"
    number = target.number if target and target.number else 0
    until = number_of(found.get("until", {}).get("step", ""))
    if until and number >= until:
        return f"replaced by step {until}: {found['until']['reason']}"
    own = own_number(item.path)
    if "once" in found and own and number > own:
        return f"proved once, on step {own}: {found['once']['reason']}"
    return None
