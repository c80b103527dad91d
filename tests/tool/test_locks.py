"""Each verb runs in an environment that has what its own lock holds, and no more.

The environments are made of links to what is installed here, so that they cost no
download. Where a lock's packages are not installed, its verbs are skipped.
"""

import os
import shutil
import signal
import socket
import subprocess
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from costrel.cli import VERBS

ROOT = Path(__file__).resolve().parents[2]
POSIX = pytest.mark.skipif(os.name == "nt", reason="links as POSIX has them")
# verb -> the calls that are tried in this order, inside the workshop `mine`
IN_WORKSHOP = {
    "check": ("check",),
    "hint": ("hint",),
    "solution": ("solution", "--yes"),
    "exercise": ("exercise", "1", "head"),
    "next": ("next",),
    "progress": ("progress",),
    "reset": ("reset", "1", "--yes"),
}
IN_BOOK = {
    "diff": ("diff", "3"),
    "attack": ("attack", "13"),
    "test": ("test", "1", "--", "-q"),
    "start": ("start", "3", "../other"),
    "weave": ("weave", "--check", "1"),
    "carry": ("carry", "15", "--no-test"),
    "measure": ("measure", "--check"),
    "new": ("new", "15"),
}
# verb -> what is called, and what it says once it works
SERVING = {
    "run": (("run", "1", "--port", "{port}"), "step01_wsgi is at"),
    "read": (("read", "--no-open", "--port", "{port}"), "http://127.0.0.1"),
    "notebook": (("notebook", "3", "--", "--no-browser", "--allow-root"), "is running"),
}


class Clone:
    """The book's files in a folder of their own, and calls in bare environments."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "costrel"
        self.home = folder / "home"
        self.home.mkdir()
        self.environments: dict[str, Path] = {}
        listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        for name in filter(None, listed.split("\0")):
            copy(ROOT / name, self.root / name)
        git("init", "-q", folder=self.root)
        git("add", "-A", folder=self.root)
        who = ["-c", "user.name=A", "-c", "user.email=a@localhost"]
        git(*who, "commit", "-qm", "as it is", folder=self.root)

    def python(self, lock: str) -> Path:
        if lock not in self.environments:
            self.environments[lock] = self.make(lock)
        return self.environments[lock] / "bin" / "python"

    def make(self, lock: str) -> Path:
        """Make an environment that holds a lock's packages and the book."""
        folder = self.folder / lock
        names = [*locked(lock), "costrel"]
        try:
            packages = [distribution(name) for name in names]
        except PackageNotFoundError as error:
            pytest.skip(f"{error} of the lock {lock} is not installed here")
        venv.create(folder, symlinks=True)
        site = next(folder.glob("lib/python*/site-packages"))
        for package in packages:
            for path in package.files or ():
                link(Path(str(package.locate_file(path))), site / path)
        (site / "costrel.pth").write_text(str(self.root / "src"), encoding="utf-8")
        return folder

    def command(self, verb: str, words: tuple[str, ...]) -> list[str]:
        return [str(self.python(VERBS[verb][0])), "-P", "-m", "costrel", *words]

    def environment(self) -> dict[str, str]:
        return {"HOME": str(self.home), "PATH": os.defpath}

    def call(
        self, verb: str, words: tuple[str, ...], folder: Path | None = None
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(verb, words),
            cwd=folder or self.root,
            env=self.environment(),
            capture_output=True,
            encoding="utf-8",
        )

    @contextmanager
    def serving(self, verb: str, words: tuple[str, ...]) -> "Iterator[Iterator[str]]":
        """Start a verb that goes on until it is stopped; give the lines it prints."""
        process = subprocess.Popen(
            self.command(verb, words),
            cwd=self.root,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            # a group of its own, so that what it started ends with it
            start_new_session=True,
        )
        try:
            assert process.stdout is not None
            yield process.stdout
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def git(*words: str, folder: Path = ROOT) -> str:
    return subprocess.check_output(["git", *words], cwd=folder, encoding="utf-8")


def copy(source: Path, target: Path) -> None:
    # a file may be deleted here and not yet in git
    if source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def link(source: Path, target: Path) -> None:
    """Link a file, and never compile into the folder of the one linked to."""
    target = Path(os.path.normpath(target))
    if "__pycache__" not in target.parts and source.is_file() and not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(source)


def locked(name: str) -> list[str]:
    """List a lock's packages that are for this system and this Python."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    lines = [line.rstrip(" \\") for line in text.splitlines() if line[:1].isalnum()]
    wanted = [Requirement(line) for line in lines]
    return [each.name for each in wanted if not each.marker or each.marker.evaluate()]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    return Clone(tmp_path_factory.mktemp("clone"))


@pytest.fixture(scope="module")
def begun(clone: Clone) -> Path:
    """A workshop in which step 1 is done, but for its last line."""
    clone.call("start", ("start", "1", "../mine"))
    folder = clone.folder / "mine"
    for name in ("__init__.py", "app.py"):
        copy(clone.root / "steps/step01_wsgi" / name, folder / "framework" / name)
    # keeps a green state, for `reset`
    clone.call("check", IN_WORKSHOP["check"], folder)
    return folder


@pytest.fixture
def workshop(begun: Path, tmp_path: Path) -> Path:
    """A copy of that workshop: some verbs change it, and tests come in any order."""
    return Path(shutil.copytree(begun, tmp_path / "mine"))


def test_each_verb_is_tried_here() -> None:
    assert sorted([*IN_WORKSHOP, *IN_BOOK, *SERVING]) == sorted(VERBS)


@POSIX
@pytest.mark.parametrize("verb", IN_BOOK)
def test_verb_runs_on_its_own_lock(clone: Clone, verb: str) -> None:
    done = clone.call(verb, IN_BOOK[verb])

    assert done.returncode == 0, done.stdout + done.stderr


@POSIX
@pytest.mark.parametrize("verb", IN_WORKSHOP)
def test_workshop_s_verb_runs_on_its_own_lock(
    clone: Clone, workshop: Path, verb: str
) -> None:
    done = clone.call(verb, IN_WORKSHOP[verb], workshop)

    assert done.returncode == 0, done.stdout + done.stderr


@POSIX
@pytest.mark.parametrize("verb", SERVING)
def test_verb_that_serves_runs_on_its_own_lock(
    clone: Clone, verb: str, unused_port: int
) -> None:
    words, sign = SERVING[verb]
    call = tuple(word.format(port=unused_port) for word in words)

    with clone.serving(verb, call) as lines:
        said = []
        for line in lines:
            said.append(line)
            if sign in line:
                return
    pytest.fail("".join(said))


@pytest.fixture
def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port
