"""The parts of the book and the steps in each, as `chapters/ladder.toml` lists them."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from costrel.core.ladder import Ladder, Problem, Step


@dataclass
class Plan:
    """The parts of the book, as `chapters/ladder.toml` lists them."""

    parts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(len(part["steps"]) for part in self.parts)

    @property
    def listed(self) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Each step that is listed, with its part."""
        for part in self.parts:
            yield from ((part, each) for each in part["steps"])

    def title(self, step: Step) -> str:
        """Return a step's short name."""
        return self.topics(step)[0]

    def topics(self, step: Step) -> list[str]:
        """List the words for what a step is about: its short name comes first."""
        about = self.about(step)
        return [str(about.get("title", step.topic)), *about.get("topics", ())]

    def about(self, step: Step) -> dict[str, Any]:
        """Return what is listed of a step: its title, its wish and more."""
        return next((each for _, each in self.listed if each["name"] == step.name), {})

    def part_of(self, step: Step) -> dict[str, Any] | None:
        found = (part for part, each in self.listed if each["name"] == step.name)
        return next(found, None)


def list_of(ladder: Ladder) -> Path:
    return ladder.root / "chapters" / "ladder.toml"


def about(ladder: Ladder, step: Step) -> dict[str, Any]:
    """Return what is listed of a step; nothing in a book without a list of parts."""
    return read_plan(ladder).about(step) if list_of(ladder).is_file() else {}


def read_plan(ladder: Ladder) -> Plan:
    """Read the list of parts; raises `Problem` if it is missing or broken."""
    path = list_of(ladder)
    try:
        return Plan(tomllib.loads(path.read_text(encoding="utf-8"))["part"])
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise Problem(f"The list of parts {path} cannot be read: {error!r}") from None
