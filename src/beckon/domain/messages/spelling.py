"""What the statements of this slice spell alike, in the words of either store."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement

from beckon.domain.accounts.model import ProjectId
from beckon.domain.messages import tables
from beckon.domain.messages.model import MessageId
from beckon.kit.clock import from_ms, to_ms
from beckon.storage.schema import Tx

ROW_CHUNK = 500


def for_update(tx: Tx) -> str:
    """Keep others from changing what is read, until this transaction ends."""
    # SQLite has one writer and knows no such words.
    return "" if tx.dialect.name == "sqlite" else " FOR UPDATE"


def skip_locked(tx: Tx) -> str:
    """Pass over what others keep so."""
    return " SKIP LOCKED" if for_update(tx) else ""


def moment_of(milliseconds: int | None) -> datetime | None:
    """Read a column that holds a moment, or nothing."""
    return None if milliseconds is None else from_ms(milliseconds)


def ms_of(moment: datetime | None) -> int | None:
    """Write a moment, or nothing, into a column."""
    return None if moment is None else to_ms(moment)


def chunks(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """Give values in pieces that a statement takes as its parameters."""
    return (values[start : start + ROW_CHUNK] for start in range(0, len(values), ROW_CHUNK))


def are_named(
    project_id: ProjectId, ids: Sequence[MessageId]
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Ask for messages of the project by their ids.

    The sum keeps SQLite from reading all of the project, which it takes for a few rows; whoever
    wants them in order sorts by a sum, too.
    """
    return tables.message.c.id.in_(ids), tables.message.c.project_id + 0 == project_id
