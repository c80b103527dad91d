"""What the verbs `test`, `run` and `notebook` promise, and the command as a whole."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import ModuleType

import click
import pytest
from click.testing import CliRunner

from costrel import __main__, cli
from costrel.cli import VERBS, group
from costrel.core import needed
from costrel.core.calls import CALLED_BY
from costrel.core.ladder import Ladder
from costrel.verbs import notebook, run
from costrel.verbs import test as test_verb

COSTREL = [sys.executable, "-P", "-m", "costrel"]
POSIX = pytest.mark.skipif(os.name == "nt", reason="Ctrl-C as POSIX sends it")

DEMO = """\
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"tiny"]
"""

PYPROJECT = """\
[tool.pytest.ini_options]
addopts = ["--import-mode=importlib", "-p", "no:anyio", "-p", "no:hypothesispytest"]
filterwarnings = ["error"]
"""


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A book of two steps, the second of which has nothing but its package."""
    files = {
        "pyproject.toml": PYPROJECT,
        "steps/step01_tiny/__init__.py": "",
        "steps/step01_tiny/demo.py": DEMO,
        "steps/step02_bare/__init__.py": "",
        "tests/step01_tiny/test_tiny.py": "def test_step(): pass\n",
        "tests/tool/test_tool.py": "def test_tool(): pass\n",
        "tests/browser/test_browser.py": "def test_browser(): pass\n",
        "exercises/01-tiny/more/test_more.py": "def test_exercise(): pass\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.setenv("COSTREL_ROOT", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Call the command as a reader does; a traceback fails the test."""
    done = subprocess.run(
        [*COSTREL, *arguments], capture_output=True, encoding="utf-8", timeout=60
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture
def port() -> int:
    return free_port()


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        number: int = server.getsockname()[1]
        return number


# ---- the command


def test_the_command_starts_in_less_than_three_tenths_of_a_second() -> None:
    times = []
    for _ in range(5):
        start = processor_time()
        subprocess.run([*COSTREL, "--help"], check=True, stdout=subprocess.DEVNULL)
        times.append(processor_time() - start)

    assert min(times) < 0.3


def processor_time() -> float:
    """Return the processor time, in seconds, of the programs we ran."""
    spent = os.times()
    if os.name == "nt":
        # Windows does not tell
        return spent.elapsed
    return spent.children_user + spent.children_system


def test_ctrl_c_while_the_command_is_loading_ends_it_without_a_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Interrupted(ModuleType):
        def __getattr__(self, name: str) -> None:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "costrel.cli", Interrupted("costrel.cli"))

    with pytest.raises(SystemExit) as end:
        __main__.main()

    assert end.value.code == 130
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(verb: str) -> None:
    result = CliRunner().invoke(group, [verb, "--help"], prog_name="costrel")

    assert result.exit_code == 0, result.output
    usage, _, example = result.output.partition("Example")
    assert usage.startswith(f"Usage: costrel {verb}")
    assert f"costrel {verb}" in example


@pytest.mark.parametrize("verb", ["run", "diff", "test", "notebook", "carry"])
def test_a_step_that_does_not_exist_gets_one_sentence(verb: str) -> None:
    done = call(verb, "99")

    assert done.returncode != 0
    assert "There is no step '99': the steps are 1 to " in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_misspelt_step_gets_the_nearest() -> None:
    assert "did you mean step01_wsgi?" in call("run", "wsgj").stderr


# ---- test


def test_a_number_runs_the_tests_of_that_step(book: Path) -> None:
    done = call("test", "1", "--", "-v")

    assert done.returncode == 0
    assert "::test_step" in done.stdout
    assert "1 passed" in done.stdout


def handed_to_pytest(
    monkeypatch: pytest.MonkeyPatch, *arguments: str, code: int = 0
) -> list[str]:
    """Call the verb `test` with a pytest that only notes what it is given."""
    noted: list[str] = []
    record = lambda command: noted.extend(command) or code  # noqa: E731
    monkeypatch.setattr(test_verb.subprocess, "call", record)

    result = CliRunner().invoke(test_verb.command, arguments)

    assert result.exit_code == code, result.output
    return noted[noted.index(test_verb.PYTEST) + 1 :]


def test_without_a_number_everything_runs_but_the_browser(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tests = book / "tests"

    handed = handed_to_pytest(monkeypatch)

    assert handed[5:7] == [str(tests), f"--ignore={tests / 'browser'}"]


@pytest.mark.parametrize(
    ("cores", "arguments", "processes"),
    [
        (2, [], ["-n2"]),
        (64, [], ["-n4"]),
        (1, [], []),
        (2, ["1"], []),
        (2, ["--browser"], []),
        (2, ["--", "--pdb"], []),
        (2, ["--", "-x"], ["-n2"]),
    ],
)
def test_all_tests_share_the_processors(
    book: Path,
    monkeypatch: pytest.MonkeyPatch,
    cores: int,
    arguments: list[str],
    processes: list[str],
) -> None:
    for module in (needed, test_verb):
        monkeypatch.setattr(module, "find_spec", lambda name: object())
    monkeypatch.setattr(test_verb.os, "cpu_count", lambda: cores)

    handed = handed_to_pytest(monkeypatch, *arguments)

    assert [option for option in handed if option.startswith("-n")] == processes


def test_two_processes_run_everything(book: Path) -> None:
    done = call("test", "--", "-n2", "-v")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "[gw1]" in done.stdout and "2 passed" in done.stdout


def test_the_browsers_tests_run_when_asked_for(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(needed, "find_spec", lambda name: object())

    handed = handed_to_pytest(monkeypatch, "--browser")

    assert handed[-1] == str(book / "tests" / "browser")


def test_a_path_runs_the_tests_that_stand_there(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed = handed_to_pytest(monkeypatch, "exercises/01-tiny/more")

    assert handed[-1] == str(Path("exercises/01-tiny/more"))


def test_the_books_configuration_holds_in_any_folder_of_it(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COSTREL_ROOT")
    (book / "book.py").touch()
    monkeypatch.chdir(book / "steps" / "step01_tiny")

    handed = handed_to_pytest(monkeypatch, "1")

    assert handed[:3] == [f"--rootdir={book}", "-c", str(book / "pyproject.toml")]


def test_what_follows_two_dashes_is_for_pytest(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed = handed_to_pytest(monkeypatch, "1", "--", "-k", "word", "--against", "x")

    assert handed[-4:] == ["-k", "word", "--against", "x"]


def test_the_exit_code_is_that_of_pytest(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code in (0, 1, 5):
        handed_to_pytest(monkeypatch, "1", code=code)


def test_against_names_what_the_tests_meet(book: Path) -> None:
    theirs = book / "theirs"
    theirs.mkdir()
    (theirs / "__init__.py").write_text("NAME = 'theirs'\n", encoding="utf-8")
    (book / "tests" / "step01_tiny" / "test_tiny.py").write_text(
        "from step01_tiny import NAME\ndef test_step(): assert NAME == 'theirs'\n",
        encoding="utf-8",
    )

    assert call("test", "1", "--against", "theirs/").returncode == 0
    assert call("test", "1").returncode != 0


def test_a_step_without_tests_says_where_they_belong(book: Path) -> None:
    done = call("test", "2")

    assert done.returncode == 1
    expected = f"step02_bare has no tests: they belong in {book / 'tests/step02_bare'}"
    assert expected in done.stderr


@pytest.mark.parametrize(
    ("arguments", "module", "advice"),
    [
        (["1"], "pytest", "`python3 book.py test`"),
        (["--browser"], "playwright", "`python3 book.py setup dev`"),
    ],
)
def test_a_missing_tool_is_named_with_the_call_that_installs_it(
    book: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    module: str,
    advice: str,
) -> None:
    found = needed.find_spec
    without = lambda name: None if name == module else found(name)  # noqa: E731
    monkeypatch.setattr(needed, "find_spec", without)

    result = CliRunner().invoke(test_verb.command, arguments)

    assert result.exit_code == 1
    assert result.output == (
        f"Error: {module} is not installed: run {advice}, which installs it.\n"
    )


# ---- run


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*COSTREL, "run", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        # a group of its own, so that Ctrl-C reaches all that it started
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def pressed_ctrl_c(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Press Ctrl-C until the process ends.

    wsgiref swallows one that comes while it still closes the request.
    """
    for _ in range(60):
        os.killpg(process.pid, signal.SIGINT)
        try:
            return process.communicate(timeout=2)
        except subprocess.TimeoutExpired:
            continue
    raise AssertionError("Ctrl-C does not end it")


def answer(port: int) -> str:
    """Ask for the first page, and read until the server has closed the request."""
    with socket.create_connection(("127.0.0.1", port), 30) as visitor:
        visitor.sendall(b"GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        pieces = iter(lambda: visitor.recv(65_536), b"")
        return b"".join(pieces).partition(b"\r\n\r\n")[2].decode()


def fetch(port: int) -> str:
    """Fetch the first page as soon as there is somebody to give it."""
    end = time.monotonic() + 120
    while True:
        try:
            return answer(port)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


@POSIX
@pytest.mark.parametrize("server", ["wsgiref", "gunicorn", "waitress"])
def test_the_demo_is_served_until_ctrl_c(book: Path, port: int, server: str) -> None:
    pytest.importorskip(server)

    with running("1", "--port", str(port), "--server", server) as process:
        page = fetch(port)
        output, errors = pressed_ctrl_c(process)

    assert page == "tiny"
    assert process.returncode == 0
    assert f"step01_tiny is at http://127.0.0.1:{port}/ (Ctrl-C ends it)" in output
    assert "Traceback" not in errors


@POSIX
def test_the_development_server_of_the_book_ends_quietly(port: int) -> None:
    with running("6", "--port", str(port)) as process:
        page = fetch(port)
        _, errors = pressed_ctrl_c(process)

    assert "Wren" in page
    assert process.returncode == 0
    assert "Debugger is active" in errors
    assert "Traceback" not in errors


def test_run_alone_serves_the_step_whose_folder_it_is_called_in(
    book: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(book / "steps" / "step01_tiny")

    with running("--port", str(port), "--server", "wsgiref"):
        assert fetch(port) == "tiny"


def test_run_alone_elsewhere_asks_for_a_number(book: Path) -> None:
    done = call("run")

    assert done.returncode == 1
    assert done.stderr == (
        "Error: This folder isn't part of a step or a workshop: pass a step's number,"
        " such as `costrel run 3`.\n"
    )


def test_a_library_that_a_verb_lacks_is_named_with_what_installs_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["costrel", "start", "1", "mine"])
    monkeypatch.setitem(sys.modules, "costrel.verbs.start", None)

    with pytest.raises(SystemExit) as end:
        cli.main()

    assert "is not installed: run `python3 book.py setup test`" in str(end.value)


def test_what_is_told_to_type_is_what_works_for_who_came_by_book_py(
    tmp_path: Path,
) -> None:
    (tmp_path / "here").mkdir()
    called = f"python3\n{tmp_path / 'the book' / 'book.py'}"

    done = subprocess.run(
        [*COSTREL, "check"],
        cwd=tmp_path / "here",
        env=os.environ | {CALLED_BY: called},
        capture_output=True,
        encoding="utf-8",
    )

    assert "`python3 '../the book/book.py' start 1 DIR`" in done.stderr


def test_a_step_without_a_development_server_says_what_to_use(book: Path) -> None:
    done = call("run", "1", "--server", "development")

    assert done.returncode == 1
    assert "no development server yet: use --server wsgiref" in done.stderr


def test_a_port_in_use_gets_the_number_of_a_free_one(book: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        number = taken.getsockname()[1]
        done = call("run", "1", "--port", str(number))

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    sentence, _, other = done.stderr.strip().rstrip(".").rpartition(" ")
    assert sentence == f"Error: Port {number} is in use: try --port"
    socket.create_server(("127.0.0.1", int(other))).close()


def test_a_host_that_is_none_gets_one_sentence(book: Path) -> None:
    done = call("run", "1", "--host", "999.0.0.1")

    assert done.returncode == 1
    assert "Nothing can listen on host '999.0.0.1'" in done.stderr


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("demo.py", "a = 1\nprint(missing)\n", "demo.py:2: NameError: name 'missing'"),
        ("demo.py", "app = (1,\n", "demo.py:1: SyntaxError: '(' was never closed"),
        ("demo.py", "import nothing_like_it\n", "demo.py:1: ModuleNotFoundError"),
        ("demo.py", "from . import part\n", "part.py:3: ZeroDivisionError"),
        ("demo.py", "import json\njson.loads('')\n", "demo.py:2: JSONDecodeError"),
    ],
)
def test_a_package_that_does_not_import_is_named_with_the_line(
    book: Path, name: str, text: str, expected: str
) -> None:
    step = book / "steps" / "step01_tiny"
    (step / "part.py").write_text("\n\n1 / 0\n", encoding="utf-8")
    (step / name).write_text(text, encoding="utf-8")

    done = call("run", "1")

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    sentence = f"step01_tiny does not import: steps/step01_tiny/{expected}"
    assert sentence in done.stderr


def test_a_demo_without_an_app_says_so(book: Path) -> None:
    (book / "steps/step01_tiny/demo.py").write_text("", encoding="utf-8")

    assert "demo.py has no `app`" in call("run", "1").stderr


def test_a_server_that_is_not_installed_gets_another_one(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "find_spec", lambda name: None)
    step = Ladder(book).get(1)

    for name, other in (("gunicorn", "waitress"), ("waitress", "wsgiref")):
        with pytest.raises(click.ClickException) as caught:
            run.choose(step, lambda environ, start_response: [], name)

        expected = f"{name} is not installed here: use --server {other}."
        assert caught.value.message == expected


# ---- notebook


def test_a_step_without_a_notebook_says_where_it_belongs(book: Path) -> None:
    done = call("notebook", "1")

    assert done.returncode == 1
    assert f"it belongs at {book / 'notebooks' / '01-tiny.ipynb'}" in done.stderr


def test_without_jupyter_the_call_that_installs_it_is_given(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (book / "notebooks").mkdir()
    (book / "notebooks" / "01-tiny.ipynb").write_text("{}", encoding="utf-8")
    monkeypatch.setattr(notebook, "find_spec", lambda name: None)

    result = CliRunner().invoke(notebook.command, ["1"])

    assert result.exit_code == 1
    assert "run `python3 book.py notebook 1`, which installs it" in result.output


def test_jupyter_is_started_on_the_notebook(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = book / "notebooks" / "01-tiny.ipynb"
    path.parent.mkdir()
    path.write_text("{}", encoding="utf-8")
    calls: list[list[str]] = []
    monkeypatch.setattr(notebook, "find_spec", lambda name: object())
    record = lambda command, cwd: calls.append(command) or 0  # noqa: E731
    monkeypatch.setattr(notebook.subprocess, "call", record)

    result = CliRunner().invoke(notebook.command, ["1", "--", "--no-browser"])

    assert result.exit_code == 0
    expected = ["-m", "jupyterlab", str(path), "--no-browser"]
    assert calls == [[sys.executable, *expected]]


# ---- bad luck


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["raed"], "There is no verb 'raed': did you mean 'read'?"),
        (["run", "9" * 5000], "the steps are 1 to 2."),
        (["test", ""], "There is no step ''"),
        (["test", "x" * 300], "the steps are 1 to 2."),
        (["test", "1", "--against", ""], "There is no step ''"),
        (["test", "1", "--against", f"/{'x' * 300}"], "There is no package"),
        (["test", "1", "--against", os.devnull], "There is no package"),
        (["read", "--port", "99999"], "99999 is not in the range"),
        (["diff", "2", "--web", "--port", "0"], "0 is not in the range"),
        (["notebook", "1", "2"], "unexpected extra argument (2)"),
        (["run", "1", "--host", ""], "The host is empty"),
        (["weave"], "There are no chapters"),
    ],
)
def test_a_slip_of_the_fingers_gets_one_sentence(
    book: Path, arguments: list[str], words: str
) -> None:
    done = call(*arguments)

    assert done.returncode != 0
    assert words in done.stderr


def test_tests_pass_where_nothing_can_be_written(book: Path) -> None:
    # a file where pytest wants the folder of its cache
    (book / ".pytest_cache").write_text("", encoding="utf-8")

    done = call("test", "1")

    assert done.returncode == 0
    assert "1 passed" in done.stdout


def test_a_root_that_is_no_folder_is_told(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COSTREL_ROOT", str(book / "nowhere"))

    done = call("diff", "1")

    assert done.returncode == 1
    assert "which is no folder" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has /dev/full")
def test_a_full_disk_gets_one_sentence() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COSTREL, "diff", "2"], stdout=full, stderr=subprocess.PIPE
        )

    assert done.returncode == 1
    assert done.stderr.startswith(b"Error: The disk is full")
    assert done.stderr.count(b"\n") == 1


@POSIX
def test_a_closed_output_is_no_error() -> None:
    done = subprocess.run(
        ["sh", "-c", '"$@" >&-', "sh", *COSTREL, "diff", "2"], capture_output=True
    )

    assert (done.returncode, done.stderr) == (0, b"")


@POSIX
def test_a_folder_that_somebody_deleted_does_not_matter(tmp_path: Path) -> None:
    script = 'cd "$1" && rmdir "$1" && shift && "$@"'
    gone = tmp_path / "gone"
    gone.mkdir()
    done = subprocess.run(
        ["sh", "-c", script, "sh", str(gone), *COSTREL, "diff", "2", "--stat"],
        capture_output=True,
    )

    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("code", ["raise SystemExit", "raise BaseException('odd')"])
def test_a_package_that_ends_the_process_is_named(book: Path, code: str) -> None:
    (book / "steps/step01_tiny/demo.py").write_text(code, encoding="utf-8")

    done = call("run", "1")

    assert done.returncode == 1
    assert "step01_tiny does not import: steps/step01_tiny/demo.py:1" in done.stderr


@POSIX
def test_a_package_that_hangs_is_named_and_ctrl_c_shows_where(book: Path) -> None:
    endless = "import time\ntime.sleep(60)\n"
    (book / "steps/step01_tiny/demo.py").write_text(endless, encoding="utf-8")

    with running("1") as process:
        assert process.stderr
        waiting = process.stderr.readline()
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=120)

    assert waiting.startswith("step01_tiny is still being imported: Ctrl-C stops it")
    assert process.returncode == 1
    assert "demo.py:2: KeyboardInterrupt" in errors
    assert "Traceback" not in errors


def test_a_file_that_is_not_utf8_is_named_with_the_line(book: Path) -> None:
    from costrel.core.system_errors import told

    path = book / "steps/step01_tiny/demo.py"
    path.write_bytes(b"one\n\xfc\n")

    with pytest.raises(UnicodeDecodeError) as caught:
        path.read_text(encoding="utf-8")

    sentence = "steps/step01_tiny/demo.py:2: the byte 0xfc is not UTF-8"
    assert told(caught.value).startswith(sentence)
