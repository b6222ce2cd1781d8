"""The twins: a fresh SQLite file or a fresh PostgreSQL database for whoever asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from beckon.storage.migrate import migrate
from beckon.storage.state import open_engine

TWINS = ("sqlite", "postgresql")


@contextmanager
def fresh_store(request: pytest.FixtureRequest, twin: str, folder: Path) -> Iterator[str]:
    """Give the address of a store with this version's schema and nothing in it."""
    with empty_store(request, twin, folder) as url:
        engine = open_engine(url)
        migrate(engine)
        engine.dispose()
        yield url


@contextmanager
def empty_store(request: pytest.FixtureRequest, twin: str, folder: Path) -> Iterator[str]:
    """Give the address of a store without a schema."""
    if twin == "sqlite":
        yield f"sqlite:///{folder / 'state.sqlite'}"
        return
    with request.getfixturevalue("postgres").database(template="template0") as url:
        yield url
