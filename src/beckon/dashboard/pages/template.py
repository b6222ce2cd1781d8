"""One template: written, saved as a new version, gone back, tried out, taken away."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus

from starlette.responses import Response

from beckon.dashboard import flashes
from beckon.dashboard.pages import template_blocks
from beckon.dashboard.pages.template_block_kinds import FONTS, KINDS, LOOKS
from beckon.dashboard.pages.template_form import (
    BLOCKS,
    ON,
    Form,
    check_channel,
    form_of,
    read_form,
    read_tags,
    read_text,
    switched,
    with_blocks,
)
from beckon.dashboard.pages.template_preview import FORM_BYTES_MAX, TONES, find_person
from beckon.dashboard.pages.templates import read_channel
from beckon.dashboard.visits import EDITORS, Page, Visit, go_to, number_of
from beckon.domain.accounts.model import ProjectId
from beckon.domain.ai.model import Length, Tongue
from beckon.domain.campaigns import actions as campaign_actions
from beckon.domain.campaigns import queries as campaigns
from beckon.domain.campaigns.model import Campaign
from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts import queries as people
from beckon.domain.contacts.model import Channel, ContactFilter, ContactId, Who
from beckon.domain.messages import actions as messages
from beckon.domain.messages.model import NewMessage
from beckon.domain.subscriptions.model import Purpose
from beckon.domain.templates import actions, queries, rules
from beckon.domain.templates.model import Language, Template, TemplateId, Text, Version
from beckon.domain.templates.queries import TemplateUnknown
from beckon.domain.workflows import actions as workflow_actions
from beckon.domain.workflows import queries as workflows
from beckon.domain.workflows.model import Workflow
from beckon.kit.addresses import check_email, check_phone
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx

VERSIONS_MAX = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """A template with its past and where it is used."""

    template: Template
    versions: list[Version]
    workflows: list[Workflow]
    campaigns: list[Campaign]


async def show_new(visit: Visit) -> Response:
    """Answer GET /templates/new; `channel` chooses what kind of message it is."""
    visit.check_editor()
    channel = read_channel(visit.asked("channel")) or Channel.EMAIL
    person = await _sample_person(visit)
    form = Form(channel=channel, escapes=ON, inlines_css=ON, person=person)
    if channel is Channel.EMAIL and visit.asked("editor") != "code":
        form = replace(form, editor=BLOCKS, letter=template_blocks.start())
    return _editor(visit, None, form, "")


async def create(visit: Visit) -> Response:
    """Answer POST /templates/new."""
    visit.check_editor()
    form = read_form(await visit.pairs(bytes_max=FORM_BYTES_MAX))
    form = replace(form, code="", channel=check_channel(form.channel))
    if form.switch:
        return _switch(visit, None, form)
    try:
        text = await _checked(read_text(form, None))
        made = await visit.house.state.write(
            partial(
                actions.create,
                project_id=visit.session.project.id,
                name=form.name,
                channel=text.channel,
                tags=read_tags(form),
                text=text,
                now=visit.now,
            )
        )
    except Invalid as refused:
        return _editor(visit, None, form, refused.message)
    return _saved(f"/templates/{made.id}", flashes.TEMPLATE_SAVED)


async def show(visit: Visit) -> Response:
    """Answer GET /templates/{id}; `language` picks whose words, `version` an old state of them."""
    shown = await _find(visit)
    code = visit.asked("language").lower()
    if code and not rules.LANGUAGE_CODE.fullmatch(code):
        raise Invalid("language must be a code such as uk or pt-br.")
    text, number = shown.template.text, visit.asked_number("version")
    if number is not None:
        text = (await _find_version(visit, shown.template.id, number)).text
    form = form_of(shown.template.name, shown.template.tags, text, code)
    if visit.asked("editor") != "code":
        form = with_blocks(form)
    form = replace(form, person=await _sample_person(visit))
    return _editor(visit, shown, form, "", version=number)


async def update(visit: Visit) -> Response:
    """Answer POST /templates/{id}: a changed text is a new version."""
    visit.check_editor()
    shown = await _find(visit)
    form = read_form(await visit.pairs(bytes_max=FORM_BYTES_MAX))
    if form.switch:
        return _switch(visit, shown, form)
    try:
        text = await _checked(read_text(form, shown.template.text))
        await _change(visit, shown.template, text, name=form.name, tags=read_tags(form))
    except Invalid as refused:
        return _editor(visit, shown, form, refused.message)
    return _saved(_address(shown.template, form.code), flashes.TEMPLATE_SAVED)


async def restore(visit: Visit) -> Response:
    """Answer POST /templates/{id}/restore: an old version's words become a new version."""
    visit.check_editor()
    shown = await _find(visit)
    number = number_of((await visit.form("version"))["version"])
    version = await _find_version(visit, shown.template.id, number or 0)
    await _change(visit, shown.template, version.text)
    return _saved(_address(shown.template), flashes.TEMPLATE_RESTORED)


async def drop_language(visit: Visit) -> Response:
    """Answer POST /templates/{id}/languages: the words of one language go."""
    visit.check_editor()
    shown = await _find(visit)
    code = (await visit.form("code"))["code"]
    text = shown.template.text
    kept = tuple(pair for pair in text.translations if pair[0] != code)
    await _change(visit, shown.template, replace(text, translations=kept))
    return _saved(_address(shown.template), flashes.TEMPLATE_SAVED)


async def delete(visit: Visit) -> Response:
    """Answer POST /templates/{id}/delete; refused while something sends it."""
    visit.check_editor()
    shown = await _find(visit)
    project_id, template_id = visit.session.project.id, shown.template.id

    def remove(tx: Tx) -> None:
        workflow_actions.refuse_template_in_use(tx, project_id, template_id)
        campaign_actions.refuse_template_in_use(tx, project_id, template_id)
        actions.delete(tx, project_id, template_id, visit.now)

    await visit.house.state.write(remove)
    return _saved("/templates", flashes.TEMPLATE_DELETED)


async def test(visit: Visit) -> Response:
    """Answer POST /templates/{id}/test: one real message with the words that are saved."""
    visit.check_editor()
    shown = await _find(visit)
    to, key = (await visit.form("to"))["to"], f"test:{visit.house.new_token()}"
    await visit.house.state.write(
        lambda tx: queue_test(tx, visit.session.project.id, shown.template, to, key, visit)
    )
    visit.house.after_write()
    return _saved(_address(shown.template), flashes.TEST_QUEUED)


def queue_test(
    tx: Tx, project_id: ProjectId, template: Template, to: str, key: str, visit: Visit
) -> None:
    """Queue one message to an address, or to somebody known. Raises Invalid where nobody is."""
    contact_id, address = _recipient(tx, project_id, template.channel, to, visit)
    new = NewMessage(
        key=key,
        contact_id=contact_id,
        channel=template.channel,
        version_id=template.version_id,
        address=address,
        purpose=Purpose.TRANSACTIONAL,
    )
    messages.queue(tx, project_id, [new], visit.now)


def _recipient(
    tx: Tx, project_id: ProjectId, channel: Channel, to: str, visit: Visit
) -> tuple[ContactId, str | None]:
    if channel is Channel.EMAIL:
        address: str | None = check_email(to, "The recipient")
        who = Who(email=address)
    elif channel in (Channel.SMS, Channel.VIBER):
        address = check_phone(to, "The recipient")
        who = Who(phone=address)
    else:
        person = find_person(tx, project_id, to)
        if person is None:
            raise Invalid("Nobody of that id, e-mail address or contact number is known.")
        return person.id, None
    contacts.lock_people(tx, project_id, is_shared=True)
    found = contacts.resolve(tx, project_id, [who], visit.now)[0]
    assert found is not None, "an address always names somebody"
    return found, address


def read_shown(tx: Tx, project_id: ProjectId, template_id: TemplateId) -> Shown:
    """Read a template, its latest versions and its uses. Raises TemplateUnknown."""
    template = queries.get_template(tx, project_id, template_id)
    return Shown(
        template,
        queries.list_versions(tx, project_id, template.id, offset=0, limit=VERSIONS_MAX),
        workflows.list_workflows_with_template(tx, project_id, template.id),
        campaigns.list_open_with_template(tx, project_id, template.id),
    )


def _editor(
    visit: Visit, shown: Shown | None, form: Form, fault: str, *, version: int | None = None
) -> Response:
    return visit.page(
        "template.html",
        status=HTTPStatus.BAD_REQUEST if fault else HTTPStatus.OK,
        shown=shown,
        form=form,
        fault=fault,
        version=version,
        codes=_codes(shown, form.code),
        details=sorted(rules.DETAILS[Channel(form.channel)]),
        is_titled=form.channel in rules.TITLED,
        languages=list(Language),
        kinds=KINDS,
        looks=LOOKS,
        fonts=FONTS,
        at=None,
        tones=TONES,
        tongues=list(Tongue),
        lengths=list(Length),
        may_edit=visit.session.role in EDITORS,
    )


def _switch(visit: Visit, shown: Shown | None, form: Form) -> Response:
    try:
        return _editor(visit, shown, switched(form), "")
    except Invalid as refused:
        return _editor(visit, shown, form, refused.message)


def _codes(shown: Shown | None, asked: str) -> Sequence[str]:
    """List the languages a template has words in, with the one that is being written."""
    known = [code for code, _ in shown.template.text.translations] if shown else []
    return sorted({*known, *([asked] if asked else [])})


async def _sample_person(visit: Visit) -> str:
    """Tell for whom the preview is at first: the person who came last, "" without any."""
    project_id = visit.session.project.id
    found = await visit.house.state.read(
        lambda tx: people.list_page(tx, project_id, ContactFilter(), limit=1)
    )
    return (found[0].external_id or f"contact_{found[0].id}") if found else ""


async def _checked(text: Text) -> Text:
    """Read every part of a text, in a thread: it may take a second or two."""
    return await asyncio.to_thread(rules.check_text, text)


async def _change(
    visit: Visit,
    template: Template,
    text: Text,
    *,
    name: str | None = None,
    tags: tuple[str, ...] | None = None,
) -> None:
    await visit.house.state.write(
        partial(
            actions.change,
            project_id=visit.session.project.id,
            template_id=template.id,
            name=name,
            tags=tags,
            text=text,
            now=visit.now,
        )
    )


async def _find(visit: Visit) -> Shown:
    number = number_of(visit.request.path_params["id"])
    if number is None:
        raise TemplateUnknown("There is no such template.")
    project_id = visit.session.project.id
    template_id = TemplateId(number)
    return await visit.house.state.read(lambda tx: read_shown(tx, project_id, template_id))


async def _find_version(visit: Visit, template_id: TemplateId, number: int) -> Version:
    project_id = visit.session.project.id
    return await visit.house.state.read(
        lambda tx: queries.get_version(tx, project_id, template_id, number)
    )


def _address(template: Template, code: str = "") -> str:
    return f"/templates/{template.id}{f'?language={code.lower()}' if code else ''}"


def _saved(path: str, flash: str) -> Response:
    response = go_to(path)
    flashes.leave(response, flash)
    return response


PAGES = (
    Page(path="/templates/new", get=show_new, post=create),
    Page(path="/templates/{id}", get=show, post=update),
    Page(path="/templates/{id}/restore", post=restore),
    Page(path="/templates/{id}/languages", post=drop_language),
    Page(path="/templates/{id}/delete", post=delete),
    Page(path="/templates/{id}/test", post=test),
)
