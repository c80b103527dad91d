"""What `check` does with a package that is hostile by accident."""

import os
import shutil
import threading
import time
from pathlib import Path

import pytest

from costrel.core.ladder import Ladder, Problem, find_root
from costrel.testing.surroundings import slowness
from costrel.workshop.explain.lesson import Lesson, Teacher
from costrel.workshop.run import trial as trials
from costrel.workshop.run.trial import Order, Trial, Worker, run

ROOT = find_root()
LADDER = Ladder(ROOT)
STEP = LADDER.get(1)
# the place in which the hostile code is put: the first line of `App.wsgi_app`
FIRST_LINE = "        text, status, extra = self.dispatch_request(environ)\n"
POSIX = pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")
# no case may take longer than this, in seconds, though one loops for ever
LIMIT = 120


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package with our step 1 in it."""
    return Path(shutil.copytree(STEP.package, tmp_path / "mine"))


def at_import(package: Path, code: str) -> None:
    file = package / "__init__.py"
    file.write_text(f"{code}\n{file.read_text(encoding='utf-8')}", encoding="utf-8")


def in_app(package: Path, code: str) -> None:
    file = package / "app.py"
    text = file.read_text(encoding="utf-8")
    assert FIRST_LINE in text
    text = text.replace(FIRST_LINE, f"        {code}\n{FIRST_LINE}")
    file.write_text(text, encoding="utf-8")


def check(package: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Trial, Lesson]:
    """Check a package with little patience; no file of it may change."""
    monkeypatch.setenv("COSTREL_PATIENCE", "0.2")
    before = contents(package)
    started = time.monotonic()
    trial = run(Order((STEP.tests,), str(package), 1), ROOT)
    assert time.monotonic() - started < LIMIT
    assert contents(package) == before
    lesson = Teacher(LADDER, "mine", package.parent).lesson(trial)
    assert lesson is not None
    return trial, lesson


def contents(package: Path) -> dict[str, bytes]:
    files = (path for path in package.rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in files}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("while True: pass", "had not ended when its time was up"),
        ("import time; time.sleep(1000)", "had not ended when its time was up"),
        ("import sys; sys.exit(3)", "a module ends the program (SystemExit: 3)"),
        ("import os; os._exit(0)", "the process ended with exit code 0"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("name = input()", "a module reads input"),
        ("import numpie", "No module named 'numpie'"),
        ("from app import App", "is part of your package: `from .app import …`"),
        ("def f(:", "SyntaxError: invalid syntax"),
        ("from .app import Nothing", "cannot import name 'Nothing'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
    ],
)
def test_import_that_fails_is_told(package, monkeypatch, code, words):
    at_import(package, code)

    trial, lesson = check(package, monkeypatch)

    assert trial.unimported and not trial.outcomes
    assert lesson.title == "mine cannot be imported"
    assert words in lesson.came
    if "exit code" not in words:
        assert lesson.mine and lesson.mine["file"] == "mine/__init__.py"
        assert lesson.mine["line"] == 1


def test_circular_import_is_told(package, monkeypatch):
    (package / "one.py").write_text("from .two import B\nA = 1\n", encoding="utf-8")
    (package / "two.py").write_text("from .one import A\nB = 2\n", encoding="utf-8")
    at_import(package, "from .one import A")

    _, lesson = check(package, monkeypatch)

    assert "two of your modules import each other" in lesson.came
    assert lesson.mine and lesson.mine["file"] == "mine/two.py"


@pytest.mark.parametrize("content", [b"x = 1\0\n", b'x = "\xe4"\n', b"\xff\xfe"])
def test_file_that_is_no_text_is_told(package, monkeypatch, content):
    (package / "app.py").write_bytes(content)

    trial, lesson = check(package, monkeypatch)

    assert trial.unimported
    assert "SyntaxError" in lesson.came


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("while True: pass", "still busy when its time was up"),
        ("import time; time.sleep(1000)", "still busy when its time was up"),
        ("import os; os._exit(7)", "ended the whole process, with exit code 7"),
        ("import sys; sys.exit(0)", "your code raised SystemExit: 0"),
        ("raise KeyboardInterrupt", "your code raised KeyboardInterrupt"),
        ("return self.wsgi_app(environ, start_response)", "RecursionError"),
        pytest.param(
            "import os; os.kill(os.getpid(), 9)", "by the signal SIGKILL", marks=POSIX
        ),
        pytest.param(
            "import ctypes; ctypes.string_at(0)", "Python itself crashed", marks=POSIX
        ),
    ],
)
def test_application_that_comes_to_grief_is_told(package, monkeypatch, code, words):
    in_app(package, code)

    trial, lesson = check(package, monkeypatch)

    assert trial.required and not trial.is_green
    assert words in lesson.came
    assert lesson.talk[0].startswith("→ GET /")


# each defines the class of an exception named `Odd`, or its parts
ODD = {
    "a text that raises": """
class Odd(Exception):
    def __str__(self): raise RuntimeError
""",
    "a text that ends the program": """
class Odd(BaseException):
    def __str__(self): raise SystemExit(0)
    __repr__ = __str__
""",
    "a text that is a surprise": """
class Text(str):
    def __getitem__(self, key): raise KeyboardInterrupt
    __iter__ = splitlines = __len__ = __getitem__
class Odd(Exception):
    def __str__(self): return Text('odd')
""",
    "a class that it has not": """
import unittest
class Odd(Exception):
    __class__ = unittest.SkipTest
""",
    "a class that raises": """
class Odd(Exception):
    @property
    def __class__(self): raise RuntimeError
""",
    "a class without a name": """
class Nameless(type):
    @property
    def __name__(self): raise RuntimeError
class Odd(Exception, metaclass=Nameless): pass
""",
    "a cause that raises": """
class Odd(Exception):
    @property
    def __cause__(self): raise RuntimeError
    __traceback__ = __context__ = __cause__
""",
    "a truth that raises": """
class Odd(Exception):
    def __bool__(self): raise RuntimeError
    __len__ = __eq__ = __hash__ = __bool__
""",
    "what leaves a test out": "from unittest import SkipTest as Odd\n",
    "what excuses a test": "from pytest import xfail\nOdd = xfail.Exception\n",
}


@pytest.mark.parametrize("code", ODD.values(), ids=ODD)
def test_odd_exception_is_a_failure(package, monkeypatch, code):
    (package / "odd.py").write_text(code, encoding="utf-8")
    in_app(package, "from .odd import Odd; raise Odd")

    trial, lesson = check(package, monkeypatch)

    assert trial.required and not trial.is_green
    assert lesson.came
    assert lesson.step == 1 and lesson.behaviour


@pytest.mark.parametrize("code", ODD.values(), ids=ODD)
def test_odd_exception_at_import_is_told(package, monkeypatch, code):
    at_import(package, f"{code}\nraise Odd")

    trial, lesson = check(package, monkeypatch)

    assert trial.unimported
    assert lesson.title == "mine cannot be imported"
    assert lesson.came


@pytest.mark.parametrize("call", ["breakpoint()", "import pdb; pdb.set_trace()"])
def test_debugger_is_refused_in_one_sentence(package, monkeypatch, call):
    in_app(package, call)

    _, lesson = check(package, monkeypatch)

    assert "breakpoint() has no terminal in a check" in lesson.came
    assert lesson.mine and lesson.mine["code"] == call


def test_loop_is_shown_where_it_is(package, monkeypatch):
    in_app(package, "while True: pass")

    _, lesson = check(package, monkeypatch)

    assert lesson.mine
    assert lesson.mine["file"] == "mine/app.py"
    assert lesson.mine["code"] == "while True: pass"


def test_endless_printing_fills_nothing(package, monkeypatch):
    in_app(package, 'while True: print("spam " * 1000)')

    trial, lesson = check(package, monkeypatch)

    [failure] = trial.failures.values()
    assert failure["output"]["bytes"] > 1_000_000
    assert len(failure["output"]["tail"]) <= 16_384
    assert "MB, of which this is the end" in lesson.printed[0]


def test_what_is_printed_is_shown_without_orders_to_the_terminal(package, monkeypatch):
    in_app(package, 'print("\\x1b[2Jbell\\x07"); raise ValueError("\\x1b[31mred")')

    _, lesson = check(package, monkeypatch)

    assert lesson.printed == ["�[2Jbell�"]
    assert lesson.came == "your code raised ValueError: �[31mred"


def test_what_is_printed_is_kept_when_nobody_reads_in_time(package, monkeypatch):
    in_app(package, 'print("here"); raise ValueError')
    events = Worker.events

    def read_late(worker):
        for event in events(worker):
            time.sleep(0.3 if event["event"] == "started" else 0)
            yield event

    monkeypatch.setattr(Worker, "events", read_late)
    _, lesson = check(package, monkeypatch)

    assert lesson.printed == ["here"]


def test_worker_is_closed_while_its_output_is_read(monkeypatch):
    raised = []
    monkeypatch.setattr(threading, "excepthook", raised.append)
    read = os.read

    def read_late(*given):
        data = read(*given)
        time.sleep(0.3)
        return data

    worker = Worker(ROOT)
    worker.told.get(timeout=LIMIT)
    monkeypatch.setattr(trials.os, "read", read_late)
    worker.send(["--no-such-option"])
    time.sleep(0.3)
    worker.close()
    time.sleep(0.5)

    assert not raised


def test_memory_that_is_used_up_ends_the_test_alone(package, monkeypatch):
    in_app(package, "text = 'x' * (1 << 40)")

    trial, lesson = check(package, monkeypatch)

    assert "MemoryError" in lesson.came
    assert len(trial.outcomes) >= 1


def test_thread_that_is_left_behind_is_named(package, monkeypatch):
    at_import(
        package,
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(1000,), name='ticker').start()",
    )
    in_app(package, "raise ValueError('so that there is something to tell')")

    trial, _ = check(package, monkeypatch)

    assert trial.threads == ["ticker"]


@POSIX
def test_process_that_is_left_behind_is_ended(package, monkeypatch, tmp_path):
    note = tmp_path / "pid"
    child = "import time; time.sleep(1000)"
    at_import(
        package,
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}])\n"
        f"open({str(note)!r}, 'w').write(str(child.pid))",
    )
    in_app(package, "raise ValueError('so that there is something to tell')")

    check(package, monkeypatch)

    number = int(note.read_text())
    deadline = time.monotonic() + 60
    while is_alive(number) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(number)


def is_alive(number: int) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.parametrize(
    "code",
    [
        "import builtins; builtins.len = None",
        "import json; json.dumps = None",
        "import os; os.closerange(0, 64)",
        "import os, shutil; shutil.rmtree(os.getcwd())",
    ],
)
def test_package_that_breaks_the_house_is_told(package, monkeypatch, code):
    at_import(package, code)
    in_app(package, "raise ValueError('so that there is something to tell')")

    trial, lesson = check(package, monkeypatch)

    assert not trial.is_green
    assert lesson.came


def test_all_failures_are_found_behind_a_loop(package, monkeypatch):
    asked = "if environ.get('PATH_INFO') =="
    in_app(package, f"{asked} '/about': __import__('time').sleep(99)")
    in_app(package, f"{asked} '/nowhere': raise LookupError('lost')")
    monkeypatch.setenv("COSTREL_PATIENCE", "0.2")

    trial = run(Order((STEP.tests,), str(package), 1, stop=False), ROOT)

    assert {each["function"] for each in trial.red} == {
        "test_each_path_has_its_own_view",
        "test_unknown_path_gives_404",
    }
    assert len(trial.outcomes) == len(trial.tests)


def test_patience_that_is_no_number_is_refused(monkeypatch):
    monkeypatch.setenv("COSTREL_PATIENCE", "much")

    with pytest.raises(Problem, match=r"'much'.*factor"):
        Worker(ROOT)


def test_answer_after_a_save_comes_soon(package):
    """As `--watch` has it: the process is ready before it is wanted."""
    worker = Worker(ROOT)
    assert worker.told.get(timeout=LIMIT) == {"event": "warm"}
    trial = run(Order((STEP.tests,), str(package), 1), ROOT, worker=worker)

    assert trial.is_green
    # about 0.4 alone; tests that run beside this one take their share
    assert trial.seconds < 3 * slowness()
