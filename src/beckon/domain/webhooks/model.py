"""Webhooks and what is told them, as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId

WebhookId = NewType("WebhookId", int)


class Happened(StrEnum):
    """What a webhook can be told of."""

    SENT = "message.sent"
    DELIVERED = "message.delivered"
    OPENED = "message.opened"
    CLICKED = "message.clicked"
    BOUNCED = "message.bounced"
    COMPLAINED = "message.complained"
    FAILED = "message.failed"
    UNSUBSCRIBED = "user.unsubscribed"


class DeliveryState(StrEnum):
    """How telling one thing stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that is told what happens; without `events` everything. The secret is sealed.

    With `is_activity` it is told in strict order, in the words of the Reteno export, for as long as
    it takes; `login` is sealed likewise.
    """

    id: WebhookId
    project_id: ProjectId
    url: str
    events: tuple[Happened, ...]
    is_active: bool
    sealed: bytes = field(repr=False)
    fault: str | None
    created_at: datetime
    updated_at: datetime
    is_activity: bool = False
    login: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """A webhook as it is asked for; see `Webhook`. `login` is `user:password`."""

    url: str
    events: Sequence[Happened]
    is_active: bool = True
    is_activity: bool = False
    login: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Hook:
    """As much of a webhook as telling it needs; `login` is `user:password`, where it wants one."""

    url: str
    secret: str = field(repr=False)
    login: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that happened, before it is known who wants to be told. `key` names it."""

    key: str
    event: Happened
    contact_id: ContactId
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing told to one webhook, and what came of it."""

    id: UUID
    project_id: ProjectId
    webhook_id: WebhookId
    event: Happened
    contact_id: ContactId
    data: Mapping[str, object]
    state: DeliveryState
    attempts: int
    due_at: datetime | None
    answered: int | None
    answer: str | None
    error: str | None
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one try came to: the receiver's status and first words, or why there was no answer."""

    status: int | None = None
    answer: str | None = None
    error: str | None = None

    @property
    def is_success(self) -> bool:
        """Whether the receiver took it (2xx)."""
        return self.status is not None and 200 <= self.status < 300
