"""SQL that reads projects, keys, people and sessions. Public: any room above may ask.

`get_` refuses when absent, `find_` answers None, `list_` is bounded. What is asked before a
project is known carries `_any_project` in its name.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from beckon.domain.accounts import tables
from beckon.domain.accounts.model import (
    AuditEntry,
    AuditFilter,
    Invite,
    InviteId,
    Key,
    KeyId,
    KeyKind,
    Member,
    OpenSession,
    OrganisationId,
    Person,
    PersonId,
    Project,
    ProjectId,
    Role,
    Scope,
    SecondProof,
    Session,
)
from beckon.kit.refusals import Unknown
from beckon.storage.schema import Line, Tx

LIST_MAX = 1000
ID_DIGITS_MAX = 19

_projects = (
    select(tables.project, tables.organisation.c.name.label("organisation_name"))
    .select_from(tables.project.join(tables.organisation))
    .where(tables.project.c.deleted_at.is_(None))
)


class ProjectUnknown(Unknown):
    """No such project."""

    code = "project_unknown"


class MemberUnknown(Unknown):
    """Nobody of that number in this organisation."""

    code = "member_unknown"


class InviteUnknown(Unknown):
    """No such invitation to this organisation."""

    code = "invite_unknown"


class KeyUnknown(Unknown):
    """No such key in this project."""

    code = "key_unknown"


def get_project(tx: Tx, project_id: ProjectId) -> Project:
    """Return the project. Raises ProjectUnknown."""
    row = tx.execute(_projects.where(tables.project.c.id == project_id)).one_or_none()
    if row is None:
        raise ProjectUnknown(f"There is no project {project_id}.")
    return _project(row)


def find_projects_any_project(tx: Tx, name_or_id: str) -> list[Project]:
    """Find the projects with an id or exact name (at most 1,000), for an operator's commands."""
    asked = tables.project.c.name == name_or_id
    if name_or_id.isdecimal() and len(name_or_id) < ID_DIGITS_MAX:
        asked |= tables.project.c.id == int(name_or_id)
    rows = tx.execute(_projects.where(asked).order_by(tables.project.c.id).limit(LIST_MAX))
    return [_project(row) for row in rows]


def list_projects_any_project(tx: Tx) -> list[Project]:
    """List the projects there are (at most 1,000), oldest first."""
    rows = tx.execute(_projects.order_by(tables.project.c.id).limit(LIST_MAX))
    return [_project(row) for row in rows]


def find_retention(tx: Tx, project_id: ProjectId) -> int | None:
    """Tell for how many days a project keeps events; None: for good."""
    days: int | None = tx.execute(
        select(tables.project.c.retention_days).where(tables.project.c.id == project_id)
    ).scalar_one()
    return days


def may_delete_past(tx: Tx, project_id: ProjectId) -> bool:
    """Tell whether the project lets keys delete the events of a period."""
    return bool(
        tx.execute(
            select(tables.project.c.deletes_past).where(tables.project.c.id == project_id)
        ).scalar_one()
    )


def refuses_repeats(tx: Tx, project_id: ProjectId) -> bool:
    """Tell whether the project wants identical requests about a contact refused."""
    return bool(
        tx.execute(
            select(tables.project.c.refuses_repeats).where(tables.project.c.id == project_id)
        ).scalar_one()
    )


def find_retentions_any_project(tx: Tx) -> dict[ProjectId, int]:
    """Map the projects that keep events only for a time to how many days."""
    rows = tx.execute(
        select(tables.project.c.id, tables.project.c.retention_days).where(
            tables.project.c.retention_days.is_not(None)
        )
    )
    return {ProjectId(row.id): row.retention_days for row in rows}


def list_keys(tx: Tx, project_id: ProjectId) -> list[Key]:
    """List the project's keys, newest first, revoked ones included, at most 1,000."""
    rows = tx.execute(
        select(tables.api_key)
        .where(tables.api_key.c.project_id == project_id)
        .order_by(tables.api_key.c.id.desc())
        .limit(LIST_MAX)
    )
    return [_key(row) for row in rows]


def get_key(tx: Tx, project_id: ProjectId, key_id: KeyId) -> Key:
    """Return one key of the project. Raises KeyUnknown."""
    row = tx.execute(
        select(tables.api_key).where(
            tables.api_key.c.project_id == project_id, tables.api_key.c.id == key_id
        )
    ).one_or_none()
    if row is None:
        raise KeyUnknown(f"There is no key key_{key_id}.")
    return _key(row)


def find_first_key_at(tx: Tx, project_id: ProjectId) -> datetime | None:
    """Tell when the project's first key was made, revoked ones included; None without any."""
    first: datetime | None = tx.execute(
        select(func.min(tables.api_key.c.created_at)).where(
            tables.api_key.c.project_id == project_id
        )
    ).scalar_one()
    return first


def find_key_any_project(tx: Tx, digest: bytes) -> Key | None:
    """Find the live key whose secret has this digest."""
    row = tx.execute(
        select(tables.api_key).where(
            tables.api_key.c.digest == digest, tables.api_key.c.revoked_at.is_(None)
        )
    ).one_or_none()
    return None if row is None else _key(row)


def find_live_key(tx: Tx, project_id: ProjectId, key_id: KeyId) -> Key | None:
    """Find a key of the project by its number, unless it was revoked."""
    row = tx.execute(
        select(tables.api_key).where(
            tables.api_key.c.project_id == project_id,
            tables.api_key.c.id == key_id,
            tables.api_key.c.revoked_at.is_(None),
        )
    ).one_or_none()
    return None if row is None else _key(row)


def has_people_any_project(tx: Tx) -> bool:
    """Tell whether anybody can sign in yet."""
    return tx.execute(select(func.count()).select_from(tables.person)).scalar_one() > 0


def find_person_any_project(tx: Tx, email_key: str) -> Person | None:
    """Find who signs in with this address (in its normal form)."""
    row = tx.execute(
        select(tables.person).where(tables.person.c.email_key == email_key)
    ).one_or_none()
    return None if row is None else _person(row)


def find_session_any_project(tx: Tx, digest: bytes) -> Session | None:
    """Find a session, live or not, by its token's digest."""
    row = tx.execute(
        select(
            tables.session.c.created_at,
            tables.session.c.seen_at,
            tables.session.c.project_id,
            tables.person.c.id,
            tables.person.c.email,
            tables.person.c.name,
            tables.person.c.password_hash,
            tables.member.c.role,
        )
        .join(tables.person, tables.person.c.id == tables.session.c.person_id)
        .join(tables.project, tables.project.c.id == tables.session.c.project_id)
        .join(
            tables.member,
            (tables.member.c.person_id == tables.person.c.id)
            & (tables.member.c.organisation_id == tables.project.c.organisation_id),
        )
        .where(tables.session.c.digest == digest)
    ).one_or_none()
    if row is None:
        return None
    project = get_project(tx, ProjectId(row.project_id))
    return Session(_person(row), project, Role(row.role), row.created_at, row.seen_at)


def list_projects_of_person_any_project(tx: Tx, person_id: PersonId) -> list[Project]:
    """List the projects a person may enter, oldest first, at most 1,000."""
    rows = tx.execute(
        _projects.join(
            tables.member, tables.member.c.organisation_id == tables.project.c.organisation_id
        )
        .where(tables.member.c.person_id == person_id)
        .order_by(tables.project.c.id)
        .limit(LIST_MAX)
    )
    return [_project(row) for row in rows]


def find_setup_link_any_project(tx: Tx, digest: bytes) -> datetime | None:
    """Find the moment a set-up link with this digest was made."""
    made: datetime | None = tx.execute(
        select(tables.setup_link.c.created_at).where(tables.setup_link.c.digest == digest)
    ).scalar_one_or_none()
    return made


def count_sign_in_attempts_any_project(
    tx: Tx, email_key: str, *, address: str, since: datetime
) -> int:
    """Count tries to sign in as this person from this network address since a moment."""
    return tx.execute(
        select(func.count())
        .select_from(tables.sign_in_attempt)
        .where(
            tables.sign_in_attempt.c.email_key == email_key,
            tables.sign_in_attempt.c.address == address,
            tables.sign_in_attempt.c.at > since,
        )
    ).scalar_one()


def list_members_any_project(tx: Tx, organisation_id: OrganisationId) -> list[Member]:
    """List who belongs to an organisation, longest known first, at most 1,000."""
    rows = tx.execute(
        _members.where(tables.member.c.organisation_id == organisation_id)
        .order_by(tables.person.c.id)
        .limit(LIST_MAX)
    )
    return [_member(row) for row in rows]


def get_member_any_project(tx: Tx, organisation_id: OrganisationId, person_id: PersonId) -> Member:
    """Return one who belongs to an organisation. Raises MemberUnknown."""
    row = tx.execute(
        _members.where(
            tables.member.c.organisation_id == organisation_id,
            tables.member.c.person_id == person_id,
        )
    ).one_or_none()
    if row is None:
        raise MemberUnknown(f"There is no member usr_{person_id}.")
    return _member(row)


def list_invites_any_project(
    tx: Tx, organisation_id: OrganisationId, *, email_key: str | None = None
) -> list[Invite]:
    """List invitations to an organisation, newest first, at most 1,000; all, or to one address."""
    asked = select(tables.invite).where(tables.invite.c.organisation_id == organisation_id)
    if email_key is not None:
        asked = asked.where(tables.invite.c.email_key == email_key)
    rows = tx.execute(asked.order_by(tables.invite.c.id.desc()).limit(LIST_MAX))
    return [_invite(row) for row in rows]


def get_invite_any_project(tx: Tx, organisation_id: OrganisationId, invite_id: InviteId) -> Invite:
    """Return one invitation to an organisation. Raises InviteUnknown."""
    row = tx.execute(
        select(tables.invite).where(
            tables.invite.c.organisation_id == organisation_id, tables.invite.c.id == invite_id
        )
    ).one_or_none()
    if row is None:
        raise InviteUnknown(f"There is no invite inv_{invite_id}.")
    return _invite(row)


def find_invite_any_project(tx: Tx, digest: bytes) -> Invite | None:
    """Find the invitation whose token has this digest, however it stands."""
    row = tx.execute(select(tables.invite).where(tables.invite.c.digest == digest)).one_or_none()
    return None if row is None else _invite(row)


def list_projects_of_organisation_any_project(
    tx: Tx, organisation_id: OrganisationId
) -> list[Project]:
    """List an organisation's projects, oldest first, at most 1,000."""
    rows = tx.execute(
        _projects.where(tables.project.c.organisation_id == organisation_id)
        .order_by(tables.project.c.id)
        .limit(LIST_MAX)
    )
    return [_project(row) for row in rows]


def list_deleted_projects_any_project(tx: Tx, before: datetime) -> list[ProjectId]:
    """List the projects that were deleted before a moment, at most 1,000."""
    rows = tx.execute(
        select(tables.project.c.id)
        .where(tables.project.c.deleted_at < before)
        .order_by(tables.project.c.id)
        .limit(LIST_MAX)
    )
    return [ProjectId(row.id) for row in rows]


def list_sessions_any_project(tx: Tx, person_id: PersonId) -> list[OpenSession]:
    """List a person's sessions, live or not, the latest seen first, at most 1,000."""
    rows = tx.execute(
        select(tables.session)
        .where(tables.session.c.person_id == person_id)
        .order_by(tables.session.c.seen_at.desc())
        .limit(LIST_MAX)
    )
    return [
        OpenSession(
            bytes(row.digest),
            ProjectId(row.project_id),
            row.created_at,
            row.seen_at,
            row.address,
            row.agent,
        )
        for row in rows
    ]


def find_second_proof_any_project(tx: Tx, person_id: PersonId) -> SecondProof | None:
    """Find a person's authenticator, confirmed or not."""
    row = tx.execute(select(tables.totp).where(tables.totp.c.person_id == person_id)).one_or_none()
    if row is None:
        return None
    return SecondProof(bytes(row.sealed), row.last_step, row.confirmed_at is not None)


def count_recovery_codes_any_project(tx: Tx, person_id: PersonId) -> int:
    """Count the codes a person may still sign in with when the authenticator is lost."""
    return tx.execute(
        select(func.count())
        .select_from(tables.recovery_code)
        .where(tables.recovery_code.c.person_id == person_id)
    ).scalar_one()


def count_acts_any_project(
    tx: Tx, organisation_id: OrganisationId, acts: Sequence[str], *, since: datetime
) -> int:
    """Count how often something was done in an organisation since a moment."""
    mine = select(tables.project.c.id).where(tables.project.c.organisation_id == organisation_id)
    return tx.execute(
        select(func.count())
        .select_from(tables.audit_entry)
        .where(
            tables.audit_entry.c.project_id.in_(mine),
            tables.audit_entry.c.act.in_(acts),
            tables.audit_entry.c.at > since,
        )
    ).scalar_one()


def list_audit(
    tx: Tx, project_id: ProjectId, asked: AuditFilter, *, offset: int = 0, limit: int = LIST_MAX
) -> list[AuditEntry]:
    """List what is written down of a project, newest first."""
    rows = tx.execute(
        select(tables.audit_entry)
        .where(*_audited(project_id, asked))
        .order_by(tables.audit_entry.c.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [AuditEntry(row.id, row.at, row.actor, row.act, row.details) for row in rows]


def list_acts(tx: Tx, project_id: ProjectId) -> list[str]:
    """Name what was ever done in a project, in the order of the alphabet."""
    act = tables.audit_entry.c.act
    found = select(act).where(tables.audit_entry.c.project_id == project_id).distinct()
    return list(tx.scalars(found.order_by(act)))


def count_audit(tx: Tx, project_id: ProjectId, asked: AuditFilter) -> int:
    """Count what `list_audit` lists."""
    return tx.execute(
        select(func.count()).select_from(tables.audit_entry).where(*_audited(project_id, asked))
    ).scalar_one()


_members = select(tables.member.c.role, tables.person).select_from(
    tables.member.join(tables.person)
)


def _audited(project_id: ProjectId, asked: AuditFilter) -> list[ColumnElement[bool]]:
    entry = tables.audit_entry.c
    found = [entry.project_id == project_id]
    if asked.act is not None:
        found.append(entry.act == asked.act)
    if asked.actor is not None:
        found.append(entry.actor == asked.actor)
    if asked.since is not None:
        found.append(entry.at >= asked.since)
    if asked.until is not None:
        found.append(entry.at <= asked.until)
    return found


def _member(row: Line) -> Member:
    return Member(PersonId(row.id), row.email, row.name, Role(row.role), row.created_at)


def _invite(row: Line) -> Invite:
    return Invite(
        InviteId(row.id),
        OrganisationId(row.organisation_id),
        row.email,
        Role(row.role),
        row.created_at,
        row.sent_at,
        row.accepted_at,
        row.revoked_at,
    )


def _project(row: Line) -> Project:
    return Project(
        ProjectId(row.id),
        OrganisationId(row.organisation_id),
        row.organisation_name,
        row.name,
        row.time_zone,
        row.created_at,
    )


def _key(row: Line) -> Key:
    return Key(
        KeyId(row.id),
        ProjectId(row.project_id),
        row.name,
        KeyKind(row.kind),
        row.prefix,
        row.created_at,
        row.revoked_at,
        None if row.scope is None else Scope(row.scope),
        row.last_used_at,
    )


def _person(row: Line) -> Person:
    return Person(PersonId(row.id), row.email, row.name, row.password_hash)
