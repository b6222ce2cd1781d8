"""People as values, and the ways a caller may name one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from beckon.domain.accounts.model import ProjectId

ContactId = NewType("ContactId", int)


class AddressKind(StrEnum):
    """What an address reaches."""

    EMAIL = "email"
    PHONE = "phone"


class Channel(StrEnum):
    """The kind of way a message takes to a person."""

    EMAIL = "email"
    SMS = "sms"
    VIBER = "viber"
    PUSH = "push"
    WEB_PUSH = "web_push"
    IN_APP = "in_app"


@dataclass(frozen=True, slots=True)
class Who:
    """How a caller names a person. The first that is given and known decides, in this order.

    Addresses are as checked by `kit.addresses`; with one of the ids given they are no names but
    fill what is still empty.
    """

    contact_id: ContactId | None = None
    external_id: str | None = None
    anonymous_id: str | None = None
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What to change about a person; None leaves a field, a None property deletes it.

    `overwrites` is False for callers nobody vouches for: then addresses only fill what is empty.
    """

    email: str | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    language: str | None = None
    time_zone: str | None = None
    properties: Mapping[str, object] = field(default_factory=dict)
    overwrites: bool = True


@dataclass(frozen=True, slots=True)
class Contact:
    """A person of a project. Moments are aware UTC; addresses are the main ones."""

    id: ContactId
    project_id: ProjectId
    external_id: str | None
    first_name: str | None
    last_name: str | None
    language: str | None
    time_zone: str | None
    email: str | None
    phone: str | None
    properties: Mapping[str, object]
    created_at: datetime
    updated_at: datetime
    last_seen_at: datetime | None

    @property
    def name(self) -> str | None:
        """First and last name as one; None where neither is known."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or None
