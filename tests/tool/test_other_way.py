"""What `check` finds in a framework that is correct, with another inside than ours.

`plain` is such a framework, and real Flask is another: all tests have to be green,
those as well that a reader may leave for later.
"""

import re
from pathlib import Path

import pytest

from costrel.core.ladder import Ladder, find_root
from costrel.workshop.run.trial import Order, Trial, run

ROOT = find_root()
LADDER = Ladder(ROOT)
PLAIN = str(Path(__file__).parent / "plain")
# the last step that `plain` has come to, and one that it has built besides
LAST, BESIDES = 6, 17
# what that one's tests ask for of the steps between them: JSON, and blueprints
BETWEEN = {"test_refusal_is_told_to_programs_as_json", "test_blueprint_has_classes_too"}
SLOW = LADDER.get(6).tests / "test_attacks.py"


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """Let servers take their time where other tests run beside these."""
    monkeypatch.setenv("COSTREL_PATIENCE", "3")


def files_up_to(last: int) -> tuple[Path, ...]:
    """List the files with the tests of the steps up to the last one."""
    folders = (LADDER.get(number).tests for number in range(1, last + 1))
    return tuple(file for each in folders for file in sorted(each.glob("test_*.py")))


def marked(mark: str, files: tuple[Path, ...]) -> set[str]:
    """Find the tests with a mark that begins like this."""
    pattern = re.compile(rf"^@pytest\.mark\.{mark}.*?^def (\w+)", re.S | re.M)
    texts = (file.read_text(encoding="utf-8") for file in files)
    return {name for text in texts for name in pattern.findall(text)}


def failed(trial: Trial) -> dict[str, str]:
    """Return the failed tests, required or optional, and what was seen."""
    return {each["id"]: trial.failures[each["id"]]["message"] for each in trial.red}


def left_out(trial: Trial) -> set[str]:
    """Name the tests that were not asked, and those that were expected to fail."""
    others = [test for test in trial.tests if trial.outcomes[test["id"]] != "passed"]
    return {test["function"] for test in others}


@pytest.mark.parametrize("step", [1, LAST])
def test_framework_in_another_style_is_green(step):
    files = files_up_to(step)

    trial = run(Order(files, PLAIN, step, stop=False), ROOT)

    assert not trial.unimported and not trial.broken
    assert failed(trial) == {}
    replaced = marked(rf"until\([2-{LAST}],", files) if step > 1 else set()
    assert left_out(trial) == replaced


def test_classes_in_another_style_are_green():
    folder = LADDER.get(BESIDES).tests

    trial = run(Order((folder,), PLAIN, BESIDES, stop=False), ROOT)

    assert not trial.unimported and not trial.broken
    assert {each["function"] for each in trial.red} == BETWEEN


def test_flask_is_green_where_it_does_not_differ_on_purpose():
    # but for an attack that takes seconds, and is known to work on Flask
    files = tuple(each for each in files_up_to(LAST) if each != SLOW)

    trial = run(Order(files, "flask", stop=False), ROOT)

    assert not trial.unimported and not trial.broken
    assert failed(trial) == {}
    assert left_out(trial) == marked("differs", files)
