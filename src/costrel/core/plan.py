"""The parts of the book and the steps in each, as `chapters/ladder.toml` lists them."""

import tomllib
from dataclasses import dataclass, field
from typing import Any

from costrel.core.ladder import Ladder, Problem, Step


@dataclass
class Plan:
    """The parts of the book, as `chapters/ladder.toml` lists them."""

    parts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(len(part["steps"]) for part in self.parts)

    def title(self, step: Step) -> str:
        """Return a step's short name."""
        return self.topics(step)[0]

    def topics(self, step: Step) -> list[str]:
        """List the words for what a step is about: its short name comes first."""
        about = self.about(step)
        return [str(about.get("title", step.topic)), *about.get("topics", ())]

    def about(self, step: Step) -> dict[str, Any]:
        """Return what is listed of a step: its title, its wish and more."""
        every = (listed for part in self.parts for listed in part["steps"])
        return next((listed for listed in every if listed["name"] == step.name), {})

    def part_of(self, step: Step) -> dict[str, Any] | None:
        for part in self.parts:
            if any(listed["name"] == step.name for listed in part["steps"]):
                return part
        return None


def read_plan(ladder: Ladder) -> Plan:
    """Read the list of parts; raises `Problem` if it is missing or broken."""
    path = ladder.root / "chapters" / "ladder.toml"
    try:
        return Plan(tomllib.loads(path.read_text(encoding="utf-8"))["part"])
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise Problem(f"The list of parts {path} cannot be read: {error!r}") from None
