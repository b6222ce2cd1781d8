"""What a text must look like, and how it becomes the words for one person."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import assert_never

from beckon.domain.contacts.model import Contact
from beckon.domain.contacts.rules import describe
from beckon.domain.templates.model import Language, Occasion, Rendered, Text
from beckon.domain.templates.plain_text import to_plain_text
from beckon.kit.refusals import Invalid
from beckon.languages import liquid, velocity
from beckon.languages.errors import TemplateError

NAME_CHARACTERS_MAX = 200
SUBJECT_CHARACTERS_MAX = 998
BODY_BYTES_MAX = 1_048_576
TAGS_MAX = 50

Render = Callable[[Mapping[str, object], Occasion], str]

NOWHERE = Occasion()

MERGE_TAGS = {
    "FIRSTNAME": "firstName",
    "LASTNAME": "lastName",
    "EMAIL": "email",
    "SMS": "phone",
    "EXTERNAL_CUSTOMER_ID": "id",
    "TOWN": "town",
    "ADDRESS": "address",
    "COUNTY": "region",
    "POSTCODE": "postcode",
}
"""Merge tags that speak of a contact, and what they print of it."""


class TemplateInvalid(Invalid):
    """A text that cannot be read, with line and column."""

    code = "template_invalid"


def check_name(name: str) -> str:
    """Trim a template's name. Raises Invalid unless 1 to 200 printable characters are left."""
    trimmed = name.strip()
    if not 0 < len(trimmed) <= NAME_CHARACTERS_MAX or not trimmed.isprintable():
        raise Invalid(
            f"name must have 1 to {NAME_CHARACTERS_MAX} characters and no control characters."
        )
    return trimmed


def check_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Take up to 50 tags of up to 200 characters. Raises Invalid."""
    if len(tags) > TAGS_MAX:
        raise Invalid(f"tags: at most {TAGS_MAX} tags.")
    for place, tag in enumerate(tags):
        if not 0 < len(tag.strip()) <= NAME_CHARACTERS_MAX:
            raise Invalid(f"tags[{place}] must have 1 to {NAME_CHARACTERS_MAX} characters.")
    return tuple(tag.strip() for tag in tags)


def check_text(text: Text) -> Text:
    """Read every part of a text. Raises TemplateInvalid naming part, line and column."""
    if not text.subject.strip():
        raise Invalid("subject must not be empty.")
    if len(text.subject) > SUBJECT_CHARACTERS_MAX or not text.subject.isprintable():
        raise Invalid(f"subject must be one line of at most {SUBJECT_CHARACTERS_MAX} characters.")
    for part, source, html in _parts(text):
        if len(source.encode()) > BODY_BYTES_MAX:
            raise Invalid(f"{part} must have at most {BODY_BYTES_MAX} bytes.")
        try:
            _compiled(text.language, source, html=html)
        except TemplateError as fault:
            raise TemplateInvalid(f"{part}: {fault}") from None
    return text


def gather(contact: Contact | None, given: Mapping[str, object]) -> dict[str, object]:
    """Put together what a text may say: what was given stands above what is known of a contact.

    The contact is there as `user` too, and by the names of merge tags.
    """
    person = describe(contact) if contact else {}
    tags = {tag: person[name] for tag, name in MERGE_TAGS.items() if name in person}
    return {**tags, **person, **given, "user": person}


def render(text: Text, data: Mapping[str, object], occasion: Occasion = NOWHERE) -> Rendered:
    """Fill the places for one person. Raises TemplateError with line and column.

    Values are HTML-escaped in the body, unless the text says otherwise; never in subject and
    plain text.
    """

    def fill(source: str, *, html: bool = False) -> str:
        return _compiled(text.language, source, html=html)(data, occasion)

    body = fill(text.body, html=text.escapes)
    return Rendered(
        subject=" ".join(fill(text.subject).split()),
        body=body,
        plain=to_plain_text(body) if text.plain is None else fill(text.plain),
    )


def _parts(text: Text) -> list[tuple[str, str, bool]]:
    parts = [("subject", text.subject, False), ("body", text.body, text.escapes)]
    return parts if text.plain is None else [*parts, ("plainText", text.plain, False)]


@lru_cache(maxsize=4096)
def _compiled(language: Language, source: str, *, html: bool) -> Render:
    match language:
        case Language.LIQUID:
            return _liquid(source, html=html)
        case Language.VELOCITY:
            return _velocity(source, html=html)
        case Language.PLAIN:
            return lambda _data, _occasion: source
        case _:
            assert_never(language)


def _liquid(source: str, *, html: bool) -> Render:
    template = liquid.compile_template(source, html=html)

    def render_at(data: Mapping[str, object], occasion: Occasion) -> str:
        now = occasion.now and occasion.now.astimezone(occasion.zone)
        return template.render(data, now=now)

    return render_at


def _velocity(source: str, *, html: bool) -> Render:
    template = velocity.compile_template(source, html=html)

    def render_at(data: Mapping[str, object], occasion: Occasion) -> str:
        return template.render(
            data, now=occasion.now, zone=occasion.zone, contact_zone=occasion.contact_zone
        )

    return render_at
