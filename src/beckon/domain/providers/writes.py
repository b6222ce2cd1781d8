"""SQL that changes providers. Private: only this slice's actions import it."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, insert, update

from beckon.domain.accounts.model import ProjectId
from beckon.domain.providers import tables
from beckon.domain.providers.model import ProviderId
from beckon.storage import schema
from beckon.storage.schema import Tx, number_of


def insert_provider(tx: Tx, project_id: ProjectId, values: Mapping[str, object]) -> ProviderId:
    """Add a provider."""
    added = tx.execute(insert(tables.provider).values(project_id=project_id, **values))
    return ProviderId(number_of(added))


def update_provider(
    tx: Tx, project_id: ProjectId, provider_id: ProviderId, values: Mapping[str, object]
) -> None:
    """Set columns of one provider."""
    tx.execute(
        update(tables.provider)
        .where(tables.provider.c.project_id == project_id, tables.provider.c.id == provider_id)
        .values(**values)
    )


def delete_provider(tx: Tx, project_id: ProjectId, provider_id: ProviderId) -> None:
    """Take a provider away, its secrets with it."""
    tx.execute(
        delete(tables.provider).where(
            tables.provider.c.project_id == project_id, tables.provider.c.id == provider_id
        )
    )


def upsert_inbound_secret(
    tx: Tx,
    project_id: ProjectId,
    sealed: bytes,
    *,
    sealed_before: bytes | None,
    before_until: datetime | None,
    now: datetime,
) -> None:
    """Keep the secret of the project's reports, and the last one for as long as it counts."""
    values = {
        "sealed": sealed,
        "sealed_before": sealed_before,
        "before_until": before_until,
        "created_at": now,
    }
    adding = schema.insert(tx, tables.inbound_secret).values(project_id=project_id, **values)
    tx.execute(adding.on_conflict_do_update(index_elements=["project_id"], set_=values))


def insert_seen(tx: Tx, project_id: ProjectId, key: str, now: datetime) -> bool:
    """Note that a report came. False when it was seen before."""
    adding = schema.insert(tx, tables.inbound_seen).values(project_id=project_id, key=key, at=now)
    added = adding.on_conflict_do_nothing(index_elements=["project_id", "key"])
    return tx.execute(added.returning(tables.inbound_seen.c.key)).one_or_none() is not None


def delete_seen_any_project(tx: Tx, before: datetime) -> None:
    """Forget reports that came long ago."""
    tx.execute(delete(tables.inbound_seen).where(tables.inbound_seen.c.at < before))
