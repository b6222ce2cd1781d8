"""The words of templates in the Retenshun vocabulary, read into texts and shown again."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from msgspec import Struct, field

from beckon.api.retenshun.objects import either, read_channel
from beckon.domain.contacts.model import Channel
from beckon.domain.templates.model import Details, Language, Text, Words
from beckon.domain.templates.rules import TITLED
from beckon.kit.refusals import Invalid

NO_DATA: Mapping[str, str] = MappingProxyType({})
LANGUAGES = {"liquid": Language.LIQUID, "velocity": Language.VELOCITY}


class TranslationWords(Struct, rename="camel", omit_defaults=True):
    """The words of a template in one more language; `subject` and `title` are one field."""

    body: str
    subject: str | None = None
    title: str | None = None
    text: str | None = None
    preheader: str | None = None
    image_url: str | None = None
    link: str | None = None
    button: str | None = None
    data: dict[str, str] = field(default_factory=dict)


class NewWords(Struct, rename="camel", kw_only=True):
    """The words of a message, in whatever body they come; `subject` and `title` are one field.

    `text`, `preheader`, `escapeHtml` and `inlineCss` are about mail; `imageUrl`, `link` and
    `button` about the other channels.
    """

    body: str
    channel: str
    subject: str | None = None
    title: str | None = None
    text: str | None = None
    preheader: str | None = None
    language: str = "liquid"
    escape_html: bool = True
    inline_css: bool = True
    image_url: str | None = None
    link: str | None = None
    button: str | None = None


class ChangedWords(Struct, rename="camel", kw_only=True):
    """Words that change; what is not given stays, empty parts go."""

    subject: str | None = None
    title: str | None = None
    body: str | None = None
    text: str | None = None
    preheader: str | None = None
    translations: dict[str, TranslationWords] | None = None
    escape_html: bool | None = None
    inline_css: bool | None = None
    image_url: str | None = None
    link: str | None = None
    button: str | None = None
    data: dict[str, str] | None = None


def read_words(given: NewWords, data: Mapping[str, str] = NO_DATA) -> Text:
    """Read a text; `data` is what an app gets with it.

    Raises Invalid for an unknown language or channel and a missing subject.
    """
    if given.language not in LANGUAGES:
        raise Invalid(f"language must be one of {', '.join(LANGUAGES)}.")
    channel = read_channel(given.channel)
    assert channel is not None, "a given name is a channel or refused"
    subject = either(given.subject, given.title, "subject and title")
    if subject is None and channel in TITLED:
        name = "subject" if channel is Channel.EMAIL else "title"
        raise Invalid(f"{name} is required.")
    return Text(
        LANGUAGES[given.language],
        subject or "",
        given.body,
        given.text or None,
        given.preheader or None,
        escapes=given.escape_html,
        inlines_css=given.inline_css,
        channel=channel,
        details=_details(given, data),
    )


def read_changes(old: Text, given: ChangedWords) -> Text:
    """Put changed words in the place of old ones."""
    subject = either(given.subject, given.title, "subject and title")
    details = Details(
        _changed(old.details.image_url, given.image_url),
        _changed(old.details.link_url, given.link),
        _changed(old.details.button, given.button),
        old.details.data if given.data is None else tuple(given.data.items()),
    )
    return replace(
        old,
        subject=old.subject if subject is None else subject,
        body=old.body if given.body is None else given.body,
        plain=_changed(old.plain, given.text),
        preheader=_changed(old.preheader, given.preheader),
        escapes=old.escapes if given.escape_html is None else given.escape_html,
        inlines_css=old.inlines_css if given.inline_css is None else given.inline_css,
        details=details,
        translations=old.translations
        if given.translations is None
        else read_translations(given.translations),
    )


def read_translations(given: dict[str, TranslationWords]) -> tuple[tuple[str, Words], ...]:
    """Read translations in the order of their codes, so that equal ones are equal."""
    read = {
        code.lower(): Words(
            either(words.subject, words.title, f"translations.{code}: subject and title") or "",
            words.body,
            words.text or None,
            words.preheader or None,
            _details(words, words.data),
        )
        for code, words in given.items()
    }
    if len(read) < len(given):
        raise Invalid("translations: each language may be there once, whatever the case.")
    return tuple(sorted(read.items(), key=lambda pair: pair[0]))


def show_translations(text: Text) -> dict[str, TranslationWords]:
    """Show the words of a text in further languages."""
    return {
        code: TranslationWords(
            words.body,
            words.subject,
            text=words.plain,
            preheader=words.preheader,
            image_url=words.details.image_url,
            link=words.details.link_url,
            button=words.details.button,
            data=dict(words.details.data),
        )
        for code, words in text.translations
    }


def _details(given: NewWords | TranslationWords, data: Mapping[str, str]) -> Details:
    return Details(
        given.image_url or None,
        given.link or None,
        given.button or None,
        tuple(data.items()),
    )


def _changed(old: str | None, given: str | None) -> str | None:
    return old if given is None else given or None
