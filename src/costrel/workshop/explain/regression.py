"""A test of an earlier step fails: which step's lesson helps.

What the test promises is its own step's. How to keep it may be another's: the step
that has changed the code last.
"""

from costrel.core.ladder import Ladder, Step
from costrel.core.symbols import split_lines, symbols
from costrel.workshop.explain.teaching import Behaviour, Teaching


def rewritten_at(ladder: Ladder, behaviour: Behaviour, own: int, now: int) -> int:
    """Return the newest step up to `now` that has changed a behaviour's code."""
    last = own
    before = ladder.get(own)
    for number in range(own + 1, now + 1):
        step = ladder.get(number)
        if any(code(step, each) != code(before, each) for each in behaviour.code):
            last = number
        before = step
    return last


def code(step: Step, address: str) -> str | None:
    """Return our code at an address, such as `app.py: App.route`; None without it."""
    file, _, name = address.partition(": ")
    path = step.package / file
    if not path.is_file():
        return None
    text = path.read_text(encoding="utf-8")
    if not name:
        return text
    piece = symbols(text).get(name)
    if piece is None:
        return None
    return "\n".join(split_lines(text)[piece.start - 1 : piece.end])


def successor(about: Teaching, behaviour: Behaviour) -> Behaviour:
    """Find what a later step says of the code that a behaviour is about."""

    def shared(each: Behaviour) -> int:
        return len(set(each.code) & set(behaviour.code))

    best = max(about.behaviours, key=shared, default=about.nothing)
    return best if shared(best) else about.nothing
