"""What a run of the tests leaves to chance, and the seed that draws the same again."""

from random import Random, randrange
from typing import Any, TypeVar

import pytest

Drawn = TypeVar("Drawn")
# what xdist hands to its processes the seed as
SEED = "costrel_seed"


def add_options(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--seed",
        metavar="N",
        type=int,
        help="draw the same samples, and the same order, as another run has named",
    )
    group.addoption(
        "--shuffle", action="store_true", help="run the tests in a random order"
    )


def settle(config: pytest.Config) -> int:
    """Choose the seed of a run if it has none; a process of xdist has its parent's."""
    given = getattr(config, "workerinput", {}).get(SEED, config.option.seed)
    config.option.seed = fresh_seed() if given is None else given
    return int(config.option.seed)


def hand_down(node: Any) -> None:
    """Hand the run's seed to a process of xdist."""
    node.workerinput[SEED] = node.config.option.seed


def fresh_seed() -> int:
    return randrange(1_000_000)


def sample(pool: list[Drawn], count: int, *seed: object) -> list[Drawn]:
    """Draw some of a list, in its order, and the same ones for the same seed."""
    chosen = Random(repr(seed)).sample(range(len(pool)), min(count, len(pool)))
    return [pool[index] for index in sorted(chosen)]


def shuffle(items: list[pytest.Item], seed: int) -> None:
    """Bring tests into a random order, the same one in each process."""
    Random(seed).shuffle(items)
