"""A small book around the real book.py, with a virtual environment that costs nothing.

Its pip obeys the variable FAKE_PIP and writes down each call; its `costrel` prints
what it was started with. The real pip is met in `test_book_py.py` by one book alone.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

CLI = """\
VERBS = {
    "read": ("read", "Read it."),
    "test": ("test", "Test it."),
    "diff": ("base", "Compare."),
}
"""

MAIN = """\
import json, os, sys
names = ("COSTREL_CALLED_BY", "VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "PATH")
print(json.dumps({
    "arguments": sys.argv[1:],
    "prefix": sys.prefix,
    "folder": os.getcwd(),
    **{name: os.environ.get(name) for name in names},
}))
sys.exit(int(os.environ.get("FAKE_CODE", "0")))
"""

MAKE = """\
import sys, venv
from pathlib import Path

folder = Path(sys.argv[1])
try:
    venv.create(folder, with_pip=False, symlinks=sys.platform != "win32")
except OSError as error:
    sys.exit(f"Error: {error}")
pip = next(folder.rglob("site-packages")) / "pip"
pip.mkdir()
(pip / "__init__.py").write_text("")
(pip / "__main__.py").write_text(Path(__file__).with_name("pip.py").read_text())
"""

PIP = """\
import json, os, sys, time
from pathlib import Path

calls = Path(os.environ["FAKE_PIP_CALLS"])
with calls.open("a") as file:
    file.write(json.dumps(sys.argv[1:]) + "\\n")

def say(line):
    print(line, flush=True)

def stop(seconds):
    calls.with_name("stopped").write_text("here\\n")
    time.sleep(float(seconds))

mode = os.environ.get("FAKE_PIP", "")
if mode == "offline":
    say("WARNING: Retrying after connection broken by 'NewConnectionError()'")
    sys.exit("ERROR: No matching distribution found for tiny==1.0")
if mode == "full":
    sys.exit("ERROR: Could not install: [Errno 28] Kein Platz mehr")
if mode == "odd":
    for number in range(20):
        say(f"line {number}")
    sys.exit("ERROR: the moon is in the way")
if mode == "stop-download":
    stop("60")
# from here on the environment changes
number = len(calls.read_text().splitlines())
Path(__file__).parents[1].joinpath(f"tiny{number}.py").write_text("")
if mode == "stop-install":
    stop(os.environ.get("FAKE_SECONDS", "60"))
if mode == "odd-install":
    sys.exit("ERROR: a file of tiny is in the way")
if "--editable" in sys.argv:
    programs = Path(sys.executable).parent
    (programs / ("costrel.exe" if os.name == "nt" else "costrel")).write_text("")
    site = Path(__file__).parents[1]
    (site / "costrel.pth").write_text(str(Path(sys.argv[-1]) / "src"))
"""

# runs book.py as it is, but with our maker, and after a line that a test may give
DRIVE = """\
import os, sys
sys.path.insert(0, {root!r})
import book
book.MAKER = ("-I", {maker!r})
exec(os.environ.get("FAKE_FIRST", ""))
sys.exit(book.main(sys.argv[1:]))
"""


class Book:
    """A book in a folder, and calls of its book.py."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.calls = root / "calls"
        # there as soon as pip has stopped in its work
        self.stopped = root / "stopped"
        self.stubs = root / "stubs"
        self.write("src/costrel/__init__.py", "")
        self.write("src/costrel/cli.py", CLI)
        self.write("src/costrel/__main__.py", MAIN)
        for verb in ("read", "test", "diff"):
            self.write(f"src/costrel/verbs/{verb}.py", "")
        for group in ("base", "read", "test", "notebook", "browser", "dev"):
            self.write(f"requirements/{group}.txt", f"# {group}\n")
        self.write("pyproject.toml", "[project]\n")
        self.write("stubs/make.py", MAKE)
        self.write("stubs/pip.py", PIP)
        maker = str(self.stubs / "make.py")
        self.write("stubs/drive.py", DRIVE.format(root=str(root), maker=maker))
        shutil.copy(ROOT / "book.py", root)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        return path

    def start(self, *arguments: str, **variables: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, str(self.stubs / "drive.py"), *arguments],
            env=os.environ | {"FAKE_PIP_CALLS": str(self.calls)} | variables,
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def call(self, *arguments: str, **variables: str) -> "Answer":
        process = self.start(*arguments, **variables)
        output, errors = process.communicate(timeout=60)
        return Answer(process.returncode, output, errors)

    def pip_calls(self) -> list[list[str]]:
        if not self.calls.exists():
            return []
        return [json.loads(line) for line in self.calls.read_text().splitlines()]

    def installed(self) -> list[str]:
        """Name the locks that pip was given, in their order."""
        return [Path(call[-1]).stem for call in self.pip_calls() if "-r" in call]


class Answer:
    """What a call of book.py came to."""

    def __init__(self, code: int, output: str, errors: str) -> None:
        self.code = code
        self.output = output
        self.errors = errors
        assert "Traceback" not in errors, errors

    @property
    def said(self) -> list[str]:
        return self.errors.splitlines()

    @property
    def heard(self) -> dict[str, object]:
        """Return what the stub of `costrel` was started with."""
        heard: dict[str, object] = json.loads(self.output)
        return heard
