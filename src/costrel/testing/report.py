"""What became of each test, as data: for the book's promises and for its site."""

import json
from pathlib import Path
from typing import Any

import pytest

from costrel.core.sentences import sentence

from . import marks
from .against import Target

# what pytest puts before a message that the test wrote itself
PREFIXES = ("AssertionError: ", "Failed: ")


class JsonReport:
    """Collect every test's outcome and write them into one file."""

    def __init__(self, file: Path, target: Target | None) -> None:
        self.file = file
        self.target = target
        self.tests: dict[str, dict[str, Any]] = {}
        self.errors: list[dict[str, str]] = []

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self.tests = {item.nodeid: entry(item) for item in items}

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            problem = {"id": report.nodeid, "message": str(report.longrepr)}
            self.errors.append(problem)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or not report.passed:
            self.tests[report.nodeid] |= {
                "outcome": outcome(report),
                "message": message(report),
            }

    def pytest_sessionfinish(self) -> None:
        label = self.target.label if self.target else None
        content = {
            "target": label,
            "tests": list(self.tests.values()),
            "errors": self.errors,
        }
        text = json.dumps(content, indent=1, ensure_ascii=False)
        self.file.write_text(text + "\n", encoding="utf-8", newline="\n")


def entry(item: pytest.Item) -> dict[str, Any]:
    """Describe a test before it has run."""
    function = getattr(item, "function", None)
    return {
        "id": item.nodeid,
        "step": marks.own_number(item.path),
        "sentence": sentence(item.name),
        "doc": getattr(function, "__doc__", None),
        "marks": marks.ours(item),
        "outcome": "not run",
        "message": "",
    }


def outcome(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed"
    if report.failed and report.when != "call":
        return "error"
    return report.outcome


def message(report: pytest.TestReport) -> str:
    """Return the message of a test that failed, or why it was skipped."""
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash else str(report.longrepr or "")
    for prefix in PREFIXES:
        text = text.removeprefix(prefix)
    return str(text)
