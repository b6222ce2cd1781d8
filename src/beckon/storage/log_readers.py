"""Who reads a log forward, and how far each is; a log is any table with `epoch` and `position`."""

from dataclasses import dataclass

from sqlalchemy import Column, Table, Text, select, update

from beckon.storage.schema import Number, Tx, insert, metadata

log_reader = Table(
    "log_reader",
    metadata,
    Column("name", Text, primary_key=True),
    Column("epoch", Number, nullable=False),
    Column("position", Number, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a log; everything at or before it was read."""

    epoch: int = 0
    position: int = 0


def lock_cursor(tx: Tx, reader: str) -> Cursor | None:
    """Read how far a reader is, and keep others from reading as it until this transaction ends.

    None when another process is just reading, or the reader was never begun.
    """
    row = tx.execute(
        select(log_reader).where(log_reader.c.name == reader).with_for_update(skip_locked=True)
    ).one_or_none()
    return None if row is None else Cursor(row.epoch, row.position)


def hold_cursor(tx: Tx, reader: str) -> None:
    """Let nobody read as a reader until this transaction ends; several may hold it at once."""
    tx.execute(
        select(log_reader.c.name).where(log_reader.c.name == reader).with_for_update(read=True)
    ).one_or_none()


def begin(tx: Tx, reader: str) -> bool:
    """Begin to read from the first line. False when that was begun before."""
    adding = insert(tx, log_reader).values(name=reader, epoch=0, position=0)
    added = adding.on_conflict_do_nothing(index_elements=["name"]).returning(log_reader.c.name)
    return tx.execute(added).one_or_none() is not None


def move(tx: Tx, reader: str, cursor: Cursor) -> None:
    """Note how far a reader is; in the transaction that did what the lines ask for."""
    tx.execute(
        update(log_reader)
        .where(log_reader.c.name == reader)
        .values(epoch=cursor.epoch, position=cursor.position)
    )
