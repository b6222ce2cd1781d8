"""SQL that changes news and inboxes. Private: only this slice's actions import it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, update

from beckon.domain.accounts.model import ProjectId
from beckon.domain.news import tables
from beckon.domain.news.model import NewInboxItem, NewsId, ReaderId, Reading
from beckon.storage import schema
from beckon.storage.schema import Tx, number_of


def insert_news(
    tx: Tx, project_id: ProjectId, *, title: str, body: str, is_published: bool, now: datetime
) -> NewsId:
    """Add an item."""
    added = tx.execute(
        insert(tables.news_item).values(
            project_id=project_id,
            title=title,
            body=body,
            is_published=is_published,
            published_at=now if is_published else None,
            created_at=now,
            updated_at=now,
        )
    )
    return NewsId(number_of(added))


def update_news(
    tx: Tx, project_id: ProjectId, news_id: NewsId, values: Mapping[str, object]
) -> None:
    """Set columns of one item."""
    tx.execute(
        update(tables.news_item)
        .where(tables.news_item.c.project_id == project_id, tables.news_item.c.id == news_id)
        .values(**values)
    )


def delete_news(tx: Tx, project_id: ProjectId, news_id: NewsId) -> None:
    """Take an item away."""
    tx.execute(
        delete(tables.news_item).where(
            tables.news_item.c.project_id == project_id, tables.news_item.c.id == news_id
        )
    )


def insert_inbox_items_any_project(
    tx: Tx, items: Sequence[tuple[ProjectId, NewInboxItem]], now: datetime
) -> None:
    """Add messages to inboxes; one that is there already stays as it is."""
    adding = schema.insert(tx, tables.inbox_item).on_conflict_do_nothing(
        index_elements=["project_id", "message_id"]
    )
    tx.execute(
        adding,
        [
            {
                "project_id": project_id,
                "contact_id": item.reader_id,
                "message_id": item.message_id,
                "title": item.title,
                "body": item.body,
                "link_url": item.link_url,
                "image_url": item.image_url,
                "data": dict(item.data),
                "created_at": now,
            }
            for project_id, item in items
        ],
    )


def update_inbox_read(
    tx: Tx,
    project_id: ProjectId,
    reader_id: ReaderId,
    reading: Reading,
    ids: Sequence[UUID] | None,
    now: datetime,
) -> None:
    """Note that a reader opened or clicked messages, all of them for None; first moments stay."""
    column = (
        tables.inbox_item.c.opened_at
        if reading is Reading.OPENED
        else tables.inbox_item.c.clicked_at
    )
    asked = update(tables.inbox_item).where(
        tables.inbox_item.c.project_id == project_id,
        tables.inbox_item.c.contact_id == reader_id,
        column.is_(None),
    )
    if ids is not None:
        asked = asked.where(tables.inbox_item.c.message_id.in_(ids))
    tx.execute(asked.values({column.name: now}))


def delete_inbox(tx: Tx, project_id: ProjectId, reader_id: ReaderId) -> None:
    """Empty a reader's inbox."""
    tx.execute(
        delete(tables.inbox_item).where(
            tables.inbox_item.c.project_id == project_id,
            tables.inbox_item.c.contact_id == reader_id,
        )
    )


def upsert_identity_secret(tx: Tx, project_id: ProjectId, sealed: bytes, now: datetime) -> None:
    """Keep the project's identity secret; the one before it is void."""
    values = {"sealed": sealed, "created_at": now}
    adding = schema.insert(tx, tables.identity_secret).values(project_id=project_id, **values)
    tx.execute(adding.on_conflict_do_update(index_elements=["project_id"], set_=values))
