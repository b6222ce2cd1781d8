"""Texts with places to fill, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
class Details:
    """What a note has besides title and text, with places to fill too; a mail has none of it.

    `data` pairs names with texts that the app gets and nobody sees.
    """

    image_url: str | None = None
    link_url: str | None = None
    button: str | None = None
    data: tuple[tuple[str, str], ...] = ()


NO_DETAILS = Details()


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a message in one human language.

    Of a mail, `body` is HTML or MJML; `plain` its text part, derived where None; `preheader` the
    line that mail programs show beside the subject, hidden in the letter itself. Of any other
    message `subject` is the title and `body` the text.
    """

    subject: str
    body: str
    plain: str | None = None
    preheader: str | None = None
    details: Details = NO_DETAILS


@dataclass(frozen=True, slots=True)
class Text:
    """The words of a message, what their places to fill are written in, and their translations.

    `translations` pairs language codes, in lower case, with words. `escapes`: values printed into
    the HTML body cannot become markup; texts written for the original of the Reteno vocabulary,
    which prints values as they are, go without. `inlines_css`: the rules of a document's <style>
    are written into its tags as well, for mail programs that read no <style>.
    """

    language: Language
    subject: str
    body: str
    plain: str | None = None
    preheader: str | None = None
    translations: tuple[tuple[str, Words], ...] = ()
    escapes: bool = True
    inlines_css: bool = True
    channel: Channel = Channel.EMAIL
    details: Details = NO_DETAILS

    @property
    def words(self) -> Words:
        """The words themselves, in the language the text was first written in."""
        return Words(self.subject, self.body, self.plain, self.preheader, self.details)


@dataclass(frozen=True, slots=True)
class Occasion:
    """When, where and for whom a text is rendered: what its data does not say.

    `now` is aware, None where nobody is written to; without `contact_zone` the project's counts.
    `language` is the code of the contact's, such as `uk` or `pt-BR`, and picks the translation.
    """

    now: datetime | None = None
    zone: tzinfo = UTC
    contact_zone: tzinfo | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """The words for one person."""

    subject: str
    body: str
    plain: str


@dataclass(frozen=True, slots=True)
class Note:
    """A message of a channel other than e-mail, for one person; an SMS has no title."""

    title: str
    text: str
    image_url: str | None = None
    link_url: str | None = None
    button: str | None = None
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a template's text, as it stays for ever; numbers count from 1."""

    number: int
    text: Text
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Template:
    """A stored text and its present version. Versions never change; an edit makes a new one.

    `is_ai`: a model wrote it.
    """

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
    is_ai: bool = False
