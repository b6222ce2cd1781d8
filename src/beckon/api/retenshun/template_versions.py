"""A template's past and its uses, in the Retenshun vocabulary."""

from msgspec import Struct

from beckon.api.call import Call
from beckon.api.retenshun.objects import Page
from beckon.api.retenshun.template_words import TranslationWords, show_translations
from beckon.api.retenshun.templates import read_template_id
from beckon.api.times import write_moment
from beckon.domain.templates import queries
from beckon.domain.workflows.queries import list_workflows_with_template
from beckon.kit.refusals import Unknown


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
    image_url: str | None
    link: str | None
    button: str | None
    data: dict[str, str]
    created_at: str


class AutomationUse(Struct):
    """An automation that sends the template."""

    id: str
    name: str
    active: bool


class Usage(Struct):
    """Reply to GET /templates/:id/usage: what sends the template at present."""

    automations: list[AutomationUse]


def list_versions(call: Call, template_id: str, query: Page) -> VersionList:
    """GET /templates/:id/versions, newest first; the newest is the one that is sent."""
    query.check()
    template = queries.get_template(call.tx, call.project_id, read_template_id(template_id))
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
    template = queries.get_template(call.tx, call.project_id, read_template_id(template_id))
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
        translations=show_translations(text),
        escape_html=text.escapes,
        inline_css=text.inlines_css,
        image_url=text.details.image_url,
        link=text.details.link_url,
        button=text.details.button,
        data=dict(text.details.data),
        created_at=write_moment(found.created_at),
    )


def get_usage(call: Call, template_id: str) -> Usage:
    """GET /templates/:id/usage."""
    template = queries.get_template(call.tx, call.project_id, read_template_id(template_id))
    found = list_workflows_with_template(call.tx, call.project_id, template.id)
    return Usage([AutomationUse(f"auto_{one.id}", one.name, one.is_active) for one in found])
