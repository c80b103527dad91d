"""Workers that are forked from one process find what others find."""

import os
import shutil
from pathlib import Path

import pytest

from costrel.core.ladder import Ladder, find_root
from costrel.workshop.run.fork_workers import ForkServer
from costrel.workshop.run.trial import Order, Trial, run

ROOT = find_root()
STEP = Ladder(ROOT).get(1)
# the first line of `App.wsgi_app`
FIRST_LINE = "        text, status, extra = self.dispatch_request(environ)\n"

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows cannot fork")


def tried(server: ForkServer, folder: Path, code: str) -> Trial:
    """Run the tests of step 1 on a copy of it that does something first."""
    package = Path(shutil.copytree(STEP.package, folder / "mine"))
    file = package / "app.py"
    text = file.read_text("utf-8")
    assert FIRST_LINE in text
    file.write_text(text.replace(FIRST_LINE, f"        {code}\n{FIRST_LINE}"), "utf-8")
    order = Order((STEP.tests,), str(package), 1)
    return run(order, ROOT, worker=server.worker())


CODES = {
    "a failure": ("1 / 0", "failed", None),
    "an end": ("import os; os._exit(3)", "ended", 3),
    "a signal": ("import os; os.kill(os.getpid(), 9)", "ended", -9),
    "a loop": ("while True: pass", "late", 1),
}


def test_each_run_of_a_nest_ends_as_it_would_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("COSTREL_PATIENCE", "0.5")
    found = {}
    with ForkServer(ROOT) as server:
        for name, (code, _, _) in CODES.items():
            trial = tried(server, tmp_path / name, code)
            [failure] = trial.failures.values()
            found[name] = (code, failure.get("died", "failed"), failure.get("code"))
        green = tried(server, tmp_path / "green", "pass")

    assert found == CODES
    assert green.is_green


def test_what_a_run_prints_and_changes_is_its_own(tmp_path):
    here = "import os; print(os.getcwd()); os.environ['LEFT'] = '1'; 1 / 0"
    there = "import os; print(os.environ.get('LEFT'), os.getpgid(0)); 1 / 0"

    with ForkServer(ROOT) as server:
        trials = [
            tried(server, tmp_path / name, code)
            for name, code in (("a", here), ("b", here), ("c", there))
        ]

    printed = [
        failure["output"]["tail"].split()
        for trial in trials
        for failure in trial.failures.values()
    ]
    assert printed[0] != printed[1]
    assert printed[2][0] == "None"
    # a group of its own, which can be ended without the others
    assert int(printed[2][1]) != os.getpgid(0)
