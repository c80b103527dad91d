"""What the verb `new` promises, on a small book of its own."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from costrel.verbs.new import command

LADDER = """\
[[part]]
number = "I"
title = "A part"
steps = [
    { name = "step02_missing", title = "Missing", wish = "Say no." },
]

[[part]]
number = "II"
title = "Another part"
steps = [
    { name = "step03_higher", title = "Higher", wish = "Go on." },
    { name = "step05_far", title = "Far", wish = "Too far." },
]
"""
ROW = "| [2. Missing](chapters/02-missing.md) | Say no. |\n"


@pytest.fixture
def book(small_book, monkeypatch: pytest.MonkeyPatch):
    small_book.write("chapters/ladder.toml", LADDER)
    small_book.write("chapters/assets/measurements.json", measured())
    small_book.write("README.md", f"A book.\n\n{ROW}\nThe end.\n")
    monkeypatch.setenv("COSTREL_ROOT", str(small_book.root))
    return small_book


def measured() -> str:
    from costrel.measure.measuring import PARTS

    return "{" + ", ".join(f'"{part}": {{}}' for part in PARTS) + "}"


def new(number: int) -> Result:
    return CliRunner().invoke(command, [str(number)])


def test_new_step_is_a_copy_of_the_newest_with_a_skeleton_around(book) -> None:
    result = new(3)

    root: Path = book.root
    assert result.exit_code == 0, result.output
    app = (root / "steps/step02_missing/app.py").read_bytes()
    assert (root / "steps/step03_higher/app.py").read_bytes() == app
    for name in ("test_higher.py", "test_attacks.py", "teaching.toml", "naive.py"):
        assert f"wrote tests/step03_higher/{name}" in result.output
    row = "| [3. Higher](chapters/03-higher.md) | Go on. |\n"
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert f"{ROW}| **Part II: Another part** | |\n{row}" in readme


def test_called_again_it_writes_nothing_and_lists_what_is_left(book) -> None:
    new(3)
    book.write("tests/step03_higher/naive.py", "answered = True\n")

    result = new(3)

    assert "wrote" not in result.output
    assert "naive.py" not in result.output
    for gap in (
        "tests/step03_higher/test_higher.py:1: write the tests",
        "chapters/03-higher.md:4: write the date",
        "exercises/03-higher: has 0 exercises, at least 2 are wanted",
        "measurements.json: has no times of step03_higher",
    ):
        assert gap in result.output


def test_step_that_the_ladder_does_not_list_is_refused(book) -> None:
    assert "ladder.toml lists no step 4" in new(4).output


def test_step_after_a_gap_is_refused(book) -> None:
    assert "There is no step 4 to begin step 5" in new(5).output
    assert not (book.root / "steps/step05_far").exists()
