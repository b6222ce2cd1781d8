"""Templates in the Retenshun vocabulary: texts, their versions and uses, rendering, tests."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from beckon.api.call import Call
from beckon.api.retenshun.messages import MessageTaken
from beckon.api.retenshun.objects import (
    Deleted,
    Page,
    TemplateObject,
    either,
    read_channel,
    read_number,
    template_object,
)
from beckon.api.retenshun.users import find_user
from beckon.api.times import write_moment
from beckon.domain.accounts.queries import get_project
from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts.model import ContactId, Who
from beckon.domain.messages import actions as messages
from beckon.domain.messages.model import NewMessage
from beckon.domain.templates import actions, queries, rules
from beckon.domain.templates.model import Language, Occasion, TemplateId, Text, Words
from beckon.domain.workflows import actions as workflows
from beckon.domain.workflows.queries import list_workflows_with_template
from beckon.kit.addresses import check_email
from beckon.kit.refusals import Invalid, Unknown
from beckon.languages.errors import TemplateError

LANGUAGES = {"liquid": Language.LIQUID, "velocity": Language.VELOCITY}


class TranslationWords(Struct, rename="camel", omit_defaults=True):
    """The words of a template in one more language."""

    subject: str
    body: str
    text: str | None = None
    preheader: str | None = None


class CreateTemplate(Struct, rename="camel"):
    """Body of POST /templates; `subject` and `title` are one field.

    `translations` has a language code for each key; the contact's language picks one.
    """

    name: str
    channel: str
    body: str
    subject: str | None = None
    title: str | None = None
    text: str | None = None
    preheader: str | None = None
    tags: list[str] = field(default_factory=list)
    language: str = "liquid"
    translations: dict[str, TranslationWords] = field(default_factory=dict)
    escape_html: bool = True
    inline_css: bool = True


class UpdateTemplate(Struct, rename="camel"):
    """Body of PUT and PATCH /templates/:id; what is not given stays, empty text parts go."""

    name: str | None = None
    subject: str | None = None
    title: str | None = None
    body: str | None = None
    text: str | None = None
    preheader: str | None = None
    tags: list[str] | None = None
    translations: dict[str, TranslationWords] | None = None
    escape_html: bool | None = None
    inline_css: bool | None = None


class TemplatesAsked(Page):
    """Query of GET /templates."""

    channel: str | None = None
    ai: bool | None = None
    limit: int = 1000


class TemplateList(Struct):
    """Reply to GET /templates."""

    templates: list[TemplateObject]
    total: int
    page: int
    limit: int


class VersionSummary(Struct, rename="camel"):
    """One line of a template's history."""

    version: int
    subject: str
    created_at: str


class VersionList(Struct):
    """Reply to GET /templates/:id/versions."""

    versions: list[VersionSummary]
    total: int
    page: int
    limit: int


class VersionObject(Struct, rename="camel"):
    """A text as it once was, and stays."""

    version: int
    subject: str
    title: str
    body: str
    text: str | None
    preheader: str | None
    language: str
    translations: dict[str, TranslationWords]
    escape_html: bool
    inline_css: bool
    created_at: str


class AutomationUse(Struct):
    """An automation that sends the template."""

    id: str
    name: str
    active: bool


class Usage(Struct):
    """Reply to GET /templates/:id/usage: what sends the template at present."""

    automations: list[AutomationUse]


class RenderTemplate(Struct, rename="camel"):
    """Body of POST /templates/:id/render; `data` overrides what is known of the user.

    `language` is a code such as uk; without it the user's own picks the translation.
    """

    user_id: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    language: str | None = None


class RenderText(Struct, rename="camel"):
    """Body of POST /templates/render: words that are not stored."""

    body: str
    channel: str = "EMAIL"
    subject: str | None = None
    title: str | None = None
    text: str | None = None
    preheader: str | None = None
    language: str = "liquid"
    user_id: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    escape_html: bool = True
    inline_css: bool = True


class RenderedTemplate(Struct):
    """Reply to both; `missing` are the names that had no value."""

    subject: str
    body: str
    text: str
    missing: list[str]


class TestTemplate(Struct, rename="camel"):
    """Body of POST /templates/:id/test: `email`, `userId`, or that user's mail to that address."""

    email: str | None = None
    user_id: str | None = None
    data: dict[str, Any] = field(default_factory=dict)


def create_template(call: Call, body: CreateTemplate) -> TemplateObject:
    """POST /templates; a fault in the text is refused with line and column."""
    channel = read_channel(body.channel)
    assert channel is not None
    template = actions.create(
        call.tx,
        call.project_id,
        name=body.name,
        channel=channel,
        tags=tuple(body.tags),
        text=replace(_text(body), translations=_translations(body.translations)),
        now=call.now,
    )
    return template_object(template)


def list_templates(call: Call, query: TemplatesAsked) -> TemplateList:
    """GET /templates, newest first. No template is AI-made yet, so `ai=true` finds none."""
    query.check()
    if query.ai:
        return TemplateList([], 0, query.page, query.limit)
    channel = read_channel(query.channel)
    found = queries.list_templates(
        call.tx, call.project_id, channel, offset=query.offset, limit=query.limit
    )
    return TemplateList(
        [template_object(template) for template in found],
        queries.count_templates(call.tx, call.project_id, channel),
        query.page,
        query.limit,
    )


def get_template(call: Call, template_id: str) -> TemplateObject:
    """GET /templates/:id."""
    return template_object(queries.get_template(call.tx, call.project_id, _number(template_id)))


def update_template(call: Call, template_id: str, body: UpdateTemplate) -> TemplateObject:
    """PUT and PATCH /templates/:id; a changed text is a new version."""
    number = _number(template_id)
    old = queries.get_template(call.tx, call.project_id, number).text
    subject = either(body.subject, body.title, "subject and title")
    text = replace(
        old,
        subject=old.subject if subject is None else subject,
        body=old.body if body.body is None else body.body,
        plain=old.plain if body.text is None else body.text or None,
        preheader=old.preheader if body.preheader is None else body.preheader or None,
        escapes=old.escapes if body.escape_html is None else body.escape_html,
        inlines_css=old.inlines_css if body.inline_css is None else body.inline_css,
        translations=old.translations
        if body.translations is None
        else _translations(body.translations),
    )
    template = actions.change(
        call.tx,
        call.project_id,
        number,
        name=body.name,
        tags=None if body.tags is None else tuple(body.tags),
        text=text,
        now=call.now,
    )
    return template_object(template)


def delete_template(call: Call, template_id: str) -> Deleted:
    """DELETE /templates/:id; 409 while an automation sends it."""
    number = _number(template_id)
    workflows.refuse_template_in_use(call.tx, call.project_id, number)
    actions.delete(call.tx, call.project_id, number, call.now)
    return Deleted()


def list_versions(call: Call, template_id: str, query: Page) -> VersionList:
    """GET /templates/:id/versions, newest first; the newest is the one that is sent."""
    query.check()
    template = queries.get_template(call.tx, call.project_id, _number(template_id))
    found = queries.list_versions(
        call.tx, call.project_id, template.id, offset=query.offset, limit=query.limit
    )
    return VersionList(
        [
            VersionSummary(one.number, one.text.subject, write_moment(one.created_at))
            for one in found
        ],
        template.version,
        query.page,
        query.limit,
    )


def get_version(call: Call, template_id: str, version: str) -> VersionObject:
    """GET /templates/:id/versions/:n."""
    template = queries.get_template(call.tx, call.project_id, _number(template_id))
    if not version.isascii() or not version.isdecimal() or len(version) > 9:
        raise Unknown(f"There is no version {version}.")
    found = queries.get_version(call.tx, call.project_id, template.id, int(version))
    text = found.text
    return VersionObject(
        version=found.number,
        subject=text.subject,
        title=text.subject,
        body=text.body,
        text=text.plain,
        preheader=text.preheader,
        language=text.language,
        translations={
            code: TranslationWords(words.subject, words.body, words.plain, words.preheader)
            for code, words in text.translations
        },
        escape_html=text.escapes,
        inline_css=text.inlines_css,
        created_at=write_moment(found.created_at),
    )


def get_usage(call: Call, template_id: str) -> Usage:
    """GET /templates/:id/usage."""
    template = queries.get_template(call.tx, call.project_id, _number(template_id))
    found = list_workflows_with_template(call.tx, call.project_id, template.id)
    return Usage([AutomationUse(f"auto_{one.id}", one.name, one.is_active) for one in found])


def render_template(call: Call, template_id: str, body: RenderTemplate) -> RenderedTemplate:
    """POST /templates/:id/render; nothing is sent."""
    template = queries.get_template(call.tx, call.project_id, _number(template_id))
    return _render(call, template.text, body.user_id, body.data, body.language)


def render_text(call: Call, body: RenderText) -> RenderedTemplate:
    """POST /templates/render; nothing is stored and nothing is sent."""
    read_channel(body.channel)
    return _render(call, rules.check_text(_text(body)), body.user_id, body.data, None)


def test_template(call: Call, template_id: str, body: TestTemplate) -> MessageTaken:
    """POST /templates/:id/test; one real message, sent like any other."""
    template = queries.get_template(call.tx, call.project_id, _number(template_id))
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
    gathered = rules.gather(contact, data)
    try:
        rendered = rules.render(text, gathered, occasion)
    except TemplateError as fault:
        raise Invalid(f"The template failed: {fault}") from None
    missing = rules.find_missing(text, gathered, occasion)
    return RenderedTemplate(rendered.subject, rendered.body, rendered.plain, missing)


def _text(body: CreateTemplate | RenderText) -> Text:
    if body.language not in LANGUAGES:
        raise Invalid(f"language must be one of {', '.join(LANGUAGES)}.")
    subject = either(body.subject, body.title, "subject and title")
    if subject is None:
        raise Invalid("subject is required.")
    return Text(
        LANGUAGES[body.language],
        subject,
        body.body,
        body.text or None,
        body.preheader or None,
        escapes=body.escape_html,
        inlines_css=body.inline_css,
    )


def _translations(given: dict[str, TranslationWords]) -> tuple[tuple[str, Words], ...]:
    """Read translations in the order of their codes, so that equal ones are equal."""
    read = {
        code.lower(): Words(words.subject, words.body, words.text or None, words.preheader or None)
        for code, words in given.items()
    }
    if len(read) < len(given):
        raise Invalid("translations: each language may be there once, whatever the case.")
    return tuple(sorted(read.items()))


def _number(template_id: str) -> TemplateId:
    return TemplateId(read_number("tpl", template_id, "template"))
