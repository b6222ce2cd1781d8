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
class Words:
    """The words of a message in one human language.

    `body` is HTML or MJML; `plain` its text part, derived where None. `preheader` is the line that
    mail programs show beside the subject; the letter itself hides it.
    """

    subject: str
    body: str
    plain: str | None = None
    preheader: str | None = None


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

    @property
    def words(self) -> Words:
        """The words themselves, in the language the text was first written in."""
        return Words(self.subject, self.body, self.plain, self.preheader)


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
class Version:
    """One state of a template's text, as it stays for ever; numbers count from 1."""

    number: int
    text: Text
    created_at: datetime


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
