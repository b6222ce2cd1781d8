"""Templates tried out, in the Retenshun vocabulary: rendered for somebody, or really sent."""

from collections.abc import Callable
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import UNSET, Struct, UnsetType, field

from beckon.api.call import Call
from beckon.api.retenshun.messages import MessageTaken
from beckon.api.retenshun.template_words import NewWords, read_words
from beckon.api.retenshun.templates import read_template_id
from beckon.api.retenshun.users import find_user
from beckon.domain.accounts.queries import get_project
from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts.model import Channel, ContactId, Who
from beckon.domain.messages import actions as messages
from beckon.domain.messages.model import NewMessage
from beckon.domain.messages.sms_parts import count_parts
from beckon.domain.templates import queries, rules
from beckon.domain.templates.model import Note, Occasion, Text
from beckon.kit.addresses import check_email
from beckon.kit.refusals import Invalid
from beckon.languages.errors import TemplateError


class RenderTemplate(Struct, rename="camel"):
    """Body of POST /templates/:id/render; `data` overrides what is known of the user.

    `language` is a code such as uk; without it the user's own picks the translation.
    """

    user_id: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    language: str | None = None


class RenderText(NewWords, rename="camel", kw_only=True):
    """Body of POST /templates/render: words that are not stored, and the data to fill them with."""

    channel: str = "EMAIL"
    user_id: str | None = None
    data: dict[str, Any] = field(default_factory=dict)


class SmsSize(Struct):
    """What an SMS takes: `encoding` GSM-7 or UCS-2, its units, the parts it is sent in."""

    encoding: str
    units: int
    parts: int


class RenderedTemplate(Struct, rename="camel"):
    """Reply to both; `missing` are the names that had no value, `warnings` probable slips.

    A note of another channel than e-mail has what it has of `imageUrl` and so on; an SMS `sms`.
    """

    subject: str
    body: str
    text: str
    missing: list[str]
    warnings: list[str] | UnsetType = UNSET
    image_url: str | UnsetType = UNSET
    link: str | UnsetType = UNSET
    button: str | UnsetType = UNSET
    data: dict[str, str] | UnsetType = UNSET
    sms: SmsSize | UnsetType = UNSET


class TestTemplate(Struct, rename="camel"):
    """Body of POST /templates/:id/test: `email`, `userId`, or that user's mail to that address."""

    email: str | None = None
    user_id: str | None = None
    data: dict[str, Any] = field(default_factory=dict)


def render_template(call: Call, template_id: str, body: RenderTemplate) -> RenderedTemplate:
    """POST /templates/:id/render; nothing is sent."""
    template = queries.get_template(call.tx, call.project_id, read_template_id(template_id))
    return _render(call, template.text, body.user_id, body.data, body.language)


def prepare_render(_: Call, body: RenderText) -> Callable[[], object]:
    """Compile words before anything is read."""
    return partial(rules.check_text, read_words(body))


def render_text(call: Call, body: RenderText) -> RenderedTemplate:
    """POST /templates/render; nothing is stored and nothing is sent."""
    return _render(call, rules.check_text(read_words(body)), body.user_id, body.data, None)


def test_template(call: Call, template_id: str, body: TestTemplate) -> MessageTaken:
    """POST /templates/:id/test; one real message, sent like any other."""
    template = queries.get_template(call.tx, call.project_id, read_template_id(template_id))
    address = None if body.email is None else check_email(body.email, "email")
    if body.user_id is not None:
        contact = find_user(call, body.user_id)
        contact_id: ContactId | None = contact.id
        if address is None and contact.email is None:
            raise Invalid(f"userId: '{body.user_id}' has no e-mail address.")
    elif address is not None:
        contact_id = contacts.resolve(call.tx, call.project_id, [Who(email=address)], call.now)[0]
    else:
        raise Invalid("email or userId is required.")
    assert contact_id is not None, "an address always names somebody"
    queued = messages.queue(
        call.tx,
        call.project_id,
        [
            NewMessage(
                key=f"api:{call.new_id().hex}",
                contact_id=contact_id,
                channel=template.channel,
                version_id=template.version_id,
                address=address,
                data=body.data,
            )
        ],
        call.now,
    )
    return MessageTaken(f"msg_{queued[0].hex}")


def _render(
    call: Call, text: Text, user_id: str | None, data: dict[str, Any], language: str | None
) -> RenderedTemplate:
    contact = None if user_id is None else find_user(call, user_id)
    occasion = Occasion(
        now=call.now,
        zone=ZoneInfo(get_project(call.tx, call.project_id).time_zone),
        contact_zone=ZoneInfo(contact.time_zone) if contact and contact.time_zone else None,
        language=language or (contact.language if contact else None),
    )
    gathered = rules.gather(contact, data, rules.SAMPLE_LINKS)
    missing = rules.find_missing(text, gathered, occasion)
    try:
        if text.channel is Channel.EMAIL:
            mail = rules.render(text, gathered, occasion)
            shown = RenderedTemplate(mail.subject, mail.body, mail.plain, missing)
        else:
            note = rules.render_note(text, gathered, occasion)
            shown = _show_note(text.channel, note, missing)
    except TemplateError as fault:
        raise Invalid(f"The template failed: {rules.told(fault)}") from None
    shown.warnings = rules.find_slips(rules.pick(text, occasion.language)) or UNSET
    return shown


def _show_note(channel: Channel, note: Note, missing: list[str]) -> RenderedTemplate:
    shown = RenderedTemplate(note.title, note.text, note.text, missing)
    if channel is Channel.SMS:
        counted = count_parts(note.text)
        shown.sms = SmsSize(counted.encoding, counted.units, counted.parts)
        return shown
    shown.image_url = note.image_url or UNSET
    shown.link = note.link_url or UNSET
    shown.button = note.button or UNSET
    shown.data = dict(note.data) or UNSET
    return shown
