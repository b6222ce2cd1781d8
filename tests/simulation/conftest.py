"""What simulated worlds begin from."""

import gc
import sqlite3
from contextlib import closing

import pytest

from simulation.outside import Store
from simulation.people import settle


@pytest.fixture(scope="module")
def store(sqlite_template):
    """Give a store with people and messages in it; each world begins with these."""
    with closing(sqlite3.connect(sqlite_template)) as template:
        store = Store(template)
    store.run(settle)
    store.keep()
    gc.freeze()  # a world makes much that goes with it; what is there already need not be searched
    yield store
    gc.unfreeze()
    store.close()
