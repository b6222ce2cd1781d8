"""A log's positions only grow: what a reader has passed never comes to stand before it."""

import sqlite3

import pytest

from beckon.engine.streams.every import STREAMS


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_sqlite_gives_no_position_twice(sqlite_url, stream):
    # Without AUTOINCREMENT the last line's position is given again once that line is deleted.
    path = sqlite_url.removeprefix("sqlite:///")
    (sql,) = (
        sqlite3.connect(path)
        .execute("SELECT sql FROM sqlite_master WHERE name = ?", [stream.log.name])
        .fetchone()
    )
    assert "AUTOINCREMENT" in sql
    assert stream.log.dialect_options["sqlite"]["autoincrement"]
