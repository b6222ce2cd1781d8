"""SQL that changes projects, keys, people and sessions. Private: only this slice's actions."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, insert, select, update

from beckon.domain.accounts import tables
from beckon.domain.accounts.model import (
    InviteId,
    KeyId,
    KeyKind,
    OrganisationId,
    PersonId,
    ProjectId,
    Role,
    Scope,
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


def update_past_deletion(tx: Tx, project_id: ProjectId, *, is_allowed: bool) -> None:
    """Say whether keys may delete the events of a period."""
    tx.execute(
        update(tables.project)
        .where(tables.project.c.id == project_id)
        .values(deletes_past=is_allowed)
    )


def update_repeats(tx: Tx, project_id: ProjectId, *, are_refused: bool) -> None:
    """Say whether identical requests about a contact are refused."""
    tx.execute(
        update(tables.project)
        .where(tables.project.c.id == project_id)
        .values(refuses_repeats=are_refused)
    )


def insert_key(
    tx: Tx,
    project_id: ProjectId,
    *,
    name: str,
    kind: KeyKind,
    prefix: str,
    digest: bytes,
    scope: Scope | None,
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
            scope=scope,
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


def update_key_used(tx: Tx, project_id: ProjectId, key_id: KeyId, now: datetime) -> None:
    """Store when a key was last used; a moment before the one that stands there changes nothing."""
    before = tables.api_key.c.last_used_at
    tx.execute(
        update(tables.api_key)
        .where(tables.api_key.c.project_id == project_id, tables.api_key.c.id == key_id)
        .where(before.is_(None) | (before < now))
        .values(last_used_at=now)
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
    tx: Tx,
    project_id: ProjectId,
    person_id: PersonId,
    digest: bytes,
    *,
    address: str | None,
    agent: str | None,
    now: datetime,
) -> None:
    """Begin a session."""
    tx.execute(
        insert(tables.session).values(
            digest=digest,
            person_id=person_id,
            project_id=project_id,
            created_at=now,
            seen_at=now,
            address=address,
            agent=agent,
        )
    )


def update_session_seen_any_project(tx: Tx, digest: bytes, now: datetime) -> None:
    """Note that a session was used."""
    tx.execute(update(tables.session).where(tables.session.c.digest == digest).values(seen_at=now))


def delete_session_any_project(tx: Tx, digest: bytes) -> None:
    """End a session."""
    tx.execute(delete(tables.session).where(tables.session.c.digest == digest))


def update_session_project(tx: Tx, project_id: ProjectId, digest: bytes) -> None:
    """Let a session go on in a project."""
    tx.execute(
        update(tables.session)
        .where(tables.session.c.digest == digest)
        .values(project_id=project_id)
    )


def update_sessions_moved(tx: Tx, project_id: ProjectId, to_project_id: ProjectId) -> None:
    """Let all sessions of a project go on in another one."""
    tx.execute(
        update(tables.session)
        .where(tables.session.c.project_id == project_id)
        .values(project_id=to_project_id)
    )


def delete_sessions_any_project(
    tx: Tx,
    person_id: PersonId,
    *,
    organisation_id: OrganisationId | None = None,
    but: bytes | None = None,
) -> None:
    """End a person's sessions: all of them, or those in one organisation; `but` one goes on."""
    asked = delete(tables.session).where(tables.session.c.person_id == person_id)
    if organisation_id is not None:
        mine = select(tables.project.c.id).where(
            tables.project.c.organisation_id == organisation_id
        )
        asked = asked.where(tables.session.c.project_id.in_(mine))
    if but is not None:
        asked = asked.where(tables.session.c.digest != but)
    tx.execute(asked)


def update_project(
    tx: Tx, project_id: ProjectId, *, name: str | None, time_zone: str | None
) -> None:
    """Change what is given of a project."""
    values = {"name": name, "time_zone": time_zone}
    tx.execute(
        update(tables.project)
        .where(tables.project.c.id == project_id)
        .values({key: value for key, value in values.items() if value is not None})
    )


def update_project_deleted(tx: Tx, project_id: ProjectId, now: datetime) -> None:
    """Mark a project deleted."""
    tx.execute(
        update(tables.project).where(tables.project.c.id == project_id).values(deleted_at=now)
    )


def update_password_any_project(tx: Tx, person_id: PersonId, password_hash: str) -> None:
    """Keep another password."""
    tx.execute(
        update(tables.person)
        .where(tables.person.c.id == person_id)
        .values(password_hash=password_hash)
    )


def update_member_role_any_project(
    tx: Tx, organisation_id: OrganisationId, person_id: PersonId, role: Role
) -> None:
    """Give a member another role."""
    tx.execute(update(tables.member).where(*_member(organisation_id, person_id)).values(role=role))


def delete_member_any_project(tx: Tx, organisation_id: OrganisationId, person_id: PersonId) -> None:
    """Let somebody belong to an organisation no more."""
    tx.execute(delete(tables.member).where(*_member(organisation_id, person_id)))


def insert_invite_any_project(
    tx: Tx,
    organisation_id: OrganisationId,
    *,
    email: str,
    email_key: str,
    role: Role,
    digest: bytes,
    now: datetime,
) -> InviteId:
    """Add an invitation; only the digest of its token is kept."""
    added = tx.execute(
        insert(tables.invite).values(
            organisation_id=organisation_id,
            email=email,
            email_key=email_key,
            role=role,
            digest=digest,
            created_at=now,
            sent_at=now,
        )
    )
    return InviteId(number_of(added))


def update_invite_any_project(
    tx: Tx, organisation_id: OrganisationId, invite_id: InviteId, **values: object
) -> bool:
    """Set columns of an invitation that was neither accepted nor taken back. False for others."""
    done = tx.execute(
        update(tables.invite)
        .where(
            tables.invite.c.organisation_id == organisation_id,
            tables.invite.c.id == invite_id,
            tables.invite.c.accepted_at.is_(None),
            tables.invite.c.revoked_at.is_(None),
        )
        .values(**values)
    )
    return done.rowcount > 0


def replace_second_proof_any_project(
    tx: Tx, person_id: PersonId, sealed: bytes, now: datetime
) -> None:
    """Keep a new authenticator, which does not count before it is confirmed."""
    delete_second_proof_any_project(tx, person_id)
    tx.execute(
        insert(tables.totp).values(person_id=person_id, sealed=sealed, last_step=0, created_at=now)
    )


def update_second_proof_any_project(
    tx: Tx, person_id: PersonId, *, step: int, confirmed_at: datetime | None = None
) -> bool:
    """Note the step whose code was taken. False when that or a later one was taken before."""
    values: dict[str, object] = {"last_step": step}
    if confirmed_at is not None:
        values["confirmed_at"] = confirmed_at
    done = tx.execute(
        update(tables.totp)
        .where(tables.totp.c.person_id == person_id, tables.totp.c.last_step < step)
        .values(**values)
    )
    return done.rowcount > 0


def delete_second_proof_any_project(tx: Tx, person_id: PersonId) -> None:
    """Forget a person's authenticator and recovery codes."""
    tx.execute(delete(tables.totp).where(tables.totp.c.person_id == person_id))
    tx.execute(delete(tables.recovery_code).where(tables.recovery_code.c.person_id == person_id))


def insert_recovery_codes_any_project(
    tx: Tx, person_id: PersonId, digests: Sequence[bytes]
) -> None:
    """Keep codes for when the authenticator is lost; the ones before are void."""
    tx.execute(delete(tables.recovery_code).where(tables.recovery_code.c.person_id == person_id))
    tx.execute(
        insert(tables.recovery_code),
        [{"person_id": person_id, "digest": digest} for digest in digests],
    )


def delete_recovery_code_any_project(tx: Tx, person_id: PersonId, digest: bytes) -> bool:
    """Use a recovery code up. False when there is none like it."""
    done = tx.execute(
        delete(tables.recovery_code).where(
            tables.recovery_code.c.person_id == person_id, tables.recovery_code.c.digest == digest
        )
    )
    return done.rowcount > 0


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


def _member(
    organisation_id: OrganisationId, person_id: PersonId
) -> tuple[ColumnElement[bool], ...]:
    return (
        tables.member.c.organisation_id == organisation_id,
        tables.member.c.person_id == person_id,
    )
