"""A list of people to take in, what became of it, and a file that is still to be fetched."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.matching import Dedupe
from beckon.domain.contacts.model import ContactId
from beckon.kit.refusals import Invalid

ImportId = NewType("ImportId", UUID)


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
    """An import as it stands; `mapping` pairs what people were matched by with their numbers."""

    id: ImportId
    project_id: ProjectId
    status: Status
    at: datetime
    description: str | None
    mapping: Sequence[tuple[str, ContactId]] = ()


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
