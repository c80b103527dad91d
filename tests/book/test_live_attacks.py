"""The attack of a live step works on its victim, and fails on the step."""

import gc
import json
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from costrel.core.ladder import Ladder, Step, find_root
from costrel.inbrowser import livedata
from costrel.inbrowser.live.engine import Engine

LADDER = Ladder(find_root())
# step -> why no request to an app in one process shows its danger
WITHOUT = {
    "step05_testing": "the victim is a test that passes, and no visitor",
    "step06_server": "the debugger comes with the server, and a browser has no sockets",
    "step07_contexts": "two visitors come at once, and a browser has no threads",
    "step18_cli": "a command imports the victim, and no request does",
    "step20_async": "visitors wait for each other, and a browser has no threads",
}
STEPS = [step for step in LADDER.steps if step.name not in WITHOUT]
PARTS = {"title", "story", "app", "requests", "worked", "victim"}
REQUEST = {"method", "path", "headers", "body", "visitor", "leave"}

Data = dict[str, Any]

each_step = pytest.mark.parametrize("attacked", STEPS, ids=lambda step: step.name)


@pytest.fixture(autouse=True)
def process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put back what an attack does to this process."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    environ = dict(os.environ)
    yield
    with warnings.catch_warnings():
        # the naive version of step 15 closes no upload
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    os.environ.clear()
    os.environ.update(environ)
    for name in [*sys.modules]:
        if name.partition(".")[0] in ("victim", "step"):
            del sys.modules[name]


def data_of(step: Step) -> Data:
    data: Data = json.loads(livedata.data(LADDER, step))
    return data


@pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning")
@each_step
def test_an_attack_works_on_its_victim_and_fails_on_the_step(attacked: Step) -> None:
    engine = Engine()
    engine.handle({"kind": "load", "data": data_of(attacked)})

    answer = engine.handle({"kind": "attack"})

    assert answer["ok"], answer["error"]
    # both were there: a side that does not start is not attacked
    assert answer["victim"]["hops"] and answer["step"]["hops"], answer
    assert answer["victim"]["worked"], answer["victim"]
    assert not answer["step"]["worked"], answer["step"]


@each_step
def test_an_attack_is_complete(attacked: Step) -> None:
    attack = data_of(attacked)["attack"]

    assert attack, f"{attacked.name} has no attack.toml: write it, or say why not here"
    assert set(attack) == PARTS and all(attack.values())
    for request in attack["requests"]:
        assert {"method", "path"} <= set(request) <= REQUEST


@pytest.mark.parametrize("name", WITHOUT)
def test_a_step_without_an_attack_has_none(name: str) -> None:
    assert data_of(LADDER.get(name))["attack"] is None
