"""SQL that changes consent. Private: only this slice's actions import it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select, update

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel, ContactId
from beckon.domain.subscriptions import tables
from beckon.domain.subscriptions.model import (
    Activity,
    CategoryId,
    ConsentEntry,
    SendingDomainId,
    Standing,
)
from beckon.kit.clock import to_ms
from beckon.kit.keypairs import Algorithm
from beckon.storage.schema import Tx, insert, insert_many


def ensure_key(tx: Tx, project_id: ProjectId) -> bytes:
    """Return the key of the project's digests; the store rolls it the first time."""
    adding = insert(tx, tables.consent_key).values(project_id=project_id)
    tx.execute(adding.on_conflict_do_nothing(index_elements=["project_id"]))
    key: bytes = tx.execute(
        select(tables.consent_key.c.key).where(tables.consent_key.c.project_id == project_id)
    ).scalar_one()
    return bytes(key)


def upsert_standing(
    tx: Tx, project_id: ProjectId, channel: Channel, digest: bytes, standing: Standing
) -> None:
    """Note how an address stands."""
    blocked = [at for at in (standing.unsubscribed_at, standing.suppressed_at) if at is not None]
    values = {
        "address": standing.address,
        "is_confirmed": standing.is_confirmed,
        "unsubscribed_at": standing.unsubscribed_at,
        "suppression": standing.suppression,
        "suppressed_at": standing.suppressed_at,
        "soft_bounces": standing.soft_bounces,
        "soft_since": standing.soft_since,
        "blocked_at": min(blocked, default=None),
    }
    adding = insert(tx, tables.standing).values(
        project_id=project_id, channel=channel, digest=digest, **values
    )
    tx.execute(
        adding.on_conflict_do_update(
            index_elements=["project_id", "channel", "digest"], set_=values
        )
    )


def insert_entry(tx: Tx, project_id: ProjectId, digest: bytes, entry: ConsentEntry) -> None:
    """Append a line to the consent log."""
    tx.execute(
        insert(tx, tables.consent_entry).values(
            project_id=project_id,
            channel=entry.channel,
            digest=digest,
            address=entry.address,
            contact_id=entry.contact_id,
            act=entry.act,
            subject=entry.subject,
            source=entry.proof.source,
            wording=entry.proof.wording,
            details=dict(entry.proof.details),
            at=entry.at,
        )
    )


def update_erased(tx: Tx, project_id: ProjectId, contact_id: ContactId) -> None:
    """Forget whose the lines about a person are; that there were some is kept."""
    tx.execute(
        update(tables.consent_entry)
        .where(
            tables.consent_entry.c.project_id == project_id,
            tables.consent_entry.c.contact_id == contact_id,
        )
        .values(contact_id=None, address=None, details={})
    )
    tx.execute(
        delete(tables.category_choice).where(
            tables.category_choice.c.project_id == project_id,
            tables.category_choice.c.contact_id == contact_id,
        )
    )


def update_forgotten(tx: Tx, project_id: ProjectId, channel: Channel, digest: bytes) -> None:
    """Forget an address; how it stands stays under its digest."""
    for table in (tables.standing, tables.consent_entry):
        tx.execute(
            update(table)
            .where(
                table.c.project_id == project_id,
                table.c.channel == channel,
                table.c.digest == digest,
            )
            .values(address=None)
        )


def insert_category(
    tx: Tx, project_id: ProjectId, *, key: str, name: str, is_opt_in: bool, now: datetime
) -> CategoryId | None:
    """Add a category; None when the project has one of that key."""
    adding = insert(tx, tables.category).values(
        project_id=project_id,
        key=key,
        name=name,
        is_opt_in=is_opt_in,
        created_at=now,
        updated_at=now,
    )
    added = adding.on_conflict_do_nothing(index_elements=["project_id", "key"])
    row = tx.execute(added.returning(tables.category.c.id)).one_or_none()
    return None if row is None else CategoryId(row.id)


def update_category(
    tx: Tx, project_id: ProjectId, category_id: CategoryId, values: Mapping[str, object]
) -> bool:
    """Change a category. False when the project has none of that number."""
    changed = tx.execute(
        update(tables.category)
        .where(tables.category.c.project_id == project_id, tables.category.c.id == category_id)
        .values(**values)
    )
    return changed.rowcount == 1


def delete_category(tx: Tx, project_id: ProjectId, category_id: CategoryId) -> bool:
    """Take a category and what people chose of it away. False when there is none."""
    tx.execute(
        delete(tables.category_choice).where(
            tables.category_choice.c.project_id == project_id,
            tables.category_choice.c.category_id == category_id,
        )
    )
    gone = tx.execute(
        delete(tables.category).where(
            tables.category.c.project_id == project_id, tables.category.c.id == category_id
        )
    )
    return gone.rowcount == 1


def upsert_choice(
    tx: Tx,
    project_id: ProjectId,
    contact_id: ContactId,
    category_id: CategoryId,
    *,
    is_subscribed: bool,
    now: datetime,
) -> None:
    """Note what a person chose."""
    values = {"is_subscribed": is_subscribed, "changed_at": now}
    adding = insert(tx, tables.category_choice).values(
        project_id=project_id, category_id=category_id, contact_id=contact_id, **values
    )
    tx.execute(
        adding.on_conflict_do_update(index_elements=["category_id", "contact_id"], set_=values)
    )


def insert_activity_any_project(tx: Tx, activity: Sequence[Activity]) -> None:
    """Append what was done with messages, in order."""
    insert_many(
        tx,
        "message_activity (project_id, contact_id, message_id, kind, at, link, is_machine)",
        [
            (
                one.project_id,
                one.contact_id,
                one.message_id.bytes,
                one.kind.value,  # a plain string: an enum makes the driver ask it for its form
                to_ms(one.at),
                one.link,
                one.is_machine,
            )
            for one in activity
        ],
    )


def upsert_postal_address(
    tx: Tx, project_id: ProjectId, postal_address: str | None, now: datetime
) -> None:
    """Note the postal address of a project."""
    values = {"postal_address": postal_address, "updated_at": now}
    adding = insert(tx, tables.project_consent).values(project_id=project_id, **values)
    tx.execute(adding.on_conflict_do_update(index_elements=["project_id"], set_=values))


def insert_domain(
    tx: Tx,
    project_id: ProjectId,
    *,
    domain: str,
    selector: str,
    algorithm: Algorithm,
    sealed_key: bytes,
    public_key: str,
    now: datetime,
) -> bool:
    """Add a sending domain with a key. False when it has one under that selector."""
    adding = insert(tx, tables.sending_domain).values(
        project_id=project_id,
        domain=domain,
        selector=selector,
        algorithm=algorithm,
        sealed_key=sealed_key,
        public_key=public_key,
        created_at=now,
    )
    added = adding.on_conflict_do_nothing(index_elements=["project_id", "domain", "selector"])
    return tx.execute(added.returning(tables.sending_domain.c.id)).one_or_none() is not None


def delete_domain(tx: Tx, project_id: ProjectId, domain: str) -> bool:
    """Take a sending domain and its keys away. False when there is none."""
    gone = tx.execute(
        delete(tables.sending_domain).where(
            tables.sending_domain.c.project_id == project_id,
            tables.sending_domain.c.domain == domain,
        )
    )
    return gone.rowcount > 0


def update_sealed_any_project(tx: Tx, domain_id: SendingDomainId, sealed_key: bytes) -> None:
    """Keep a key sealed anew."""
    tx.execute(
        update(tables.sending_domain)
        .where(tables.sending_domain.c.id == domain_id)
        .values(sealed_key=sealed_key)
    )
