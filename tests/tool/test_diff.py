"""The verb `diff`, tried on a ladder of its own and on the book's."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from time import perf_counter

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

from costrel.core.differences import FilePair, hunks, pairs, unified
from costrel.core.ladder import Ladder
from costrel.testing.threads import join
from costrel.verbs import diff

BOOK = Path(__file__).parents[2]
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
OLD = "".join(f"line_{number} = {number}\n" for number in range(30))
NEW = OLD.replace("line_3 = 3\n", "line_3 = 'three'\nmore = 1\n").replace(
    "line_25 = 25\n", ""
)
FILES = {
    "step01_one": {
        "app.py": OLD,
        "gone.py": "x = 1\n",
        "__init__.py": "",
        "same.py": "",
    },
    "step02_two": {
        "app.py": NEW,
        "new.py": "def new():\n    return 1\n",
        "empty.py": "",
        "__init__.py": "end = 1",
        "same.py": "",
    },
    "step03_three": {
        "app.py": NEW,
        "new.py": "def new():\n    return 1\n",
        "empty.py": "",
        "__init__.py": "end = 1",
        "same.py": "",
    },
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for step, files in FILES.items():
        for name, text in files.items():
            path = tmp_path / "steps" / step / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    monkeypatch.setenv("COSTREL_ROOT", str(tmp_path))
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def run(*words: str, **environment: str) -> Result:
    return CliRunner().invoke(diff.command, words, env=environment)


def test_without_a_second_step_it_compares_with_the_step_before(root: Path) -> None:
    output = run("2").output
    assert "-line_3 = 3\n+line_3 = 'three'\n+more = 1\n" in output
    assert output == run("1", "2").output


def test_two_steps_far_apart_are_compared_in_the_order_given(root: Path) -> None:
    assert "+more = 1" in run("1", "3").output
    assert "-more = 1" in run("3", "1").output


def test_the_first_step_is_new_as_a_whole(root: Path) -> None:
    output = run("1").output
    assert "--- /dev/null\n+++ b/app.py\n@@ -0,0 +1,30 @@\n+line_0 = 0\n" in output
    assert not re.search(r"^-[^-]", output, re.MULTILINE)


def test_steps_without_a_difference_say_so(root: Path) -> None:
    assert "No line of step03_three differs from step02_two." in run("3").output


@pytest.mark.parametrize(
    "program",
    [["patch", "-p1", "-s"], ["git", "apply", "-p1"]],
    ids=["patch", "git"],
)
def test_the_piped_patch_makes_the_new_step_of_the_old(
    root: Path, tmp_path_factory: pytest.TempPathFactory, program: list[str]
) -> None:
    copy = tmp_path_factory.mktemp("copy")
    for name, text in FILES["step01_one"].items():
        (copy / name).write_text(text, encoding="utf-8", newline="\n")
    patch = run("2").stdout_bytes
    try:
        subprocess.run(program, cwd=copy, input=patch, check=True)
    except FileNotFoundError:
        pytest.skip(f"{program[0]} is not installed")
    made = {path.name: path.read_text(encoding="utf-8") for path in copy.iterdir()}
    assert made == FILES["step02_two"]


def test_windows_line_endings_reach_the_patch_unchanged(root: Path) -> None:
    for step in ("step01_one", "step02_two"):
        path = root / "steps" / step / "app.py"
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert b"-line_3 = 3\r\n+line_3 = 'three'\r\n" in run("2").stdout_bytes


def test_a_file_that_is_not_text_is_named_only(root: Path) -> None:
    (root / "steps/step02_two/picture.png").write_bytes(b"\0\xff")
    assert "Binary files a/picture.png and b/picture.png differ" in run("2").output
    assert "not a text file" in run("2", FORCE_COLOR="1").output


def test_caches_are_no_part_of_a_difference(root: Path) -> None:
    cache = root / "steps/step02_two/__pycache__"
    cache.mkdir()
    (cache / "app.pyc").write_bytes(b"\0")
    assert "app.pyc" not in run("2").output


def test_no_escape_code_goes_into_a_pipe(root: Path) -> None:
    assert "\x1b" not in run("2").output
    assert "\x1b" not in run("2", "--stat").output


def test_no_color_wins_over_everything(root: Path) -> None:
    assert "\x1b" not in run("2", NO_COLOR="1", FORCE_COLOR="1").output


def test_colours_mark_signs_backgrounds_and_python(root: Path) -> None:
    output = run("2", FORCE_COLOR="1", COLUMNS="80").output
    added = next(line for line in output.splitlines() if "three" in line)
    assert "48;5;22m" in added
    assert "38;5;229;" in added
    assert ESCAPE.sub("", added).strip() == "4 + line_3 = 'three'"
    removed = next(line for line in output.splitlines() if "line_25" in line)
    assert "48;5;52m" in removed


def test_a_new_file_has_plus_signs_without_a_background(root: Path) -> None:
    output = run("2", FORCE_COLOR="1", COLUMNS="80").output
    line = next(line for line in output.splitlines() if "return" in line)
    assert "48;5" not in line
    assert ESCAPE.sub("", line) == "   2 +     return 1"


def test_each_file_has_a_heading_with_its_count(root: Path) -> None:
    plain = ESCAPE.sub("", run("2", FORCE_COLOR="1", COLUMNS="60").output)
    headings = [line for line in plain.splitlines() if line.startswith("──")]
    names = [line.split()[1] for line in headings]
    # the demo and what starts it come last
    assert names == ["app.py", "empty.py", "gone.py", "new.py", "__init__.py"]
    assert headings[0].endswith("+2 −2")
    assert "new.py new" in headings[3]
    assert "gone.py removed" in headings[2]


@pytest.mark.parametrize("columns", [20, 40, 71, 72, 100])
def test_no_line_is_wider_than_the_terminal(root: Path, columns: int) -> None:
    path = root / "steps/step02_two/app.py"
    wide = f"wide = '{'日本語' * 30}'  # {'x' * 90}\n"
    path.write_text(NEW + wide, encoding="utf-8", newline="\n")
    output = run("2", FORCE_COLOR="1", COLUMNS=str(columns)).output
    lines = [ESCAPE.sub("", line) for line in output.splitlines()]
    assert max(map(cell_len, lines)) <= columns
    joined = "".join(line.lstrip("+ ").rstrip() for line in lines)
    assert "日本語" * 8 in joined


def test_a_piece_inside_a_definition_names_it(root: Path) -> None:
    body = "class App:\n    def run(self):\n" + "        pass\n" * 20
    for step, extra in (("step01_one", ""), ("step02_two", "        return 1\n")):
        path = root / "steps" / step / "app.py"
        path.write_text(body + extra, encoding="utf-8", newline="\n")
    plain = ESCAPE.sub("", run("2", FORCE_COLOR="1").output)
    assert "⋯ App.run" in plain.splitlines()


def test_the_table_counts_lines_and_draws_them(root: Path) -> None:
    lines = run("2", "--stat", COLUMNS="60").output.splitlines()
    table = {line.split()[0]: line.split() for line in lines}
    assert table["app.py"] == ["app.py", "+2", "-2", "++--"]
    assert table["new.py"][1:4] == ["(new)", "+2", "-0"]
    assert lines[-1].split() == ["5", "files", "+5", "-3"]


def test_the_table_fits_a_narrow_terminal(root: Path) -> None:
    lines = run("2", "--stat", COLUMNS="32").output.splitlines()
    assert max(map(len, lines)) <= 32


def test_marks_cannot_be_mistaken_for_others(root: Path) -> None:
    ladder = Ladder(root)
    pair = next(p for p in pairs(*ladder.steps[:2]) if p.name == "app.py")
    rebuilt_old = [line.text for piece in hunks(pair) for line in piece if line.old]
    assert all(line in pair.old_lines for line in rebuilt_old)
    assert (pair.added, pair.removed) == (2, 2)


def test_a_missing_last_newline_is_told_to_patch() -> None:
    pair = FilePair("a.txt", b"one\ntwo", b"one\ntwo\n")
    assert unified(pair).endswith(" one\n-two\n\\ No newline at end of file\n+two\n")


@pytest.fixture
def site() -> Iterator[int]:
    """Serve what looks like the site with one page: that of step 2."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            found = self.path == "/changes/02-two.html"
            self.send_response(200 if found else 404)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    join(thread)
    server.server_close()


def test_web_opens_the_page_of_the_site(
    root: Path, site: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda url: not opened.append(url))
    result = run("2", "--web", "--port", str(site))
    assert result.exit_code == 0, result.output
    assert opened == [f"http://127.0.0.1:{site}/changes/02-two.html"]


def test_web_without_a_server_gives_the_right_call(
    root: Path, site: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webbrowser.open", lambda url: pytest.fail("opened"))
    missing = run("3", "--web", "--port", str(site))
    assert missing.exit_code == 1
    assert "costrel read" in missing.output
    far = run("1", "3", "--web", "--port", str(site))
    assert "costrel diff 3 --web" in far.output


def test_web_without_a_browser_prints_the_address(
    root: Path, site: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webbrowser.open", lambda url: False)
    assert "/changes/02-two.html" in run("2", "--web", "--port", str(site)).output


def test_an_unknown_step_gets_one_sentence(root: Path) -> None:
    result = run("7")
    assert result.exit_code == 1
    assert result.output == "Error: There is no step '7': the steps are 1 to 3.\n"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pty")
def test_a_long_difference_in_a_terminal_goes_through_the_pager(root: Path) -> None:
    assert in_terminal("2", rows=10).startswith(b"paged")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pty")
def test_a_short_difference_in_a_terminal_is_printed_in_colours(root: Path) -> None:
    output = in_terminal("2", rows=200)
    assert b"paged" not in output
    assert b"48;5;22m" in output


def in_terminal(*words: str, rows: int) -> bytes:
    """Run the verb in a terminal of that height, with a pager that says so."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, 80, 0, 0))
    pager = f"{sys.executable} -c \"import sys; print('paged', sys.stdin.read())\""
    environment = os.environ | {"PAGER": pager, "TERM": "xterm-256color"}
    # a terminal's size that a library has left behind is not this terminal's
    for name in ("LINES", "COLUMNS"):
        environment.pop(name, None)
    process = subprocess.Popen(
        [sys.executable, "-m", "costrel", "diff", *words],
        stdin=theirs, stdout=theirs, stderr=theirs, env=environment,
    )  # fmt: skip
    os.close(theirs)
    parts = []
    try:
        while part := os.read(ours, 65536):
            parts.append(part)
    except OSError:  # Linux's way of saying that the other end is closed
        pass
    process.wait(timeout=120)
    os.close(ours)
    return b"".join(parts)


def seconds_of_processes() -> float:
    """Return a clock for other programs: processor time, where the system tells it.

    On a machine without other work that is the time a reader waits.
    """
    times = os.times()
    return times.children_user + times.children_system or perf_counter()


@pytest.mark.parametrize("words", [["6"], ["6", "--stat"], ["1", "6"]])
def test_it_answers_in_less_than_seven_tenths_of_a_second(words: list[str]) -> None:
    environment = os.environ | {"COSTREL_ROOT": str(BOOK), "FORCE_COLOR": "1"}
    command = [sys.executable, "-m", "costrel", "diff", *words]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    times = []
    for _ in range(5):
        start = seconds_of_processes()
        subprocess.run(command, env=environment, check=True, capture_output=True)
        times.append(seconds_of_processes() - start)
    assert 0 < min(times) < 0.7


def test_a_reader_who_leaves_early_sees_no_traceback() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "costrel", "diff", "1", "6"],
        env=os.environ | {"COSTREL_ROOT": str(BOOK)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    process.wait(timeout=120)
