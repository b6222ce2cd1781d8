"""Replies kept for a day, so that the same request told again gets the first one and does nothing.

Invariant: a reply is kept in the transaction that did what it tells of, or neither is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    and_,
    delete,
    or_,
    select,
    update,
)

from beckon.storage.schema import Moment, Number, Tx, insert, metadata
from beckon.storage.sealed import sealed_for

KEPT_FOR = timedelta(hours=24)
RUNS_AT_MOST = timedelta(minutes=2)
"""Whoever did not finish by then never will: its process is gone."""

PURPOSE = "reply"

kept_reply = Table(
    "kept_reply",
    metadata,
    Column("project_id", Number, ForeignKey("project.id"), primary_key=True),
    Column("route", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, info=sealed_for(PURPOSE)),
    Column("at", Moment, nullable=False),
    Index(None, "at"),
)


@dataclass(frozen=True, slots=True)
class Name:
    """What tells one request from another: whose it is, what it asks for, and its key."""

    project_id: int
    route: str
    key: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A request known by its key. `sealed` is its reply; None while it is still running."""

    digest: bytes
    sealed: bytes | None


def find(tx: Tx, name: Name, now: datetime) -> Kept | None:
    """Find a request of the last 24 hours, done or running."""
    row = tx.execute(select(kept_reply).where(*_named(name))).one_or_none()
    if row is None or _is_over(row.at, is_done=row.sealed is not None, now=now):
        return None
    return Kept(bytes(row.digest), None if row.sealed is None else bytes(row.sealed))


def begin(tx: Tx, name: Name, digest: bytes, now: datetime) -> bool:
    """Note that a request runs. False when another one with its key does, or did."""
    row = tx.execute(select(kept_reply).where(*_named(name))).one_or_none()
    if row is not None and _is_over(row.at, is_done=row.sealed is not None, now=now):
        tx.execute(delete(kept_reply).where(*_named(name), kept_reply.c.at == row.at))
    adding = insert(tx, kept_reply).values(
        project_id=name.project_id, route=name.route, key=name.key, digest=digest, at=now
    )
    added = adding.on_conflict_do_nothing(index_elements=["project_id", "route", "key"])
    return tx.execute(added.returning(kept_reply.c.key)).one_or_none() is not None


def note(tx: Tx, name: Name, digest: bytes, now: datetime, *, within: timedelta) -> bool:
    """Note that something was asked, without a reply. False where it was so long ago or less.

    One statement, so that of two processes told the same at once only one gets True.
    """
    adding = insert(tx, kept_reply).values(
        project_id=name.project_id, route=name.route, key=name.key, digest=digest, at=now
    )
    noted = adding.on_conflict_do_update(
        index_elements=["project_id", "route", "key"],
        set_={"at": now},
        where=kept_reply.c.at <= now - within,
    )
    return tx.execute(noted.returning(kept_reply.c.key)).one_or_none() is not None


def finish(tx: Tx, name: Name, sealed: bytes) -> None:
    """Keep the reply of a request that ran."""
    tx.execute(update(kept_reply).where(*_named(name)).values(sealed=sealed))


def give_up(tx: Tx, name: Name) -> None:
    """Forget a request that was refused: it may be told again."""
    tx.execute(delete(kept_reply).where(*_named(name), kept_reply.c.sealed.is_(None)))


def forget_old(tx: Tx, now: datetime) -> int:
    """Forget what was kept for a day, and what has no reply and never will. Returns how many."""
    is_void = and_(kept_reply.c.sealed.is_(None), kept_reply.c.at <= now - RUNS_AT_MOST)
    is_old = kept_reply.c.at <= now - KEPT_FOR
    return tx.execute(delete(kept_reply).where(or_(is_old, is_void))).rowcount


def _named(name: Name) -> tuple[ColumnElement[bool], ...]:
    return (
        kept_reply.c.project_id == name.project_id,
        kept_reply.c.route == name.route,
        kept_reply.c.key == name.key,
    )


def _is_over(at: datetime, *, is_done: bool, now: datetime) -> bool:
    return now - at >= (KEPT_FOR if is_done else RUNS_AT_MOST)
