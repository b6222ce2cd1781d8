"""Which secret keys a store was sealed with, so that a wrong key is told at the start.

Holds names of keys alone; a name tells nothing about its key.
"""

from datetime import datetime

from sqlalchemy import Column, Table, Text, delete, select

from beckon.storage.schema import Moment, Tx, insert, metadata

secret_key_use = Table(
    "secret_key_use",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("first_used_at", Moment, nullable=False),
)


def list_used(tx: Tx) -> list[str]:
    """List the keys that something in the store may be sealed with, first used first."""
    rows = tx.execute(select(secret_key_use).order_by(secret_key_use.c.first_used_at))
    return [row.key_id for row in rows]


def note_used(tx: Tx, key_id: str, now: datetime) -> None:
    """Note that a key seals from now on; known ones stay as they are."""
    adding = insert(tx, secret_key_use).values(key_id=key_id, first_used_at=now)
    tx.execute(adding.on_conflict_do_nothing(index_elements=["key_id"]))


def forget(tx: Tx, key_id: str) -> None:
    """Note that nothing is sealed with a key any more."""
    tx.execute(delete(secret_key_use).where(secret_key_use.c.key_id == key_id))
