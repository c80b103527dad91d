"""The ladder is whole."""

import subprocess
import sys

from costrel.promises import whole

# what takes long to import, and most apps never need
SLOW = {"asgiref", "asyncio", "dotenv", "importlib.metadata", "sqlalchemy", "wtforms"}


def test_step_has_all_its_parts(step, kept):
    kept(whole.missing_parts(step))


def test_step_imports_what_it_may(step, kept):
    kept(whole.wrong_imports(step))


def test_import_is_quick(ladder):
    """What only some apps need is imported when they need it."""
    program = f"import sys, {ladder.newest.name}; print(*sys.modules)"
    asked = [sys.executable, "-c", program]

    loaded = subprocess.run(asked, capture_output=True, text=True, check=True).stdout

    assert SLOW & {*loaded.split()} == set()


def test_names_agree(ladder, kept):
    kept(whole.names_that_disagree(ladder))
