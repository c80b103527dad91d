"""The attacks of a step: who sends what, and how one sees whether it got in.

They are in `tests/stepNN_topic/attack.toml`. What makes them is `costrel.attacks`, over
HTTP, and `costrel.live`, in the reader's browser.
"""

import re
import tomllib
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

from costrel.core.ladder import Problem, Step


@dataclass(frozen=True)
class Attack:
    """One attack: an app, and requests to it that are up to no good."""

    title: str
    story: str
    # the source of the app that is attacked; it imports the framework as `.`
    app: str
    # {method, path, headers, body, visitor, leave}: all but method and path may be
    # left out; a visitor has cookies of their own, and may leave before the body ends
    requests: tuple[dict[str, Any], ...]
    # regular expressions: one is found in the responses when the attack got in,
    # the other one when it didn't
    worked: str
    held: str
    # what each outcome means
    breach: str
    defense: str
    # whether all requests are sent at the same time
    at_once: bool = False
    # whether the paths are the demo's as well
    on_demo: bool = False
    # why Python in a browser can't make it
    not_in_browser: str = ""

    def got_in(self, responses: str) -> bool | None:
        """Return whether the attack got in; None if the responses don't tell."""
        for pattern, result in ((self.worked, True), (self.held, False)):
            if re.search(pattern, responses, re.S | re.M):
                return result
        return None


NAMES = {field.name for field in fields(Attack)}
NEEDED = {field.name for field in fields(Attack) if field.default is MISSING}


def file_of(step: Step) -> Path:
    return step.tests / "attack.toml"


def attacks_of(step: Step) -> list[Attack]:
    """Read a step's attacks; there may be none.

    Raises `Problem` for a file that can't be read.
    """
    given = content(step).get("attacks", [])
    return [read(step, each) for each in given]


def why_none(step: Step) -> str:
    """Return why a step has no attack, or an empty string."""
    return str(content(step).get("none", ""))


def content(step: Step) -> dict[str, Any]:
    path = file_of(step)
    if not path.is_file():
        return {}
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise Problem(f"{path} is not TOML: {error}.") from None
    if set(given) not in ({"attacks"}, {"none"}):
        raise Problem(
            f"{path} has {', '.join(given) or 'nothing'} at its top: write each attack"
            ' below a line [[attacks]], or why there are none: none = "…".'
        )
    return given


def read(step: Step, given: dict[str, Any]) -> Attack:
    if odd := (NEEDED - set(given)) or (set(given) - NAMES):
        title = given.get("title", "an attack")
        what = "lacks" if odd <= NEEDED else "doesn't know"
        raise Problem(f"{file_of(step)}: {title!r} {what} {', '.join(sorted(odd))}.")
    return Attack(**given | {"requests": tuple(given["requests"])})


def naive_version(step: Step) -> str:
    """Return the framework that lets a step's attacks in, which is one file."""
    return (step.tests / "naive.py").read_text(encoding="utf-8")
