"""The form of a template's words in one human language, and what it says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from beckon.dashboard.pages import template_blocks
from beckon.dashboard.pages.template_blocks import Letter
from beckon.domain.contacts.model import Channel
from beckon.domain.templates.model import Details, Language, Text, Words
from beckon.kit import json
from beckon.kit.refusals import Invalid


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed, as it was typed.

    `code` names the human language of the words, "" the one the text was first written in. `data`
    is what an app gets, a JSON object of texts; `person` and `values` fill the preview. `letter` is
    the body as blocks, where it is edited so; `fault` is why it cannot be written, `switch` the
    editor that is wanted instead.
    """

    name: str = ""
    tags: str = ""
    channel: str = Channel.EMAIL.value
    language: str = Language.LIQUID.value
    code: str = ""
    subject: str = ""
    preheader: str = ""
    body: str = ""
    plain: str = ""
    image_url: str = ""
    link_url: str = ""
    button: str = ""
    data: str = ""
    escapes: str = ""
    inlines_css: str = ""
    person: str = ""
    values: str = ""
    editor: str = ""
    switch: str = ""
    letter: Letter | None = None
    fault: str = ""


ON = "on"
BLOCKS = "blocks"


def read_form(pairs: Sequence[tuple[str, str]]) -> Form:
    """Take the fields of the form; the others are left out."""
    known = {one.name for one in fields(Form)} - {"letter", "fault"}
    # A browser sends CRLF between lines of a text area; what is written has plain line ends.
    given: dict[str, Any] = {
        name: value.replace("\r\n", "\n") for name, value in pairs if name in known
    }
    form = Form(**given)
    if form.editor != BLOCKS:
        return form
    letter = template_blocks.read_form(pairs)
    try:
        return replace(form, letter=letter, body=template_blocks.write(letter))
    except Invalid as refused:
        return replace(form, letter=letter, fault=refused.message)


def with_blocks(form: Form) -> Form:
    """Show the body as blocks, if it was made of them."""
    can_be = form.channel == Channel.EMAIL and form.language == Language.LIQUID
    letter = template_blocks.read(form.body) if can_be else None
    return form if letter is None else replace(form, letter=letter, editor=BLOCKS)


def switched(form: Form) -> Form:
    """Show the same words in the other editor. Raises Invalid where blocks would lose some."""
    if form.switch != BLOCKS:
        return replace(form, letter=None, editor=form.switch)
    if not form.body.strip():
        return replace(form, letter=template_blocks.start(), editor=BLOCKS)
    found = with_blocks(form)
    if found.letter is None:
        raise Invalid("This body was not made of blocks, which would lose what is in it.")
    return found


def form_of(name: str, tags: Sequence[str], text: Text, code: str) -> Form:
    """Write a text back into the fields, in one of its languages.

    A language it does not have yet begins with the words the text was first written in.
    """
    words = dict(text.translations).get(code, text.words) if code else text.words
    details = words.details
    return Form(
        name=name,
        tags=", ".join(tags),
        channel=text.channel,
        language=text.language,
        code=code,
        subject=words.subject,
        preheader=words.preheader or "",
        body=words.body,
        plain=words.plain or "",
        image_url=details.image_url or "",
        link_url=details.link_url or "",
        button=details.button or "",
        data=json.text(dict(details.data)) if details.data else "",
        escapes=ON if text.escapes else "",
        inlines_css=ON if text.inlines_css else "",
    )


def read_tags(form: Form) -> tuple[str, ...]:
    """Read the tags, parted by commas."""
    return tuple(tag.strip() for tag in form.tags.split(",") if tag.strip())


def read_text(form: Form, old: Text | None) -> Text:
    """Put the words that were typed in their place within the old text. Raises Invalid."""
    words = _words(form)
    channel = old.channel if old else check_channel(form.channel)
    if form.code and old is not None:
        others = dict(old.translations) | {form.code.strip().lower(): words}
        return replace(old, translations=tuple(sorted(others.items(), key=lambda pair: pair[0])))
    return Text(
        _language(form.language),
        words.subject,
        words.body,
        words.plain,
        words.preheader,
        translations=old.translations if old else (),
        escapes=form.escapes == ON,
        inlines_css=form.inlines_css == ON,
        channel=channel,
        details=words.details,
    )


def check_channel(name: str) -> Channel:
    """Read the channel of a new template. Raises Invalid."""
    try:
        return Channel(name)
    except ValueError:
        raise Invalid("Choose a channel.") from None


def read_values(form: Form) -> Mapping[str, Any]:
    """Read what fills the preview besides what is known of the person. Raises Invalid."""
    return _object(form.values, "The preview's data")


def _words(form: Form) -> Words:
    if form.fault:
        raise Invalid(form.fault)
    data = _object(form.data, "data")
    if not all(isinstance(value, str) for value in data.values()):
        raise Invalid("data must pair names with texts.")
    details = Details(
        form.image_url.strip() or None,
        form.link_url.strip() or None,
        form.button.strip() or None,
        tuple(data.items()),
    )
    plain, preheader = form.plain or None, form.preheader.strip() or None
    return Words(form.subject, form.body, plain, preheader, details)


def _object(text: str, what: str) -> Mapping[str, Any]:
    try:
        value = json.read(text.encode()) if text.strip() else {}
    except json.JsonInvalid as fault:
        raise Invalid(f"{what}: {fault.message}") from None
    if not isinstance(value, dict):
        raise Invalid(f'{what} must be a JSON object such as {{"code": "SPRING"}}.')
    return value


def _language(name: str) -> Language:
    try:
        return Language(name)
    except ValueError:
        raise Invalid("Choose a template language.") from None
