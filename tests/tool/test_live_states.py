"""The states of a live step and its turns: their tests run in Node (`npm test`)."""

import os
import shutil
import subprocess

import pytest

from costrel.core.ladder import find_root

ROOT = find_root()
TESTS = sorted(str(path) for path in (ROOT / "tests" / "live").glob("*.test.js"))


def test_the_scripts_of_a_live_step_pass_their_own_tests() -> None:
    node = shutil.which("node")
    if node is None:
        assert not os.environ.get("CI"), "Node is not installed, and this is CI"
        pytest.skip("Node is not installed: the live step's scripts are not tested")

    done = subprocess.run([node, "--test", *TESTS], capture_output=True, text=True)

    assert done.returncode == 0, done.stdout
