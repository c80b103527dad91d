"""The last whole run of a workshop, which holds as long as no file has changed."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

from costrel.core.workshop_folder import Workshop, is_litter, read_files
from costrel.workshop.run.trial import Trial

FILE = "last.json"
# what of the book decides on an outcome
DECIDING = ("tests", "exercises", "src/costrel")


def remember(workshop: Workshop, trial: Trial, state: str) -> None:
    """Write down what a run has found in a state of the files."""
    content = {"state": state, "trial": asdict(trial)}
    (workshop.kept / FILE).write_text(json.dumps(content), encoding="utf-8")


def recall(workshop: Workshop, root: Path) -> Trial | None:
    """Return the last whole run, if it would find the same again."""
    try:
        content = json.loads((workshop.kept / FILE).read_text(encoding="utf-8"))
        known, trial = content["state"], Trial(**content["trial"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return trial if known == state_of(workshop, root) else None


def state_of(workshop: Workshop, root: Path) -> str:
    """Sum up everything that decides on the outcome of a whole run."""
    found = sha256()
    for part in (sys.version, sys.prefix, workshop.step, workshop.exercises):
        found.update(f"{part}\n".encode())
    for folder in (workshop.code, workshop.folder / "exercises"):
        for name, content in read_files(folder).items():
            found.update(f"{name} {len(content)}\n".encode() + content)
    for line in stamps(root):
        found.update(line.encode())
    return found.hexdigest()


def stamps(root: Path) -> Iterator[str]:
    """Describe the book's own files, which are too many to be read."""
    for folder in DECIDING:
        for path in sorted((root / folder).rglob("*.*")):
            inside = path.relative_to(root)
            if inside.suffix in (".py", ".toml") and not is_litter(inside):
                stat = path.stat()
                yield f"{inside} {stat.st_size} {stat.st_mtime_ns}\n"
