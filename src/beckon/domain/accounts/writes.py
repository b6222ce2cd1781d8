"""SQL that changes projects, keys, people and sessions. Private: only this slice's actions."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, insert, update

from beckon.domain.accounts import tables
from beckon.domain.accounts.model import (
    KeyId,
    KeyKind,
    OrganisationId,
    PersonId,
    ProjectId,
    Role,
)
from beckon.storage.schema import Tx, number_of


def insert_organisation_any_project(tx: Tx, name: str, now: datetime) -> OrganisationId:
    """Add an organisation."""
    added = tx.execute(insert(tables.organisation).values(name=name, created_at=now))
    return OrganisationId(number_of(added))


def insert_project_any_project(
    tx: Tx, organisation_id: OrganisationId, *, name: str, time_zone: str, now: datetime
) -> ProjectId:
    """Add a project to an organisation."""
    added = tx.execute(
        insert(tables.project).values(
            organisation_id=organisation_id, name=name, time_zone=time_zone, created_at=now
        )
    )
    return ProjectId(number_of(added))


def update_retention(tx: Tx, project_id: ProjectId, days: int | None) -> None:
    """Say for how long the project keeps events."""
    tx.execute(
        update(tables.project).where(tables.project.c.id == project_id).values(retention_days=days)
    )


def insert_key(
    tx: Tx,
    project_id: ProjectId,
    *,
    name: str,
    kind: KeyKind,
    prefix: str,
    digest: bytes,
    now: datetime,
) -> KeyId:
    """Add a key; only its digest is kept."""
    added = tx.execute(
        insert(tables.api_key).values(
            project_id=project_id,
            name=name,
            kind=kind,
            prefix=prefix,
            digest=digest,
            created_at=now,
        )
    )
    return KeyId(number_of(added))


def update_key_revoked(tx: Tx, project_id: ProjectId, key_id: KeyId, now: datetime) -> None:
    """Mark a key revoked; the first moment stays."""
    tx.execute(
        update(tables.api_key)
        .where(
            tables.api_key.c.project_id == project_id,
            tables.api_key.c.id == key_id,
            tables.api_key.c.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )


def insert_person_any_project(
    tx: Tx, *, email: str, email_key: str, name: str, password_hash: str, now: datetime
) -> PersonId:
    """Add somebody who may sign in."""
    added = tx.execute(
        insert(tables.person).values(
            email=email,
            email_key=email_key,
            name=name,
            password_hash=password_hash,
            created_at=now,
        )
    )
    return PersonId(number_of(added))


def insert_member_any_project(
    tx: Tx, organisation_id: OrganisationId, person_id: PersonId, role: Role
) -> None:
    """Let a person act for an organisation."""
    tx.execute(
        insert(tables.member).values(
            organisation_id=organisation_id, person_id=person_id, role=role
        )
    )


def insert_session(
    tx: Tx, project_id: ProjectId, person_id: PersonId, digest: bytes, now: datetime
) -> None:
    """Begin a session."""
    tx.execute(
        insert(tables.session).values(
            digest=digest,
            person_id=person_id,
            project_id=project_id,
            created_at=now,
            seen_at=now,
        )
    )


def update_session_seen_any_project(tx: Tx, digest: bytes, now: datetime) -> None:
    """Note that a session was used."""
    tx.execute(update(tables.session).where(tables.session.c.digest == digest).values(seen_at=now))


def delete_session_any_project(tx: Tx, digest: bytes) -> None:
    """End a session."""
    tx.execute(delete(tables.session).where(tables.session.c.digest == digest))


def insert_setup_link_any_project(tx: Tx, digest: bytes, now: datetime) -> None:
    """Keep a set-up link; the ones before it are void."""
    tx.execute(delete(tables.setup_link))
    tx.execute(insert(tables.setup_link).values(digest=digest, created_at=now))


def delete_setup_links_any_project(tx: Tx) -> bool:
    """Make every set-up link void. False when there was none."""
    return tx.execute(delete(tables.setup_link)).rowcount > 0


def insert_sign_in_attempt_any_project(tx: Tx, email_key: str, address: str, now: datetime) -> None:
    """Note a try to sign in."""
    tx.execute(insert(tables.sign_in_attempt).values(email_key=email_key, address=address, at=now))


def delete_sign_in_attempts_any_project(tx: Tx, before: datetime) -> None:
    """Forget tries that no longer count."""
    tx.execute(delete(tables.sign_in_attempt).where(tables.sign_in_attempt.c.at < before))


def delete_sign_in_attempts_of_any_project(tx: Tx, email_key: str, address: str) -> None:
    """Forget a person's sign-in attempts from a network address."""
    tx.execute(
        delete(tables.sign_in_attempt).where(
            tables.sign_in_attempt.c.email_key == email_key,
            tables.sign_in_attempt.c.address == address,
        )
    )


def insert_audit_entry(
    tx: Tx,
    project_id: ProjectId,
    *,
    actor: str,
    act: str,
    details: Mapping[str, object],
    now: datetime,
) -> None:
    """Append to the audit log."""
    tx.execute(
        insert(tables.audit_entry).values(
            project_id=project_id, at=now, actor=actor, act=act, details=dict(details)
        )
    )
