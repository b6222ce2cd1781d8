"""A message, the states it goes through, and the contract of whatever carries it outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import NewType, Protocol, TypeAlias
from uuid import UUID

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel, ContactId
from beckon.domain.subscriptions.model import Purpose
from beckon.domain.templates.model import Occasion, TemplateId, TemplateVersionId, Text
from beckon.kit import values

MessageId = NewType("MessageId", UUID)

RunId = NewType("RunId", int)
"""The workflow run a message belongs to; workflows stand above messages, their number does not."""

WorkflowId = NewType("WorkflowId", int)

OUTBOX = "outbox"
"""The name of the built-in provider: the copies kept of what it was handed are all there is."""


class State(StrEnum):
    """Where a message is in its life; the arrows stand in `rules.py`."""

    QUEUED = "queued"
    HELD = "held"
    SUBMITTING = "submitting"
    DEFERRED = "deferred"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"
    DEAD = "dead"
    UNKNOWN = "unknown"


PENDING = (State.QUEUED, State.HELD, State.DEFERRED)
"""What a worker may take once its moment has come."""

TAKEN = (State.ACCEPTED, State.DELIVERED, State.BOUNCED, State.COMPLAINED)
"""What a provider took; the last three count within accepted."""


class NewMessage(values.Value, frozen=True):
    """A message somebody wants sent.

    `key` says which message it is: a second one with the same key in a project is the same one.
    `version_id` names the text. `address` is where to; None means the contact's own at the time of
    sending. `data` overrides what is known of the contact, `language` the one the contact reads.
    `send_at` plans it for later; `expires_at` is when nobody wants it any more, as with a one-time
    code.
    """

    key: str
    contact_id: ContactId
    channel: Channel
    version_id: TemplateVersionId
    address: str | None = None
    sender: str | None = None
    data: Mapping[str, object] = values.field(default_factory=dict)
    workflow_id: WorkflowId | None = None
    run_id: RunId | None = None
    external_request_id: str | None = None
    language: str | None = None
    purpose: Purpose = Purpose.TRIGGERED
    category: str | None = None
    campaign_id: int | None = None
    variant: str | None = None
    send_at: datetime | None = None
    expires_at: datetime | None = None


class BulkMessages(values.Value, frozen=True):
    """Messages of a campaign that differ only in whom they go to.

    `refused` says why they cannot go out at all.
    """

    contact_ids: Sequence[ContactId]
    version_id: TemplateVersionId
    variant: str | None
    send_at: datetime
    refused: str | None = None


class Message(values.Value, frozen=True):
    """One message and where it stands. Moments are aware UTC.

    `subject` and `address` are known once it was first submitted; `reason` says why it is in its
    state wherever that is not plain.
    """

    id: MessageId
    project_id: ProjectId
    contact_id: ContactId
    external_id: str | None
    channel: Channel
    state: State
    reason: str | None
    address: str | None
    subject: str | None
    template_id: TemplateId | None
    workflow_id: WorkflowId | None
    campaign_id: int | None
    variant: str | None
    purpose: Purpose
    category: str | None
    provider: str | None
    provider_id: str | None
    attempts: int
    due_at: datetime | None
    created_at: datetime
    changed_at: datetime
    accepted_at: datetime | None
    position: int


class Change(values.Value, frozen=True):
    """One line of a message's ledger."""

    state: State
    at: datetime
    reason: str | None


@dataclass(frozen=True, slots=True)
class Draft:
    """A claimed message with all that is needed to write it out, away from any transaction.

    `content` is what an earlier attempt handed over; it is handed over again as it was.
    `position` and `fence` name the claim.
    """

    id: MessageId
    position: int
    project_id: ProjectId
    contact_id: ContactId
    fence: int
    attempts: int
    channel: Channel
    purpose: Purpose
    sender: str
    address: str | None
    subject: str | None
    text: Text | None
    data: Mapping[str, object]
    created_at: datetime
    zone: tzinfo = UTC
    category: str | None = None
    campaign_id: int | None = None
    workflow_id: WorkflowId | None = None
    occasion: Occasion = field(default_factory=Occasion)
    content: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """One outgoing message as a provider gets it; the same on every attempt.

    `content` of an e-mail is the whole RFC 5322 message with CRLF line ends, of every other
    channel a note as `notes.py` writes it. `recipient` is the address, the phone number in E.164,
    the device's token, the browser's subscription as JSON, or the contact's number in the app.
    `fence` counts the attempts and guards the settlement: a late worker's word is void.
    """

    id: MessageId
    project_id: ProjectId
    channel: Channel
    sender: str
    recipient: str
    content: bytes = field(repr=False)
    fence: int = 0


class Written(values.Value, frozen=True):
    """A draft written out, ready to be submitted."""

    letter: Letter
    subject: str
    draft: Draft


@dataclass(frozen=True, slots=True)
class Unwritable:
    """A draft that cannot be written out, and why; no second try would help."""

    draft: Draft
    reason: str
    state: State = State.DEAD


class Fault(StrEnum):
    """What a temporary refusal is about, which decides who has to wait.

    DOMAIN: the receiver's domain throttles us. PROVIDER: the provider as a whole is throttled,
    down or out of quota; costs no attempt. CREDENTIALS: it does not know us; the route stops.
    """

    MESSAGE = "message"
    DOMAIN = "domain"
    PROVIDER = "provider"
    CREDENTIALS = "credentials"


class Sent(values.Value, frozen=True):
    """The provider took the message; `provider_id` is its own name for it, if it gave one."""

    provider_id: str
    reply: str = ""


class Deferred(values.Value, frozen=True):
    """Certainly not accepted, worth another try, not before `retry_at` (aware UTC) if given."""

    reason: str
    retry_at: datetime | None = None
    fault: Fault = Fault.MESSAGE


class Rejected(values.Value, frozen=True):
    """Certainly not accepted and not worth another try as it is.

    `permanent` says the address itself is dead, not merely this message refused.
    """

    reason: str
    permanent: bool = False


class Unknown(values.Value, frozen=True):
    """The last byte may have left and no answer was read: perhaps accepted, perhaps not."""

    reason: str


Outcome: TypeAlias = Sent | Deferred | Rejected | Unknown


class Heard(StrEnum):
    """What a provider tells of a message after it took it."""

    DELIVERED = "delivered"
    BOUNCED_HARD = "bounced_hard"
    BOUNCED_SOFT = "bounced_soft"
    BLOCKED = "blocked"
    COMPLAINED = "complained"


@dataclass(frozen=True, slots=True)
class Report:
    """A provider's word about a message, named by our id or by the provider's own.

    The same word told again is one word; words may come in any order. `at` is aware UTC.
    """

    kind: Heard
    at: datetime
    message_id: MessageId | None = None
    provider_id: str | None = None
    reason: str | None = None


class Provider(Protocol):
    """Whoever carries letters outside: a batch in, one outcome each out, in order.

    `repeats_safely`: handing the same letter over twice has one effect, so a letter in doubt may
    be handed over again. `send` never raises for what the outside does.
    """

    name: str
    repeats_safely: bool

    async def send(self, letters: Sequence[Letter]) -> Sequence[Outcome]:
        """Hand the letters over; one outcome each, in their order."""
        ...

    async def look_up(self, letters: Sequence[Letter]) -> Sequence[Outcome | None]:
        """Ask what became of letters in doubt, in their order; None where that cannot be told."""
        ...

    async def close(self) -> None:
        """Let the connections go; nothing is in flight any more."""
        ...
