"""All the tests of steps 1 to N on step N: run as `python -m costrel.promises.ascent`.

For each step N asked, the tests of steps 1 to N are run on step N, and so are our
solutions of their exercises. All of it grows as the square of the steps, so it is asked
of the newest step, which has what the others have, and of some that are drawn at
random; `--all` asks every step. The heavy proofs that are marked `once` are made again
on the newest.

With `--coverage`, each line and branch of these steps has to be run by a test.
"""

import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator

from costrel.core.ladder import Ladder, Step, find_root
from costrel.testing.randomness import fresh_seed, sample

from .climb import (
    SOLUTION,
    exercises_lost,
    failures,
    on_step,
    tests_up_to,
    with_answers,
)
from .runs import PYTEST, Run, Runs, environment

COVERAGE = ("-m", "coverage", "run", "--parallel-mode")
# so many steps are drawn
DRAWN = 8
# what a demo does is asked here, of each step by its own name
DEMOS = "tests/book/test_demos.py"


def once_more(ladder: Ladder) -> Run:
    """Run on the newest step what is marked to be proved on its own step alone."""
    paths, newest = tests_up_to(ladder, ladder.newest), ladder.newest.name
    return Run(paths, against=newest, only="once", despite_marks=True)


def some_of(ladder: Ladder, seed: int) -> list[Step]:
    """Draw the steps that are asked, and add the newest."""
    return [*sample(ladder.steps[:-1], DRAWN, seed), ladder.newest]


def lost(runs: Runs, steps: list[Step]) -> Iterator[list[str]]:
    """Yield for each step the tests that do not hold on it."""
    ladder = runs.ladder
    # the longest first, the answers in order
    wanted = [on_step(ladder, step) for step in steps]
    solved = [with_answers(ladder, SOLUTION, step) for step in steps]
    solved = [run for run in solved if run.paths]
    runs.start([*reversed(wanted), *reversed(solved), once_more(ladder)])
    for step, run in zip(steps, wanted, strict=True):
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


def untested(ladder: Ladder, steps: list[Step]) -> list[str]:
    """Name the lines and branches that no test of the runs has run, nor a demo's."""
    if (ladder.root / DEMOS).is_file():
        call(ladder, *COVERAGE, *PYTEST, "-q", DEMOS)
    call(ladder, "-m", "coverage", "combine", "--quiet")
    files = ",".join(f"steps/{step.name}/*" for step in steps)
    done = call(ladder, "-m", "coverage", "report", f"--include={files}")
    return [done.stdout + done.stderr] if done.returncode else []


def call(ladder: Ladder, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *words],
        cwd=ladder.root,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )


def main(arguments: list[str]) -> int:
    """Run what is asked for; return the exit code."""
    wishes = parser().parse_args(arguments)
    ladder = Ladder(find_root())
    steps = ladder.steps if wishes.all else some_of(ladder, wishes.seed)
    if len(steps) < len(ladder.steps):
        print(f"{len(steps)} of {len(ladder.steps)} steps, by --seed {wishes.seed}")
    runs = Runs(ladder, (*COVERAGE, *PYTEST) if wishes.coverage else PYTEST)
    found = [complaint for complaints in lost(runs, steps) for complaint in complaints]
    if wishes.coverage:
        found += untested(ladder, steps)
    print("\n".join(found))
    return 1 if found else 0


def parser() -> ArgumentParser:
    made = ArgumentParser(prog="python -m costrel.promises.ascent")
    made.add_argument("--all", action="store_true", help="ask every step")
    made.add_argument("--seed", type=int, default=fresh_seed(), help="draw these again")
    made.add_argument("--coverage", action="store_true", help="look for untested lines")
    return made


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
