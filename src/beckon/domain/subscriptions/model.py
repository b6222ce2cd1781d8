"""Consent as values: what may be asked, how an address stands, what was chosen and when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel, ContactId
from beckon.kit.keypairs import Algorithm
from beckon.kit.values import Value

CategoryId = NewType("CategoryId", int)
SendingDomainId = NewType("SendingDomainId", int)


class Purpose(StrEnum):
    """What a message is for; the arrows to whom each may go stand in `rules.py`."""

    BULK = "bulk"
    TRIGGERED = "triggered"
    TRANSACTIONAL = "transactional"
    CONFIRMATION = "confirmation"


class Suppression(StrEnum):
    """Why nothing at all goes to an address. A block by policy is never among them."""

    BOUNCE = "bounce"
    SOFT_BOUNCES = "soft_bounces"
    COMPLAINT = "complaint"
    MANUAL = "manual"


class Act(StrEnum):
    """What an entry of the consent log tells."""

    SUBSCRIBED = "subscribed"
    CONFIRMATION_ASKED = "confirmation_asked"
    CONFIRMATION_SENT = "confirmation_sent"
    CONFIRMED = "confirmed"
    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"
    LIFTED = "lifted"
    JOINED = "joined"
    LEFT = "left"


class Answer(StrEnum):
    """What asking to be subscribed came to."""

    NEED_CONFIRMATION = "need_confirmation"
    ALREADY_SUBSCRIBED = "already_subscribed"
    SUPPRESSED = "suppressed"


class ActivityKind(StrEnum):
    """What a person did with a message."""

    OPENED = "opened"
    CLICKED = "clicked"
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, slots=True)
class Ask:
    """One message that wants to go to one address; `category` is the key of its category."""

    channel: Channel
    address: str
    contact_id: ContactId
    purpose: Purpose
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How an address stands on one channel. Without any row an address is confirmed and open.

    `soft_bounces` counts those in a row since `soft_since`. `address` is None after an erasure.
    """

    is_confirmed: bool = True
    unsubscribed_at: datetime | None = None
    suppression: Suppression | None = None
    suppressed_at: datetime | None = None
    soft_bounces: int = 0
    soft_since: datetime | None = None
    address: str | None = None

    @property
    def takes_bulk(self) -> bool:
        """Whether mail to many may go there."""
        return self.is_confirmed and self.unsubscribed_at is None and self.suppression is None


@dataclass(frozen=True, slots=True)
class Proof:
    """How a choice was made: by what (`source`), under which words, from where."""

    source: str
    wording: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConsentEntry:
    """One line of the consent log. `subject` is a category's key or a suppression's reason."""

    channel: Channel
    address: str | None
    contact_id: ContactId | None
    act: Act
    subject: str | None
    proof: Proof
    at: datetime


@dataclass(frozen=True, slots=True)
class Suppressed:
    """An address that gets nothing or, with no `reason`, was unsubscribed from mail to many.

    One without an address was erased.
    """

    channel: Channel
    address: str | None
    reason: Suppression | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of mail that people choose or leave.

    `is_opt_in`: only who chose it gets it; else everybody does who did not leave it.
    """

    id: CategoryId
    key: str
    name: str
    is_opt_in: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class SendingDomain:
    """A domain that mail is signed for, and a key of it; `sealed_key` only the vault can open."""

    id: SendingDomainId
    project_id: ProjectId
    domain: str
    selector: str
    algorithm: Algorithm
    sealed_key: bytes = field(repr=False)
    public_key: str
    created_at: datetime

    @property
    def record_name(self) -> str:
        """The name under which DNS has the public key."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record_value(self) -> str:
        """The TXT record to publish there. Source: RFC 6376 section 3.6.1."""
        return f"v=DKIM1; k={self.algorithm}; p={self.public_key}"


class Activity(Value, frozen=True):
    """Something a person, or a machine on the way, did with a message; `link` is where it led."""

    project_id: ProjectId
    contact_id: ContactId
    message_id: UUID
    kind: ActivityKind
    at: datetime
    link: str | None = None
    is_machine: bool = False
