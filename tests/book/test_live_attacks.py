"""A step's attacks get into its naive version, and not into the step.

Here they are made as a live step makes them, in one process; in `test_attacks.py`, over
HTTP.
"""

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

from costrel.core.attacks import Attack, attacks_of
from costrel.core.ladder import Ladder, Step, find_root
from costrel.live import step_data
from costrel.live.engine.engine import Engine

LADDER = Ladder(find_root())
CASES = [
    pytest.param(step, number, id=f"{step.name}-{attack.title}")
    for step in LADDER.steps
    for number, attack in enumerate(attacks_of(step))
    if not attack.not_in_browser
]

Data = dict[str, Any]


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
        if name.partition(".")[0] in ("naive", "step"):
            del sys.modules[name]


def data_of(step: Step) -> Data:
    data: Data = json.loads(step_data.data(LADDER, step))
    return data


@pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning")
@pytest.mark.parametrize(("attacked", "number"), CASES)
def test_an_attack_gets_into_the_naive_version_alone(
    attacked: Step, number: int
) -> None:
    engine = Engine()
    engine.handle({"kind": "load", "data": data_of(attacked)})

    answer = engine.handle({"kind": "attack", "number": number})

    assert answer["ok"], answer["error"]
    # both were there: a side that does not start is not attacked
    assert answer["naive"]["hops"] and answer["step"]["hops"], answer
    assert answer["naive"]["worked"], answer["naive"]
    assert not answer["step"]["worked"], answer["step"]


@pytest.mark.parametrize("attacked", LADDER.steps, ids=lambda step: step.name)
def test_a_live_step_has_the_attacks_of_its_step(attacked: Step) -> None:
    data = data_of(attacked)

    attacks = [Attack(**given | {"requests": ()}) for given in data["attacks"]]
    wanted = [Attack(**vars(each) | {"requests": ()}) for each in attacks_of(attacked)]
    assert attacks == wanted
    assert bool(data["naive"]) == bool(attacks)
