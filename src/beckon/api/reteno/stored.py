"""Stored messages in the Reteno vocabulary: kept per channel, with translations."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from msgspec import Struct

from beckon.api.call import Call, Listed, PlainText
from beckon.api.links.stored import link_to
from beckon.api.reteno.smartsend import find_template
from beckon.api.reteno.stored_words import (
    StoredObject,
    StoredWords,
    check,
    note_of,
    read_text,
    read_words,
    show,
)
from beckon.api.reteno.wire import Rows, as_list, deleted, not_found, updated
from beckon.domain.campaigns import actions as campaigns
from beckon.domain.contacts.model import Channel
from beckon.domain.subscriptions.queries import list_categories
from beckon.domain.templates import actions, queries
from beckon.domain.templates.model import Template, Text, Words
from beckon.domain.templates.queries import TemplateFilter
from beckon.domain.templates.rules import LANGUAGE_CODE, check_text
from beckon.domain.workflows import actions as workflows
from beckon.kit.refusals import Invalid
from beckon.kit.signing import Signer

SEARCHED_MAX = 10_000


class MessagesAsked(Rows):
    """Query of GET /messages/…: a part of the name, or a tag."""

    search: str | None = None


class MessageTaken(Struct):
    """Reply to POST /messages/…."""

    id: int


class ViewLink(Struct):
    """Reply to GET /messages/email/{id}/viewLink."""

    link: str


def prepare_add(_: Call, body: StoredWords, *, channel: Channel) -> Callable[[], object]:
    """Compile a new text before its transaction."""
    check(channel, body, is_new=True)
    return partial(check_text, read_text(channel, body))


def add_message(call: Call, body: StoredWords, *, channel: Channel) -> MessageTaken:
    """POST /v1/messages/…; a fault in the text is a 400 with line and column."""
    check(channel, body, is_new=True)
    assert body.name is not None
    _check_keys(call, body)
    template = actions.create(
        call.tx,
        call.project_id,
        name=body.name,
        channel=channel,
        tags=tuple(as_list(body.tags)),
        text=read_text(channel, body),
        now=call.now,
    )
    actions.keep_note(call.tx, call.project_id, template.id, note_of(body))
    return MessageTaken(template.id)


def search_messages(call: Call, query: MessagesAsked, *, channel: Channel) -> Listed:
    """GET /v1/messages/…; whatever the case."""
    query.check()
    wanted = (query.search or "").casefold()
    found = [
        one
        for one in queries.list_templates(
            call.tx, call.project_id, TemplateFilter(channel), offset=0, limit=SEARCHED_MAX
        )
        if wanted in one.name.casefold() or wanted in (tag.casefold() for tag in one.tags)
    ]
    page = found[query.offset : query.offset + query.maxrows]
    notes = queries.find_notes(call.tx, call.project_id, [one.id for one in page])
    return Listed([show(one, notes.get(one.id, {}), is_whole=False) for one in page], len(found))


def get_message(call: Call, message_id: str, *, channel: Channel) -> StoredObject:
    """GET /v1/messages/…/{id}, with translations."""
    template = _find(call, message_id, channel)
    return show(template, _note(call, template))


def view_link(call: Call, email_id: str) -> ViewLink:
    """GET /v1/messages/email/{id}/viewLink: shows the text as it stands, filled for nobody."""
    template = _find(call, email_id, Channel.EMAIL)
    signer = Signer(call.services.vault.derive("links"))
    link = link_to(signer, call.services.base_url, call.project_id, template.id)
    return ViewLink(link)


def prepare_update(
    call: Call, message_id: str, body: StoredWords, *, channel: Channel
) -> Callable[[], object]:
    """Compile a changed text before its transaction."""
    check(channel, body, is_new=False)
    return partial(check_text, read_text(channel, body, _find(call, message_id, channel).text))


def update_message(
    call: Call, message_id: str, body: StoredWords, *, channel: Channel
) -> PlainText:
    """PUT /v1/messages/…/{id}; what is not given stays, a changed text is a new version."""
    check(channel, body, is_new=False)
    _check_keys(call, body)
    template = _find(call, message_id, channel)
    _change(call, template, body, read_text(channel, body, template.text))
    note = {**_note(call, template), **note_of(body)}
    actions.keep_note(call.tx, call.project_id, template.id, note)
    return updated("Message", template.id)


def delete_message(call: Call, message_id: str, *, channel: Channel) -> PlainText:
    """DELETE /v1/messages/…/{id}; 409 while a workflow or a broadcast sends it."""
    template = _find(call, message_id, channel)
    workflows.refuse_template_in_use(call.tx, call.project_id, template.id)
    campaigns.refuse_template_in_use(call.tx, call.project_id, template.id)
    actions.delete(call.tx, call.project_id, template.id, call.now)
    return deleted("Message", template.id)


def prepare_translation(
    call: Call, message_id: str, language: str, body: StoredWords, *, channel: Channel
) -> Callable[[], object]:
    """Compile a translation before its transaction."""
    template = _find(call, message_id, channel)
    return partial(check_text, _translated(template, language, body))


def put_translation(
    call: Call, message_id: str, language: str, body: StoredWords, *, channel: Channel
) -> PlainText:
    """PUT /v1/messages/…/{id}/{language}; what is not given stays, or is the base message's."""
    check(channel, body, is_new=False)
    template = _find(call, message_id, channel)
    actions.change(
        call.tx,
        call.project_id,
        template.id,
        name=None,
        tags=None,
        text=_translated(template, language, body),
        now=call.now,
    )
    note = _note(call, template)
    noted = {**note.get("translations", {}), language.lower(): note_of(body)}
    actions.keep_note(call.tx, call.project_id, template.id, {**note, "translations": noted})
    return updated("Message", template.id)


def delete_translation(
    call: Call, message_id: str, language: str, *, channel: Channel
) -> PlainText:
    """DELETE /v1/messages/…/{id}/{language}."""
    template = _find(call, message_id, channel)
    known = dict(template.text.translations)
    if known.pop(language.lower(), None) is None:
        raise not_found("Translation", language)
    text = replace(template.text, translations=tuple(sorted(known.items())))
    _change(call, template, StoredWords(), text)
    return deleted("Message", template.id)


def _find(call: Call, message_id: str, channel: Channel) -> Template:
    template = find_template(call, message_id)
    if template.channel is not channel:
        raise not_found("Message", message_id)
    return template


def _note(call: Call, template: Template) -> dict[str, Any]:
    return queries.find_notes(call.tx, call.project_id, [template.id]).get(template.id, {})


def _change(call: Call, template: Template, body: StoredWords, text: Text) -> None:
    actions.change(
        call.tx,
        call.project_id,
        template.id,
        name=body.name,
        tags=None if body.tags is None else tuple(as_list(body.tags)),
        text=text,
        now=call.now,
    )


def _translated(template: Template, language: str, body: StoredWords) -> Text:
    code = language.lower()
    if not LANGUAGE_CODE.fullmatch(code):
        raise Invalid(f"'{language}' is no language code such as uk or pt-br.")
    known: dict[str, Words] = dict(template.text.translations)
    base = known.get(code, template.text.words)
    known[code] = read_words(template.channel, body, base)
    return replace(template.text, translations=tuple(sorted(known.items())))


def _check_keys(call: Call, body: StoredWords) -> None:
    keys = as_list(body.subscriptions_keys)
    known = {one.key for one in list_categories(call.tx, call.project_id)}
    for place, key in enumerate(keys):
        if key not in known:
            raise Invalid(f"subscriptionsKeys[{place}]: there is no category '{key}'.")
