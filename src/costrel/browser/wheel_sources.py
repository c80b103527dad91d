"""Where the wheels come from: a lock, an installed package, the kernel, the steps."""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from hashlib import sha256
from importlib.metadata import distribution
from pathlib import Path

from packaging.utils import canonicalize_name

from costrel.core.ladder import Ladder, Problem, Step

from . import wheel
from .bytecode import THERE
from .cache import once
from .node import call
from .wheel import Wheel

# an entry of a lock with its hashes
ENTRY = re.compile(r"^([\w.-]+)==(\S+)[^\n]*\n(?: [^\n]*\n)*", re.M)
# it has no pure wheel, but its installation holds all of it in Python as well
COMPILED = ("markupsafe",)
# these are compiled for the browser's Python, by their own authors
NATIVE = ("argon2-cffi-bindings",)
DOWNLOAD = (
    *("-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"),
    *("--only-binary=:all:", "--python-version=3.14"),
)
PURE = ("--implementation=py", "--abi=none", "--platform=any")
# what npm's `pyodide` loads: CPython 3.14, and Emscripten as of 2026
WASM = ("--implementation=cp", "--abi=cp314", "--platform=pyemscripten_2026_0_wasm32")
# the options of pip for a kind of wheel -> the lines of the lock
Asked = Mapping[tuple[str, ...], str]
# what the steps are built on, and a reader may look into; the other packages are what
# extensions are built on, or run the notebooks
FRAMEWORK = (
    *("werkzeug", "jinja2", "itsdangerous", "blinker", "markupsafe", "click"),
    *("python-dotenv", "asgiref"),
)
# what IPython asks for, and uses only in a terminal or to guess at code that did not
# run yet; together a quarter of everything. And what email-validator asks servers with
UNUSED = (
    *("prompt-toolkit", "wcwidth", "parso", "ipython-pygments-lexers"),
    "dnspython",
)
# package -> what it imports only when asked to, and doesn't say that it needs
EXTRAS = {"wtforms": ("email-validator",)}
# package -> the files in it that nobody needs there
NEEDLESS = {
    "ipython": re.compile(
        r"IPython/(external|sphinxext|terminal/(?!__init__|pt_inputhooks))"
    ),
    # the databases that need a server, and what step 19 does without
    "sqlalchemy": re.compile(
        r"sqlalchemy/(testing|ext/(?!__init__)|dialects/(?!_|sqlite/))"
    ),
    # the languages that the demo doesn't speak, and what the catalogs are made of
    "wtforms": re.compile(r"wtforms/locale/(?!(de|en|fr|nb)/LC_MESSAGES/wtforms\.mo$)"),
    # the kernel wants it to be installed, and IPython does without it
    "jedi": re.compile(r"jedi/"),
    # the colours of all languages but Python, and pictures of code
    "pygments": re.compile(
        r"pygments/lexers/(?!(__init__|_mapping|python)\.py)"
        r"|pygments/formatters/(bbcode|groff|img|irc|pangomarkup|rtf|svg)\.py"
    ),
}
# what NATIVE packages need that a browser doesn't have
UNAVAILABLE = ("cffi", "pycparser")
# package -> what it does with that -> the file that does it without
REPLACED = {
    "argon2-cffi-bindings": {
        "_argon2_cffi_bindings/__init__.py": THERE / "argon2.py",
    },
}
# what pip would read
RECORD = re.compile(r".*\.dist-info/RECORD")
# what is built into Jupyter's pages, the kernel among it
EXTENSIONS = Path(sys.prefix) / "share" / "jupyter" / "labextensions"
KERNEL = EXTENSIONS / "@jupyterlite" / "pyodide-kernel-extension" / "static" / "pypi"
KERNELS = ("ipykernel", "piplite", "pyodide_kernel")


class Downloads:
    """The wheels that a lock names, in a folder of their own."""

    def __init__(self, lock: Path, shelf: Path) -> None:
        """Download them, unless that was done before; `Problem` when pip fails."""
        self.entries = {
            match[1]: match for match in ENTRY.finditer(lock.read_text("utf-8"))
        }
        elsewhere = COMPILED + UNUSED + UNAVAILABLE
        names = [name for name in self.entries if name not in elsewhere]
        asked: Asked = {
            PURE: self.lines(name for name in names if name not in NATIVE),
            WASM: self.lines(NATIVE),
        }
        key = sha256(repr(asked).encode()).hexdigest()
        self.folder = once(shelf, key, partial(download, asked))

    def lines(self, names: Iterable[str]) -> str:
        return "".join(self.entries[name][0] for name in names)

    def wheels(self) -> Iterator[Wheel]:
        for path in sorted(self.folder.glob("*.whl")):
            yield fitted(wheel.read_wheel(path))
        for name in COMPILED:
            yield installed(name, self.entries[name][2])


def download(asked: Asked, folder: Path) -> None:
    """Download wheels into a folder."""
    lock = folder / "lock.txt"
    places = (f"--dest={folder}", f"--requirement={lock}")
    for kind, lines in asked.items():
        lock.write_text(lines, encoding="utf-8")
        call([sys.executable, *DOWNLOAD, *kind, *places], folder)


def fitted(whole: Wheel) -> Wheel:
    """Leave out what is needless in the browser, and replace what doesn't run there."""
    needless = NEEDLESS.get(whole.name, RECORD)
    kept = {
        name: content
        for name, content in whole.files.items()
        if not needless.match(name) and not RECORD.match(name)
    }
    ours = REPLACED.get(whole.name, {})
    kept |= {name: path.read_bytes() for name, path in ours.items()}
    return replace(whole, files=kept)


def installed(name: str, version: str) -> Wheel:
    """Make a wheel of the Python in an installed package."""
    found = distribution(name)
    if found.version != version:
        raise Problem(
            f"{name} {version} is locked for the browser, and {found.version} is"
            " installed: run `python3 book.py setup browser`."
        )
    files = {
        path.as_posix(): Path(str(path.locate())).read_bytes()
        for path in found.files or []
        if path.suffix == ".py"
    }
    return wheel.make(name, version, files)


def kernel() -> Iterator[Wheel]:
    """Return the wheels that JupyterLite's kernel carries."""
    for path in sorted(KERNEL.glob("*.whl")):
        if path.name.startswith(KERNELS):
            yield wheel.read_wheel(path)


def steps(ladder: Ladder) -> Iterator[Wheel]:
    """Return a wheel for each step of the book."""
    for step in ladder.steps:
        yield of_step(step)


def of_step(step: Step) -> Wheel:
    files = {
        f"{step.name}/{path.as_posix()}": (step.package / path).read_bytes()
        for path in step.files()
    }
    return wheel.make(canonicalize_name(step.name), "0", files)
