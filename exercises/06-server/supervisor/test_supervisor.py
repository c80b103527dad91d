"""The exercise `supervisor`: real processes and saved files."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from inspect import signature
from pathlib import Path
from time import monotonic, sleep

import exercise
import pytest
from exercise import run

PATIENCE = 60  # seconds, for a machine that has other things to do
INTERVAL = 0.05

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="signals need a Unix")

PROGRAM = """
import os
import signal
import sys
from pathlib import Path
from threading import Event
from time import sleep

# a shell may have started us deaf to Ctrl-C
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, ANSWER_FOLDER)
from ANSWER import run

home = Path(__file__).parent


def note(*words):
    with (home / "log.txt").open("a", encoding="utf-8") as log:
        print(*words, file=log)


if (home / "hold.txt").exists():
    note("held")
    while (home / "hold.txt").exists():
        sleep(0.02)


def main():
    note("TEXT", os.getpid(), *sys.argv[1:])
    BODY


if __name__ == "__main__":
    run(main, home, INTERVAL)
    note("after run")
"""


def program(text, body="Event().wait()"):
    answer = Path(exercise.__file__)
    code = PROGRAM.replace("ANSWER_FOLDER", repr(str(answer.parent)))
    code = code.replace("ANSWER", answer.stem).replace("INTERVAL", str(INTERVAL))
    return code.replace("TEXT", text).replace("BODY", body)


class Session:
    """A supervised program in its own folder."""

    def __init__(self, folder):
        self.folder = folder
        self.saves = 0
        self.process = None

    def save(self, code, name="program.py"):
        """Save a file at once, with a time that no file has had before."""
        self.saves += 1
        draft = self.folder / "draft.txt"
        draft.write_text(code, encoding="utf-8")
        # whole seconds apart, for file systems that count no finer
        moment = draft.stat().st_mtime_ns + self.saves * 10_000_000_000
        os.utime(draft, ns=(moment, moment))
        draft.replace(self.folder / name)

    def start(self, *arguments):
        with (self.folder / "errors.txt").open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "program.py", *arguments],
                cwd=self.folder,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )

    def read(self, name):
        file = self.folder / name
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def notes(self):
        """Return the complete lines, each as a list of words."""
        lines = self.read("log.txt").splitlines(keepends=True)
        return [line.split() for line in lines if line.endswith("\n")]

    def wait_for(self, text):
        """Wait until a child has noted this; return the words after it."""
        return self.wait(lambda: [note for note in self.notes() if note[0] == text])[-1]

    def wait_for_error(self, text):
        self.wait(lambda: text in self.read("errors.txt"))

    def wait(self, condition):
        deadline = monotonic() + PATIENCE
        while not (found := condition()):
            story = f"{self.notes()}\n{self.read('errors.txt')}"
            assert self.process.poll() is None, f"the session has ended: {story}"
            assert monotonic() < deadline, f"waited in vain: {story}"
            sleep(0.02)
        return found

    def end(self):
        """Wait until every process of the session has ended; return the exit code."""
        # the pipe is open as long as any of them lives
        self.process.communicate(timeout=PATIENCE)
        return self.process.returncode

    def kill(self):
        if self.process is None:
            return
        if sys.platform == "win32":
            self.process.kill()
        else:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()


@pytest.fixture
def session(tmp_path):
    session = Session(tmp_path)
    session.save(program("one"))
    yield session
    session.kill()


def test_interval_is_a_second_unless_told():
    assert signature(run).parameters["interval"].default == 1


def test_main_runs_in_a_child(session):
    session.start()

    _, child = session.wait_for("one")

    assert int(child) != session.process.pid


def test_child_gets_the_arguments(session):
    session.start("brass", "--loud")

    assert session.wait_for("one")[2:] == ["brass", "--loud"]


def test_saved_change_is_run_by_a_new_child(session):
    session.start()
    _, first = session.wait_for("one")

    session.save(program("two"))

    assert session.wait_for("two")[1] != first
    session.save(program("three"))
    session.wait_for("three")


def test_new_file_in_a_folder_below_counts(session):
    session.start()
    session.wait_for("one")
    (session.folder / "pages").mkdir()

    session.save("", "pages/front.py")

    session.wait(lambda: len(session.notes()) == 2)


def test_file_that_is_gone_counts(session):
    session.save("", "pages.py")
    session.start()
    session.wait_for("one")

    (session.folder / "pages.py").unlink()

    session.wait(lambda: len(session.notes()) == 2)


def test_without_a_change_the_child_stays(session):
    session.start()
    session.wait_for("one")

    session.save("no Python", "notes.txt")
    sleep(20 * INTERVAL)

    assert len(session.notes()) == 1 and session.process.poll() is None


def test_syntax_error_does_not_end_the_session(session):
    session.start()
    session.wait_for("one")

    session.save("def main(:")
    session.wait_for_error("SyntaxError")
    session.save(program("two"))

    session.wait_for("two")


def test_error_in_main_does_not_end_the_session(session):
    session.save(program("one", "raise RuntimeError('a bell fell off')"))
    session.start()
    session.wait_for_error("a bell fell off")

    session.save(program("two"))

    session.wait_for("two")


def test_crashed_child_is_not_started_again_before_a_save(session):
    session.save(program("one", "raise RuntimeError('a bell fell off')"))
    session.start()
    session.wait_for_error("a bell fell off")

    sleep(20 * INTERVAL)

    assert len(session.notes()) == 1 and session.process.poll() is None


def test_save_while_the_child_starts_is_not_lost(session):
    session.start()
    session.wait_for("one")
    (session.folder / "hold.txt").touch()
    session.save(program("two"))
    session.wait_for("held")

    # the child has read `two`, and hasn't reached its call to `run` yet
    session.save(program("three"))
    (session.folder / "hold.txt").unlink()

    session.wait_for("three")


def test_session_ends_when_main_returns(session):
    session.save(program("one", "return"))
    session.start()

    assert session.end() == 0
    assert [note[0] for note in session.notes()] == ["one"]


@on_posix
def test_ctrl_c_ends_both(session):
    session.start()
    session.wait_for("one")

    # a terminal sends it to all processes in the foreground
    os.killpg(session.process.pid, signal.SIGINT)

    session.end()
    assert "Traceback" not in session.read("errors.txt")


@on_posix
def test_ctrl_c_ends_a_supervisor_that_waits_for_a_save(session):
    session.save(program("one", "raise RuntimeError('a bell fell off')"))
    session.start()
    session.wait_for_error("a bell fell off")

    os.killpg(session.process.pid, signal.SIGINT)

    session.end()


@on_posix
def test_supervisor_that_is_ended_leaves_no_child(session):
    session.start()
    session.wait_for("one")

    session.process.terminate()

    session.end()
