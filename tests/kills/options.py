"""What whoever runs the gates may choose: KILLS=… how often, KILL_SEED=… to play one again."""

import os
import random

import pytest
from _pytest.mark import ParameterSet


def full(people: int, kills: int) -> ParameterSet:
    """Give the full size of a gate, for `make soak`: KILLS changes how often it kills."""
    chosen = int(os.environ.get("KILLS", kills))  # noqa: TID251 - for whoever runs the gates
    return pytest.param(people, chosen, marks=pytest.mark.soak)


def seed() -> int:
    """Give the seed to play again, else one that nobody has tried."""
    given = os.environ.get("KILL_SEED")  # noqa: TID251 - likewise
    return int(given) if given else random.SystemRandom().randrange(10**9)
