"""Which store this is: what a copy of it, restored elsewhere, cannot have."""

from pathlib import Path

import psycopg

from beckon.kit.ids import new_token
from beckon.storage.state import is_postgres

NOTE = "store-id"


def identify(url: str, folder: Path) -> str:
    """Name the store at `url`, the same every time.

    An embedded store is named by a note beside it, made the first time; a database by its server
    and its own number there, which no dump carries over.
    """
    return _database(url) if is_postgres(url) else _embedded(folder)


def _embedded(folder: Path) -> str:
    note = folder / NOTE
    if not note.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = note.with_suffix(".new")
        fresh.write_text(new_token())
        fresh.replace(note)
    return note.read_text().strip()


def _database(url: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT (SELECT system_identifier FROM pg_control_system()), oid "
            "FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert row is not None
    return f"{row[0]}/{row[1]}"
