"""Organisations, projects, people, keys and sessions as values."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

OrganisationId = NewType("OrganisationId", int)
ProjectId = NewType("ProjectId", int)
PersonId = NewType("PersonId", int)
KeyId = NewType("KeyId", int)


class KeyKind(StrEnum):
    """What a key may do: `public` tracks and identifies, `secret` does everything but accounts."""

    PUBLIC = "public"
    SECRET = "secret"  # noqa: S105 - a kind of key, no password


class Role(StrEnum):
    """What a person may do in an organisation."""

    ADMIN = "ADMIN"
    MEMBER = "MEMBER"


@dataclass(frozen=True, slots=True)
class Project:
    """The tenant: whatever Beckon keeps belongs to exactly one project."""

    id: ProjectId
    organisation_id: OrganisationId
    organisation_name: str
    name: str
    time_zone: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Key:
    """An API key as it is listed; the secret itself is nowhere but with its owner."""

    id: KeyId
    project_id: ProjectId
    name: str
    kind: KeyKind
    prefix: str
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at the one moment its secret can be read."""

    key: Key
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in to the dashboard."""

    id: PersonId
    email: str
    name: str
    password_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in, for which project, in which role; moments are aware UTC."""

    person: Person
    project: Project
    role: Role
    created_at: datetime
    seen_at: datetime
