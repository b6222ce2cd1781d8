"""Texts with places to fill, as values."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import NewType

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel

TemplateId = NewType("TemplateId", int)
TemplateVersionId = NewType("TemplateVersionId", int)


class Language(StrEnum):
    """What the places to fill are written in; `plain` has none and is sent as it is."""

    LIQUID = "liquid"
    PLAIN = "plain"
    VELOCITY = "velocity"


@dataclass(frozen=True, slots=True)
class Text:
    """The words of a message. `body` is HTML; `plain` its text part, derived where None.

    `escapes`: values printed into the HTML body cannot become markup. Texts written for the
    original of the Reteno vocabulary, which prints values as they are, go without.
    """

    language: Language
    subject: str
    body: str
    plain: str | None = None
    escapes: bool = True


@dataclass(frozen=True, slots=True)
class Occasion:
    """When and where a text is rendered: what a template may ask and its data does not say.

    `now` is aware, None where nobody is written to; without `contact_zone` the project's counts.
    """

    now: datetime | None = None
    zone: tzinfo = UTC
    contact_zone: tzinfo | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """The words for one person."""

    subject: str
    body: str
    plain: str


@dataclass(frozen=True, slots=True)
class Template:
    """A stored text and its present version. Versions never change; an edit makes a new one."""

    id: TemplateId
    project_id: ProjectId
    name: str
    channel: Channel
    tags: tuple[str, ...]
    version_id: TemplateVersionId
    version: int
    text: Text
    created_at: datetime
    updated_at: datetime
