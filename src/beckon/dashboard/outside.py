"""What pages may do beyond this server. Each is bounded in time, and none runs in a transaction."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from beckon.domain.accounts.model import ProjectId
from beckon.domain.ai.model import Brief, Copy, Model
from beckon.domain.messages.model import Outcome
from beckon.domain.providers.model import ProviderId
from beckon.domain.webhooks.model import Hook
from beckon.domain.webhooks.model import Outcome as Told

TryOut: TypeAlias = Callable[[ProjectId, ProviderId, str], Awaitable[Outcome]]
CheckTarget: TypeAlias = Callable[[str, str], Awaitable[None]]
Tell: TypeAlias = Callable[[Hook, UUID, bytes, datetime], Awaitable[Told]]
WriteCopy: TypeAlias = Callable[[Model, Brief, int], Awaitable[Sequence[Copy]]]


@dataclass(frozen=True, slots=True)
class Outside:
    """The ways out: `try_out` sends one test message through a provider to an address.

    `check_target` raises Invalid, naming the field, for an address that a project may not have us
    call. `tell` tells a webhook one thing, `write_copy` asks a language model for so many variants.
    """

    try_out: TryOut
    check_target: CheckTarget
    tell: Tell
    write_copy: WriteCopy
