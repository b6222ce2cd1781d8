"""News and inbox items as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from beckon.domain.accounts.model import ProjectId

NewsId = NewType("NewsId", int)

ReaderId = NewType("ReaderId", int)
"""The number of the contact who reads; contacts stand beside news, their number does not."""


@dataclass(frozen=True, slots=True)
class NewsItem:
    """One item of a project's feed. `published_at` is when it first could be read, aware UTC."""

    id: NewsId
    project_id: ProjectId
    title: str
    body: str
    is_published: bool
    published_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class NewInboxItem:
    """A message for one reader's inbox; `message_id` names it, and twice is once."""

    message_id: UUID
    reader_id: ReaderId
    title: str
    body: str
    link_url: str | None = None
    image_url: str | None = None
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InboxItem:
    """A message in somebody's inbox; moments are aware UTC."""

    message_id: UUID
    reader_id: ReaderId
    title: str
    body: str
    link_url: str | None
    image_url: str | None
    data: Mapping[str, object]
    created_at: datetime
    opened_at: datetime | None
    clicked_at: datetime | None


class Reading(StrEnum):
    """What a reader did with an item; who clicked has opened it."""

    OPENED = "opened"
    CLICKED = "clicked"
