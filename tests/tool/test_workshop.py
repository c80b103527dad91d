"""What the verbs of the workshop promise, from `start` to `reset`."""

import errno
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from click.testing import CliRunner, Result

from costrel.cli import group
from costrel.core import reader_folder, workshop_folder
from costrel.core.ladder import Ladder, find_root
from costrel.workshop.explain import teaching
from costrel.workshop.explain.regression import rewritten_at, successor
from costrel.workshop.interface import entries
from costrel.workshop.run.trial import Order, Worker, run

ROOT = find_root()
STEP_1 = Ladder(ROOT).get(1)
COSTREL = [sys.executable, "-P", "-m", "costrel"]

Call = Callable[..., Result]


@pytest.fixture
def costrel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """The command, called in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COSTREL_ROOT", str(ROOT))

    def call(*words: str, **options: object) -> Result:
        return CliRunner().invoke(group, words, **options)

    return call


@pytest.fixture
def mine(costrel: Call, tmp_path: Path) -> Path:
    """A workshop for step 1 with an empty package."""
    assert costrel("start", "1", "mine", "--name", "mine").exit_code == 0
    return tmp_path / "mine"


def build_step_1(mine: Path) -> None:
    """Write what chapter 1 builds."""
    for name in ("__init__.py", "app.py"):
        shutil.copy(STEP_1.package / name, mine / "mine" / name)


def break_step_1(
    mine: Path, old: str = "return [body]", new: str = "return []"
) -> None:
    path = mine / "mine" / "app.py"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git/" not in path.as_posix()
    }


# --- start


def test_start_makes_a_package_with_the_wish_and_no_solution(mine):
    files = tree(mine)

    assert b"from mine import App" in files["demo.py"]
    assert files["demo.py"] == files["wishes/01-wsgi/demo.py"]
    assert "mine/demo.py" not in files
    assert b"class App" not in files["mine/__init__.py"]
    assert "mine/app.py" not in files
    assert b"from mine import App" in files["tests/step01_wsgi/test_wsgi.py"]
    assert not any("naive" in name for name in files)


def test_interface_says_sentences():
    """A comment such as `(response)` says nothing to someone without the code."""
    said = {
        entry.name: entry.words
        for step in Ladder(find_root()).steps
        for entry in entries(step)
    }

    assert not {name: words for name, words in said.items() if words.startswith("(")}


def test_readme_tells_the_interface_and_what_is_asked(mine):
    text = (mine / "README.md").read_text(encoding="utf-8")

    assert "`App.route(path: str)" in text
    assert "from mine import" in text
    for behaviour in ("## What the tests ask", "1. **"):
        assert behaviour in text
    assert "self.views" not in text


def test_start_begins_with_the_step_before(costrel, tmp_path):
    costrel("start", "3", "mine", "--name", "mine")

    ours = Ladder(ROOT).get(2).package / "wrappers.py"
    assert (tmp_path / "mine/mine/wrappers.py").read_bytes() == ours.read_bytes()
    demo = (tmp_path / "mine/demo.py").read_text(encoding="utf-8")
    assert (
        demo
        == reader_folder.demo_files(Ladder(ROOT).get(2), "mine")["demo.py"].decode()
    )
    wish = (tmp_path / "mine/wishes/03-routing/demo.py").read_text(encoding="utf-8")
    assert '"/songs/<song:bird>"' in wish


def test_start_calls_the_package_as_the_chapters_do(costrel, tmp_path):
    costrel("start", "2", "mine")

    assert (tmp_path / "mine/framework/app.py").is_file()
    assert (tmp_path / "mine/demo.py").read_text(encoding="utf-8").count("framework")


def test_start_may_begin_with_nothing(costrel, tmp_path):
    costrel("start", "3", "mine", "--empty", "--name", "mine")

    names = {path.name for path in (tmp_path / "mine/mine").iterdir()}
    assert names == {"__init__.py"}


def test_start_may_begin_with_a_package_of_the_reader(costrel, tmp_path):
    old = tmp_path / "old"
    old.mkdir()
    (old / "__init__.py").write_text("mine = True\n", encoding="utf-8")

    costrel("start", "3", "mine", "--from", "old", "--name", "mine")

    assert (tmp_path / "mine/mine/__init__.py").read_text() == "mine = True\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("1", "new", "--name", "my-web"),
            "'my-web' can't be a package's name: choose one with --name",
        ),
        (("1", "new", "--name", "json"), "'json' is the name of another module"),
        (("1", "new", "--name", "flask"), "'flask' is the name of another module"),
        (("1", "new", "--name", "step01_wsgi"), "is the name of a step of the book"),
        (("1", "new", "--name", "class"), "'class' can't be a package's name"),
        (("1", "new", "--name", "class"), "choose one with --name, such as my_class"),
        (("1", "new", "--name", "json-"), "choose one with --name, such as my_json"),
        (("99", "mine"), "There is no step '99'"),
        (("1", "full"), "is not empty: name a new one"),
        (("1", "a_file"), "is a file: name a new folder"),
        (("1", "mine", "--from", "full"), "is no package"),
        (("1", "mine", "--from", "full", "--empty"), "not both"),
        (("1", str(ROOT / "mine")), "would be inside the book"),
    ],
)
def test_start_refuses_in_one_sentence(costrel, tmp_path, words, sentence):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("precious")
    (tmp_path / "a_file").write_text("precious")
    before = tree(tmp_path)

    result = costrel("start", *words)

    assert result.exit_code != 0
    assert sentence in result.output
    assert "Traceback" not in result.output
    assert tree(tmp_path) == before


def test_start_leaves_a_workshop_alone(costrel, mine):
    before = tree(mine)

    result = costrel("start", "1", "mine", "--name", "mine")

    assert "is a workshop already" in result.output
    assert tree(mine) == before


def test_workshop_is_a_package_that_can_be_installed(mine, tmp_path):
    build_step_1(mine)
    call = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]

    subprocess.run(
        [*call, "--quiet", "--wheel-dir", str(tmp_path / "wheels"), str(mine)],
        check=True,
        capture_output=True,
        env=os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )

    assert list((tmp_path / "wheels").glob("mine-*.whl"))


def test_pytest_runs_in_a_workshop(mine):
    build_step_1(mine)

    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=mine,
        capture_output=True,
        encoding="utf-8",
    )

    assert run.returncode == 0, run.stdout
    assert re.search(r"\n\d\d passed", run.stdout)


# --- check


def test_check_shows_the_first_failure_as_a_teacher(costrel, mine):
    result = costrel("check", "mine")

    assert result.exit_code == 1
    assert "`from mine import App` works" in result.output
    assert "mine has no App" in result.output
    assert "chapters/01-wsgi.md" in result.output
    assert "http://127.0.0.1:8000/01-wsgi.html#" in result.output
    assert "costrel hint" in result.output
    assert "Traceback" not in result.output and "E   " not in result.output


def test_advice_works_as_typed_where_the_call_was_typed(costrel, mine, monkeypatch):
    build_step_1(mine)
    break_step_1(mine, ", 404, {}", ", 200, {}")
    outside = [costrel(verb, "mine").output for verb in ("check", "hint")]
    monkeypatch.chdir(mine)
    inside = costrel("check").output

    assert "costrel hint mine (0 of 3 given)\n" in outside[0]
    assert "2 more: costrel hint mine\n" in outside[1]
    assert "costrel hint (1 of 3 given)\n" in inside


def test_check_speaks_of_http(costrel, mine):
    build_step_1(mine)
    break_step_1(mine, ", 404, {}", ", 200, {}")

    result = costrel("check", "mine")

    assert (
        "expected" in result.output and "the status is 404 Not Found" in result.output
    )
    assert "came" in result.output and "the status is 200 OK" in result.output
    assert "→ GET /nowhere" in result.output


def test_check_is_green_for_a_right_package(costrel, mine):
    build_step_1(mine)

    result = costrel("check", "mine")

    assert result.exit_code == 0
    assert re.search(r"(\d+) of \1 tests pass", result.output)
    assert "costrel next" in result.output


def test_check_changes_no_file_of_the_reader(costrel, mine):
    build_step_1(mine)
    before = {name: data for name, data in tree(mine).items() if name[0] != "."}

    costrel("check", "mine")

    after = {name: data for name, data in tree(mine).items() if name[0] != "."}
    assert after == before


def test_check_tells_an_editor(costrel, mine):
    build_step_1(mine)
    break_step_1(mine, "body = text.encode()", "body = text.encode('ascii')")

    result = costrel("check", "mine", "--json")
    told = json.loads(result.output)

    assert result.exit_code == told["exit"] == 1
    assert told["first"]["mine"]["file"] == "mine/app.py"
    assert told["first"]["mine"]["code"] == "body = text.encode('ascii')"
    assert told["failed"][0].startswith("tests/step01_wsgi/test_wsgi.py::")


def test_check_has_a_code_for_a_package_that_does_not_import(costrel, mine):
    (mine / "mine" / "__init__.py").write_text("1 / 0\n", encoding="utf-8")

    result = costrel("check", "mine")

    assert result.exit_code == 3
    assert "ZeroDivisionError" in result.output


def test_check_may_show_all_failures(costrel, mine):
    build_step_1(mine)
    break_step_1(mine)

    one, all_of_them = costrel("check", "mine"), costrel("check", "mine", "--all")

    assert one.output.count("✗") == 1
    assert all_of_them.output.count("✗") > 3


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--latest", "--step", "1"), "not both"),
        (("--step", "2"), "is at step 1, and step 2 is still to come"),
        (("--step", "99"), "There is no step '99'"),
    ],
)
def test_check_refuses_in_one_sentence(costrel, mine, words, sentence):
    result = costrel("check", "mine", *words)

    assert result.exit_code != 0
    assert sentence in result.output


def test_check_without_a_workshop_says_how_to_make_one(costrel):
    result = costrel("check")

    assert "costrel start 1 DIR" in result.output


def test_check_works_from_within_the_package(costrel, mine, monkeypatch):
    build_step_1(mine)
    monkeypatch.chdir(mine / "mine")

    assert costrel("check").exit_code == 0


def test_check_takes_any_folder_of_a_workshop(costrel, mine):
    build_step_1(mine)

    assert costrel("check", "mine/mine").exit_code == 0
    assert "no workshop" in costrel("check", "mine/nowhere").output


def test_another_error_is_told_beside_the_awaited_one(costrel, mine):
    build_step_1(mine)
    break_step_1(mine, "raise TypeError(", "raise LookupError(")

    output = " ".join(costrel("check", "mine").output.split())

    assert "expected an error: `TypeError` came your code raised LookupError" in output


def test_check_leaves_no_files_of_its_tests(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    step = Ladder(ROOT).get(10)

    trial = run(Order((step.tests,), str(step.package), 10), ROOT)

    assert trial.is_green
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", ["", "{", "[]", '{"step": 1}', '{"nonsense": 1}'])
def test_broken_progress_is_told_and_kept(costrel, mine, content):
    state = mine / ".costrel" / "progress.json"
    state.write_text(content, encoding="utf-8")

    result = costrel("check", "mine")

    assert result.exit_code == 1
    assert "can't be read" in result.output
    assert state.read_text(encoding="utf-8") == content


def test_progress_of_a_step_that_there_is_not_is_told(costrel, mine):
    state = mine / ".costrel" / "progress.json"
    content = json.loads(state.read_text(encoding="utf-8"))
    state.write_text(json.dumps(content | {"step": 99}), encoding="utf-8")

    result = costrel("check", "mine")

    assert result.exit_code == 1
    assert "There is no step '99'" in result.output


def test_output_is_plain_where_nobody_looks(mine):
    run = subprocess.run(
        [*COSTREL, "check", str(mine)], capture_output=True, encoding="utf-8"
    )

    assert "\x1b" not in run.stdout
    assert max(map(len, run.stdout.splitlines())) <= 100


@pytest.mark.parametrize("columns", ["20", "40", "200"])
def test_output_fits_the_terminal(mine, columns):
    run = subprocess.run(
        [*COSTREL, "check", str(mine)],
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"COLUMNS": columns},
    )

    lines = [line for line in run.stdout.splitlines() if "http" not in line]
    assert max(map(len, lines)) <= int(columns)


# --- in which order the tests are asked, and by how many processes


def at_step(costrel: Call, number: int) -> Path:
    """Make a workshop for a step; give its package, which holds our code of it."""
    ours = Ladder(ROOT).get(number).package
    call = ("start", str(number), "later", "--name", "mine", "--from", str(ours))
    assert costrel(*call).exit_code == 0
    return Path("later/mine").absolute()


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def workers(monkeypatch):
    """Count the processes that checks start."""
    started = []
    begin = Worker.__init__

    def note(self, *given):
        started.append(self)
        begin(self, *given)

    monkeypatch.setattr(Worker, "__init__", note)
    return started


def test_step_being_built_is_asked_before_those_behind_it(costrel, workers):
    package = at_step(costrel, 2)
    edit(package / "wrappers.py", 'default_mimetype = "text/html"', "pass")

    output = costrel("check", "later").output

    assert "Step 2 · A string as an HTML page" in output
    assert "Your page is sent as plain text" in output
    # one asks, and one is ready for what comes next
    assert len(workers) <= 2


def test_regression_is_found_beside_the_step_being_built(costrel):
    package = at_step(costrel, 2)
    edit(package / "app.py", "self.views[path] = view", "self.views = {path: view}")

    result = costrel("check", "later")

    assert result.exit_code == 1
    assert "What step 1 promised has to go on working" in " ".join(
        result.output.split()
    )


def test_what_failed_last_is_asked_first(costrel, mine):
    build_step_1(mine)
    break_step_1(mine, ", 404, {}", ", 200, {}")
    costrel("check", "mine")
    break_step_1(mine, "return [body]", "return [body[:3]]")

    again = costrel("check", "mine").output
    break_step_1(mine, ", 200, {}", ", 404, {}")
    repaired = costrel("check", "mine").output

    assert "✗ Step 1 · A view for each path" in again
    assert "✗ Step 1 · From a string to a page" in repaired


def test_nothing_is_asked_twice_while_no_file_changes(costrel, mine, workers):
    build_step_1(mine)
    break_step_1(mine, ", 404, {}", ", 200, {}")
    costrel("check", "mine")
    workers.clear()

    hint = costrel("hint", "mine").output
    costrel("solution", "mine", "--yes")
    assert "hint 1" in hint and not workers
    (mine / "mine" / "new.py").touch()
    costrel("hint", "mine")

    assert workers


# --- state that apps share


SHARED = {
    "on the class": ("class App:\n", "class App:\n    views = {}\n"),
    "as a default": (
        "def __init__(self, import_name: str) -> None:",
        "def __init__(self, import_name: str, views={}) -> None:\n"
        "        self.views = views",
    ),
}


@pytest.mark.parametrize(("old", "new"), SHARED.values(), ids=SHARED)
def test_shared_state_is_told_as_such(costrel, mine, old, new):
    build_step_1(mine)
    break_step_1(mine, "        self.views: dict[str, View] = {}\n", "")
    break_step_1(mine, old, new)
    break_step_1(
        mine,
        "self.views[path] = view",
        "self.views.setdefault(path, view)",
    )

    told = " ".join(costrel("check", "mine").output.split())
    hint = " ".join(costrel("hint", "mine").output.split())
    again = costrel("check", "mine")

    assert "The tests disturb each other" in told
    assert "keeps state where all apps share it" in told
    assert re.search(r"Look at mine/app\.py:\d+\.", told)
    assert "There is no hint for this" in hint
    # asked first it passes, and in its turn it fails as before
    assert again.exit_code == 1 and "disturb each other" in again.output


# --- what goes wrong around a check


def test_result_is_told_where_nothing_can_be_noted(costrel, mine, monkeypatch):
    build_step_1(mine)
    break_step_1(mine)

    def refuse(path, text):
        raise PermissionError(errno.EROFS, "Read-only file system", str(path))

    # also for root, who may write everywhere
    monkeypatch.setattr(workshop_folder, "save", refuse)

    result = costrel("check", "mine")

    assert result.exit_code == 1
    assert "✗" in result.output
    assert "The result could not be noted" in result.output


def test_ctrl_c_is_no_failing_test(costrel, mine, monkeypatch):
    def press(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(Worker, "events", press)

    assert costrel("check", "mine").exit_code == 130


def test_run_that_ends_early_is_not_green(costrel, mine, monkeypatch):
    build_step_1(mine)
    events = Worker.events

    def end_early(worker):
        for event in events(worker):
            yield event
            if event["event"] == "collected":
                yield {"event": "end", "threads": []}

    monkeypatch.setattr(Worker, "events", end_early)

    for verb in ("check", "hint", "next"):
        assert "The tests came to an early end" in costrel(verb, "mine").output


# --- watch


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C as POSIX sends it")
def test_watch_answers_each_save(mine):
    build_step_1(mine)
    with subprocess.Popen(
        [*COSTREL, "check", str(mine), "--watch", "--json"],
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stdout
        try:
            assert json.loads(process.stdout.readline())["green"]
            break_step_1(mine)
            assert not json.loads(process.stdout.readline())["green"]
            break_step_1(mine, "return []", "return [body]")
            assert json.loads(process.stdout.readline())["green"]
        finally:
            process.send_signal(2)
        assert process.wait(120) == 0


@pytest.fixture
def watching(mine):
    """Watch a workshop; gives a function that reads the next answer."""
    build_step_1(mine)
    with subprocess.Popen(
        [*COSTREL, "check", str(mine), "--watch", "--json"],
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stdout
        yield lambda: json.loads(process.stdout.readline())
        process.send_signal(2)


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C as POSIX sends it")
def test_watch_sees_a_package_that_is_put_there_anew(mine, watching):
    assert watching()["green"]
    (mine / "mine").rename(mine / "away")
    gone = watching()
    shutil.copytree(mine / "away", mine / "mine")
    back = watching()
    while "problem" in back:
        back = watching()

    assert "is not in" in gone["problem"]
    assert back["package"] == "mine"


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C as POSIX sends it")
def test_watch_hears_of_what_other_terminals_do(costrel, mine, watching):
    assert watching()["green"]
    costrel("exercise", "1", "head", "--in", "mine")
    first = watching()["first"]

    kept = json.loads((mine / ".costrel/progress.json").read_text(encoding="utf-8"))
    assert "Exercise head" in first["title"]
    assert kept["exercises"] == ["01-wsgi/head"]


# --- hint and solution


def test_hints_come_one_by_one(costrel, mine):
    build_step_1(mine)
    break_step_1(mine, ", 404, {}", ", 200, {}")
    outputs = [costrel("hint", "mine").output for _ in range(4)]

    counts = [output.count("hint 1") + output.count("hint 2") for output in outputs]
    assert counts == [1, 2, 2, 2]
    assert "hint 3" in outputs[2] and "last one" in outputs[2]
    assert outputs[3].count("hint 3") == 1


def test_no_hint_is_used_up_before_the_package_has_the_name(costrel, mine):
    for shown in (costrel("check", "mine").output, costrel("hint", "mine").output):
        told = " ".join(shown.split())
        assert "`mine/__init__.py` is where `App` is looked for" in told
        assert "`App(import_name: str)`" in told
        assert "hint 1" not in told
    assert "No hint was given yet" in costrel("hint", "mine", "--again").output


def test_hint_is_about_the_code_as_it_is_now(costrel, mine):
    first = costrel("hint", "mine").output
    build_step_1(mine)
    break_step_1(mine, ", 404, {}", ", 200, {}")

    assert costrel("hint", "mine").output.splitlines()[0] != first.splitlines()[0]


def test_hint_has_nothing_to_say_when_all_is_green(costrel, mine):
    build_step_1(mine)

    assert "nothing to hint at" in costrel("hint", "mine").output


def test_solution_asks_before_it_spoils(costrel, mine):
    build_step_1(mine)
    break_step_1(mine)

    kept = costrel("solution", "mine", input="n\n").output
    told = costrel("solution", "mine", input="y\n").output

    assert "return [body]" not in kept
    assert "+        return [body]" in told or "+    return [body]" in told


def test_solution_with_nobody_to_ask_shows_nothing(costrel, mine):
    result = costrel("solution", "mine", input="")

    assert result.exit_code == 1
    assert "--yes" in result.output
    assert "class App" not in result.output


def test_solution_shows_the_files_where_no_definition_differs(costrel, mine):
    build_step_1(mine)
    app = mine / "mine" / "app.py"
    break_step_1(mine, "from http import HTTPStatus\n", "HTTPStatus = str\n")

    told = costrel("solution", "mine", "--yes").output

    assert app.is_file() and "+from http import HTTPStatus" in told
    assert "-HTTPStatus = str" in told


def test_regression_is_explained_by_the_step_that_changed_the_code():
    ladder = Ladder(ROOT)
    first = teaching.read_teaching(ladder.get(1))
    [old] = [b for b in first.behaviours if "app.py: header_list" in b.code][:1]

    step = rewritten_at(ladder, old, 1, 2)
    new = successor(teaching.read_teaching(ladder.get(step)), old)

    assert step == 2
    assert all(teaching.stands_in(ladder.get(2), each) for each in new.code)
    assert rewritten_at(ladder, old, 1, 1) == 1


# --- next, progress, reset


def test_next_waits_until_all_is_green(costrel, mine):
    before = tree(mine / "mine")

    result = costrel("next", "mine")

    assert result.exit_code == 1
    assert "Step 2 opens when this is green" in result.output
    assert tree(mine / "mine") == before


def test_next_brings_the_wish_and_leaves_the_code(costrel, mine):
    build_step_1(mine)
    before = tree(mine / "mine")

    result = costrel("next", "mine")

    assert result.exit_code == 0
    assert tree(mine / "mine") == before
    wish = (mine / "wishes/02-wrappers/demo.py").read_text(encoding="utf-8")
    assert "PLAYED_BY" in wish
    assert "# mine: step 2" in (mine / "README.md").read_text(encoding="utf-8")
    assert (mine / "tests/step02_wrappers/test_wrappers.py").is_file()


def test_next_leaves_a_demo_that_the_reader_has_changed(costrel, mine):
    build_step_1(mine)
    demo = mine / "demo.py"
    demo.write_text(demo.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")

    result = costrel("next", "mine")

    assert "demo.py" in result.output
    assert demo.read_text(encoding="utf-8").endswith("# mine\n")


def test_older_workshop_keeps_its_demo_in_the_package(costrel, mine):
    build_step_1(mine)
    old = (STEP_1.package / "demo.py").read_bytes()
    (mine / "demo.py").unlink()
    (mine / "mine/demo.py").write_bytes(old)
    state = mine / ".costrel/progress.json"
    kept = json.loads(state.read_text(encoding="utf-8"))
    del kept["demo_in_package"]
    state.write_text(json.dumps(kept), encoding="utf-8")

    assert costrel("next", "mine").exit_code == 0

    assert (mine / "mine/demo.py").read_bytes() == old
    assert not (mine / "demo.py").exists()
    served_from(mine)


def test_next_leaves_tests_that_the_reader_has_changed(costrel, mine):
    build_step_1(mine)
    path = mine / "tests/step02_wrappers/test_wrappers.py"
    path.parent.mkdir()
    path.write_text("# mine\n", encoding="utf-8")

    costrel("next", "mine")

    assert path.read_text(encoding="utf-8") == "# mine\n"


def test_progress_shows_the_ladder(costrel, mine):
    build_step_1(mine)
    costrel("check", "mine")

    output = costrel("progress", "mine").output

    assert "✓  1   wsgi" in output
    assert re.search(r"(\d+) of \1", output)
    assert "1 of " in output


def test_reset_brings_the_green_state_back_and_loses_nothing(costrel, mine):
    build_step_1(mine)
    costrel("check", "mine")
    green = tree(mine / "mine")
    break_step_1(mine)
    (mine / "mine" / "notes.py").write_text("idea = 1\n", encoding="utf-8")
    broken = tree(mine / "mine")

    kept = costrel("reset", "1", "mine", input="n\n")
    assert tree(mine / "mine") == broken
    assert "has changes since it was last green" in kept.output
    costrel("reset", "1", "mine", input="y\n")

    assert tree(mine / "mine") == green
    [aside] = (mine / ".costrel" / "before-reset").iterdir()
    assert tree(aside) == broken


def test_reset_goes_back_a_step(costrel, mine):
    build_step_1(mine)
    costrel("next", "mine")

    costrel("reset", "1", "mine", "--yes")

    assert "# mine: step 1" in (mine / "README.md").read_text(encoding="utf-8")
    assert json.loads((mine / ".costrel/progress.json").read_text())["step"] == 1


def test_reset_brings_a_deleted_package_back(costrel, mine):
    build_step_1(mine)
    costrel("check", "mine")
    green = tree(mine / "mine")
    shutil.rmtree(mine / "mine")

    refused = costrel("check", "mine")
    result = costrel("reset", "1", "mine", "--yes")

    assert "reset N" in refused.output
    assert result.exit_code == 0
    assert tree(mine / "mine") == green


def test_reset_without_a_green_state_says_so(costrel, mine):
    before = tree(mine)

    result = costrel("reset", "1", "mine", "--yes")

    assert "No green state of step 1 is kept" in result.output
    assert tree(mine) == before


# --- the reader's demo


def test_run_serves_the_demo_of_the_reader(costrel, mine):
    build_step_1(mine)
    served_from(mine)


def served_from(mine: Path) -> None:
    """Serve a workshop's demo, and visit it."""
    process = subprocess.Popen(
        [*COSTREL, "run", str(mine), "--port", str(free_port())],
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        assert process.stdout
        said = process.stdout.readline()
        assert said.startswith("mine is at http://127.0.0.1:")
        assert "bicycle bell" in fetch(said.split()[3])
    finally:
        process.terminate()
        process.communicate()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def fetch(url: str) -> str:
    deadline = time.monotonic() + 120
    while True:
        try:
            with urlopen(url, timeout=5) as response:
                return response.read().decode()
        except URLError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_run_alone_serves_the_workshop_it_is_called_in(costrel, mine):
    build_step_1(mine)
    process = subprocess.Popen(
        [*COSTREL, "run", "--port", str(free_port())],
        cwd=mine / "tests",
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        assert process.stdout
        assert process.stdout.readline().startswith("mine is at http://127.0.0.1:")
    finally:
        process.terminate()
        process.communicate()


# --- exercises


def test_exercise_is_opened_and_checked(costrel, mine):
    build_step_1(mine)
    costrel("exercise", "1", "head", "--in", "mine")
    answer = mine / "exercises/01-wsgi/head/answer.py"

    red = costrel("check", "mine")
    solution = ROOT / "exercises/01-wsgi/head/solution.py"
    answer.write_bytes(solution.read_bytes())
    green = costrel("check", "mine")

    assert red.exit_code == 0 and "Exercise head" in red.output
    assert "answer.py defines `App`" in " ".join(red.output.split())
    assert green.exit_code == 0 and "✗" not in green.output
    assert "✓" in costrel("progress", "mine").output.partition("exercise")[0]


def test_exercise_without_an_answer_hides_no_failure(costrel, mine):
    build_step_1(mine)
    break_step_1(mine)
    costrel("exercise", "1", "head", "--in", "mine")

    result = costrel("check", "mine")

    assert result.exit_code == 1
    assert "From a string to a page" in result.output


def test_exercise_comes_before_what_is_optional(costrel, mine, monkeypatch):
    build_step_1(mine)
    # only an optional test sees this
    break_step_1(mine, 'f"<App {self.import_name!r}>"', '"an app"')
    costrel("exercise", "1", "head", "--in", "mine")
    folder = mine / "exercises/01-wsgi/head"
    (folder / "answer.py").write_text("def App(:\n", encoding="utf-8")
    monkeypatch.chdir(folder)

    result, everything = costrel("check"), costrel("check", "--all")

    assert "Exercise head" in result.output and "SyntaxError" in result.output
    assert "Exercise head: no answer yet" in result.output
    assert "Go on with the exercise, or with: costrel next" in result.output
    assert everything.output.count("✗") == 2
    assert "(optional)" in everything.output


def test_exercise_in_hand_comes_before_others(costrel, mine):
    build_step_1(mine)
    costrel("exercise", "1", "head", "--in", "mine")
    costrel("exercise", "1", "server", "--in", "mine")

    last_opened = costrel("check", "mine").output
    in_hand = costrel("check", "mine/exercises/01-wsgi/head").output

    assert "✗ Exercise server" in last_opened
    assert "✗ Exercise head" in in_hand


def test_solved_exercise_stays_solved_at_the_next_step(costrel, mine):
    build_step_1(mine)
    costrel("exercise", "1", "head", "--in", "mine")
    solution = ROOT / "exercises/01-wsgi/head/solution.py"
    answer = mine / "exercises/01-wsgi/head/answer.py"
    answer.write_bytes(solution.read_bytes())
    costrel("next", "mine")

    # the step after says some things in other words
    for path in (Ladder(ROOT).get(2).package).glob("[_aw]*.py"):
        shutil.copy(path, mine / "mine" / path.name)
    result = costrel("check", "mine")

    assert "✗" not in result.output
    assert "✓      exercise head" in costrel("progress", "mine").output


def test_task_is_told_for_the_workshop(costrel, mine):
    costrel("exercise", "1", "head", "--in", "mine")

    task = (mine / "exercises/01-wsgi/head/task.md").read_text(encoding="utf-8")

    assert "from mine import App" in task
    assert "$ costrel check\n" in task
    assert "step01" not in task and "book.py" not in task


def test_error_in_an_answer_is_found_there(costrel, mine):
    build_step_1(mine)
    costrel("exercise", "1", "head", "--in", "mine")
    answer = mine / "exercises/01-wsgi/head/answer.py"
    answer.write_text("from mine import App\nApp.wsgi_app = lambda *given: 1 / 0\n")

    result = costrel("check", "mine")

    assert "exercises/01-wsgi/head/answer.py:2" in result.output


def test_exercise_keeps_an_answer(costrel, mine):
    costrel("exercise", "1", "head", "--in", "mine")
    answer = mine / "exercises/01-wsgi/head/answer.py"
    answer.write_text("# mine\n", encoding="utf-8")

    costrel("exercise", "1", "head", "--in", "mine")

    assert answer.read_text(encoding="utf-8") == "# mine\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("1", "nothing"), "has no exercise 'nothing': it has head"),
        (("2", "early"), "is at step 1"),
    ],
)
def test_exercise_refuses_in_one_sentence(costrel, mine, words, sentence):
    result = costrel("exercise", *words, "--in", "mine")

    assert result.exit_code == 1
    assert sentence in result.output


# --- diff mine


def test_diff_mine_knows_no_order(costrel, mine):
    build_step_1(mine)
    path = mine / "mine" / "app.py"
    head, mark, rest = path.read_text(encoding="utf-8").partition("class App:")
    body, split, functions = rest.partition("\ndef not_found()")
    path.write_text(head + split.lstrip() + functions + "\n\n" + mark + body, "utf-8")

    result = costrel("diff", "mine", "1")

    assert "0 differ, 0 are only ours, 0 only yours" in result.output


def test_diff_mine_shows_what_differs(costrel, mine):
    build_step_1(mine)
    break_step_1(mine)

    result = costrel("diff", "mine", "1")

    assert "return [body]" in result.output
    assert "1 differ" in result.output


def test_diff_mine_gives_no_step_away(costrel, mine):
    before = costrel("diff", "mine")
    build_step_1(mine)
    costrel("next", "mine")
    after = costrel("diff", "mine")

    assert before.exit_code == 1 and "No step is green yet" in before.output
    assert "class Request" not in after.output
    assert "mine beside step01_wsgi" in after.output


def test_diff_mine_refuses_what_is_no_python(costrel, mine):
    (mine / "mine" / "app.py").write_text("def f(:\n", encoding="utf-8")

    result = costrel("diff", "mine", "1")

    assert result.exit_code == 1
    assert "app.py, line 1 is no Python" in result.output
