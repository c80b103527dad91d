"""The page of security requirements, and the test or the reason that answers each.

The requirements are in `chapters/asvs.toml`; which tests hold one, their marks say.
"""

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from costrel.core.ladder import Ladder, Step
from costrel.core.sentences import sentence

from .flask_pages import capital, clean, test_anchor

HEAD = """\
---
title: Security requirements
description: What OWASP's standard for the security of applications asks of a web
  framework, and the test that holds each requirement.
---
# Security requirements

The [Application Security Verification Standard](https://github.com/OWASP/ASVS) 5.0
lists what an application has to do to be called secure. These are the requirements that
a framework has something to do with: all of level 1, and some of levels 2 and 3. The
words are ours. Beside each is the test that fails if we break it, or the reason why it
has none.

"""
MARK = "pytest.mark.asvs"


@dataclass(frozen=True)
class Requirement:
    """What the standard asks for, in our words."""

    number: str
    words: str
    level: int = 1
    # the step that will bring it, or why no test can hold it
    step: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Proof:
    """A test that says that it holds a requirement."""

    step: Step
    file: str
    function: str


def requirements(ladder: Ladder) -> list[Requirement]:
    """Read the requirements, in the order of their numbers."""
    path = ladder.root / "chapters" / "asvs.toml"
    if not path.is_file():
        return []
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    return [Requirement(**each) for each in content["requirement"]]


def proofs(ladder: Ladder) -> dict[str, list[Proof]]:
    """Return the tests of all steps by the numbers of the requirements they hold."""
    found = defaultdict(list)
    for step in ladder.steps:
        for path in sorted(step.tests.glob("test_*.py")):
            for number, function in marked(path.read_text(encoding="utf-8")):
                found[number].append(Proof(step, path.name, function))
    return found


@lru_cache(maxsize=1024)
def marked(text: str) -> tuple[tuple[str, str], ...]:
    """Find the numbers in a file's marks, each with the function that has the mark."""
    functions = [n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)]
    return tuple(
        (ast.literal_eval(number), function.name)
        for function in functions
        for mark in function.decorator_list
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == MARK
        for number in mark.args
    )


def complaints(ladder: Ladder) -> Iterator[str]:
    """Say which requirement has no answer, or several, and which mark has none."""
    listed, held = requirements(ladder), proofs(ladder)
    for number in held.keys() - {each.number for each in listed}:
        tests = ", ".join(proof.function for proof in held[number])
        yield f"{number} isn't in chapters/asvs.toml: {tests}"
    for each in listed:
        answers = [each.number in held, each.step is not None, bool(each.reason)]
        is_late = each.step is not None and each.step <= ladder.newest.number
        if sum(answers) != 1 or is_late:
            yield (
                f"chapters/asvs.toml: {each.number} needs a test with"
                f' @pytest.mark.asvs("{each.number}"), or a `step` that is still to'
                " come, or a `reason`: one of them"
            )


def pages(ladder: Ladder) -> dict[str, str]:
    """Make the page, if there are requirements."""
    listed, held = requirements(ladder), proofs(ladder)
    if not listed:
        return {}
    text = f"{HEAD}| Number | Level | Requirement | Held by |\n|---|---|---|---|\n"
    for each in listed:
        words, answer = clean(capital(each.words)), answered(each, held[each.number])
        text += f"| {each.number} | {each.level} | {words} | {answer} |\n"
    return {"asvs.md": text}


def navigation(ladder: Ladder) -> list[object]:
    """Return the page's place among the others, if there is one."""
    return [{"Security requirements": name} for name in pages(ladder)]


def answered(requirement: Requirement, tests: list[Proof]) -> str:
    """Return what holds a requirement: links to its tests, or words."""
    if tests:
        return "<br>".join(map(linked, tests))
    return clean(requirement.reason or f"Step {requirement.step} brings it.")


def linked(proof: Proof) -> str:
    """Link to a test, on the page of its step's tests."""
    where = test_anchor(proof.file, proof.function)
    return f"[{clean(sentence(proof.function))}](tests/{proof.step.slug}.md#{where})"
