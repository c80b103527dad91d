"""What an edit of a step brings with it: checks before it is carried, work after.

Each piece of work is a call that a person could type, run in a process of its own.
"""

import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from time import monotonic

import click

from costrel.core.ladder import Ladder, Problem, Step
from costrel.workshop.explain import teaching

COSTREL = ("-P", "-m", "costrel")


def untidy(ladder: Ladder, step: Step, paths: list[str]) -> str:
    """Return what ruff finds wrong with a step's files; nothing where it is missing."""
    files = [step.package / path for path in paths if path.endswith(".py")]
    files = [path for path in files if path.is_file()]
    if not files or find_spec("ruff") is None:
        return ""
    said = ""
    for words in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *words, "--quiet", *map(str, files)]
        done = subprocess.run(
            command, cwd=ladder.root, capture_output=True, encoding="utf-8"
        )
        if done.returncode:
            said += f"ruff {' '.join(words)}:\n{done.stdout}{done.stderr}"
    return said.rstrip()


def stale_teaching(step: Step) -> Iterator[str]:
    """Find mistakes in a step's teaching.toml whose `old` the code no longer has."""
    for sentence in teaching.stale_edits(teaching.read_teaching(step)):
        yield f"tests/{step.name}/{teaching.FILE}: {sentence}"


def bring_up_to_date(ladder: Ladder, base: str) -> None:
    """Bring counts, the comparison with Flask and the chapters up to date."""
    work("the lines of code", ladder, *COSTREL, "measure", "--count")
    if tests_changed(ladder, base):
        work("the comparison with Flask", ladder, "-m", "costrel.comparison")
    work("the chapters", ladder, *COSTREL, "weave")


def tests_changed(ladder: Ladder, base: str) -> bool:
    listed = ["git", "diff", "--name-only", "--relative", base, "--", "tests/step*"]
    others = ["git", "ls-files", "--others", "--exclude-standard", "tests/step*"]
    return any(
        subprocess.check_output(words, cwd=ladder.root) for words in (listed, others)
    )


def work(what: str, ladder: Ladder, *words: str) -> None:
    """Run one of our own programs, and say how long it took."""
    began = monotonic()
    click.echo(f"Bringing {what} up to date ...")
    done = subprocess.run([sys.executable, *words], cwd=ladder.root, check=False)
    if done.returncode:
        raise Problem(f"{what[:1].upper()}{what[1:]} could not be updated (see above).")
    click.echo(f"... done in {monotonic() - began:.0f} s")


def run_tests(ladder: Ladder, steps: list[Step]) -> None:
    """Run the steps' own tests."""
    folders = [str(step.tests) for step in steps if step.tests.is_dir()]
    if not folders:
        click.echo("None of these steps has tests.")
        return
    if find_spec("pytest") is None:
        click.echo("The tests were not run, pytest is missing: python3 book.py test")
        return
    command_line = [sys.executable, "-m", "pytest", "-q", *folders]
    if subprocess.run(command_line, cwd=ladder.root, check=False).returncode:
        first, last = steps[0].name, steps[-1].name
        raise Problem(
            f"The edit is carried, but tests of {first} to {last} fail (above)."
        )
