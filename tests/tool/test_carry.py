"""The verb `carry`, tried on a small ladder of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

STEPS = ("step01_one", "step02_two", "step03_three")
LINES = [f"line {number}" for number in range(1, 13)]
CLEAN = "import pathlib\n\n\ndef test_holds():\n    assert pathlib.Path\n"


class Book:
    """A ladder of three steps in a git checkout, and the command run on it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, step: int, name: str) -> Path:
        return self.root / "steps" / STEPS[step - 1] / name

    def write(self, step: int, name: str, text: str | bytes) -> None:
        path = self.path(step, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        content = text if isinstance(text, bytes) else text.encode()
        path.write_bytes(content)

    def read(self, step: int, name: str) -> str:
        return self.path(step, name).read_bytes().decode()

    def edit(self, step: int, name: str, old: str, new: str) -> None:
        text = self.read(step, name)
        assert old in text
        self.write(step, name, text.replace(old, new))

    def git(self, *words: str) -> str:
        who = ["-c", "user.name=A", "-c", "user.email=a@localhost"]
        return subprocess.run(
            ["git", *who, *words],
            cwd=self.root,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-qm", "state")

    def run(
        self, *words: str, test: bool = False, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        options = [] if test else ["--no-test"]
        return subprocess.run(
            [sys.executable, "-m", "costrel", "carry", *words, *options],
            cwd=self.root,
            capture_output=True,
            encoding="utf-8",
            env={**os.environ, "COSTREL_ROOT": str(self.root), **environment},
            check=False,
        )


def text(*extra: str) -> str:
    """Return twelve lines with more lines in the middle."""
    return "\n".join([*LINES[:6], *extra, *LINES[6:]]) + "\n"


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """Make the ladder: each step's app.txt adds one line to the step before."""
    book = Book(tmp_path)
    book.write(1, "app.txt", text())
    book.write(2, "app.txt", text("two"))
    book.write(3, "app.txt", text("two", "three"))
    for step in (1, 2, 3):
        book.write(step, "same.txt", "one\ntwo\n")
    book.git("init", "-q")
    book.git("config", "core.autocrlf", "false")
    book.commit()
    return book


def test_an_edit_is_merged_into_every_later_step(book: Book) -> None:
    book.edit(1, "app.txt", "line 2\n", "line 2, fixed\n")
    result = book.run("1")
    assert result.returncode == 0, result.stderr
    assert book.read(2, "app.txt") == text("two").replace("line 2\n", "line 2, fixed\n")
    assert "line 2, fixed\n" in book.read(3, "app.txt")
    assert "three\n" in book.read(3, "app.txt")
    assert "costrel weave" in result.stdout


def test_an_edit_in_the_middle_leaves_earlier_steps_alone(book: Book) -> None:
    book.edit(2, "app.txt", "line 2\n", "line 2, fixed\n")
    assert book.run("step02_two").returncode == 0
    assert book.read(1, "app.txt") == text()
    assert "line 2, fixed" in book.read(3, "app.txt")


def test_without_an_edit_there_is_nothing_to_carry(book: Book) -> None:
    result = book.run("1")
    assert result.returncode == 0
    assert "Nothing to carry: step01_one is as it was in HEAD." in result.stdout
    assert book.git("status", "--porcelain") == ""


def test_a_second_run_changes_nothing_more(book: Book) -> None:
    book.edit(1, "app.txt", "line 2\n", "line 2, fixed\n")
    book.run("1")
    once = book.git("diff")
    assert book.run("1").returncode == 0
    assert book.git("diff") == once


def test_carry_edit_and_carry_again_is_no_conflict(book: Book) -> None:
    book.edit(1, "app.txt", "line 2\n", "line 2, fixed\n")
    book.run("1")
    book.edit(1, "app.txt", "line 2, fixed\n", "line 2, fixed twice\n")

    result = book.run("1")

    assert result.returncode == 0, result.stderr
    for step in (2, 3):
        assert "line 2, fixed twice\n" in book.read(step, "app.txt")


def test_a_line_added_twice_beside_a_step_s_own_is_no_conflict(book: Book) -> None:
    book.edit(1, "app.txt", "line 5\n", "line 5\nfirst\n")
    book.run("1")
    book.edit(1, "app.txt", "first\n", "first\nsecond\n")

    result = book.run("1")

    assert result.returncode == 0, result.stderr
    assert "first\nsecond\nline 6\ntwo\n" in book.read(3, "app.txt")


def test_an_edit_taken_back_is_taken_back_later_too(book: Book) -> None:
    book.edit(1, "app.txt", "line 2\n", "line 2, fixed\n")
    book.edit(1, "app.txt", "line 11\n", "line 11, fixed\n")
    book.run("1")
    book.edit(1, "app.txt", "line 2, fixed\n", "line 2\n")

    assert book.run("1").returncode == 0

    assert book.read(3, "app.txt") == text("two", "three").replace(
        "line 11\n", "line 11, fixed\n"
    )


def test_after_a_conflict_the_same_call_goes_on_too(book: Book) -> None:
    mine = "line 6, mine\nline 7, mine\n"
    book.edit(1, "app.txt", "line 6\nline 7\n", mine)
    book.run("1")
    fixed = text("two").replace("line 6\ntwo\nline 7\n", "line 6, mine\ntwo\n")
    book.write(2, "app.txt", fixed)

    result = book.run("1")

    assert "step03_three needs your hand" in result.stderr
    assert book.read(2, "app.txt") == fixed


def test_a_later_step_that_was_put_back_gets_the_edit_again(book: Book) -> None:
    book.edit(1, "app.txt", "line 2\n", "line 2, fixed\n")
    book.run("1")
    book.git("checkout", "--", "steps/step02_two", "steps/step03_three")

    assert book.run("1").returncode == 0

    assert "line 2, fixed" in book.read(3, "app.txt")


def test_after_a_commit_the_next_edit_starts_from_it(book: Book) -> None:
    book.edit(1, "app.txt", "line 2\n", "line 2, fixed\n")
    book.run("1")
    book.edit(3, "app.txt", "line 2, fixed\n", "line 2, ours\n")
    book.commit()
    book.edit(1, "app.txt", "line 11\n", "line 11, fixed\n")

    result = book.run("1")

    assert result.returncode == 0, result.stderr
    assert "line 2, ours" in book.read(3, "app.txt")
    assert "line 11, fixed" in book.read(3, "app.txt")


def test_a_line_too_long_is_found_before_it_is_carried(book: Book) -> None:
    pytest.importorskip("ruff")
    book.write(1, "code.py", f"name = {'x' * 90!r}\nimport os\n")

    result = book.run("1")

    assert result.returncode == 1
    assert "F401" in result.stderr and "costrel carry 1" in result.stderr
    assert not book.path(2, "code.py").exists()


def test_code_that_is_not_formatted_is_not_carried(book: Book) -> None:
    pytest.importorskip("ruff")
    book.write(1, "code.py", "name = 'x'\n")

    assert "ruff format --check" in book.run("1").stderr


TAUGHT = """
[[behaviour]]
name = "One"
tests = ["test_one"]
means = "One."
section = "One"
code = []
hints = ["a", "b", "c"]

[[mistake]]
name = "forgotten"
test = "test_one"
when = "x"
says = "y"
file = "app.txt"
old = "line 2\\n"
new = ""
"""


@pytest.mark.parametrize("step", [1, 2])
def test_a_mistake_that_no_longer_fits_is_named(book: Book, step: int) -> None:
    folder = book.root / "tests" / STEPS[step - 1]
    folder.mkdir(parents=True)
    (folder / "teaching.toml").write_text(TAUGHT, encoding="utf-8")
    book.edit(1, "app.txt", "line 2\n", "line 2, fixed\n")

    result = book.run("1")

    assert result.returncode == 1
    assert (
        f"tests/{STEPS[step - 1]}/teaching.toml: mistake 'forgotten': app.txt has its"
        " `old` 0 times, not once"
    ) in result.stderr
    # what is wrong where the edit was made stops it
    carried = "line 2, fixed" in book.read(2, "app.txt")
    assert carried == (step == 2)


def test_a_conflict_stops_names_the_file_and_loses_nothing(book: Book) -> None:
    book.edit(1, "app.txt", "line 6\nline 7\n", "line 6, mine\nline 7, mine\n")
    result = book.run("1")
    assert result.returncode == 1
    assert "steps/step02_two/app.txt" in result.stderr
    assert "costrel carry 2" in result.stderr
    assert "Traceback" not in result.stderr
    marked = book.read(2, "app.txt")
    for line in (*LINES, "two", "line 6, mine", "line 7, mine"):
        assert line in marked.splitlines()
    assert "<<<<<<< step02_two" in marked
    # what both came from is shown between them
    assert "||||||| step01_one before" in marked
    assert ">>>>>>> step01_one now" in marked
    assert book.read(3, "app.txt") == text("two", "three")


def test_after_a_conflict_going_on_works_as_told(book: Book) -> None:
    mine = "line 6, mine\nline 7, mine\n"
    book.edit(1, "app.txt", "line 6\nline 7\n", mine)
    book.edit(1, "same.txt", "one\n", "one, fixed\n")
    book.run("1")
    fixed = text("two").replace("line 6\ntwo\nline 7\n", "line 6, mine\ntwo\n")
    book.write(2, "app.txt", fixed)
    result = book.run("2")
    assert result.returncode == 1, result.stdout
    assert "costrel carry 3" in result.stderr
    assert book.read(3, "same.txt") == "one, fixed\ntwo\n"
    book.write(3, "app.txt", fixed.replace("two\n", "two\nthree\n"))
    last = book.run("3")
    assert last.returncode == 0, last.stderr
    assert "newest" in last.stdout


@pytest.mark.parametrize("step", [1, 2, 3])
def test_it_refuses_to_start_while_a_file_holds_conflict_marks(
    book: Book, step: int
) -> None:
    book.edit(1, "app.txt", "line 2\n", "line 2, fixed\n")
    marks = "<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n"
    book.write(step, "other.txt", marks)
    before = book.git("status", "--porcelain")
    result = book.run("1")
    assert result.returncode == 1
    assert f"steps/{STEPS[step - 1]}/other.txt" in result.stderr
    assert "costrel carry 1" in result.stderr
    assert book.git("status", "--porcelain") == before


def test_a_new_file_reaches_every_later_step(book: Book) -> None:
    book.write(1, "templates/page.html", "new\n")
    assert book.run("1").returncode == 0
    assert book.read(2, "templates/page.html") == "new\n"
    assert book.read(3, "templates/page.html") == "new\n"


def test_a_new_file_that_a_later_step_has_differently_is_a_conflict(book: Book) -> None:
    book.write(2, "new.txt", "theirs\n")
    book.commit()
    book.write(1, "new.txt", "mine\n")
    result = book.run("1")
    assert result.returncode == 1
    assert {"theirs", "mine"} <= set(book.read(2, "new.txt").splitlines())


def test_a_deleted_file_goes_from_every_later_step(book: Book) -> None:
    book.path(1, "same.txt").unlink()
    assert book.run("1").returncode == 0
    assert not book.path(2, "same.txt").exists()
    assert not book.path(3, "same.txt").exists()


def test_deleting_the_last_file_of_a_folder_removes_the_folder(book: Book) -> None:
    for step in (1, 2, 3):
        book.write(step, "templates/page.html", "x\n")
    book.commit()
    book.path(1, "templates/page.html").unlink()
    assert book.run("1").returncode == 0
    assert not book.path(3, "templates").exists()
    assert book.path(3, "app.txt").exists()


def test_a_deleted_file_that_changed_later_is_kept_and_told(book: Book) -> None:
    book.path(1, "app.txt").unlink()
    result = book.run("1")
    assert result.returncode == 1
    assert book.read(2, "app.txt") == text("two")
    assert "steps/step02_two/app.txt: it was deleted" in result.stderr
    assert "costrel carry 2" in result.stderr


def test_a_renamed_file_is_renamed_later_too(book: Book) -> None:
    book.path(1, "same.txt").rename(book.path(1, "other.txt"))
    assert book.run("1").returncode == 0
    assert not book.path(3, "same.txt").exists()
    assert book.read(3, "other.txt") == "one\ntwo\n"


def test_an_edit_that_a_later_step_already_has_is_no_conflict(book: Book) -> None:
    for step in (1, 2):
        book.edit(step, "app.txt", "line 2\n", "line 2, fixed\n")
    result = book.run("1")
    assert result.returncode == 0, result.stderr
    assert "step02_two: app.txt: already there" in result.stdout
    assert "line 2, fixed" in book.read(3, "app.txt")


def test_uncommitted_edits_of_a_later_step_are_kept_and_go_on(book: Book) -> None:
    book.edit(1, "app.txt", "line 2\n", "line 2, fixed\n")
    book.edit(2, "app.txt", "line 11\n", "line 11, under way\n")
    assert book.run("1").returncode == 0
    for step in (2, 3):
        assert "line 2, fixed" in book.read(step, "app.txt")
        assert "line 11, under way" in book.read(step, "app.txt")


def test_a_later_step_that_is_not_committed_yet_gets_the_edit_too(book: Book) -> None:
    book.git("rm", "-rq", "--cached", "steps/step02_two")
    book.git("commit", "-qm", "step 2 is not there")
    book.edit(1, "app.txt", "line 2\n", "line 2, fixed\n")
    assert book.run("1").returncode == 0
    assert "line 2, fixed" in book.read(2, "app.txt")
    assert "line 2, fixed" in book.read(3, "app.txt")


def test_windows_line_endings_stay(book: Book) -> None:
    for step in (1, 2, 3):
        book.write(step, "app.txt", book.read(step, "app.txt").replace("\n", "\r\n"))
    book.commit()
    book.edit(1, "app.txt", "line 2\r\n", "line 2, fixed\r\n")
    assert book.run("1").returncode == 0
    merged = book.path(3, "app.txt").read_bytes()
    assert b"line 2, fixed\r\n" in merged
    assert merged.count(b"\n") == merged.count(b"\r\n") == 14


def test_a_step_with_other_line_endings_keeps_its_own(book: Book) -> None:
    book.write(2, "app.txt", text("two").replace("\n", "\r\n"))
    book.commit()
    book.edit(1, "app.txt", "line 2\n", "line 2, fixed\n")
    result = book.run("1")
    assert result.returncode == 0, result.stderr
    fixed = text("two").replace("line 2\n", "line 2, fixed\n")
    assert book.read(2, "app.txt") == fixed.replace("\n", "\r\n")
    assert b"\r" not in book.path(3, "app.txt").read_bytes()
    assert "line 2, fixed" in book.read(3, "app.txt")


def test_a_checkout_that_converts_line_endings_is_merged_the_same(book: Book) -> None:
    book.git("config", "core.autocrlf", "true")
    for step in (1, 2, 3):
        book.path(step, "app.txt").unlink()
    book.git("checkout", "--", ".")
    book.edit(1, "app.txt", "line 2\r\n", "line 2, fixed\r\n")
    result = book.run("1")
    assert result.returncode == 0, result.stderr
    fixed = text("two", "three").replace("line 2\n", "line 2, fixed\n")
    assert book.read(3, "app.txt") == fixed.replace("\n", "\r\n")


def test_a_file_that_is_not_utf8_is_merged_byte_by_byte(book: Book) -> None:
    for step in (1, 2, 3):
        book.write(step, "latin.txt", "caf\xe9\nb\nc\nd\ne\n".encode("latin-1"))
    book.write(2, "latin.txt", "caf\xe9\nb\nc\nd\nf\xfc\n".encode("latin-1"))
    book.commit()
    book.write(1, "latin.txt", "th\xe9\nb\nc\nd\ne\n".encode("latin-1"))
    assert book.run("1").returncode == 0
    assert book.path(2, "latin.txt").read_bytes() == b"th\xe9\nb\nc\nd\nf\xfc\n"


def test_a_binary_file_changed_in_both_steps_is_kept_and_told(book: Book) -> None:
    for step in (1, 2, 3):
        book.write(step, "picture.png", b"\0first")
    book.write(2, "picture.png", b"\0second")
    book.commit()
    book.write(1, "picture.png", b"\0mine")
    result = book.run("1")
    assert result.returncode == 1
    assert "picture.png" in result.stderr
    assert book.path(2, "picture.png").read_bytes() == b"\0second"


def test_a_binary_file_that_is_the_same_later_is_replaced(book: Book) -> None:
    for step in (1, 2, 3):
        book.write(step, "picture.png", b"\0first")
    book.commit()
    book.write(1, "picture.png", b"\0mine\r\n")
    assert book.run("1").returncode == 0
    assert book.path(3, "picture.png").read_bytes() == b"\0mine\r\n"


def test_a_committed_edit_is_carried_from_a_named_revision(book: Book) -> None:
    book.edit(1, "app.txt", "line 2\n", "line 2, fixed\n")
    book.commit()
    assert "Nothing to carry" in book.run("1").stdout
    assert book.run("1", "--base", "HEAD~1").returncode == 0
    assert "line 2, fixed" in book.read(3, "app.txt")


def test_ignored_files_are_not_carried(book: Book) -> None:
    (book.root / ".gitignore").write_text("*.log\n", encoding="utf-8")
    book.write(1, "debug.log", "x\n")
    book.write(1, "__pycache__/app.txtc", "x\n")
    assert "Nothing to carry" in book.run("1").stdout


def test_no_spare_file_is_left_behind(book: Book) -> None:
    book.edit(1, "app.txt", "line 2\n", "line 2, fixed\n")
    book.run("1")
    names = {path.name for path in book.path(2, "app.txt").parent.iterdir()}
    assert names == {"app.txt", "same.txt"}


def one_sentence(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    return result.stderr


def test_without_a_git_checkout_it_says_so(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.write(1, "app.txt", text())
    result = book.run("1", GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
    assert "not a git checkout" in one_sentence(result)


def test_without_the_program_git_it_says_so(book: Book) -> None:
    book.edit(1, "app.txt", "line 2\n", "line 2, fixed\n")
    message = one_sentence(book.run("1", PATH=str(book.root)))
    assert "git was not found" in message


def test_an_unknown_revision_and_an_uncommitted_step_are_told(book: Book) -> None:
    assert "no revision 'nowhere'" in one_sentence(book.run("1", "--base", "nowhere"))
    book.git("rm", "-rq", "--cached", "steps/step01_one")
    book.git("commit", "-qm", "step 1 is not there")
    assert "not in HEAD yet" in one_sentence(book.run("1"))


def test_a_failing_git_gets_one_sentence(book: Book) -> None:
    book.edit(1, "app.txt", "line 2\n", "line 2, fixed\n")
    (book.root / ".git" / "index").write_bytes(b"broken")
    assert "git diff failed" in one_sentence(book.run("1"))


def test_an_unknown_step_gets_one_sentence(book: Book) -> None:
    assert "no step '9'" in one_sentence(book.run("9"))


def write_test(book: Book, step: int, code: str) -> None:
    folder = book.root / "tests" / STEPS[step - 1]
    folder.mkdir(parents=True)
    (folder / f"test_{step}.py").write_text(code, encoding="utf-8")


def test_it_runs_the_tests_of_the_steps_it_touched_and_no_others(book: Book) -> None:
    book.edit(2, "app.txt", "line 2\n", "line 2, fixed\n")
    write_test(book, 1, "def test_never():\n    assert False\n")
    write_test(book, 2, CLEAN)
    write_test(book, 3, CLEAN)
    result = book.run("2", test=True)
    assert result.returncode == 0, result.stdout
    assert "2 passed" in result.stdout


def test_a_failing_test_fails_the_command_with_a_sentence(book: Book) -> None:
    book.edit(1, "app.txt", "line 2\n", "line 2, fixed\n")
    write_test(book, 3, "def test_broken():\n    assert False\n")
    result = book.run("1", test=True)
    assert result.returncode == 1
    assert "tests of step01_one to step03_three fail" in result.stderr
