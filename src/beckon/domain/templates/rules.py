"""What a text must look like, and how it becomes the words for one person."""

import re
from collections.abc import Mapping
from dataclasses import replace

from beckon.domain.contacts.model import Channel, Contact
from beckon.domain.contacts.rules import describe
from beckon.domain.templates.compiled import compiled
from beckon.domain.templates.html_tools import MarkupError
from beckon.domain.templates.model import (
    NO_DETAILS,
    Language,
    Note,
    Occasion,
    Rendered,
    Text,
    Words,
)
from beckon.domain.templates.notes import compiled_note, parts_of
from beckon.kit.refusals import Invalid
from beckon.kit.texts import is_line
from beckon.languages import velocity
from beckon.languages.errors import TemplateError

NAME_CHARACTERS_MAX = 200
LINE_CHARACTERS_MAX = 998
BODY_BYTES_MAX = 1_048_576
TAGS_MAX = 50

TITLED = frozenset({Channel.EMAIL, Channel.PUSH, Channel.WEB_PUSH, Channel.IN_APP})
"""Channels whose messages need a subject or title."""

_SHOWN = frozenset({"imageUrl", "link", "button"})
DETAILS = {
    Channel.EMAIL: frozenset[str](),
    Channel.SMS: frozenset[str](),
    Channel.VIBER: _SHOWN,
    Channel.PUSH: _SHOWN | {"data"},
    Channel.WEB_PUSH: _SHOWN | {"data"},
    Channel.IN_APP: _SHOWN | {"data"},
}
"""What the messages of each channel have besides title and text."""

DATA_MAX = 50
DATA_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")

TRANSLATIONS_MAX = 50
LANGUAGE_CODE = re.compile(r"[a-z]{2,8}(?:-[a-z0-9]{1,8}){0,3}")
NONCHARACTERS = re.compile("[\ufdd0-\ufdef]")

NOWHERE = Occasion()

_NO_VALUES = (None, "")

SAMPLE_LINKS = {
    name: f"https://example.com/sample-{kind}-link"
    for kind, names in {
        "unsubscribe": "unsubscribe_link unsubscribeUrl UNSUBSCRIBE_LINK UNSUBSCRIBE_URL",
        "preference": "preference_link preferencesUrl PREFERENCE_LINK",
        "confirm": "confirm_link confirmUrl CONFIRM_LINK",
        "web-view": "web_view_link webViewUrl WEB_VIEW_LINK",
    }.items()
    for name in names.split()
}
"""What stands in previews for links that are made for each message."""

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
    if not 0 < len(trimmed) <= NAME_CHARACTERS_MAX or not is_line(trimmed):
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
    """Read every part of a text, in every language.

    Raises Invalid, and TemplateInvalid naming part, line and column.
    """
    if len(text.translations) > TRANSLATIONS_MAX:
        raise Invalid(f"translations: at most {TRANSLATIONS_MAX} languages.")
    codes = [code for code, _ in text.translations]
    for code in codes:
        if not LANGUAGE_CODE.fullmatch(code):
            raise Invalid(f"translations: '{code}' is no language code such as uk or pt-br.")
    _check_words(text.words, text.channel, "")
    for code, words in text.translations:
        _check_words(words, text.channel, f"translations.{code}.")
    _check_code(replace(text, translations=()), "")
    for code in codes:
        _check_code(pick(text, code), f"translations.{code}.")
    return text


def pick(text: Text, language: str | None) -> Text:
    """Take the words for somebody who reads a language: exactly it, its main form, or the first.

    `pt-BR` finds `pt-br`, else `pt`, else the words the text was first written in. Where a
    translation says nothing of details, those of the text count.
    """
    if not text.translations:
        return text
    known = dict(text.translations)
    wanted = (language or "").lower().replace("_", "-")
    found = known.get(wanted) or known.get(wanted.partition("-")[0]) or text.words
    return replace(
        text,
        subject=found.subject,
        body=found.body,
        plain=found.plain,
        preheader=found.preheader,
        details=found.details if found.details != NO_DETAILS else text.details,
        translations=(),
    )


def find_slips(text: Text) -> list[str]:
    """List what its author probably meant otherwise, each with part, line and column.

    Only Velocity reads what it does not know as text. Raises TemplateError.
    """
    if text.language is not Language.VELOCITY:
        return []
    parts = {"subject": text.subject, "preheader": text.preheader or "", "body": text.body}
    parts |= {"text": text.plain or "", **parts_of(text.details)}
    return [
        f"{part}: line {slip.line}, column {slip.column}: {slip.message}."
        for part, source in parts.items()
        for slip in velocity.find_slips(source)
    ]


def _check_words(words: Words, channel: Channel, place: str) -> None:
    if channel in TITLED and not words.subject.strip():
        name = "subject" if channel is Channel.EMAIL else "title"
        raise Invalid(f"{place}{name} must not be empty.")
    _check_fields(words, channel, place)
    lines = {"subject": words.subject, "preheader": words.preheader or ""}
    lines |= parts_of(words.details)
    for part, line in lines.items():
        if len(line) > LINE_CHARACTERS_MAX or not is_line(line):
            raise Invalid(
                f"{place}{part} must be one line of at most {LINE_CHARACTERS_MAX} characters."
            )
    for part, source in (("body", words.body), ("text", words.plain or "")):
        if len(source.encode()) > BODY_BYTES_MAX:
            raise Invalid(f"{place}{part} must have at most {BODY_BYTES_MAX} bytes.")
        if NONCHARACTERS.search(source):
            raise Invalid(f"{place}{part} must not hold noncharacters (U+FDD0 to U+FDEF).")


def _check_fields(words: Words, channel: Channel, place: str) -> None:
    """Refuse what a channel has no place for, rather than lose it."""
    if channel is not Channel.EMAIL:
        if not words.body.strip():
            raise Invalid(f"{place}body must not be empty.")
        for part, source in (("text", words.plain), ("preheader", words.preheader)):
            if source is not None:
                raise Invalid(f"{place}{part}: only a mail has one.")
    taken = DETAILS[channel]
    for part in parts_of(words.details):
        name, _, key = part.partition(".")
        if name not in taken:
            raise Invalid(f"{place}{name}: a message by {channel.name} has none.")
        if key and not DATA_NAME.fullmatch(key):
            raise Invalid(f"{place}{part}: a name has 1 to 64 letters, digits, '_', '-' and '.'.")
    if len(words.details.data) > DATA_MAX:
        raise Invalid(f"{place}data: at most {DATA_MAX} names.")


def _check_code(text: Text, place: str) -> None:
    try:
        if text.channel is Channel.EMAIL:
            compiled(text)
        else:
            compiled_note(text)
    except TemplateError as fault:
        raise TemplateInvalid(f"{place}{told(fault)}") from None
    except MarkupError as fault:
        raise TemplateInvalid(f"{place}body: {fault}") from None


def told(fault: TemplateError) -> str:
    """Tell a fault in one line: the part, the place, what is wrong, what stands there."""
    shown = f" Here: {fault.snippet}" if fault.snippet else ""
    return f"{fault.part or 'body'}: {fault}{shown}"


def gather(
    contact: Contact | None,
    given: Mapping[str, object],
    links: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Put together what a text may say: what was given stands above what is known of a contact.

    The contact is there as `user` too, and by the names of merge tags. The message's own `links`
    stand above all: nothing that was given can take the place of unsubscribing.
    """
    person = describe(contact) if contact else {}
    tags = {tag: person[name] for tag, name in MERGE_TAGS.items() if name in person}
    return {**tags, **person, **given, "user": person, **(links or {})}


def render(text: Text, data: Mapping[str, object], occasion: Occasion = NOWHERE) -> Rendered:
    """Fill the places of a mail for one person. Raises TemplateError with line and column.

    Values are HTML-escaped in the body, unless the text says otherwise; never in subject and
    plain text.
    """
    return compiled(pick(text, occasion.language)).render(data, occasion)


def render_note(text: Text, data: Mapping[str, object], occasion: Occasion = NOWHERE) -> Note:
    """Fill the places of a text for a channel other than e-mail. Raises TemplateError."""
    return compiled_note(pick(text, occasion.language)).fill(data, occasion)


def find_missing(text: Text, data: Mapping[str, object], occasion: Occasion = NOWHERE) -> list[str]:
    """List the names that the text reads and the data has no value for, in order."""
    picked = pick(text, occasion.language)
    is_mail = picked.channel is Channel.EMAIL
    names = compiled(picked).names if is_mail else compiled_note(picked).names
    return sorted(name for name in names if data.get(name.removeprefix("TEMPLATE.")) in _NO_VALUES)
