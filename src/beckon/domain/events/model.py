"""What happened, as it comes in and as the log keeps it."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, NewType, TypeAlias
from uuid import UUID

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId, NewDevice, Profile, Who
from beckon.kit.values import Value

EventId = NewType("EventId", UUID)


class NewEvent(Value, frozen=True):
    """Something a caller says happened. Both vocabularies become this one value.

    `key` is the caller's key of the event, by default the person's name in it. The same id logged
    before makes the event a harmless repeat. Moments are aware UTC. What is told as history starts
    nothing, however late it was. What `is_checked` must tell the parameters that its kind requires.
    """

    id: EventId
    name: str
    who: Who
    key: str | None
    properties: Mapping[str, object]
    occurred_at: datetime
    received_at: datetime
    is_history: bool = False
    is_checked: bool = False


class Identification(Value, frozen=True):
    """What a caller says about a person, to be taken in line with the events around it."""

    who: Who
    profile: Profile
    device: NewDevice | None = None


Happening: TypeAlias = NewEvent | Identification


class Place(NamedTuple):
    """Where in the log a line stands, and of what kind it is. Made for every event there is."""

    epoch: int
    position: int
    project_id: ProjectId
    type_id: int


class Event(Value, frozen=True):
    """One line of the log.

    `external_id` is what the caller calls the person, where he does.
    """

    position: int
    id: EventId
    project_id: ProjectId
    name: str
    key: str | None
    contact_id: ContactId | None
    external_id: str | None
    properties: Mapping[str, object]
    occurred_at: datetime
    received_at: datetime
    is_history: bool = False


class Came(NamedTuple):
    """When an event of somebody happened, and what it told, where that was asked for."""

    at: datetime
    properties: Mapping[str, object]


class EventType(Value, frozen=True):
    """A kind of event; `key` is its name in the compared form. It registers itself."""

    id: int
    name: str
    key: str
    created_at: datetime


class EventFilter(Value, frozen=True):
    """Which lines are asked for; None asks for all. Bounds are inclusive, aware UTC."""

    name: str | None = None
    external_id: str | None = None
    contact_id: ContactId | None = None
    occurred_from: datetime | None = None
    occurred_to: datetime | None = None
