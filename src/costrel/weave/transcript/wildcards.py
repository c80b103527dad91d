"""Recorded output against real output, with `…` for what may differ.

A `…` matches anything within a line; a line that is only `…` matches any lines.
"""

import re
from functools import lru_cache
from typing import NamedTuple

ANY = "…"
# what differs from run to run or from machine to machine -> how it is recorded
VOLATILE = {
    r"\b\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT": "…",
    r"\[\d\d/\w{3}/\d{4} \d\d:\d\d:\d\d\]": "[…]",
    r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\]": "[…]",
    r"\b0x[0-9a-fA-F]{6,}\b": "0x…",
    r"\bin \d+\.\d+ ?s\b": "in …s",
    r"\b\d+\.\d s$": "… s",
    r"\b(CPython|Python|Werkzeug|curl|gunicorn|waitress)/\d[\w.]*": r"\1/…",
    r"(Restarting with )\w.*": r"\1…",
    r"(Debugger PIN: )[\d-]+": r"\1…",
    r"/\S*/pytest-of-[^/\s]+/pytest-\d+": "…",
    # other versions of a library have their code on other lines
    r'(File "…/lib/[^"]+", line )\d+': r"\1…",
}


class LinePair(NamedTuple):
    """A recorded line beside a real one; one of them may be missing."""

    recorded: int | None
    real: int | None
    same: bool


def matches(recorded: list[str], real: list[str]) -> bool:
    return all(pair.same for pair in aligned(recorded, real))


def rewritten(recorded: list[str], real: list[str]) -> list[str]:
    """Return the lines to record: old ones where they match, else the real ones."""
    kept: list[str] = []
    for pair in aligned(recorded, real):
        if pair.same and pair.recorded is not None:
            kept.append(recorded[pair.recorded])
        elif not pair.same and pair.real is not None:
            kept.append(softened(real[pair.real]))
    return kept


def first_mismatch(recorded: list[str], real: list[str]) -> tuple[int, str]:
    """Find the first recorded line that fails: its index, and a sentence."""
    at = 0
    for pair in aligned(recorded, real):
        if pair.recorded is not None:
            at = pair.recorded
        if not pair.same:
            return at + (pair.recorded is None and bool(recorded)), told(
                pair, recorded, real
            )
    return 0, "nothing differs"


def told(pair: LinePair, recorded: list[str], real: list[str]) -> str:
    if pair.real is None and pair.recorded is not None:
        return f"the chapter has {recorded[pair.recorded]!r}, which is not printed"
    shown = repr(real[pair.real or 0])
    if pair.recorded is None:
        return f"{shown} is printed, which the chapter lacks"
    return f"{shown} is printed where the chapter has {recorded[pair.recorded]!r}"


def softened(line: str) -> str:
    for pattern, replacement in VOLATILE.items():
        line = re.sub(pattern, replacement, line)
    return line


@lru_cache(maxsize=4096)
def pattern_of(recorded: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in recorded.split(ANY)))


def line_matches(recorded: str, real: str) -> bool:
    return bool(pattern_of(recorded.rstrip()).fullmatch(real.rstrip()))


def aligned(recorded: list[str], real: list[str]) -> list[LinePair]:
    """Lay the lines side by side so that as few as possible disagree."""
    costs = cost_table(recorded, real)
    pairs: list[LinePair] = []
    i = j = 0
    while i < len(recorded) or j < len(real):
        i, j, pair = cheapest(recorded, real, costs, i, j)
        if pair:
            pairs.append(pair)
    return pairs


def cost_table(recorded: list[str], real: list[str]) -> list[list[int]]:
    """Fill in, from the end, how much the rest disagrees at each pair of lines."""
    costs = [[0] * (len(real) + 1) for _ in range(len(recorded) + 1)]
    for i in range(len(recorded), -1, -1):
        for j in range(len(real), -1, -1):
            if i < len(recorded) or j < len(real):
                options = moves(recorded, real, i, j)
                costs[i][j] = min(
                    cost + costs[to_i][to_j] for cost, to_i, to_j, _ in options
                )
    return costs


def cheapest(
    recorded: list[str], real: list[str], costs: list[list[int]], i: int, j: int
) -> tuple[int, int, LinePair | None]:
    options = moves(recorded, real, i, j)
    _, to_i, to_j, pair = min(
        options, key=lambda move: move[0] + costs[move[1]][move[2]]
    )
    return to_i, to_j, pair


Move = tuple[int, int, int, LinePair | None]


def moves(recorded: list[str], real: list[str], i: int, j: int) -> list[Move]:
    """List the ways on from a pair of lines, the preferred first, with their cost."""
    found: list[Move] = []
    more, left = i < len(recorded), j < len(real)
    if more and recorded[i].strip() == ANY:
        found.append((0, i + 1, j, LinePair(i, None, True)))
        if left:
            found.append((0, i, j + 1, None))
        return found
    if more and left and line_matches(recorded[i], real[j]):
        found.append((0, i + 1, j + 1, LinePair(i, j, True)))
    if more and left:
        found.append((2, i + 1, j + 1, LinePair(i, j, False)))
    if left:
        found.append((2, i, j + 1, LinePair(None, j, False)))
    if more:
        found.append((3, i + 1, j, LinePair(i, None, False)))
    return found
