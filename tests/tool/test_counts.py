"""Counting lines of code and statements."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from costrel.core.counts import code_lines, statements

TEXT = '''"""A module.

It has a docstring of several lines.
"""

# a comment
import os  # counts


class Named:
    """A class."""

    name: str
    size: int = 3

    def method(self) -> None:
        """Say nothing."""


def long(
    first: int,
    second: int,
) -> str:
    """Return a text."""

    return """one

    two"""
'''


def test_code_lines_leave_out_blanks_comments_and_docstrings() -> None:
    # import, class, two attributes, def, four of `def long`, three of its text
    assert code_lines(TEXT) == 12


def test_statements_leave_out_docstrings_and_declarations() -> None:
    # import, class, size, method and its empty body, long, return
    assert statements(TEXT) == 7


def test_a_string_that_is_no_docstring_counts() -> None:
    assert code_lines("x = 1\n'''a\nb'''\n") == 3
    assert statements("x = 1\n'''a\nb'''\n") == 2


def test_nothing_has_no_size() -> None:
    assert (code_lines(""), statements("")) == (0, 0)


def test_layout_changes_lines_but_not_statements() -> None:
    assert code_lines("f(1, 2)\n") == 1
    assert code_lines("f(\n    1,\n    2,\n)\n") == 4
    assert statements("f(1, 2)\n") == statements("f(\n    1,\n    2,\n)\n")


@pytest.mark.skipif(find_spec("flask") is None, reason="Flask is not installed")
def test_flask_has_the_size_that_the_book_says() -> None:
    from importlib.metadata import version

    if not version("flask").startswith("3.1.3"):
        pytest.skip("another version of Flask")
    spec = find_spec("flask")
    assert spec
    assert spec.origin
    files = Path(spec.origin).parent.rglob("*.py")
    texts = [path.read_text(encoding="utf-8") for path in files]
    assert sum(map(statements, texts)) == 2786
