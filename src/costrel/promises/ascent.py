"""Every test on every step above its own: run as `python -m costrel.promises.ascent`.

For each step N, the tests of steps 1 to N are run on step N, and so are our solutions
of their exercises; then the heavy proofs
that are marked `once` are made again on the newest. What this takes grows as the
square of the steps, so `costrel test` does not do it, and `.ci/run` does.

With `--coverage`, the same runs write coverage's data files, one each.
"""

import sys
from collections.abc import Iterator

from costrel.ladder import Ladder, find_root

from .climb import (
    SOLUTION,
    exercises_lost,
    failures,
    on_step,
    tests_up_to,
    with_answers,
)
from .runs import PYTEST, Run, Runs

COVERAGE = ("-m", "coverage", "run", "--parallel-mode")


def once_more(ladder: Ladder) -> Run:
    """Run on the newest step what is marked to be proved on its own step alone."""
    paths, newest = tests_up_to(ladder, ladder.newest), ladder.newest.name
    return Run(paths, against=newest, only="once", despite_marks=True)


def lost(runs: Runs) -> Iterator[list[str]]:
    """Yield for each step the tests that do not hold on it."""
    ladder = runs.ladder
    # the longest first, the answers in order
    wanted = [on_step(ladder, step) for step in ladder.steps]
    solved = [with_answers(ladder, SOLUTION, step) for step in ladder.steps]
    solved = [run for run in solved if run.paths]
    runs.start([*reversed(wanted), *reversed(solved), once_more(ladder)])
    for step, run in zip(ladder.steps, wanted, strict=True):
        result = runs.result(run)
        print(f"{step.name}: {len(result.tests)} tests", flush=True)
        yield [*failures(result, step), *exercises_lost(runs, step)]
    again = runs.result(once_more(ladder))
    print(f"{ladder.newest.name}: {len(again.tests)} heavy proofs", flush=True)
    yield [
        *again.trouble,
        *(
            f"{test.id}: fails on {ladder.newest.name}: {test.first_line}"
            for test in again.tests
            if test.failed and not {"until", "flask_only"} & test.marks.keys()
        ),
    ]


def main(arguments: list[str]) -> int:
    """Run everything; give the exit code."""
    program = (*COVERAGE, *PYTEST) if "--coverage" in arguments else PYTEST
    runs = Runs(Ladder(find_root()), program)
    found = [complaint for complaints in lost(runs) for complaint in complaints]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
