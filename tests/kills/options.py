"""What whoever runs the gates may choose: KILLS=… how often, KILL_SEED=… to play one again."""

import os
import random

import pytest
from _pytest.mark import ParameterSet


def full(people: int, kills: int) -> ParameterSet:
    """Give the full size of a gate, for `make soak`."""
    return pytest.param(people, often(kills), marks=pytest.mark.soak)


def often(usual: int) -> int:
    """Tell how often to kill in a long run."""
    return int(os.environ.get("KILLS", usual))  # noqa: TID251 - for whoever runs the gates


def seed() -> int:
    """Give the seed to play again, else one that nobody has tried."""
    given = os.environ.get("KILL_SEED")  # noqa: TID251 - likewise
    return int(given) if given else random.SystemRandom().randrange(10**9)
