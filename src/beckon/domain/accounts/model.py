"""Organisations, projects, people, keys and sessions as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

OrganisationId = NewType("OrganisationId", int)
ProjectId = NewType("ProjectId", int)
PersonId = NewType("PersonId", int)
KeyId = NewType("KeyId", int)
InviteId = NewType("InviteId", int)


class KeyKind(StrEnum):
    """What a key may do: `public` tracks and identifies, `secret` does everything but accounts."""

    PUBLIC = "public"
    SECRET = "secret"  # noqa: S105 - a kind of key, no password


class Right(StrEnum):
    """What a program may do, in groups; `rest` is all that no narrower key reaches."""

    GENERAL = "general"
    EVENTS = "events"
    CONTACTS_READ = "contacts_read"
    CONTACTS_CHANGE = "contacts_change"
    MESSAGES = "messages"
    ACTIVITY = "activity"
    REST = "rest"


class Scope(StrEnum):
    """How far a secret key reaches; one without a scope reaches everything."""

    EVENTS = "events"
    CONTACTS = "contacts"
    CONTACTS_CHANGE = "contacts_change"
    MESSAGES = "messages"


class Role(StrEnum):
    """What a person may do in an organisation; each may what those below it may.

    A viewer looks; a member works on messages and automations; an administrator lets people and
    programs in and out; only an owner makes, changes or removes owners.
    """

    OWNER = "OWNER"
    ADMIN = "ADMIN"
    MEMBER = "MEMBER"
    VIEWER = "VIEWER"


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
    """An API key as it is listed; the secret itself is nowhere but with its owner.

    `last_used_at` is five minutes late at most: not every call is noted.
    """

    id: KeyId
    project_id: ProjectId
    name: str
    kind: KeyKind
    prefix: str
    created_at: datetime
    revoked_at: datetime | None
    scope: Scope | None = None
    last_used_at: datetime | None = None


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


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One of a person's sessions, as it is listed to them. `digest` names it and opens nothing."""

    digest: bytes = field(repr=False)
    project_id: ProjectId
    created_at: datetime
    seen_at: datetime
    address: str | None
    agent: str | None


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in an organisation."""

    person_id: PersonId
    email: str
    name: str
    role: Role
    joined_at: datetime


class InviteState(StrEnum):
    """How an invitation stands."""

    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"


@dataclass(frozen=True, slots=True)
class Invite:
    """An invitation to join an organisation; the token is nowhere but in its link."""

    id: InviteId
    organisation_id: OrganisationId
    email: str
    role: Role
    created_at: datetime
    sent_at: datetime
    accepted_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what, and when."""

    id: int
    at: datetime
    actor: str
    act: str
    details: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are asked for; None asks for all."""

    act: str | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SecondProof:
    """A person's authenticator. It counts once it was confirmed."""

    sealed: bytes = field(repr=False)
    last_step: int
    is_confirmed: bool
