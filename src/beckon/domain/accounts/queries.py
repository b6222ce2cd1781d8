"""SQL that reads projects, keys, people and sessions. Public: any room above may ask.

`get_` refuses when absent, `find_` answers None, `list_` is bounded. What is asked before a
project is known carries `_any_project` in its name.
"""

from datetime import datetime

from sqlalchemy import func, select

from beckon.domain.accounts import tables
from beckon.domain.accounts.model import (
    Key,
    KeyId,
    KeyKind,
    OrganisationId,
    Person,
    PersonId,
    Project,
    ProjectId,
    Role,
    Session,
)
from beckon.kit.refusals import Unknown
from beckon.storage.schema import Line, Tx

LIST_MAX = 1000
ID_DIGITS_MAX = 19

_projects = select(
    tables.project, tables.organisation.c.name.label("organisation_name")
).select_from(tables.project.join(tables.organisation))


class ProjectUnknown(Unknown):
    """No such project."""

    code = "project_unknown"


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
    )


def _person(row: Line) -> Person:
    return Person(PersonId(row.id), row.email, row.name, row.password_hash)
