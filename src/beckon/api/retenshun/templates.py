"""Templates in the Retenshun vocabulary: kept, listed, changed, deleted."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from msgspec import UNSET, Struct, UnsetType, field

from beckon.api.call import Call
from beckon.api.retenshun.objects import (
    Deleted,
    Page,
    TemplateObject,
    read_channel,
    read_number,
    template_object,
)
from beckon.api.retenshun.template_words import (
    ChangedWords,
    NewWords,
    TranslationWords,
    read_changes,
    read_translations,
    read_words,
)
from beckon.domain.templates import actions, queries, rules
from beckon.domain.templates.model import Template, TemplateId, Text
from beckon.domain.templates.queries import TemplateFilter
from beckon.domain.workflows import actions as workflows


class CreateTemplate(NewWords, rename="camel", kw_only=True):
    """Body of POST /templates; `translations` has a language code for each key.

    The contact's language picks one. `ai` says that a model wrote it.
    """

    name: str
    tags: list[str] = field(default_factory=list)
    translations: dict[str, TranslationWords] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    ai: bool = False


class UpdateTemplate(ChangedWords, rename="camel", kw_only=True):
    """Body of PUT and PATCH /templates/:id; what is not given stays, empty parts go."""

    name: str | None = None
    tags: list[str] | None = None


class TemplatesAsked(Page):
    """Query of GET /templates."""

    channel: str | None = None
    ai: bool | UnsetType = UNSET
    limit: int = 1000


class TemplateList(Struct):
    """Reply to GET /templates."""

    templates: list[TemplateObject]
    total: int
    page: int
    limit: int


def prepare_create(_: Call, body: CreateTemplate) -> Callable[[], object]:
    """Compile a new text before its transaction."""
    return partial(rules.check_text, _new_text(body))


def create_template(call: Call, body: CreateTemplate) -> TemplateObject:
    """POST /templates; a fault in the text is refused with line and column."""
    text = _new_text(body)
    template = actions.create(
        call.tx,
        call.project_id,
        name=body.name,
        channel=text.channel,
        tags=tuple(body.tags),
        text=text,
        is_ai=body.ai,
        now=call.now,
    )
    return _with_warnings(template)


def list_templates(call: Call, query: TemplatesAsked) -> TemplateList:
    """GET /templates, newest first; `ai` asks for those that a model wrote, or did not."""
    query.check()
    asked = TemplateFilter(read_channel(query.channel), None if query.ai is UNSET else query.ai)
    found = queries.list_templates(
        call.tx, call.project_id, asked, offset=query.offset, limit=query.limit
    )
    return TemplateList(
        [template_object(template) for template in found],
        queries.count_templates(call.tx, call.project_id, asked),
        query.page,
        query.limit,
    )


def get_template(call: Call, template_id: str) -> TemplateObject:
    """GET /templates/:id."""
    return template_object(
        queries.get_template(call.tx, call.project_id, read_template_id(template_id))
    )


def prepare_update(call: Call, template_id: str, body: UpdateTemplate) -> Callable[[], object]:
    """Compile a changed text before its transaction."""
    return partial(rules.check_text, _changed_text(call, read_template_id(template_id), body))


def update_template(call: Call, template_id: str, body: UpdateTemplate) -> TemplateObject:
    """PUT and PATCH /templates/:id; a changed text is a new version."""
    number = read_template_id(template_id)
    template = actions.change(
        call.tx,
        call.project_id,
        number,
        name=body.name,
        tags=None if body.tags is None else tuple(body.tags),
        text=_changed_text(call, number, body),
        now=call.now,
    )
    return _with_warnings(template)


def delete_template(call: Call, template_id: str) -> Deleted:
    """DELETE /templates/:id; 409 while an automation sends it."""
    number = read_template_id(template_id)
    workflows.refuse_template_in_use(call.tx, call.project_id, number)
    actions.delete(call.tx, call.project_id, number, call.now)
    return Deleted()


def read_template_id(template_id: str) -> TemplateId:
    """Read a template's number. Raises Unknown."""
    return TemplateId(read_number("tpl", template_id, "template"))


def _with_warnings(template: Template) -> TemplateObject:
    shown = template_object(template)
    shown.warnings = rules.find_slips(template.text) or UNSET
    return shown


def _new_text(body: CreateTemplate) -> Text:
    return replace(read_words(body, body.data), translations=read_translations(body.translations))


def _changed_text(call: Call, number: TemplateId, body: UpdateTemplate) -> Text:
    return read_changes(queries.get_template(call.tx, call.project_id, number).text, body)
