"""What can be done with templates. Each action runs inside the caller's transaction."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel
from beckon.domain.templates import queries, rules, writes
from beckon.domain.templates.model import Template, TemplateId, TemplateVersionId, Text
from beckon.domain.templates.stored import digest_of
from beckon.storage.schema import Tx


def create(
    tx: Tx,
    project_id: ProjectId,
    *,
    name: str,
    channel: Channel,
    tags: tuple[str, ...],
    text: Text,
    now: datetime,
    is_ai: bool = False,
) -> Template:
    """Keep a new text; `is_ai` says that a model wrote it.

    Raises Invalid, and TemplateInvalid with line and column.
    """
    text = rules.check_text(replace(text, channel=channel))
    template_id = writes.insert_template(
        tx,
        project_id,
        name=rules.check_name(name),
        channel=channel,
        tags=rules.check_tags(tags),
        is_ai=is_ai,
        now=now,
    )
    writes.insert_version(tx, project_id, template_id, 1, text, now)
    return queries.get_template(tx, project_id, template_id)


def keep(tx: Tx, project_id: ProjectId, text: Text, now: datetime) -> TemplateVersionId:
    """Keep words that are no template, for messages to be written with; equal words are kept once.

    Raises Invalid, and TemplateInvalid with line and column.
    """
    rules.check_text(text)
    digest = digest_of(text)
    found = queries.find_words(tx, project_id, digest)
    if found is None:
        writes.insert_words(tx, project_id, digest, text, now)
        found = queries.find_words(tx, project_id, digest)
    assert found is not None, "the words were there or have just been put there"
    return found


def change(
    tx: Tx,
    project_id: ProjectId,
    template_id: TemplateId,
    *,
    name: str | None,
    tags: tuple[str, ...] | None,
    text: Text,
    now: datetime,
) -> Template:
    """Rename, tag, or put a new version in place of the present one; None leaves a field.

    Raises TemplateUnknown, Invalid, TemplateInvalid.
    """
    old = queries.get_template(tx, project_id, template_id)
    values: dict[str, object] = {"updated_at": now}
    if name is not None:
        values["name"] = rules.check_name(name)
    if tags is not None:
        values["tags"] = list(rules.check_tags(tags))
    if text != old.text:
        values["version"] = old.version + 1
        writes.insert_version(
            tx, project_id, template_id, old.version + 1, rules.check_text(text), now
        )
    writes.update_template(tx, project_id, template_id, values)
    return queries.get_template(tx, project_id, template_id)


def delete(tx: Tx, project_id: ProjectId, template_id: TemplateId, now: datetime) -> None:
    """Take a template out of use; what was queued with it is still sent. Raises TemplateUnknown."""
    queries.get_template(tx, project_id, template_id)
    writes.update_template(tx, project_id, template_id, {"deleted_at": now})


def keep_note(
    tx: Tx, project_id: ProjectId, template_id: TemplateId, note: Mapping[str, object]
) -> None:
    """Remember of a template what its text has no place for. Raises TemplateUnknown."""
    queries.get_template(tx, project_id, template_id)
    writes.upsert_note(tx, project_id, template_id, note)
