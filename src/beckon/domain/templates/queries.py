"""SQL that reads templates. Public: any room above may ask, and gets model values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel
from beckon.domain.templates import tables
from beckon.domain.templates.model import (
    Template,
    TemplateId,
    TemplateVersionId,
    Text,
    Version,
)
from beckon.domain.templates.stored import from_stored
from beckon.kit.refusals import Unknown
from beckon.storage.schema import Line, Tx

_PARTS = (
    *("language", "subject", "body", "plain", "preheader"),
    *("translations", "treatment", "details"),
)

_templates = (
    select(
        tables.template,
        tables.template_version.c.id.label("version_id"),
        *(tables.template_version.c[part] for part in _PARTS),
    )
    .join(
        tables.template_version,
        (tables.template_version.c.template_id == tables.template.c.id)
        & (tables.template_version.c.number == tables.template.c.version),
    )
    .where(tables.template.c.deleted_at.is_(None))
)


@dataclass(frozen=True, slots=True)
class TemplateFilter:
    """Which templates are asked for; None asks for all. `is_ai`: those that a model wrote."""

    channel: Channel | None = None
    is_ai: bool | None = None


class TemplateUnknown(Unknown):
    """No such template in this project."""

    code = "template_unknown"


def get_template(tx: Tx, project_id: ProjectId, template_id: TemplateId) -> Template:
    """Return one template in its present version. Raises TemplateUnknown."""
    row = tx.execute(
        _templates.where(
            tables.template.c.project_id == project_id, tables.template.c.id == template_id
        )
    ).one_or_none()
    if row is None:
        raise TemplateUnknown(f"There is no template tpl_{template_id}.")
    return _template(row)


def list_templates(
    tx: Tx, project_id: ProjectId, asked: TemplateFilter | None, *, offset: int, limit: int
) -> list[Template]:
    """List templates, newest first."""
    rows = tx.execute(
        _asked(_templates, project_id, asked)
        .order_by(tables.template.c.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [_template(row) for row in rows]


def list_versions(
    tx: Tx, project_id: ProjectId, template_id: TemplateId, *, offset: int, limit: int
) -> list[Version]:
    """List a template's versions, newest first; those of an unknown one are none."""
    rows = tx.execute(
        select(tables.template_version)
        .where(
            tables.template_version.c.project_id == project_id,
            tables.template_version.c.template_id == template_id,
        )
        .order_by(tables.template_version.c.number.desc())
        .offset(offset)
        .limit(limit)
    )
    return [_version(row) for row in rows]


def get_version(tx: Tx, project_id: ProjectId, template_id: TemplateId, number: int) -> Version:
    """Return one version of a template, as it was written. Raises TemplateUnknown."""
    row = tx.execute(
        select(tables.template_version).where(
            tables.template_version.c.project_id == project_id,
            tables.template_version.c.template_id == template_id,
            tables.template_version.c.number == number,
        )
    ).one_or_none()
    if row is None:
        raise TemplateUnknown(f"Template tpl_{template_id} has no version {number}.")
    return _version(row)


def find_first_template_at(tx: Tx, project_id: ProjectId) -> datetime | None:
    """Tell when the project's first template was made, deleted ones included; None without any."""
    first: datetime | None = tx.execute(
        select(func.min(tables.template.c.created_at)).where(
            tables.template.c.project_id == project_id
        )
    ).scalar_one()
    return first


def count_templates(tx: Tx, project_id: ProjectId, asked: TemplateFilter | None) -> int:
    """Count the templates a filter asks for."""
    counting = (
        select(func.count())
        .select_from(tables.template)
        .where(tables.template.c.deleted_at.is_(None))
    )
    counted: int = tx.execute(_asked(counting, project_id, asked)).scalar_one()
    return counted


def list_names(
    tx: Tx, project_id: ProjectId, *, channel: Channel | None = None, limit: int
) -> list[tuple[TemplateId, str]]:
    """List the numbers and names of templates, newest first, without their texts."""
    found = tables.template.c
    query = select(found.id, found.name).where(
        found.project_id == project_id, found.deleted_at.is_(None)
    )
    if channel is not None:
        query = query.where(found.channel == channel)
    rows = tx.execute(query.order_by(found.id.desc()).limit(limit))
    return [(TemplateId(row.id), row.name) for row in rows]


def find_templates(
    tx: Tx, project_id: ProjectId, ids: Sequence[TemplateId]
) -> dict[TemplateId, Template]:
    """Map templates of the project (at most 1,000 asked) to themselves, in their present form."""
    rows = tx.execute(
        _templates.where(tables.template.c.project_id == project_id, tables.template.c.id.in_(ids))
    )
    return {TemplateId(row.id): _template(row) for row in rows}


def find_names(tx: Tx, project_id: ProjectId, ids: Iterable[TemplateId]) -> dict[TemplateId, str]:
    """Map templates of the project (at most 1,000 asked, deleted ones too) to their names."""
    rows = tx.execute(
        select(tables.template.c.id, tables.template.c.name).where(
            tables.template.c.project_id == project_id, tables.template.c.id.in_(sorted(set(ids)))
        )
    )
    return {TemplateId(row.id): row.name for row in rows}


def find_labels(
    tx: Tx, project_id: ProjectId, ids: Iterable[TemplateId]
) -> dict[TemplateId, tuple[str, tuple[str, ...]]]:
    """Map templates of the project (at most 1,000 asked, deleted ones too) to names and tags."""
    rows = tx.execute(
        select(tables.template.c.id, tables.template.c.name, tables.template.c.tags).where(
            tables.template.c.project_id == project_id, tables.template.c.id.in_(sorted(set(ids)))
        )
    )
    return {TemplateId(row.id): (row.name, tuple(row.tags)) for row in rows}


def find_present_versions(
    tx: Tx, project_id: ProjectId, ids: Sequence[TemplateId]
) -> dict[TemplateId, TemplateVersionId]:
    """Map templates, deleted ones too, to the version that counts now."""
    rows = tx.execute(
        select(tables.template.c.id, tables.template_version.c.id.label("version_id"))
        .join(
            tables.template_version,
            (tables.template_version.c.template_id == tables.template.c.id)
            & (tables.template_version.c.number == tables.template.c.version),
        )
        .where(tables.template.c.project_id == project_id, tables.template.c.id.in_(ids))
    )
    return {TemplateId(row.id): TemplateVersionId(row.version_id) for row in rows}


def find_notes(
    tx: Tx, project_id: ProjectId, ids: Iterable[TemplateId]
) -> dict[TemplateId, dict[str, Any]]:
    """Map those templates (at most 1,000 asked) that have notes to them."""
    rows = tx.execute(
        select(tables.template_note).where(
            tables.template_note.c.project_id == project_id,
            tables.template_note.c.template_id.in_(sorted(set(ids))),
        )
    )
    return {TemplateId(row.template_id): row.note for row in rows}


def find_words(tx: Tx, project_id: ProjectId, digest: bytes) -> TemplateVersionId | None:
    """Find the version without a template that has these words."""
    found = tx.execute(
        select(tables.template_version.c.id).where(
            tables.template_version.c.project_id == project_id,
            tables.template_version.c.digest == digest,
        )
    ).scalar_one_or_none()
    return None if found is None else TemplateVersionId(found)


def find_texts_any_project(
    tx: Tx, ids: Sequence[TemplateVersionId]
) -> dict[TemplateVersionId, Text]:
    """Map versions to their texts, for the engine that sends for every project."""
    rows = tx.execute(select(tables.template_version).where(tables.template_version.c.id.in_(ids)))
    return {TemplateVersionId(row.id): _text(row) for row in rows}


def _asked(
    query: Select[*tuple[Any, ...]], project_id: ProjectId, asked: TemplateFilter | None
) -> Select[*tuple[Any, ...]]:
    query = query.where(tables.template.c.project_id == project_id)
    if asked is None:
        return query
    if asked.channel is not None:
        query = query.where(tables.template.c.channel == asked.channel)
    if asked.is_ai is not None:
        query = query.where(tables.template.c.is_ai == asked.is_ai)
    return query


def _template(row: Line) -> Template:
    return Template(
        TemplateId(row.id),
        ProjectId(row.project_id),
        row.name,
        Channel(row.channel),
        tuple(row.tags),
        TemplateVersionId(row.version_id),
        row.version,
        _text(row),
        row.created_at,
        row.updated_at,
        row.is_ai,
    )


def _version(row: Line) -> Version:
    return Version(row.number, _text(row), row.created_at)


def _text(row: Line) -> Text:
    return from_stored({part: getattr(row, part) for part in _PARTS})
