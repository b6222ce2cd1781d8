"""SQL that changes templates. Private: only this slice's actions import it."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import insert, update

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel
from beckon.domain.templates import tables
from beckon.domain.templates.model import TemplateId, Text
from beckon.domain.templates.stored import to_stored
from beckon.storage import schema
from beckon.storage.schema import Tx, number_of


def insert_template(
    tx: Tx,
    project_id: ProjectId,
    *,
    name: str,
    channel: Channel,
    tags: tuple[str, ...],
    is_ai: bool,
    now: datetime,
) -> TemplateId:
    """Add a template whose first version is about to follow."""
    added = tx.execute(
        insert(tables.template).values(
            project_id=project_id,
            name=name,
            channel=channel,
            tags=list(tags),
            is_ai=is_ai,
            version=1,
            created_at=now,
            updated_at=now,
        )
    )
    return TemplateId(number_of(added))


def insert_version(
    tx: Tx, project_id: ProjectId, template_id: TemplateId, number: int, text: Text, now: datetime
) -> None:
    """Add a version; it never changes afterwards."""
    tx.execute(
        insert(tables.template_version).values(
            project_id=project_id,
            template_id=template_id,
            number=number,
            created_at=now,
            **to_stored(text),
        )
    )


def insert_words(tx: Tx, project_id: ProjectId, digest: bytes, text: Text, now: datetime) -> None:
    """Add a version that belongs to no template; one with this digest is left alone."""
    tx.execute(
        schema.insert(tx, tables.template_version)
        .values(project_id=project_id, digest=digest, created_at=now, **to_stored(text))
        .on_conflict_do_nothing(index_elements=["project_id", "digest"])
    )


def update_template(
    tx: Tx, project_id: ProjectId, template_id: TemplateId, values: Mapping[str, object]
) -> None:
    """Set columns of one template."""
    tx.execute(
        update(tables.template)
        .where(tables.template.c.project_id == project_id, tables.template.c.id == template_id)
        .values(**values)
    )


def upsert_note(
    tx: Tx, project_id: ProjectId, template_id: TemplateId, note: Mapping[str, object]
) -> None:
    """Keep what is to be remembered of a template besides its text."""
    adding = schema.insert(tx, tables.template_note).values(
        template_id=template_id, project_id=project_id, note=dict(note)
    )
    tx.execute(
        adding.on_conflict_do_update(index_elements=["template_id"], set_={"note": dict(note)})
    )
