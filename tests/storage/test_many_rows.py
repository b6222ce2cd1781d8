"""Many rows at once: each is there once, in order, whatever their number."""

import pytest
from sqlalchemy import text

from beckon.storage.schema import ROWS_AT_ONCE, insert_many, insert_returning, run
from beckon.storage.state import open_engine


@pytest.fixture
def tx(state_url):
    """Open a transaction on a store with a table to write to."""
    engine = open_engine(state_url)
    with engine.begin() as opened:
        opened.execute(text("CREATE TABLE note (name TEXT PRIMARY KEY, number BIGINT, flag BOOL)"))
        yield opened
    engine.dispose()


def notes(tx):
    return run(tx, "SELECT name, number, flag FROM note ORDER BY name")


@pytest.mark.parametrize(
    "count", [0, 1, ROWS_AT_ONCE - 1, ROWS_AT_ONCE, ROWS_AT_ONCE + 1, 2 * ROWS_AT_ONCE + 50]
)
def test_each_row_is_written_once(tx, count):
    # Small and large numbers, nothing and something, side by side in one statement.
    rows = [
        (f"{place:04}", place**5 if place % 3 else None, True if place % 2 else None)
        for place in range(count)
    ]
    insert_many(tx, "note (name, number, flag)", rows)
    assert notes(tx) == rows


@pytest.mark.parametrize("count", [0, 1, ROWS_AT_ONCE, 3 * ROWS_AT_ONCE + 5])
def test_each_row_is_told_its_number(tx, count):
    key = "INTEGER PRIMARY KEY"
    if tx.dialect.name == "postgresql":
        key = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
    tx.execute(text(f"CREATE TABLE numbered (id {key}, name TEXT)"))
    names = [(f"{place:04}",) for place in reversed(range(count))]
    told = sorted(insert_returning(tx, "numbered (name)", names, "RETURNING id, name"))
    assert [name for _, name in told] == [name for (name,) in names]
    assert run(tx, "SELECT id, name FROM numbered ORDER BY id") == told


def test_a_row_that_is_there_is_changed_or_left_alone(tx):
    insert_many(tx, "note (name, number)", [("0007", 1), ("0170", 1)])
    rows = [(f"{place:04}", 2) for place in range(180)]
    insert_many(tx, "note (name, number)", rows, "ON CONFLICT (name) DO NOTHING")
    assert [name for name, number, _ in notes(tx) if number == 1] == ["0007", "0170"]
    change = "ON CONFLICT (name) DO UPDATE SET number = note.number + excluded.number"
    insert_many(tx, "note (name, number)", rows, change)
    assert {name: number for name, number, _ in notes(tx)} == {
        name: 3 if name in ("0007", "0170") else 4 for name, _ in rows
    }
