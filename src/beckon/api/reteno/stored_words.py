"""The words of stored messages in the Reteno vocabulary, read into texts and shown again.

What a text has no place for is noted beside it as it was told, and shown again.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from msgspec import Struct, field

from beckon.api.reteno.wire import as_list, spelled
from beckon.domain.contacts.model import Channel
from beckon.domain.templates.model import Details, Language, Template, Text, Words
from beckon.kit import json
from beckon.kit.addresses import check_mailbox
from beckon.kit.refusals import Invalid

CHANNELS = {
    "email": Channel.EMAIL,
    "sms": Channel.SMS,
    "viber": Channel.VIBER,
    "mobilepush": Channel.PUSH,
    "appinbox": Channel.IN_APP,
}
IMAGES_MAX = 10
BUTTONS_MAX = 4
_BEGIN, _END = "<style>", "</style>\n"

REQUIRED = {
    Channel.EMAIL: ("from", "subject", "htmlText"),
    Channel.SMS: ("from", "text"),
    Channel.VIBER: ("from", "text"),
    Channel.PUSH: ("title", "text"),
    Channel.IN_APP: ("title", "text"),
}


class ButtonWords(Struct, rename="camel", omit_defaults=True):
    """A button under a message."""

    label: str | None = None
    text: str | None = None
    action_id: str | None = None
    ios_icon_path: str | None = None
    link: str | None = None
    custom_data: str | None = None


class StoredWords(Struct, rename=spelled, omit_defaults=True):
    """Body of POST and PUT /messages/…; which fields a channel needs and has differs."""

    name: str | None = None
    from_: str | None = None
    subject: str | None = None
    html_text: str | None = None
    raw_html: str | None = None
    css: str | None = None
    amp_html: str | None = None
    title: str | None = None
    subtitle: str | None = None
    text: str | None = None
    link: str | None = None
    image_source: str | None = None
    images: list[str] | None = None
    custom_data: str | None = None
    buttons: list[ButtonWords] | None = None
    sound_enabled: bool | None = None
    badge_count: int | None = None
    img: str | None = None
    caption: str | None = None
    action: str | None = None
    transactional: bool | None = None
    ttl_sec: int | None = None
    sms_fallback: bool | None = None
    sms_sender: str | None = None
    sms_content: str | None = None
    track_urls: bool | None = None
    language_code: str | None = None
    tags: list[str] | str | None = None
    subscriptions_keys: list[str] | str | None = None


class StoredObject(StoredWords, rename=spelled, omit_defaults=True, kw_only=True):
    """A stored message; `languages` and `translations` of the base message alone."""

    id: int
    languages: list[str] = field(default_factory=list)
    translations: list[StoredWords] = field(default_factory=list)


# What a text holds itself; everything else is noted beside it.
_IN_TEXT = frozenset(
    {
        *("name", "subject", "htmlText", "rawHtml", "css", "title", "text", "link"),
        *("imageSource", "img", "caption", "action", "tags"),
    }
)


def told(words: StoredWords) -> dict[str, Any]:
    """Give what a body tells, by its names on the wire."""
    return {
        name: value
        for own, name in json.fields_of(StoredWords).items()
        if (value := getattr(words, own)) is not None
    }


def note_of(words: StoredWords) -> dict[str, Any]:
    """Gather what is to be noted beside the text."""
    noted = {name: value for name, value in told(words).items() if name not in _IN_TEXT}
    if "subscriptionsKeys" in noted:
        noted["subscriptionsKeys"] = as_list(noted["subscriptionsKeys"])
    if words.buttons is not None:
        noted["buttons"] = [json.stored(json.write(one)) for one in words.buttons]
    return noted


def check(channel: Channel, words: StoredWords, *, is_new: bool) -> None:
    """Raise Invalid for what a channel's message needs and lacks, or cannot have."""
    given = told(words)
    for name in ("name", *REQUIRED[channel]) if is_new else ():
        if not str(given.get(name) or "").strip() and not _is_mail_body(name, given):
            raise Invalid(f"{name} is required.")
    if channel is Channel.EMAIL and words.from_ is not None:
        check_mailbox(words.from_, "from")
    if channel is Channel.VIBER:
        _check_viber(words)
    if len(words.images or ()) > IMAGES_MAX:
        raise Invalid(f"images must hold at most {IMAGES_MAX} pictures.")
    if len(words.buttons or ()) > BUTTONS_MAX:
        raise Invalid(f"buttons must hold at most {BUTTONS_MAX} buttons.")


def read_text(channel: Channel, words: StoredWords, old: Text | None = None) -> Text:
    """Read a text, or put what changed in the place of the old one's."""
    base = old or Text(Language.VELOCITY, "", "", escapes=False, channel=channel)
    now = read_words(channel, words, base.words)
    return replace(base, subject=now.subject, body=now.body, details=now.details)


def read_words(channel: Channel, words: StoredWords, old: Words) -> Words:
    """Read the words of a message in one language; what is not told stays as it was."""
    if channel is Channel.EMAIL:
        css, html = _apart(old.body)
        html = _first(words.html_text, words.raw_html, html)
        css = _first(words.css, css)
        body = f"{_BEGIN}{css}{_END}{html}" if css else html
        return replace(old, subject=_first(words.subject, old.subject), body=body)
    details = old.details
    if channel is Channel.VIBER:
        details = Details(
            _first(words.img, details.image_url or "") or None,
            _first(words.action, details.link_url or "") or None,
            _first(words.caption, details.button or "") or None,
        )
    elif channel is not Channel.SMS:
        details = _push_details(words, details)
    return replace(
        old,
        subject=_first(words.title, old.subject),
        body=_first(words.text, old.body),
        details=details,
    )


def show(template: Template, note: Mapping[str, Any], *, is_whole: bool = True) -> StoredObject:
    """Show a stored message; lists leave translations out."""
    words = _show_words(template.channel, template.text.words, note)
    languages = [code for code, _ in template.text.translations]
    noted = note.get("translations", {})
    return StoredObject(
        id=template.id,
        **{
            own: getattr(words, own)
            for own in json.fields_of(StoredWords)
            if own not in ("name", "tags")
        },
        name=template.name,
        tags=list(template.tags),
        languages=languages,
        translations=[
            _show_words(template.channel, one, {**noted.get(code, {}), "languageCode": code})
            for code, one in template.text.translations
        ]
        if is_whole
        else [],
    )


def _show_words(channel: Channel, words: Words, note: Mapping[str, Any]) -> StoredWords:
    known = set(json.fields_of(StoredWords).values())
    shown = json.shape({name: value for name, value in note.items() if name in known}, StoredWords)
    if channel is Channel.EMAIL:
        css, html = _apart(words.body)
        shown.subject, shown.html_text, shown.raw_html = words.subject, html, html
        shown.css = css or None
        return shown
    shown.text = words.body
    details = words.details
    if channel is Channel.VIBER:
        shown.img, shown.action, shown.caption = details.image_url, details.link_url, details.button
    elif channel is not Channel.SMS:
        shown.title, shown.link, shown.image_source = (
            words.subject,
            details.link_url,
            details.image_url,
        )
    return shown


def _push_details(words: StoredWords, old: Details) -> Details:
    first_image = words.images[0] if words.images else None
    first_button = (words.buttons or [ButtonWords()])[0]
    data = old.data
    if words.custom_data:
        data = (("customData", words.custom_data),)
    return Details(
        _first(words.image_source, first_image, old.image_url or "") or None,
        _first(words.link, old.link_url or "") or None,
        _first(first_button.label, old.button or "") or None,
        data,
    )


def _check_viber(words: StoredWords) -> None:
    shown = [words.img, words.caption, words.action]
    if words.transactional and any(shown):
        raise Invalid("transactional: such a message has no img, caption and action.")
    if any(shown) and not all(shown):
        raise Invalid("img, caption and action come together or not at all.")


def _is_mail_body(name: str, given: Mapping[str, Any]) -> bool:
    return name == "htmlText" and bool(given.get("rawHtml"))


def _apart(body: str) -> tuple[str, str]:
    """Take the style sheet and the HTML of a mail apart again."""
    if not body.startswith(_BEGIN) or _END not in body:
        return "", body
    css, _, html = body.removeprefix(_BEGIN).partition(_END)
    return css, html


def _first(*values: str | None) -> str:
    return next(value for value in values if value is not None)
