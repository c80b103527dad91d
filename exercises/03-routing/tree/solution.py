"""A router that walks a tree of parts."""

from collections.abc import Iterator
from typing import Any, NamedTuple

# the kinds of a value, the narrowest first
KINDS = ("int", "string", "path")
Values = tuple[Any, ...]


class Leaf(NamedTuple):
    """A rule that ends here: its endpoint and the names of its values."""

    endpoint: str
    names: tuple[str, ...]


class State:
    """A node of the tree, and the ways on from it."""

    def __init__(self) -> None:
        self.leaf: Leaf | None = None
        # text of a part -> next state
        self.static: dict[str, State] = {}
        # kind of a value -> next state
        self.dynamic: dict[str, State] = {}


class Tree:
    """Finds the endpoint of a path among any number of rules."""

    def __init__(self) -> None:
        self.root = State()

    def add(self, rule: str, endpoint: str) -> None:
        """Add a rule. Raises `ValueError` if it is malformed."""
        if not rule.startswith("/"):
            raise ValueError(f"rule {rule!r} has no slash in front: add one")
        state, names = self.root, []
        parts = [parse(part, rule) for part in rule[1:].split("/")]
        if "path" in [kind for kind, _ in parts[:-1]]:
            raise ValueError(f"rule {rule!r} goes on after a path: end it there")
        for kind, text in parts:
            ways = state.dynamic if kind else state.static
            state = ways.setdefault(kind or text, State())
            names += [text] if kind else []
        state.leaf = state.leaf or Leaf(endpoint, tuple(names))

    def match(self, path: str) -> tuple[str, dict[str, Any]] | None:
        """Return the endpoint and the values of a path, or None."""
        if not path.startswith("/"):
            return None
        found = walk(self.root, path[1:].split("/"), ())
        if found is None:
            return None
        leaf, values = found
        return leaf.endpoint, dict(zip(leaf.names, values, strict=True))


def parse(part: str, rule: str) -> tuple[str, str]:
    """Return the kind and the name of a value, or no kind and the text."""
    if not set(part) & set("<>"):
        return "", part
    kind, _, name = part[1:-1].rpartition(":")
    if part != f"<{part[1:-1]}>" or not name.isidentifier() or kind not in ("", *KINDS):
        raise ValueError(
            f"rule {rule!r} has the part {part!r}: write text, <name>, <int:name>"
            " or <path:name>"
        )
    return kind or "string", name


def walk(state: State, parts: list[str], values: Values) -> tuple[Leaf, Values] | None:
    """Follow the ways from a state, the narrowest first."""
    if not parts:
        return (state.leaf, values) if state.leaf else None
    for following, rest, taken in ways(state, parts):
        if found := walk(following, rest, values + taken):
            return found
    return None


def whole_number(part: str) -> int | None:
    if not (part.isascii() and part.isdigit()):
        return None
    try:
        return int(part)
    except ValueError:  # Python reads no more than some thousand digits
        return None


def ways(state: State, parts: list[str]) -> Iterator[tuple[State, list[str], Values]]:
    """Yield each next state with the remaining parts and the value taken."""
    part, rest = parts[0], parts[1:]
    if part in state.static:
        yield state.static[part], rest, ()
    if "int" in state.dynamic and (number := whole_number(part)) is not None:
        yield state.dynamic["int"], rest, (number,)
    if "string" in state.dynamic and part:
        yield state.dynamic["string"], rest, (part,)
    if "path" in state.dynamic and part:
        yield state.dynamic["path"], [], ("/".join(parts),)
