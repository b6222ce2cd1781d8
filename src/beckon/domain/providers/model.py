"""A project's providers as values; whoever carries the letters stands in `channels`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel

ProviderId = NewType("ProviderId", int)


class ProviderKind(StrEnum):
    """What speaks the provider's protocol; `kinds.py` tells what each must be told."""

    OUTBOX = "outbox"
    SMTP = "smtp"
    POSTALYNK = "postalynk"
    TWILIO = "twilio"
    INFOBIP = "infobip"
    HTTP = "http"
    FCM = "fcm"
    WEB_PUSH = "web_push"
    INBOX = "inbox"


@dataclass(frozen=True, slots=True)
class NewProvider:
    """A provider somebody wants to send through; `values` holds settings and secrets by name."""

    channel: Channel
    kind: ProviderKind
    name: str
    values: Mapping[str, str]
    rate_per_second: int | None = None
    connections_max: int | None = None


@dataclass(frozen=True, slots=True)
class ProviderChange:
    """What to change about a provider; what is None stays.

    Of `values` those not named stay, and None takes one away. `limits` are messages per second and
    connections, where None lifts one.
    """

    values: Mapping[str, str | None] | None = None
    name: str | None = None
    limits: tuple[int | None, int | None] | None = None
    is_active: bool | None = None


@dataclass(frozen=True, slots=True)
class StoredProvider:
    """A provider of a project. Its secrets are sealed; `secret_names` tells which there are.

    The lower `position`, the more it is preferred. `report_token` is the secret part of the address
    it reports to. `fault` is why it was last of no use, None while all is well. Moments are aware
    UTC.
    """

    id: ProviderId
    project_id: ProjectId
    channel: Channel
    kind: ProviderKind
    name: str
    settings: Mapping[str, str]
    secret_names: Sequence[str]
    sealed: bytes | None = field(repr=False)
    position: int
    rate_per_second: int | None
    connections_max: int | None
    is_active: bool
    report_token: str = field(repr=False)
    fault: str | None
    fault_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Inbound:
    """The project's secrets for reports that come in, sealed; the last one lives on for a while."""

    project_id: ProjectId
    sealed: bytes = field(repr=False)
    sealed_before: bytes | None = field(repr=False)
    before_until: datetime | None
    created_at: datetime
