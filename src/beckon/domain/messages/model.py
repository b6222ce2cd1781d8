"""A message, the states it goes through, and the contract of whatever carries it outside."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol, TypeAlias
from uuid import UUID

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId

MessageId = NewType("MessageId", UUID)


class Channel(StrEnum):
    """The kind of way a message takes to a person."""

    EMAIL = "email"


class State(StrEnum):
    """Where a message is in its life; the arrows stand in `rules.py`."""

    QUEUED = "queued"
    SUBMITTING = "submitting"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Letter:
    """One outgoing message as a provider gets it.

    `content` is the whole RFC 5322 message with CRLF line ends; it is the same on every attempt.
    `fence` counts the attempts and guards the settlement: a late worker's word is void.
    """

    id: MessageId
    project_id: ProjectId
    channel: Channel
    sender: str
    recipient: str
    content: bytes = field(repr=False)
    fence: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took the message; `provider_id` is its own name for it, if it gave one."""

    provider_id: str
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Deferred:
    """Certainly not accepted, worth another try, not before `retry_at` (aware UTC) if given."""

    reason: str
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Certainly not accepted and not worth another try as it is.

    `permanent` says the address itself is dead, not merely this message refused.
    """

    reason: str
    permanent: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """The last byte may have left and no answer was read: perhaps accepted, perhaps not."""

    reason: str


Outcome: TypeAlias = Sent | Deferred | Rejected | Unknown


class Provider(Protocol):
    """Whoever carries letters outside: a batch in, one outcome each out, in order.

    `repeats_safely`: handing the same letter over twice has one effect, so a letter in doubt may
    be handed over again. `send` never raises for what the outside does.
    """

    name: str
    repeats_safely: bool

    async def send(self, letters: Sequence[Letter]) -> Sequence[Outcome]: ...

    async def close(self) -> None: ...
