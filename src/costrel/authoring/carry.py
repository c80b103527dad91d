"""Take an edit made in one step through every later step.

The old state of a step is what the last `carry` took on, as long as nothing was
committed since; otherwise what git has (HEAD, or a revision that is named). The new
one is what is on disk. Each file is merged in three ways by `git
merge-file`: the edit from old to new of one step goes into the next step, then
that step's own edit, old to new, goes into the one after it. So an edit travels
along the ladder, and whatever later steps have changed stays theirs.

Nothing is committed. What was carried is noted beside git's own files (`Carried`).
What the verb prints is in `verbs/carry.py`, what follows in `after_carry`.
"""

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from costrel.core.files import replace_file
from costrel.core.ladder import Ladder, Problem, Step, hidden

MARKER = re.compile(rb"^(<{7} .*|>{7} .*)\r?$", re.MULTILINE)
STATUS_TOO_HIGH = 128  # git merge-file: below, the number of conflicts

# what became of a file in a later step
MERGED, ADDED, DELETED = "merged", "new", "deleted"
PRESENT, ABSENT = "already there", "not in this step"
CONFLICT, KEPT = "conflict", "kept"


@dataclass(frozen=True)
class FileEdit:
    """What one step's file was and what it is; None where there is no file."""

    old: bytes | None
    new: bytes | None


@dataclass(frozen=True)
class FileOutcome:
    """What carrying an edit made of one file of one later step."""

    path: str
    kind: str
    before: bytes | None
    after: bytes | None
    advice: str = ""

    @property
    def stops(self) -> bool:
        """Return whether a person has to decide before the edit can go on."""
        return self.kind in (CONFLICT, KEPT)


class Repository:
    """The git checkout around the ladder, seen at one revision."""

    def __init__(self, root: Path, base: str = "HEAD") -> None:
        self.root = root
        self.base = base
        self._carried: Carried | None = None

    @property
    def carried(self) -> "Carried":
        """What earlier calls have carried, read when it is first asked for."""
        if self._carried is None:
            place = self.git("rev-parse", "--git-path", "costrel-carried.json")
            self._carried = Carried(self.root / place.decode().strip())
        return self._carried

    def git(self, *words: str) -> bytes:
        """Run git in the book's folder and return what it prints."""
        result = run_git([*words], self.root)
        if result.returncode:
            raise Problem(f"git {words[0]} failed: {first_line(result.stderr)}")
        return result.stdout

    def check(self, step: Step) -> None:
        """Refuse what `carry` cannot work with, in one sentence."""
        if run_git(["rev-parse", "--is-inside-work-tree"], self.root).returncode:
            raise Problem(
                f"{self.root} is not a git checkout: carry needs git to know "
                "what the step was before the edit."
            )
        commit = f"{self.base}^{{commit}}"
        if run_git(["rev-parse", "--verify", "--quiet", commit], self.root).returncode:
            raise Problem(f"git knows no revision {self.base!r}: commit first.")
        if not self.holds(step):
            raise Problem(
                f"{step.name} is not in {self.base} yet, so there is no edit to tell: "
                "commit the step first, or name a revision with --base."
            )

    def holds(self, step: Step) -> bool:
        """Return whether the revision has this step at all."""
        return bool(self.names("ls-tree", "-r", "--name-only", self.base, step=step))

    def names(self, *words: str, step: Step) -> list[str]:
        """Run a git command that lists paths; return those in the package."""
        folder = f"steps/{step.name}/"
        listed = self.git(*words, "-z", "--", folder).decode("utf-8", "surrogateescape")
        paths = [name.removeprefix(folder) for name in listed.split("\0") if name]
        return [path for path in paths if not hidden(Path(path))]

    def old(self, step: Step, path: str, later: Step | None) -> bytes | None:
        """Return a file as it was carried into the later step, or as git has it."""
        note = self.carried.note(step, path)
        if note and later and not self.is_outdated(note, step, path, later):
            return note.content
        return self.committed(step, path, self.base)

    def changed(self, step: Step) -> list[str]:
        """List the files of a step that are not what the revision has."""
        return list(self.edits(step, None))

    def is_outdated(self, note: "Note", step: Step, path: str, later: Step) -> bool:
        """Return whether the file was committed, or the later one put back, since."""
        if self.committed(step, path, "HEAD") != note.head:
            return True
        there = content_of(later.package / path)
        return there != note.there and there == self.committed(later, path, "HEAD")

    def committed(self, step: Step, path: str, revision: str) -> bytes | None:
        """Return a file as a revision has it, with this checkout's line endings."""
        name = f"{revision}:./steps/{step.name}/{path}"
        if run_git(["cat-file", "-e", name], self.root).returncode:
            return None
        return self.git("cat-file", "--filters", name)

    def edits(self, step: Step, later: Step | None) -> dict[str, FileEdit]:
        """Return the edits of a step that the later one doesn't have yet."""
        listed = ("diff", "--name-only", "--no-renames", "--relative", self.base)
        paths = {
            *self.names(*listed, step=step),
            *self.names("ls-files", "--others", "--exclude-standard", step=step),
            *self.carried.paths(step),
        }
        pairs = {
            path: FileEdit(self.old(step, path, later), content_of(step.package / path))
            for path in sorted(paths)
        }
        return {path: edit for path, edit in pairs.items() if edit.old != edit.new}

    def has_carried(self, step: Step, later: Step, paths: Iterable[str]) -> None:
        """Note that a step's files, as they are now, have reached the later step."""
        for path in paths:
            note = Note(
                content_of(step.package / path),
                self.committed(step, path, "HEAD"),
                content_of(later.package / path),
            )
            self.carried.keep(step, path, note)
        self.carried.save()


@dataclass(frozen=True)
class Note:
    """A file as it was carried, as HEAD had it, and what it was in the later step."""

    content: bytes | None
    head: bytes | None
    there: bytes | None


class Carried:
    """The file in git's folder that remembers what was carried since the last commit.

    With it a second call knows its first one: only what changed in between goes on.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        # step -> path in its package -> the three texts of a note
        self.notes: dict[str, dict[str, list[str | None]]] = {}
        if path.is_file():
            self.notes = json.loads(path.read_text(encoding="utf-8"))

    def paths(self, step: Step) -> list[str]:
        return list(self.notes.get(step.name, {}))

    def note(self, step: Step, path: str) -> Note | None:
        texts = self.notes.get(step.name, {}).get(path)
        return Note(*map(as_bytes, texts)) if texts else None

    def keep(self, step: Step, path: str, note: Note) -> None:
        texts = [as_text(part) for part in (note.content, note.head, note.there)]
        self.notes.setdefault(step.name, {})[path] = texts

    def save(self) -> None:
        self.path.write_text(json.dumps(self.notes), encoding="utf-8")


def as_text(content: bytes | None) -> str | None:
    # each byte a character: a file may be in any encoding, or in none
    return None if content is None else content.decode("latin-1")


def as_bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode("latin-1")


def run_git(words: list[str], folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Run git; only a missing git is an error here."""
    command = ["git", "--no-pager", "-c", "core.quotePath=false", *words]
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, check=False)
    except FileNotFoundError:
        raise Problem(
            "The program git was not found: carry needs it. Install git, "
            "then run the same command again."
        ) from None


def first_line(text: bytes) -> str:
    lines = text.decode("utf-8", "replace").strip().splitlines()
    return lines[0] if lines else "it did not say why."


def content_of(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def write(folder: Path, name: str, content: bytes | None) -> None:
    """Replace a package's file in one move, so that it is never half written."""
    path = folder / name
    try:
        if content is None:
            remove(folder, path)
        else:
            replace_file(path, content)
    except OSError as error:
        raise Problem(
            f"{path} could not be written ({error.strerror}): it is as it was. "
            "Fix that, then run the same command again."
        ) from None


def remove(package: Path, path: Path) -> None:
    """Delete a file, and the folders of the package that it leaves empty."""
    path.unlink(missing_ok=True)
    for folder in path.parents:
        if folder == package or any(
            item.name != "__pycache__" for item in folder.iterdir()
        ):
            return
        shutil.rmtree(folder)


def unfinished(steps: list[Step]) -> Iterator[Path]:
    """Find files that still contain conflict markers."""
    for step in steps:
        for path in step.files():
            marks = MARKER.findall((step.package / path).read_bytes())
            if {mark[:1] for mark in marks} == {b"<", b">"}:
                yield step.package / path


def settle(
    path: str, edit: FileEdit, current: bytes | None, labels: list[str]
) -> FileOutcome:
    """Decide what becomes of one file of a later step; write nothing."""
    old, new = edit.old, edit.new
    if new is None:
        return settle_deleted(path, old, current)
    if current == new:
        return FileOutcome(path, PRESENT, current, current)
    if current is None:
        kind, after = (ADDED, new) if old is None else (ABSENT, None)
        return FileOutcome(path, kind, None, after)
    if current == old:
        return FileOutcome(path, MERGED, current, new)
    if any(b"\0" in (content or b"") for content in (old, new, current)):
        advice = "both steps changed it and it is no text: put the right one there"
        return FileOutcome(path, KEPT, current, current, advice)
    return merge(path, old or b"", new, current, labels)


def settle_deleted(path: str, old: bytes | None, current: bytes | None) -> FileOutcome:
    if current is None:
        return FileOutcome(path, PRESENT, None, None)
    if unix(current) == unix(old or b""):
        return FileOutcome(path, DELETED, current, None)
    advice = "it was deleted in the step before but differs here: delete it, or keep it"
    return FileOutcome(path, KEPT, current, current, advice)


def merge(
    path: str, old: bytes, new: bytes, current: bytes, labels: list[str]
) -> FileOutcome:
    """Merge the edit from old to new into the current text."""
    restore = b"\n"
    if len({ending(text) for text in (old, new, current)} - {b""}) > 1:
        # one step has other line endings: merge the words, keep this file's endings
        restore = ending(current) or b"\n"
        old, new, merged_into = unix(old), unix(new), unix(current)
    else:
        merged_into = current
    merged, conflicts = merge_file(merged_into, old, new, labels)
    if restore == b"\r\n":
        merged = merged.replace(b"\n", b"\r\n")
    if merged == current:
        return FileOutcome(path, PRESENT, current, current)
    if not conflicts:
        return FileOutcome(path, MERGED, current, merged)
    places = "1 place" if conflicts == 1 else f"{conflicts} places"
    advice = f"{places}, between the marks <<<<<<< and >>>>>>>"
    return FileOutcome(path, CONFLICT, current, merged, advice)


def ending(text: bytes) -> bytes:
    """Return the line ending of a text; mixed ones count as `\n`."""
    newlines = text.count(b"\n")
    if not newlines:
        return b""
    return b"\r\n" if text.count(b"\r\n") == newlines else b"\n"


def unix(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n")


def merge_file(
    current: bytes, old: bytes, new: bytes, labels: list[str]
) -> tuple[bytes, int]:
    """Run `git merge-file` on three texts; return the result and its conflicts."""
    with tempfile.TemporaryDirectory(prefix="costrel-") as name:
        folder = Path(name)
        files = zip(("current", "old", "new"), (current, old, new), strict=True)
        for file, content in files:
            (folder / file).write_bytes(content)
        options = [word for label in labels for word in ("-L", label)]
        # --diff3: a conflict also shows what both sides started from
        command = ["merge-file", "-p", "--diff3", *options]
        result = run_git([*command, "current", "old", "new"], folder)
    if not 0 <= result.returncode < STATUS_TOO_HIGH:
        raise Problem(f"git merge-file failed: {first_line(result.stderr)}")
    return result.stdout, result.returncode


def later_steps(ladder: Ladder, step: Step) -> list[Step]:
    return [later for later in ladder.steps if later.number > step.number]


def carry(
    ladder: Ladder, step: Step, repository: Repository
) -> Iterator[tuple[Step, list[FileOutcome]]]:
    """Carry a step's edit up the ladder, one later step at a time.

    Each later step is written before it is given. The walk ends at the first step
    with a conflict, or at the newest.
    """
    source, brought = step, list[FileOutcome]()
    for later in later_steps(ladder, step):
        edits = onward(repository, source, later, brought)
        brought = carry_into(later, source, edits)
        repository.has_carried(source, later, edits)
        if brought:
            yield later, brought
        if any(outcome.stops for outcome in brought):
            return
        source = later


def carry_into(
    later: Step, source: Step, edits: dict[str, FileEdit]
) -> list[FileOutcome]:
    """Put one step's edits into the next step and write its files."""
    labels = [later.name, f"{source.name} before", f"{source.name} now"]
    outcomes = [
        settle(path, edit, content_of(later.package / path), labels)
        for path, edit in edits.items()
    ]
    for outcome in outcomes:
        if outcome.before != outcome.after:
            write(later.package, outcome.path, outcome.after)
    return outcomes


def onward(
    repository: Repository, step: Step, later: Step, brought: list[FileOutcome]
) -> dict[str, FileEdit]:
    """Return the edits that a step hands to the later one."""
    if repository.holds(step):
        return repository.edits(step, later)
    # a step that is still being written: only what was carried into it goes on
    pairs = {
        outcome.path: FileEdit(outcome.before, outcome.after) for outcome in brought
    }
    return {path: edit for path, edit in pairs.items() if edit.old != edit.new}
