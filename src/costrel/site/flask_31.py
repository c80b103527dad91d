"""The pages that look back at Flask 3.1: how much of it we have, and how large that is.

What Flask documents is in `flask_api`. `costrel measure --count` writes the pages'
generated regions; what was measured is written there by `figures`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import flask

from costrel.core.counts import statements
from costrel.core.ladder import Ladder, Step
from costrel.measure.measuring import flask_files, framework_files
from costrel.site import flask_api
from costrel.site.flask_01 import filled

PAGE, API = "flask-3.1.md", "flask-api.md"


@dataclass(frozen=True)
class Area:
    """Something that both frameworks do, and the modules that do it."""

    what: str
    flask: tuple[str, ...]
    ours: tuple[str, ...]


AREAS = (
    Area(
        "the app, its parts and its hooks",
        (
            "app",
            "blueprints",
            "sansio/app",
            "sansio/blueprints",
            "sansio/scaffold",
        ),
        (
            "app",
            "blueprints",
            "errors",
            "hooks",
            "paths",
            "routing",
            "scaffold",
            "serving",
            "urls",
        ),
    ),
    Area(
        "the command line",
        ("__main__", "cli"),
        ("certificates", "cli", "commands", "discovery", "environment", "script"),
    ),
    Area("contexts and proxies", ("ctx", "globals"), ("ctx", "globals")),
    Area("requests and responses", ("wrappers",), ("wrappers",)),
    Area("sessions and their tags", ("json/tag", "sessions"), ("sessions", "tagged")),
    Area("JSON", ("json/__init__", "json/provider"), ("json",)),
    Area("templates", ("templating",), ("templating",)),
    Area("configuration", ("config",), ("config",)),
    Area("helpers, static files", ("helpers",), ("helpers", "static")),
    Area("test client and runner", ("testing",), ("testing",)),
    Area("views as classes", ("views",), ("views",)),
    Area("signals and the log", ("logging", "signals"), ("logging", "signals")),
    Area("public names, types", ("__init__", "typing"), ("__init__",)),
    Area("explanations in debug mode", ("debughelpers",), ()),
    Area("uploads that don't fill the memory", (), ("uploads",)),
    Area("`async` and ASGI", (), ("asgi", "bridge")),
)


def regions(ladder: Ladder) -> dict[str, dict[str, str]]:
    """Return the text of each generated region, by page and name."""
    return {
        PAGE: {"named": named(ladder), "areas": "\n".join(areas(ladder))},
        API: {
            "api": "\n".join(flask_api.rows(ladder)),
            "gaps": "\n".join(flask_api.gaps()),
        },
    }


def named(ladder: Ladder) -> str:
    """Say how many of the documented names we have."""
    names, ours = flask_api.documented(), flask_api.places(ladder)
    return (
        f"Counted that way, Flask's documentation has {len(names)} names."
        f" We have {len(ours)} of them, and {len(names) - len(ours)} are left out."
    )


def areas(ladder: Ladder) -> Iterator[str]:
    """Make the table of both frameworks' statements, area by area."""
    theirs, ours = counted_flask(), counted(ladder.get(flask_api.LAST))
    yield f"| Statements for | Flask 3.1 | Step {flask_api.LAST} |"
    yield "| --- | ---: | ---: |"
    for area in AREAS:
        figures = (total(theirs, area.flask), total(ours, area.ours))
        yield f"| {area.what} | {figures[0]} | {figures[1]} |"
    yield f"| **all** | **{total(theirs, theirs):,}** | **{total(ours, ours):,}** |"


def total(sizes: dict[str, int], modules: Iterable[str]) -> int:
    return sum(sizes[module] for module in modules)


def counted_flask() -> dict[str, int]:
    """Count the statements of each of Flask's modules."""
    return count(Path(flask.__path__[0]), flask_files())


def counted(step: Step) -> dict[str, int]:
    """Count the statements of each of a step's modules."""
    return count(step.package, framework_files(step))


def count(root: Path, paths: Iterable[Path]) -> dict[str, int]:
    return {
        path.relative_to(root).with_suffix("").as_posix(): statements(
            path.read_text(encoding="utf-8")
        )
        for path in paths
    }


def write(ladder: Ladder) -> list[Path]:
    """Write the pages' regions anew, where there are such pages; return those."""
    written = []
    for name in (PAGE, API):
        page = ladder.root / "chapters" / name
        if page.is_file():
            text = filled(page.read_text(encoding="utf-8"), regions(ladder)[name])
            page.write_text(text, encoding="utf-8", newline="\n")
            written.append(page)
    return written
