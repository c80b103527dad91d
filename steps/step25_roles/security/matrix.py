"""Who may do what, as a table: a row for each view, and a column for each role.

It is made of the rules alone. Whether they hold is what the tests of an app are for;
what a view decides by itself, such as whose things are whose, no table can know.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .access import PUBLIC, Rule, rules_of, views_of
from .roles import Role

if TYPE_CHECKING:
    # for types alone: an extension meets its app in `init_app`
    from .. import App

# visitors, and users without a role
NO_LOGIN, NO_ROLE = "no-login", "no-role"


@dataclass(frozen=True, order=True)
class Row:
    """What everyone gets at one URL, with one method."""

    url: str
    method: str
    endpoint: str
    # the name of a role, or one of the above -> "yes", "no", or "login"
    answers: dict[str, str] = field(compare=False)


def matrix_of(app: "App") -> list[Row]:
    """Return the rows of an app's views; a HEAD that differs from GET has its own."""
    roles = [Role(NO_ROLE), *app.extensions["security"].roles.values()]
    return sorted(
        Row(url, method, name, dict(answers(rules_of(app, name, method), roles)))
        for name, method, url in views_of(app)
        if method != "HEAD" or rules_of(app, name, "HEAD") != rules_of(app, name, "GET")
    )


def answers(rules: tuple[Rule, ...], roles: list[Role]) -> Iterator[tuple[str, str]]:
    """Go through roles, and say whether these rules let their users in."""
    needed = [rule for rule in rules if rule is not PUBLIC]
    yield NO_LOGIN, "login" if needed else "yes"
    for role in roles:
        is_met = all(rule.is_met(role) for rule in needed)
        yield role.name, "yes" if is_met else "no"


def table(matrix: list[Row]) -> Iterator[str]:
    """Go through the lines of a table."""
    heads = ("URL", "method", *(matrix[0].answers if matrix else ()))
    rows = [heads, *((row.url, row.method, *row.answers.values()) for row in matrix)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(map(str.ljust, row, widths)).rstrip()
