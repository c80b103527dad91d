"""A step's libraries have the names under which a reader installs them."""

import re
from pathlib import Path

import pytest

from costrel.core.ladder import Ladder, Step
from costrel.core.libraries import libraries

LOCK = Path(__file__).resolve().parents[2] / "requirements" / "test.txt"
LOCKED = set(re.findall(r"^([\w.-]+)==", LOCK.read_text("utf-8").lower(), re.M))


def step_of(folder: Path, text: str) -> Step:
    package = folder / "steps" / "step01_own"
    (package / "part").mkdir(parents=True)
    (package / "part" / "mod.py").write_text(text, encoding="utf-8")
    return Ladder(folder).steps[0]


@pytest.mark.parametrize("step", Ladder(LOCK.parents[1]).steps, ids=lambda s: s.name)
def test_each_library_of_a_step_is_locked_under_the_name_it_is_given(step: Step):
    assert libraries(step) <= LOCKED


def test_library_is_named_as_it_is_installed(tmp_path: Path):
    text = "import os\nimport argon2.low_level as low\nfrom dotenv import main\n"

    assert libraries(step_of(tmp_path, text)) == {"argon2-cffi", "python-dotenv"}


def test_library_that_a_function_imports_counts(tmp_path: Path):
    text = "def verify():\n    from bcrypt import checkpw\n"

    assert libraries(step_of(tmp_path, text)) == {"bcrypt"}


def test_modules_of_its_own_do_not_count(tmp_path: Path):
    text = "from . import other\nfrom .asgiref import sync\nfrom .. import werkzeug\n"

    assert libraries(step_of(tmp_path, text)) == set()
