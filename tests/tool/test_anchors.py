"""What is found by a name or a path in a text is there, wherever modules move.

Imports fail by themselves. These don't: module names in configuration, in commands
and in sentences, paths from `__file__`, and the lists that files of other languages
have of our modules.
"""

import importlib
import re
import runpy
import subprocess
import sys
from pathlib import Path
from pkgutil import resolve_name, walk_packages

import pytest

import costrel
from costrel.core.ladder import find_root
from costrel.site.build import Site

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = Path(str(costrel.__file__)).parent
TEXTS = ("src", "tests/tool", "tests/book", "tests/browser", ".ci", "requirements")
FILES = (
    "README.md",
    "CONTRIBUTING.md",
    "mkdocs.yml",
    "package.json",
    "pyproject.toml",
    "book.py",
)
KINDS = (".py", ".js", ".mjs", ".md", ".toml", ".yml", ".html", "")
# a module's dotted name, and a path of the command's sources
MODULE = re.compile(r"(?<![\w./-])costrel((?:\.[a-z_]\w*)+)(?!\w|\()")
SOURCE = re.compile(r"src/costrel/([\w/.-]*\w)")
# what only looks like a module
OTHER = {"costrel.exe", "costrel.pth", "costrel.passed"}
# run in another Python than this, or change the one they are imported by
STARTED = ("in_pyodide", "sitecustomize", "__main__")


def texts() -> list[Path]:
    """List the files that may name a module of ours."""
    found = [ROOT / name for name in FILES]
    for folder in TEXTS:
        found += [path for path in (ROOT / folder).rglob("*") if path.suffix in KINDS]
    found += (ROOT / "chapters").glob("*.md")
    return [path for path in found if path.is_file() and path != Path(__file__)]


def modules() -> list[str]:
    found = (module.name for module in walk_packages([str(PACKAGE)], "costrel."))
    return [name for name in found if not set(STARTED) & set(name.split("."))]


def imported(name: str) -> object:
    """Import a module of ours; None where it needs a library that isn't installed."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("costrel"):
            raise
        return None


def resolves(name: str) -> bool:
    """Return whether a dotted name is a module's, or of something in a module."""
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("costrel"):
            # a library that isn't installed here
            return True
        parent, _, last = name.rpartition(".")
        return resolves(parent) and hasattr(resolve_name(parent), last)
    return True


def test_each_module_that_a_text_names_is_there() -> None:
    missing = []
    for path in texts():
        for match in MODULE.finditer(path.read_text("utf-8", "replace")):
            name = match[0]
            if name not in OTHER and not resolves(name):
                missing.append(f"{path.relative_to(ROOT)}: {name}")

    assert missing == []


def test_each_path_that_a_text_names_is_there() -> None:
    missing = []
    for path in texts():
        for match in SOURCE.finditer(path.read_text("utf-8", "replace")):
            if not (PACKAGE / match[1]).exists():
                missing.append(f"{path.relative_to(ROOT)}: {match[0]}")

    assert missing == []


@pytest.mark.parametrize("name", modules())
def test_each_path_that_a_module_keeps_is_there(name: str) -> None:
    kept = vars(imported(name) or object)
    paths = [path for value in kept.values() for path in paths_in(value)]

    # libraries' own files are there if the libraries are
    ours = [path for path in paths if not path.is_relative_to(sys.prefix)]
    assert [path for path in ours if not path.exists()] == []


def paths_in(value: object) -> list[Path]:
    values = value if isinstance(value, tuple) else (value,)
    return [each for each in values if isinstance(each, Path)]


def test_the_root_is_found_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COSTREL_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)

    assert find_root() == ROOT


def test_each_verb_is_a_module_and_each_module_a_verb() -> None:
    files = {path.stem for path in (PACKAGE / "verbs").glob("[!_]*.py")}

    verbs = runpy.run_path(str(ROOT / "book.py"))["verbs"]
    assert files == set(verbs())


def test_the_worker_loads_every_module_of_the_engine() -> None:
    worker = next(PACKAGE.rglob("worker.js"))
    listed = re.search(r"const modules = \[(.*?)\];", worker.read_text("utf-8"), re.S)
    engine = next(PACKAGE.rglob("engine.py")).parent

    assert listed
    named = re.findall(r'"(\w+)"', listed[1])
    assert sorted(named) == sorted(path.stem for path in engine.glob("*.py"))


def test_a_build_depends_on_each_module_that_makes_pages() -> None:
    pytest.importorskip("pymdownx", reason="the site's packages are not installed")
    program = (
        "import sys, costrel.site.pages, costrel.site.fences\n"
        "print(*(m.__file__ for n, m in sys.modules.items() if n[:8] == 'costrel.'))"
    )
    asked = [sys.executable, "-P", "-c", program]
    loaded = subprocess.run(asked, capture_output=True, text=True, check=True).stdout

    assert set(map(Path, loaded.split())) <= set(Site(ROOT).sources())


@pytest.mark.parametrize("name", ["worker.js", "page.js", "engine.py", "compile.mjs"])
def test_a_build_depends_on_what_runs_in_the_browser(name: str) -> None:
    file = next(PACKAGE.rglob(name))

    assert file in Site(ROOT, in_browser=True).sources()
    assert file.suffix == ".py" or file not in Site(ROOT).sources()
