"""People as values, the ways a caller may name one, and what is known of their devices."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, NewType, TypeAlias

from beckon.domain.accounts.model import ProjectId
from beckon.kit.values import Value, field

ContactId = NewType("ContactId", int)
DeviceId = NewType("DeviceId", int)
FieldId = NewType("FieldId", int)


class AddressKind(StrEnum):
    """What an address reaches."""

    EMAIL = "email"
    PHONE = "phone"


AddressKey: TypeAlias = tuple[AddressKind, str]
"""An address in its compared form."""


class Channel(StrEnum):
    """The kind of way a message takes to a person."""

    EMAIL = "email"
    SMS = "sms"
    VIBER = "viber"
    PUSH = "push"
    WEB_PUSH = "web_push"
    IN_APP = "in_app"


class Platform(StrEnum):
    """What a device runs, and so which channel reaches it."""

    IOS = "ios"
    ANDROID = "android"
    WEB = "web"

    @property
    def channel(self) -> Channel:
        """The channel its messages take."""
        return Channel.WEB_PUSH if self is Platform.WEB else Channel.PUSH


class ChangeKind(StrEnum):
    """What a line of the log of changes tells."""

    CREATED = "created"
    CHANGED = "changed"
    ADDRESSES = "addresses"
    """An address or a device came, went or changed."""

    MERGED = "merged"
    """Written twice: for the visitor who is no more, and for the person who now has it all."""

    DELETED = "deleted"
    ERASED = "erased"


class Who(Value, frozen=True):
    """How a caller names a person. The first that is given and known decides, in this order.

    Addresses are as checked by `kit.addresses`; with one of the ids given they are no names but
    fill what is still empty. `known_as` is a name of a kind the caller does not tell: an external
    id, else a phone number, of somebody there is; nobody is made for it.
    """

    contact_id: ContactId | None = None
    external_id: str | None = None
    anonymous_id: str | None = None
    email: str | None = None
    phone: str | None = None
    known_as: str | None = None


class Origin(Value, frozen=True):
    """Where addresses come from, in a word, and whether that is enough to call them confirmed."""

    source: str = "api"
    confirms: bool = True


class Profile(Value, frozen=True):
    """What to change about a person; None leaves a field, a None property deletes it.

    `overwrites` is False for callers nobody vouches for: then addresses only fill what is empty,
    and nobody who was deleted comes back.
    """

    email: str | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    language: str | None = None
    time_zone: str | None = None
    properties: Mapping[str, object] = field(default_factory=dict)
    tags: Sequence[str] | None = None
    overwrites: bool = True
    origin: Origin = Origin()


class Contact(Value, frozen=True):
    """A person of a project. Moments are aware UTC; addresses are the main ones.

    A `…_confirmed_at` is None where there is no address, or its owner has yet to confirm it.
    """

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
    tags: Sequence[str] = ()
    email_confirmed_at: datetime | None = None
    phone_confirmed_at: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def name(self) -> str | None:
        """First and last name as one; None where neither is known."""
        if self.first_name and self.last_name:
            return f"{self.first_name} {self.last_name}"
        return self.first_name or self.last_name or None


class NewDevice(Value, frozen=True):
    """What an app or a browser says of itself.

    `token` is what a provider is given: the token, or a web-push subscription as JSON with its
    `endpoint`.
    """

    platform: Platform
    provider: str
    token: str
    app: str | None = None
    external_id: str | None = None
    details: Mapping[str, object] = field(default_factory=dict)


class Device(Value, frozen=True):
    """Where push messages to a person go; `dead_at`: a provider said the token is no more."""

    id: DeviceId
    project_id: ProjectId
    contact_id: ContactId
    platform: Platform
    provider: str
    token: str
    app: str | None
    external_id: str | None
    details: Mapping[str, object]
    created_at: datetime
    seen_at: datetime
    dead_at: datetime | None


class FieldKind(StrEnum):
    """What an additional field holds."""

    TEXT = "text"
    TEXT_AREA = "text_area"
    NUMBER = "number"
    DECIMAL = "decimal"
    DATE = "date"
    DATE_TIME = "date_time"
    CHOICE = "choice"
    CHOICES = "choices"
    TAGS = "tags"


class Field(Value, frozen=True):
    """An additional field of the project's people: a property with a number, a label and a kind."""

    id: FieldId
    project_id: ProjectId
    key: str
    label: str
    kind: FieldKind
    allowed: Sequence[str]
    created_at: datetime


class Change(NamedTuple):
    """A line of the log of changes. `fields` names what changed, in our own words."""

    epoch: int
    position: int
    project_id: ProjectId
    contact_id: ContactId
    kind: str
    fields: Sequence[str]


class PastChange(Value, frozen=True):
    """One change of one person: when, and the names of what changed, in our own words."""

    kind: ChangeKind
    fields: Sequence[str]
    at: datetime


class ContactFilter(Value, frozen=True):
    """Whom a list asks for; None asks for all.

    `search` is a part of id, e-mail, phone or name in any case; `is_active` compares when somebody
    was last seen with `active_since`, aware UTC.
    """

    search: str | None = None
    is_active: bool | None = None
    active_since: datetime | None = None


class ContactSearch(Value, frozen=True):
    """Who is looked for by what they are exactly; None asks for anybody."""

    external_id: str | None = None
    email: str | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
