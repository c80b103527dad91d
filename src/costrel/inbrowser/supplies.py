"""Where the wheels come from: a lock, an installed package, the kernel, the steps."""

import re
import sys
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from importlib.metadata import distribution
from pathlib import Path

from packaging.utils import canonicalize_name

from costrel.ladder import Ladder, Problem, Step

from . import wheel
from .kept import once
from .node import call
from .wheel import Wheel

# an entry of a lock with its hashes
ENTRY = re.compile(r"^([\w.-]+)==(\S+)[^\n]*\n(?: [^\n]*\n)*", re.M)
# it has no pure wheel, but its installation holds all of it in Python as well
COMPILED = ("markupsafe",)
DOWNLOAD = (
    *("-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"),
    *("--only-binary=:all:", "--platform=any", "--implementation=py"),
    *("--abi=none", "--python-version=3.14"),
)
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
# what pip would read
RECORD = re.compile(r".*\.dist-info/RECORD")
# what is built into Jupyter's pages, the kernel among it
EXTENSIONS = Path(sys.prefix) / "share" / "jupyter" / "labextensions"
KERNEL = EXTENSIONS / "@jupyterlite" / "pyodide-kernel-extension" / "static" / "pypi"
KERNELS = ("ipykernel", "piplite", "pyodide_kernel")


class Downloads:
    """The pure wheels that a lock names, in a folder of their own."""

    def __init__(self, lock: Path, shelf: Path) -> None:
        """Download them, unless that was done before; `Problem` when pip fails."""
        self.entries = {
            match[1]: match for match in ENTRY.finditer(lock.read_text("utf-8"))
        }
        elsewhere = COMPILED + UNUSED
        asked = "".join(
            match[0] for name, match in self.entries.items() if name not in elsewhere
        )
        key = sha256(asked.encode()).hexdigest()
        self.folder = once(shelf, key, partial(download, asked))

    def wheels(self) -> Iterator[Wheel]:
        for path in sorted(self.folder.glob("*.whl")):
            yield slimmed(wheel.read(path))
        for name in COMPILED:
            yield installed(name, self.entries[name][2])


def download(asked: str, folder: Path) -> None:
    lock = folder / "lock.txt"
    lock.write_text(asked, encoding="utf-8")
    places = (f"--dest={folder}", f"--requirement={lock}")
    call([sys.executable, *DOWNLOAD, *places], folder)


def slimmed(whole: Wheel) -> Wheel:
    """Leave out what is needless in the browser."""
    needless = NEEDLESS.get(whole.name, RECORD)
    kept = {
        name: content
        for name, content in whole.files.items()
        if not needless.match(name) and not RECORD.match(name)
    }
    return Wheel(whole.name, whole.version, kept)


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
            yield wheel.read(path)


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
