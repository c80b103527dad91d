"""This book's steps, and the runs of its tests that several promises look at."""

from collections.abc import Callable
from pathlib import Path

import pytest

from costrel.core.ladder import Ladder
from costrel.promises.climb import all_runs
from costrel.promises.runs import Runs

LADDER = Ladder(Path(__file__).resolve().parents[2])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "step" in metafunc.fixturenames:
        metafunc.parametrize("step", LADDER.steps, ids=lambda step: step.name)


@pytest.fixture(scope="session")
def ladder() -> Ladder:
    return LADDER


@pytest.fixture(scope="session")
def runs(ladder: Ladder, pytestconfig: pytest.Config) -> Runs:
    runs = Runs(ladder, seed=pytestconfig.getoption("seed"))
    runs.start(all_runs(ladder, runs.seed))
    return runs


@pytest.fixture(scope="session")
def kept() -> Callable[[list[str]], None]:
    """Fail a test with the complaints about the promise, and nothing else."""

    def check(complaints: list[str]) -> None:
        if complaints:
            pytest.fail("\n".join(complaints), pytrace=False)

    return check
