"""Templates in the Retenshun vocabulary: create, list, get, update, delete, render."""

from typing import Any

from msgspec import Struct, field

from beckon.api.call import Call
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
from beckon.domain.templates import actions, queries, rules
from beckon.domain.templates.model import Language, TemplateId, Text
from beckon.domain.workflows import actions as workflows
from beckon.kit.refusals import Invalid
from beckon.languages.errors import TemplateError

LANGUAGES = {"liquid": Language.LIQUID, "velocity": Language.VELOCITY}


class CreateTemplate(Struct, rename="camel"):
    """Body of POST /templates; `subject` and `title` are one field."""

    name: str
    channel: str
    body: str
    subject: str | None = None
    title: str | None = None
    tags: list[str] = field(default_factory=list)
    language: str = "liquid"


class UpdateTemplate(Struct):
    """Body of PUT and PATCH /templates/:id; what is not given stays."""

    name: str | None = None
    subject: str | None = None
    title: str | None = None
    body: str | None = None
    tags: list[str] | None = None


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


class RenderTemplate(Struct, rename="camel"):
    """Body of POST /templates/:id/render; `data` overrides what is known of the user."""

    user_id: str | None = None
    data: dict[str, Any] = field(default_factory=dict)


class RenderedTemplate(Struct):
    """Reply to POST /templates/:id/render."""

    subject: str
    body: str
    text: str


def create_template(call: Call, body: CreateTemplate) -> TemplateObject:
    """POST /templates; a fault in the text is refused with line and column."""
    channel = read_channel(body.channel)
    assert channel is not None
    if body.language not in LANGUAGES:
        raise Invalid(f"language must be one of {', '.join(LANGUAGES)}.")
    subject = either(body.subject, body.title, "subject and title")
    if subject is None:
        raise Invalid("subject is required.")
    template = actions.create(
        call.tx,
        call.project_id,
        name=body.name,
        channel=channel,
        tags=tuple(body.tags),
        text=Text(LANGUAGES[body.language], subject, body.body),
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
    text = Text(
        old.language,
        old.subject if subject is None else subject,
        old.body if body.body is None else body.body,
        old.plain,
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


def render_template(call: Call, template_id: str, body: RenderTemplate) -> RenderedTemplate:
    """POST /templates/:id/render; nothing is sent."""
    template = queries.get_template(call.tx, call.project_id, _number(template_id))
    contact = None if body.user_id is None else find_user(call, body.user_id)
    try:
        rendered = rules.render(template.text, rules.gather(contact, body.data))
    except TemplateError as fault:
        raise Invalid(f"The template failed: {fault}") from None
    return RenderedTemplate(rendered.subject, rendered.body, rendered.plain)


def _number(template_id: str) -> TemplateId:
    return TemplateId(read_number("tpl", template_id, "template"))
