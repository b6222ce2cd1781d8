"""Reads the log of what changed of people."""

from sqlalchemy import select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import tables
from beckon.domain.contacts.model import (
    Change,
    ChangeKind,
    ContactId,
    PastChange,
)
from beckon.storage.log_readers import Cursor
from beckon.storage.schema import Tx, is_after, log_order


def list_changes_of(
    tx: Tx, project_id: ProjectId, contact_id: ContactId, *, offset: int, limit: int
) -> list[PastChange]:
    """List what changed of one person, the latest first."""
    log = tables.contact_change
    rows = tx.execute(
        select(log.c.kind, log.c.fields, log.c.at)
        .where(log.c.project_id == project_id, log.c.contact_id == contact_id)
        .order_by(log.c.position.desc())
        .offset(offset)
        .limit(limit)
    )
    return [PastChange(ChangeKind(row.kind), row.fields, row.at) for row in rows]


def list_changes_after_any_project(tx: Tx, cursor: Cursor, *, limit: int) -> list[Change]:
    """Read the log of changes forward from a cursor, only what can no longer be overtaken."""
    log = tables.contact_change
    rows = tx.execute(
        select(
            log.c.epoch,
            log.c.position,
            log.c.project_id,
            log.c.contact_id,
            log.c.kind,
            log.c.fields,
        )
        .where(is_after(tx, log, epoch=cursor.epoch, position=cursor.position))
        .order_by(*log_order(tx, log))
        .limit(limit)
    )
    return [Change._make(row) for row in rows]
