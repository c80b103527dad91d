"""What `teaching.toml` names is in the tests, the chapter and the code.

That its mistakes are found and named takes minutes: see `test_tester`.
"""

import ast
from collections.abc import Iterator
from dataclasses import replace

from costrel.core.ladder import Step
from costrel.workshop.explain import teaching


def written_tests(step: Step) -> Iterator[tuple[str, str]]:
    """List a step's tests for readers, as file and function."""
    for path in step.tests.glob("test_*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                marks = map(ast.unparse, node.decorator_list)
                if not any("flask_only" in mark for mark in marks):
                    yield path.name, node.name


def test_what_is_taught_fits_tests_chapter_and_code(step, kept):
    about = teaching.read_teaching(step)

    kept([*teaching.mistakes_in(about, written_tests(step))])


def test_mistake_that_can_not_be_made_is_found(ladder):
    about = teaching.read_teaching(ladder.get(3))
    first = about.mistakes[0]
    (edit, *others) = first.edits
    gone = replace(edit, old="no such line")
    about.mistakes[0] = replace(first, edits=(gone, *others))

    (sentence,) = teaching.stale_edits(about)

    assert sentence.startswith(f"mistake {first.name!r}: {edit.file} has its `old` 0")


def test_edit_may_need_what_the_one_before_it_wrote(ladder):
    about = teaching.read_teaching(ladder.get(3))
    first = about.mistakes[0]
    edit = replace(first.edits[0], new="something else")
    next_one = replace(edit, old="something else")
    about.mistakes[:] = [replace(first, edits=(edit, next_one))]

    assert not [*teaching.stale_edits(about)]


def test_mistake_of_a_test_that_is_gone_is_found(ladder):
    step = ladder.get(3)
    about = teaching.read_teaching(step)
    about.mistakes[0] = replace(about.mistakes[0], test="test_no_such_thing")

    found = " ".join(teaching.mistakes_in(about, written_tests(step)))

    assert "there is no test test_no_such_thing" in found
