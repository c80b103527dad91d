"""What runs in the browser: how it is made; that it runs is for tests/browser."""

import json
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from costrel.browser import cache, jupyterlite, node, pyodide, wheel, wheel_sources
from costrel.browser.bytecode import Compiler, SourceFiles
from costrel.core.ladder import Ladder, Problem, find_root
from costrel.promises.whole import EXTENDED, LIBRARIES, SECURED, imports

LADDER = Ladder(find_root())
METADATA = """Metadata-Version: 2.1
Name: Bell
Version: 1
Requires-Dist: Brass-Works>=2
Requires-Dist: terminal; sys_platform != "emscripten"
Requires-Dist: polish; extra == "shiny"
"""
FILES = {
    "bell/__init__.py": b"import os\nfrom json import loads\nfrom . import sound\n",
    "bell/sound/__init__.py": b"",
    "ding.py": b"import rope.knots\n",
    "bell-1.dist-info/METADATA": METADATA.encode(),
}
BELL = wheel.Wheel("bell", "1", FILES)
NOTEBOOK = {
    "metadata": {"kernelspec": {"name": "python3"}},
    "cells": [
        {
            "cell_type": "markdown",
            "source": ["See [it](../x.md) and ", "[that](https://a.example/)."],
        },
        {"cell_type": "code", "source": "[1](2)"},
    ],
}


def test_browser_has_every_library_that_the_steps_import():
    files = LADDER.newest.package.rglob("*.py")
    found = {name for file in files for _, level, name in imports(file) if not level}
    libraries = LIBRARIES | EXTENDED | SECURED
    modules = {name.partition(".")[0] for name in found} & libraries
    # what has parts in C that a browser doesn't get
    modules -= {"bcrypt", "lmdb"}
    known = packages_distributions()
    wanted = {known[module][0].lower() for module in modules}
    extended = {known[module][0].lower() for module in EXTENDED | SECURED}
    lock = (LADDER.root / "requirements" / "pyodide.txt").read_text("utf-8")

    assert wanted >= {"werkzeug", "python-dotenv", "sqlalchemy"}
    assert wanted <= {*wheel_sources.FRAMEWORK, *extended}
    assert wanted <= {name for name, _ in wheel_sources.ENTRY.findall(lock)}


# --- Node


def program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!{sys.executable}\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.mark.skipif(sys.platform == "win32", reason="stubs of programs are Unix's")
@pytest.mark.parametrize(
    ("programs", "words"),
    [
        ({}, "npm is not installed"),
        ({"npm": ""}, "node is not installed"),
        ({"npm": "", "node": "print('v12.22.9')"}, "Node v12.22.9 is older than 18"),
    ],
)
def test_missing_node_is_told(tmp_path, monkeypatch, programs, words):
    monkeypatch.setenv("PATH", str(tmp_path))
    for name, script in programs.items():
        program(tmp_path, name, script)

    with pytest.raises(node.MissingError, match=words):
        node.check()


@pytest.mark.skipif(sys.platform == "win32", reason="stubs of programs are Unix's")
def test_node_that_is_new_enough_is_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    program(tmp_path, "npm", "")
    program(tmp_path, "node", "print('v22.1.0')")

    node.check()


def test_program_that_fails_is_told_with_its_last_words(tmp_path):
    script = tmp_path / "ring.py"
    script.write_text("print('x' * 9999)\nexit('the rope broke')", encoding="utf-8")

    with pytest.raises(Problem) as caught:
        node.call([sys.executable, str(script)], tmp_path)

    first, *rest = caught.value.message.splitlines()
    assert first.endswith(" ring.py` failed; its last words:")
    assert rest == ["x" * 200, "the rope broke"]


# --- what is kept


def test_folder_is_made_once_and_the_one_before_it_is_dropped(tmp_path):
    def make(folder: Path) -> None:
        (folder / "made").write_text("", encoding="utf-8")

    old = cache.once(tmp_path / "shelf", "old", make)
    place = cache.once(tmp_path / "shelf", "new", make)
    again = cache.once(tmp_path / "shelf", "new", lambda folder: pytest.fail("again"))

    assert again == place
    assert [path.name for path in place.iterdir()] == ["made"]
    assert not old.exists()


def test_folder_that_could_not_be_made_is_made_by_the_next_call(tmp_path):
    def fail(folder: Path) -> None:
        (folder / "half").write_text("", encoding="utf-8")
        raise Problem("The rope broke.")

    with pytest.raises(Problem):
        cache.once(tmp_path, "key", fail)
    place = cache.once(tmp_path, "key", lambda folder: None)

    assert list(place.iterdir()) == []


# --- wheels


def test_wheel_tells_what_it_offers_and_needs_in_the_browser():
    assert BELL.imports() == ["bell", "ding"]
    assert BELL.requirements() == ["brass-works"]
    assert BELL.imported() == {"os", "json", "rope"}


def test_wheel_is_read_as_it_was_packed(tmp_path):
    path = tmp_path / BELL.file_name
    path.write_bytes(wheel.pack(FILES))

    assert wheel.read_wheel(path) == BELL
    assert wheel.pack(dict(reversed(FILES.items()))) == path.read_bytes()


def test_step_becomes_a_wheel_with_all_its_files():
    step = LADDER.get(15)

    made = wheel_sources.of_step(step)

    assert made.name == "step15-uploads"
    assert made.imports() == ["step15_uploads"]
    assert {f"step15_uploads/{path.as_posix()}" for path in step.files()} <= set(
        made.files
    )


def test_compiled_package_comes_with_its_python_alone():
    from importlib.metadata import version

    made = wheel_sources.installed("markupsafe", version("markupsafe"))

    assert "markupsafe/_native.py" in made.files
    assert not [name for name in made.files if name.endswith((".so", ".pyd"))]


def test_module_that_needs_what_a_browser_lacks_is_replaced():
    (name, replaced), *_ = wheel_sources.REPLACED.items()
    files = dict.fromkeys(replaced, b"from ._ffi import ffi, lib")
    native = wheel.Wheel(name, "1", {**files, "_ffi.so": b"\0asm"}, "cp314-cp314-wasm")

    made = wheel_sources.fitted(native)

    assert made.file_name == "argon2_cffi_bindings-1-cp314-cp314-wasm.whl"
    assert made.files["_ffi.so"] == b"\0asm"
    assert [path for path in replaced if b"_ffi import" in made.files[path]] == []


def test_another_version_than_the_locked_one_is_refused():
    with pytest.raises(Problem, match=r"markupsafe 0\.1 is locked .* setup browser"):
        wheel_sources.installed("markupsafe", "0.1")


def test_lock_names_files_of_the_folder_and_nothing_else(tmp_path):
    rope = wheel.make("rope", "2", {"rope/__init__.py": b""})
    step = wheel.make("step01-bell", "0", {"step01_bell/__init__.py": b"import rope"})
    (tmp_path / "pyodide").mkdir()
    npm = {"info": {"python": "3.14.2"}, "packages": {"numpy": {}}}
    (tmp_path / "pyodide" / pyodide.LOCK).write_text(json.dumps(npm), encoding="utf-8")
    archives = {one.file_name: b"" for one in (BELL, rope, step)}

    lock = json.loads(pyodide.write_lock(tmp_path, [BELL, rope, step], archives))

    packages = lock["packages"]
    assert lock["info"] == npm["info"]
    assert packages.keys() == {"bell", "rope", "step01-bell"}
    assert packages["step01-bell"]["depends"] == ["rope"]
    assert packages["bell"]["depends"] == []
    assert {entry["file_name"] for entry in packages.values()} == archives.keys()


# --- bytecode


class Stub:
    """Stands in for Node: a compiler that leaves a mark beside each source."""

    fingerprint = "locked"

    def __init__(self) -> None:
        self.compiled: list[str] = []

    def __truediv__(self, name: str) -> Path:
        return Path(name)

    def run(self, script: str, pyodide: str, work: str) -> None:
        for source in Path(work).glob("*/*"):
            (source / "mark.pyc").write_bytes(b"")
            self.compiled.append(source.name)


def test_only_the_step_that_changed_is_compiled_again(tmp_path):
    stub = Stub()
    steps = [SourceFiles("steps", name, {"app.py": b"1"}) for name in ("one", "two")]
    first = Compiler(stub, tmp_path).steps(steps)
    steps[1] = SourceFiles("steps", "two", {"app.py": b"2"})

    compiler = Compiler(stub, tmp_path)
    second = compiler.steps(steps)
    compiler.forget()

    assert sorted(stub.compiled) == ["one", "two", "two"]
    assert second["one"] == first["one"]
    assert wheel.unpack(second["two"]) == {"app.py": b"2", "mark.pyc": b""}
    assert len(list((tmp_path / "archives").iterdir())) == 2


def test_libraries_are_compiled_together_when_one_changes(tmp_path):
    stub = Stub()
    one = SourceFiles("packages", "one", {"one.py": b""})
    Compiler(stub, tmp_path).libraries([one], ["one"])
    two = SourceFiles("packages", "two", {"two.py": b""})

    Compiler(stub, tmp_path).libraries([one, two], ["one"])

    assert sorted(stub.compiled) == ["one", "one", "two"]


# --- notebooks


def test_notebook_fits_the_kernel_there(book_of_one):
    made = json.loads(jupyterlite.notebook(book_of_one))

    assert made["metadata"]["kernelspec"]["name"] == "python"
    assert made["cells"][0]["source"] == "See it and [that](https://a.example/)."
    assert made["cells"][1]["source"] == "[1](2)"


@pytest.fixture
def book_of_one(tmp_path):
    (tmp_path / "steps" / "step01_bell").mkdir(parents=True)
    step = Ladder(tmp_path).get(1)
    step.notebook.parent.mkdir()
    step.notebook.write_text(json.dumps(NOTEBOOK), encoding="utf-8")
    return step


def test_setting_of_the_notebooks_allows_no_index():
    files = jupyterlite.settings()
    opened = json.loads(files["jupyter-lite.json"])["jupyter-config-data"]
    kernel = opened["litePluginSettings"][f"{jupyterlite.PYTHON}:kernel"]

    assert kernel["disablePyPIFallback"] is True
    assert kernel["pyodideUrl"].startswith("./../pyodide/")
