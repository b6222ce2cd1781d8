"""What keeps a project from sending, and what it wants of its sending."""

from datetime import datetime

from sqlalchemy import delete

from beckon.domain.accounts.model import ProjectId
from beckon.domain.messages import tables
from beckon.storage.schema import Tx, insert


def upsert_hold(tx: Tx, project_id: ProjectId, reason: str, now: datetime) -> None:
    """Hold all sending of a project; the first reason stays."""
    adding = insert(tx, tables.sending_hold).values(project_id=project_id, reason=reason, since=now)
    tx.execute(adding.on_conflict_do_nothing(index_elements=["project_id"]))


def delete_hold(tx: Tx, project_id: ProjectId) -> bool:
    """Let a project send again. False when nothing held it."""
    done = tx.execute(
        delete(tables.sending_hold).where(tables.sending_hold.c.project_id == project_id)
    )
    return done.rowcount == 1


def upsert_policy(tx: Tx, project_id: ProjectId, policy: object, now: datetime) -> None:
    """Keep what a project wants of its sending."""
    values = {"policy": policy, "changed_at": now}
    adding = insert(tx, tables.sending_policy).values(project_id=project_id, **values)
    tx.execute(adding.on_conflict_do_update(index_elements=["project_id"], set_=values))
