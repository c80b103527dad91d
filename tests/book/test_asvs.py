"""Each security requirement has a test that holds it, or a reason."""

import textwrap
from pathlib import Path

import pytest

from costrel.core.ladder import Ladder, find_root
from costrel.site import asvs

LADDER = Ladder(find_root())


def test_each_requirement_is_answered_and_each_mark_is_one() -> None:
    assert list(asvs.complaints(LADDER)) == []


def test_requirements_are_in_the_order_of_their_numbers() -> None:
    numbers = [each.number.split(".") for each in asvs.requirements(LADDER)]

    assert numbers == sorted(numbers, key=lambda parts: [*map(int, parts)])
    assert len({*map(tuple, numbers)}) == len(numbers)


def test_page_lists_tests_and_reasons() -> None:
    page = asvs.pages(LADDER)["asvs.md"]

    row = next(line for line in page.splitlines() if line.startswith("| 3.4.1 |"))
    anchor = "test-transport-py-test-browsers-use-https-from-now-on"
    assert f"tests/21-hardening.md#{anchor}" in row
    assert "Step 28 brings it." in page


@pytest.fixture
def small(tmp_path: Path) -> Ladder:
    """A book with one requirement and one step."""
    (tmp_path / "chapters").mkdir()
    (tmp_path / "steps" / "step01_wsgi").mkdir(parents=True)
    (tmp_path / "tests" / "step01_wsgi").mkdir(parents=True)
    (tmp_path / "steps" / "step01_wsgi" / "__init__.py").touch()
    return Ladder(tmp_path)


def write(ladder: Ladder, requirement: str, test: str = "") -> None:
    (ladder.root / "chapters" / "asvs.toml").write_text(
        f'[[requirement]]\nnumber = "1.2.1"\nwords = "encoded"\n{requirement}\n'
    )
    file = ladder.root / "tests" / "step01_wsgi" / "test_x.py"
    file.write_text(textwrap.dedent(test))


MARKED = """
import pytest

@pytest.mark.asvs("{}")
def test_it(): ...
"""


@pytest.mark.parametrize(
    ("requirement", "test"),
    [
        ("", MARKED.format("1.2.1")),
        ("step = 2", ""),
        ('reason = "Not ours."', ""),
    ],
)
def test_one_answer_is_enough(small: Ladder, requirement: str, test: str) -> None:
    write(small, requirement, test)

    assert list(asvs.complaints(small)) == []


@pytest.mark.parametrize(
    ("requirement", "test", "complaint"),
    [
        ("", "", "needs a test"),
        ("step = 1", "", "still to come"),
        ('reason = "Not ours."', MARKED.format("1.2.1"), "one of them"),
        ("step = 2", MARKED.format("9.9.9"), "9.9.9 isn't in"),
    ],
)
def test_wrong_answer_is_found(
    small: Ladder, requirement: str, test: str, complaint: str
) -> None:
    write(small, requirement, test)

    assert complaint in "\n".join(asvs.complaints(small))


def test_book_without_requirements_has_no_page(small: Ladder) -> None:
    assert asvs.pages(small) == {}
