"""What every loop of kills needs: its dice, and a relay that keeps what it took."""

import os
import random

import pytest

from support.server import sink_beside


@pytest.fixture
def seed(request):
    """The seed a test asks for, else one nobody has tried, or the one to play again."""
    if asked := getattr(request, "param", None):
        return asked
    given = os.environ.get("KILL_SEED")  # noqa: TID251 - to play a failure again
    return int(given) if given else random.SystemRandom().randrange(10**9)


@pytest.fixture
def sink():
    with sink_beside() as sink:
        yield sink
