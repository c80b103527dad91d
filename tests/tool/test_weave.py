"""The verb `weave`, tried on a small ladder of its own."""

import os
import subprocess
import sys
from pathlib import Path
from shutil import copytree
from textwrap import dedent

import pytest
from click.testing import CliRunner, Result

from costrel.cli import group
from costrel.core import files
from costrel.core.chapter import BrokenError, read_chapter
from costrel.core.counts import public_names
from costrel.core.ladder import Ladder
from costrel.weave import one_chapter as weaving
from costrel.weave.change_card import minutes

INIT = '"""The public names."""\n\nfrom .app import App\n\n__all__ = ["App"]\n'
ONE = '''\
"""The application."""

import os


class App:
    """Answers."""

    def answer(self):
        """Say who answers."""
        return f"one {os.name}"

    def old(self):
        return "old"
'''
TWO = '''\
"""The application."""

import os
import sys


class App:
    """Answers."""

    def answer(self):
        """Say who answers."""
        return f"two {os.name} {sys.platform}"

    def fresh(self):
        return "fresh"
'''
TEST_TWO = """\
import pytest
from step02_two import App


def test_answer_is_two():
    assert App().answer().startswith("two")


@pytest.mark.attack
def test_nobody_breaks_in():
    assert not hasattr(App(), "old")
"""
CHAPTER_ONE = """\
---
title: One
---

# One

<!-- card -->
<!-- /card -->

Prose that nobody may touch.

```python title="step01_one/app.py: App(head), App.answer"
```

!!! note

    ```python title="step01_one/app.py: App.old"
    ```

```python title="hello.py"
from step01_one import App

print(App().answer())
```

```console
$ python hello.py
```

```pycon
>>> from step01_one import App
>>> App().old()
```

What is left over:

<!-- leftovers -->
<!-- /leftovers -->
"""
CHAPTER_TWO = """\
# Two

<!-- card -->
<!-- /card -->

```diff title="step02_two/app.py: App.answer"
```

```diff title="step02_two/app.py: App.old"
```

```python title="step02_two/app.py: App.fresh"
```

<!-- leftovers -->
<!-- /leftovers -->
"""


class Book:
    """A ladder of two steps with a chapter each, and the verb run on it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def fill(self) -> None:
        self.write("book.py", "")
        self.write("pyproject.toml", 'requires-python = ">=3.11"\n')
        self.write("requirements/test.txt", "werkzeug==3.1.9 \\\n  --hash=x\n")
        for name, app in (("step01_one", ONE), ("step02_two", TWO)):
            self.write(f"steps/{name}/__init__.py", INIT)
            self.write(f"steps/{name}/app.py", app)
        self.write("tests/step02_two/test_two.py", TEST_TWO)
        self.write("chapters/01-one.md", CHAPTER_ONE)
        self.write("chapters/02-two.md", CHAPTER_TWO)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")

    def read(self, name: str) -> str:
        return (self.root / name).read_text(encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        text = self.read(name)
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        self.write(name, text.replace(old, new))

    def line(self, name: str, wanted: str) -> int:
        """Find the number of the one line that contains a text."""
        lines = self.read(name).split("\n")
        (number,) = [n for n, line in enumerate(lines, 1) if wanted in line]
        return number

    def weave(self, *words: str) -> Result:
        return CliRunner().invoke(group, ["weave", *words])

    def complaints(self, *words: str, run: bool = False) -> list[str]:
        """Check, and give the lines that name a file."""
        result = self.weave("--check", *words, *([] if run else ["--no-run"]))
        assert result.exit_code == 1, result.output
        assert isinstance(result.exception, SystemExit)
        return [
            line
            for line in result.output.split("\n")
            if any(f".{ending}:" in line for ending in ("py", "md", "svg"))
        ]


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    monkeypatch.setenv("COSTREL_ROOT", str(tmp_path))
    book = Book(tmp_path)
    book.fill()
    return book


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Weave a book once; it takes a second."""
    book = Book(tmp_path_factory.mktemp("example"))
    book.fill()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COSTREL_ROOT", str(book.root))
        result = book.weave()
    assert result.exit_code == 0, result.output
    return book


@pytest.fixture
def woven(example: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    """Return a woven book that a test may spoil."""
    monkeypatch.setenv("COSTREL_ROOT", str(tmp_path))
    copytree(example.root, tmp_path, dirs_exist_ok=True)
    return Book(tmp_path)


# --- what is woven


def test_woven_chapters_agree(woven: Book):
    result = woven.weave("--check")
    assert result.exit_code == 0, result.output
    assert "2 chapters agree with the code." in result.output


def test_second_weaving_writes_nothing(woven: Book):
    before = (woven.root / "chapters/01-one.md").stat().st_mtime_ns
    result = woven.weave()
    assert result.output == ""
    assert (woven.root / "chapters/01-one.md").stat().st_mtime_ns == before


def test_code_and_output_stand_in_the_chapter(woven: Book):
    text = woven.read("chapters/01-one.md")
    assert '        return f"one {os.name}"\n```' in text
    assert f"$ python hello.py\none {os.name}\n```" in text
    assert ">>> App().old()\n'old'\n```" in text
    assert "    class App:\n        ...\n        def old(self):\n" in text


def test_prose_is_left_as_it_is(woven: Book):
    text = woven.read("chapters/01-one.md")
    assert text.startswith("---\ntitle: One\n---\n\n# One\n\n<!-- card -->\n")
    assert "\nProse that nobody may touch.\n" in text


def test_difference_stands_in_the_chapter(woven: Book):
    text = woven.read("chapters/02-two.md")
    assert '-        return f"one {os.name}"\n+        return f"two {os.name}' in text
    assert '-    def old(self):\n-        return "old"\n```' in text


def test_leftovers_are_listed_by_file(woven: Book):
    assert '```diff title="step01_one/__init__.py"\n+"""The public' in woven.read(
        "chapters/01-one.md"
    )
    assert (
        '<!-- leftovers -->\n\n```diff title="step02_two/app.py"\n'
        " import os\n+import sys\n```\n\n<!-- /leftovers -->"
    ) in woven.read("chapters/02-two.md")


def test_card_counts_what_changed(woven: Book):
    text = woven.read("chapters/02-two.md")
    assert "[Code](../steps/step02_two) · [tests](../tests/step02_two) · " in text
    assert "· `costrel run 2` · `costrel diff 2` · 1 min" in text
    assert "| Lines of code | 4 added, 3 removed |" in text
    assert "| Files | `app.py` |" in text
    assert "| New public names | `App.fresh` |" in text
    assert "| Checked with | Python 3.11 and newer |" in text


def test_card_names_the_locked_version_of_an_imported_library(woven: Book):
    woven.edit("steps/step02_two/app.py", "import sys", "import sys\nimport werkzeug")
    woven.weave("2", "--no-run")
    assert "Python 3.11 and newer, Werkzeug 3.1.9 |" in woven.read("chapters/02-two.md")


def test_session_meets_a_woven_file_as_it_will_be(woven: Book):
    woven.write("tests/step02_two/naive.py", 'print("naive")\n')
    text = """
```python title="mine.py = tests/step02_two/naive.py"
```

```console
$ python mine.py
```
"""
    woven.write("chapters/02-two.md", woven.read("chapters/02-two.md") + text)
    woven.weave("2")
    assert "$ python mine.py\nnaive\n```" in woven.read("chapters/02-two.md")


def test_one_chapter_can_be_woven_alone(book: Book):
    result = book.weave("2", "--no-run")
    assert result.output == "wrote chapters/02-two.md\n"
    assert book.read("chapters/01-one.md") == CHAPTER_ONE


def test_no_run_leaves_sessions_alone(book: Book):
    book.weave("--no-run")
    assert "$ python hello.py\n```" in book.read("chapters/01-one.md")


def test_map_is_drawn_beside_the_chapter(woven: Book, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        "costrel.weave.map.map_picture.draw", lambda ladder, step: ("<svg/>", "A\nmap")
    )
    woven.edit(
        "chapters/02-two.md", "# Two\n", "# Two\n\n<!-- map -->\n<!-- /map -->\n"
    )
    assert woven.weave("2", "--no-run").exit_code == 0
    assert woven.read("chapters/assets/map-02.svg") == "<svg/>"
    assert "\n![A map](assets/map-02.svg)\n" in woven.read("chapters/02-two.md")
    woven.write("chapters/assets/map-02.svg", "<svg></svg>")
    (complaint,) = woven.complaints("2")
    assert complaint.startswith("chapters/02-two.md:3: map: chapters/assets/map-02.svg")


def test_ladder_is_drawn_as_far_as_it_is_written(woven: Book):
    woven.write(
        "chapters/ladder.toml",
        '[[part]]\nnumber = "I"\ntitle = "Both"\n'
        '[[part.steps]]\nname = "step01_one"\ntitle = "One"\nwish = "1"\n'
        '[[part.steps]]\nname = "step02_two"\ntitle = "Two"\nwish = "2"\n'
        '[[part.steps]]\nname = "step03_three"\ntitle = "Three"\nwish = "3"\n',
    )
    picture = "chapters/assets/ladder.svg"
    (complaint,) = woven.complaints()
    assert complaint == f"{picture}:1: is not the ladder as it is now"

    assert woven.weave("--no-run").exit_code == 0
    assert "../02-two.md" in woven.read(picture)
    assert "../03-three.md" not in woven.read(picture)
    assert woven.weave("--check", "--no-run").exit_code == 0


# --- what the check names


def test_changed_character_of_a_block_is_named(woven: Book):
    woven.edit("chapters/01-one.md", '"one {os.name}"', '"One {os.name}"')
    line = woven.line("chapters/01-one.md", '"One {os.name}"')
    (complaint,) = woven.complaints()
    assert complaint.startswith(
        f"chapters/01-one.md:{line}: step01_one/app.py: App(head), App.answer: "
    )
    assert '"One {os.name}"' in complaint
    assert '"one {os.name}"' in complaint


def test_changed_character_of_a_difference_is_named(woven: Book):
    woven.edit("chapters/02-two.md", "-    def old(self)", "-    def odd(self)")
    line = woven.line("chapters/02-two.md", "def odd")
    (complaint,) = woven.complaints()
    assert complaint.startswith(
        f"chapters/02-two.md:{line}: step02_two/app.py: App.old"
    )


def test_check_ends_with_what_to_run(woven: Book):
    woven.edit("chapters/02-two.md", "-    def old(self)", "-    def odd(self)")
    result = woven.weave("--check", "--no-run")
    assert result.output.endswith("Run `costrel weave 2` to write what differs.\n")


def test_check_changes_nothing(woven: Book):
    woven.edit("chapters/02-two.md", "-    def old(self)", "-    def odd(self)")
    text = woven.read("chapters/02-two.md")
    woven.complaints()
    assert woven.read("chapters/02-two.md") == text


def test_removed_line_of_a_block_is_named(woven: Book):
    woven.edit("chapters/02-two.md", '\n        return "fresh"', "")
    line = woven.line("chapters/02-two.md", "def fresh") + 1
    (complaint,) = woven.complaints()
    assert complaint.startswith(f"chapters/02-two.md:{line}: ")
    assert "the chapter lacks" in complaint


def test_changed_line_of_a_step_is_named_in_both_chapters(woven: Book):
    woven.edit("steps/step01_one/app.py", 'return "old"', 'return "older"')
    places = {complaint.split(": ")[0] for complaint in woven.complaints(run=True)}
    one = woven.line("chapters/01-one.md", 'return "old"')
    output = woven.line("chapters/01-one.md", "'old'")
    two = woven.line("chapters/02-two.md", 'return "old"')
    assert places == {
        f"chapters/01-one.md:{one}",
        f"chapters/01-one.md:{output}",
        f"chapters/02-two.md:{two}",
    }


def test_new_line_of_a_step_is_named_where_it_stands(woven: Book):
    woven.edit("steps/step02_two/app.py", "\n\nclass", "\n\nLIMIT = 1\n\n\nclass")
    complaint = woven.complaints()[-1]
    line = woven.line("steps/step02_two/app.py", "LIMIT")
    assert complaint == (
        f"steps/step02_two/app.py:{line}: this line is in no block of"
        " 02-two.md: 'LIMIT = 1'"
    )


def test_removed_line_of_a_step_is_named_where_it_stood(woven: Book):
    title = ' title="step02_two/app.py: App.old"'
    woven.edit("chapters/02-two.md", f"```diff{title}", "```diff")
    (complaint,) = woven.complaints()
    line = woven.line("steps/step01_one/app.py", "def old")
    assert complaint.startswith(
        f"steps/step01_one/app.py:{line}: lines {line} to {line + 1} are removed in"
        " step02_two and in no block of 02-two.md (in App.old): 'def old(self):'"
    )


def test_block_of_the_earlier_step_explains_what_left(woven: Book):
    woven.edit(
        "chapters/02-two.md",
        '```diff title="step02_two/app.py: App.old"',
        '```python title="step01_one/app.py: App.old"',
    )
    result = woven.weave("2", "--no-run")
    assert result.exit_code == 0, result.output


def test_plain_block_does_not_explain_what_left(woven: Book):
    woven.edit(
        "chapters/02-two.md",
        '```diff title="step02_two/app.py: App.answer"',
        '```python title="step02_two/app.py: App.answer"',
    )
    result = woven.weave("2", "--no-run")
    assert result.exit_code == 1
    assert (
        "steps/step01_one/app.py:11: this line is removed in step02_two"
        in result.output
    )


def test_file_that_is_new_must_be_shown(woven: Book):
    woven.write("steps/step02_two/templates/index.html", "<h1>\n\n</h1>\n")
    complaint = woven.complaints()[-1]
    assert complaint.startswith(
        "steps/step02_two/templates/index.html:1: lines 1 to 3 are in no block"
    )


def test_file_shown_whole_is_explained(woven: Book):
    woven.write("steps/step02_two/templates/index.html", "<h1>\n</h1>\n")
    block = '```html title="step02_two/templates/index.html"\n```\n'
    woven.edit(
        "chapters/02-two.md", "<!-- leftovers -->", f"{block}\n<!-- leftovers -->"
    )
    assert woven.weave("2", "--no-run").exit_code == 0
    assert "<h1>\n</h1>\n```" in woven.read("chapters/02-two.md")


def test_picture_needs_no_words(woven: Book):
    path = woven.root / "steps/step02_two/static/wren.png"
    path.parent.mkdir()
    path.write_bytes(b"\x89PNG\xff")
    assert woven.weave("2", "--no-run").exit_code == 0


def test_changed_line_of_output_is_named(woven: Book):
    woven.edit("chapters/01-one.md", f"\none {os.name}\n", "\none more\n")
    line = woven.line("chapters/01-one.md", "one more")
    (complaint,) = woven.complaints(run=True)
    assert complaint == (
        f"chapters/01-one.md:{line}: `$ python hello.py`: 'one {os.name}' is printed"
        " where the chapter has 'one more'"
    )


def test_changed_name_of_a_symbol_is_named(woven: Book):
    woven.edit("steps/step02_two/app.py", "def fresh", "def freshly")
    line = woven.line("chapters/02-two.md", "app.py: App.fresh")
    complaints = woven.complaints("2")
    assert (
        f"chapters/02-two.md:{line}: step02_two/app.py: App.fresh: there is no"
        " 'App.fresh': the nearest names are App.freshly"
    ) in complaints


def test_changed_leftover_is_named(woven: Book):
    woven.edit("chapters/02-two.md", "+import sys\n", "")
    line = woven.line("chapters/02-two.md", " import os") + 1
    (complaint,) = woven.complaints()
    assert complaint.startswith(f"chapters/02-two.md:{line}: leftovers: ")
    assert "'+import sys'" in complaint


def test_leftovers_without_a_place_are_named(woven: Book):
    text = woven.read("chapters/02-two.md")
    woven.write("chapters/02-two.md", text.split("<!-- leftovers -->")[0])
    (complaint,) = woven.complaints()
    assert "step02_two/app.py has leftovers, and the chapter no place" in complaint


def test_changed_figure_of_a_card_is_named(woven: Book):
    woven.edit("chapters/02-two.md", "4 added", "5 added")
    line = woven.line("chapters/02-two.md", "5 added")
    (complaint,) = woven.complaints()
    assert complaint.startswith(f"chapters/02-two.md:{line}: card: ")


def test_weaving_mends_all_of_it(woven: Book):
    wanted = woven.read("chapters/01-one.md"), woven.read("chapters/02-two.md")
    woven.edit("chapters/01-one.md", '"one {os.name}"', '"One {os.name}"')
    woven.edit("chapters/01-one.md", "'old'", "'odd'")
    woven.edit("chapters/02-two.md", "+import sys\n", "")
    woven.edit("chapters/02-two.md", "4 added", "5 added")
    assert woven.weave().exit_code == 0
    assert (
        woven.read("chapters/01-one.md"),
        woven.read("chapters/02-two.md"),
    ) == wanted


# --- mistakes


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("# A\n\n```python\nx = 1\n", 3, "the block that ``` opens here is not closed"),
        ("<!-- card -->\n\ntext\n", 1, "the region 'card' is not closed"),
        ("x\n<!-- /card -->\n", 2, "closes a region that is not open"),
        (
            "<!-- card -->\n<!-- map -->\n",
            2,
            "'map' opens here a second time or inside",
        ),
        ("<!-- leftover -->\n", 1, "did you mean 'leftovers'?"),
        ("<!-- card --><!-- /card -->\n", 1, "on lines of their own"),
    ],
)
def test_broken_chapter_gets_one_sentence(book: Book, text: str, line: int, what: str):
    book.write("chapters/01-one.md", text)
    result = book.weave("1")
    assert result.exit_code == 1
    assert result.output.startswith(f"chapters/01-one.md:{line}: ")
    assert what in result.output
    assert book.read("chapters/01-one.md") == text


@pytest.mark.parametrize("name", ["chapters/01-one.md", "steps/step01_one/app.py"])
def test_file_that_is_not_utf8_is_named_with_the_line(woven: Book, name: str):
    path = woven.root / name
    path.write_bytes(b"one = 1\n# \xfc\n" + path.read_bytes())
    assert any(
        each.startswith(f"{name}:2: the byte 0xfc is not UTF-8")
        for each in woven.complaints()
    )


def test_broken_chapter_does_not_hide_the_others(woven: Book):
    woven.write("chapters/01-one.md", "```python\n")
    woven.edit("chapters/02-two.md", "4 added", "5 added")
    assert [each.split(":")[0] for each in woven.complaints()] == [
        "chapters/01-one.md",
        "chapters/02-two.md",
    ]


@pytest.mark.parametrize(
    ("fence", "what"),
    [
        ('python title="step09_none/app.py: App"', "there is no such step"),
        (
            'python title="step02_two/apps.py: App"',
            "step02_two has __init__.py, app.py",
        ),
        ('python title="tests/step02_two/none.py"', "there is no such file"),
        ('diff title="step02_two/app.py: App.fresh"', "is not in step01_one: show it"),
        ('diff title="step02_two/app.py: App(head)"', "the same as in step01_one"),
        ('diff title="step02_two/none.py"', "there is no such file, neither here"),
        ('diff title="step01_one/app.py: App"', "the first step has no step before"),
        ('diff title="tests/step02_two/test_two.py"', "only a step's file has"),
        ('html title="step02_two/a.html: App"', "only a Python file has symbols"),
    ],
)
def test_wrong_address_gets_one_sentence(woven: Book, fence: str, what: str):
    text = woven.read("chapters/02-two.md")
    woven.write("chapters/02-two.md", f"{text}\n```{fence}\nmine\n```\n")
    line = woven.line("chapters/02-two.md", fence)
    result = woven.weave("2", "--no-run")
    assert result.exit_code == 1
    assert f"chapters/02-two.md:{line}: " in result.output
    assert what in result.output
    assert "\nmine\n" in woven.read("chapters/02-two.md")


def test_step_with_a_syntax_error_gets_one_sentence(woven: Book):
    woven.write("steps/step02_two/app.py", "def broken(:\n")
    result = woven.weave("2", "--no-run")
    assert result.exit_code == 1
    assert "steps/step02_two/app.py:1: " in result.output
    assert "Traceback" not in result.output


def test_step_without_a_chapter_gets_one_sentence(book: Book):
    (book.root / "chapters/02-two.md").unlink()
    result = book.weave("2")
    assert result.exit_code == 1
    assert result.output == (
        "Error: step02_two has no chapter: write chapters/02-two.md first.\n"
    )


def test_step_that_is_none_gets_one_sentence(book: Book):
    result = book.weave("7")
    assert result.exit_code == 1
    assert "There is no step '7'" in result.output


def test_chapter_edited_meanwhile_is_not_overwritten(book: Book):
    ladder = Ladder(book.root)
    result = weaving.compare(ladder, ladder.get(2), run=False)
    book.edit("chapters/02-two.md", "# Two", "# Two, and more")
    with pytest.raises(weaving.Problem, match="edited meanwhile"):
        weaving.write(result)
    assert "# Two, and more" in book.read("chapters/02-two.md")


def test_failed_writing_leaves_the_old_file(
    book: Book, monkeypatch: pytest.MonkeyPatch
):
    def fail(self: Path, target: Path) -> None:
        raise OSError("disk full")

    path = book.root / "chapters/01-one.md"
    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        files.save(path, "new")
    assert path.read_text(encoding="utf-8") == CHAPTER_ONE
    assert len(list(path.parent.iterdir())) == 2


# --- reading and counting


def test_region_inside_a_fence_is_text(book: Book):
    book.write("chapters/01-one.md", "````markdown\n<!-- card -->\n```\n```\n````\n")
    chapter = read_chapter(book.root / "chapters/01-one.md")
    assert chapter.regions == {}
    assert len(chapter.blocks) == 1


def test_tilde_fence_is_a_block(book: Book):
    book.write("chapters/01-one.md", '~~~python title="a.py"\nx\n~~~\n')
    (block,) = read_chapter(book.root / "chapters/01-one.md").blocks
    assert (block.language, block.title, block.body) == ("python", "a.py", ["x"])


def test_unclosed_fence_carries_its_place(book: Book):
    book.write("chapters/01-one.md", "\n```\n")
    with pytest.raises(BrokenError) as caught:
        read_chapter(book.root / "chapters/01-one.md")
    assert caught.value.finding.line == 2


def test_time_to_read_leaves_out_what_is_generated():
    card = "<!-- card -->\n" + "word " * 5000 + "\n<!-- /card -->\n"
    folded = "<details>\n\n" + "word " * 5000 + "\n</details>\n"
    assert minutes(folded + "word " * 440) == 2
    assert minutes("---\ntitle: x\n---\n" + card + "word " * 440) == 2


def test_time_to_read_counts_lines_of_code():
    assert minutes("```python\n" + "x = 1\n" * 90 + "```\n") == 3


def test_public_names_are_exports_and_their_members(book: Book):
    assert public_names(Ladder(book.root).get(2)) == ["App", "App.answer", "App.fresh"]


def test_public_names_of_a_package_inside_say_where_they_are(book: Book):
    inside = "steps/step02_two/parts"
    book.write(f"{inside}/__init__.py", "from .a import Part\n")

    assert public_names(Ladder(book.root).get(2))[-1] == "parts.Part"


# --- the way out


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_stopped_weaving_leaves_no_server(woven: Book, name: str):
    text = dedent(
        """
        ```python title="server.py"
        import os, signal, time
        from pathlib import Path

        root = Path(os.environ["COSTREL_ROOT"])
        (root / "pid").write_text(str(os.getpid()))
        os.kill(int((root / "weaver").read_text()), signal.NAME)
        time.sleep(60)
        ```

        ```console
        $ python server.py &
        $ python -c "import time; time.sleep(50)"
        ```
        """
    ).replace("NAME", name)
    woven.write("chapters/01-one.md", woven.read("chapters/01-one.md") + text)
    code = (
        "import os, pathlib; pathlib.Path('weaver').write_text(str(os.getpid()));"
        "from costrel.cli import group; group(['weave', '1'])"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=woven.root, capture_output=True, timeout=240
    )
    assert process.returncode != 0
    with pytest.raises(ProcessLookupError):
        os.kill(int(woven.read("pid")), 0)
