"""A list of people to take in, what became of it, and a file that is still to be fetched."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, NewType
from uuid import UUID

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.matching import Dedupe
from beckon.domain.contacts.model import ContactId
from beckon.kit.refusals import Invalid

ImportId = NewType("ImportId", UUID)

UNDO_WITHIN = timedelta(days=7)


class FetchFailedError(Exception):
    """A file that could not be fetched; the message says why, for a person."""


class Status(StrEnum):
    """How far an import is."""

    STARTED = "started"
    IMPORTING = "importing"
    FINISHED = "finished"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted for everybody on a list.

    `joins` and `leaves` name segments, or categories where one is called so. `restores`: who was
    deleted comes back. `event_name` is an event of each person who comes to be by the list.
    """

    dedupe: Dedupe = Dedupe.PHONE_OR_EMAIL
    joins: Sequence[str] = ()
    leaves: Sequence[str] = ()
    restores: bool = False
    event_name: str | None = None


@dataclass(frozen=True, slots=True)
class Import:
    """An import as it stands; `mapping` pairs what people were matched by with their numbers.

    `name` and `actor` say which file it was and who sent it, where a person did. `is_fetched`: the
    engine has yet to come to the end of its file.
    """

    id: ImportId
    project_id: ProjectId
    status: Status
    at: datetime
    description: str | None
    mapping: Sequence[tuple[str, ContactId]] = ()
    name: str | None = None
    actor: str | None = None
    is_fetched: bool = False


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of people that waits to be fetched from `link`."""

    id: ImportId
    project_id: ProjectId
    link: str = field(repr=False)
    wish: Wish = field(default_factory=Wish)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a list: in its order, each person or why they were not taken."""

    results: Sequence[ContactId | Invalid]


class Row(NamedTuple):
    """Somebody on a list, whose places count from 0. Made for everybody on it.

    `is_new`: the list made them. The others say how far the logs of this person were when the
    import was done with them: what stands behind is somebody else's doing. None where it added
    nothing.
    """

    place: int
    contact_id: ContactId
    matched_by: str
    is_new: bool = False
    changes_seen: int | None = None
    events_seen: int | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What an undo would do, in people.

    `untouched` of those `made` go; the rest and all who were there before (`known`) stay. So many
    `places` on lists are taken back.
    """

    made: int
    untouched: int
    known: int
    places: int


@dataclass(frozen=True, slots=True)
class Undo:
    """An undo on its way: all before `place` of the list is done; `ended_at` once all is."""

    import_id: ImportId
    project_id: ProjectId
    actor: str
    at: datetime
    place: int
    removed: int
    taken_off: int
    ended_at: datetime | None
