"""SQL that reads news and inboxes. Public: any room above may ask, and gets model values."""

from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.news import tables
from beckon.domain.news.model import InboxItem, NewsId, NewsItem, ReaderId
from beckon.kit.refusals import Unknown
from beckon.storage.schema import Line, Tx

LIST_MAX = 1000


class NewsUnknown(Unknown):
    """No such news item in this project."""

    code = "news_unknown"


class InboxItemUnknown(Unknown):
    """No such message in this reader's inbox; another's is just as unknown."""

    code = "inbox_item_unknown"


def get_news(tx: Tx, project_id: ProjectId, news_id: NewsId) -> NewsItem:
    """Return one item. Raises NewsUnknown."""
    row = tx.execute(
        select(tables.news_item).where(
            tables.news_item.c.project_id == project_id, tables.news_item.c.id == news_id
        )
    ).one_or_none()
    if row is None:
        raise NewsUnknown(f"There is no news item news_{news_id}.")
    return _news(row)


def list_news(
    tx: Tx, project_id: ProjectId, *, offset: int = 0, limit: int = LIST_MAX
) -> list[NewsItem]:
    """List all items, newest first."""
    rows = tx.execute(
        select(tables.news_item)
        .where(tables.news_item.c.project_id == project_id)
        .order_by(tables.news_item.c.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [_news(row) for row in rows]


def count_news(tx: Tx, project_id: ProjectId) -> int:
    """Count all items."""
    return _count(tx, tables.news_item.c.project_id == project_id)


def list_published(
    tx: Tx, project_id: ProjectId, *, offset: int = 0, limit: int = LIST_MAX
) -> list[NewsItem]:
    """List what may be read, the latest published first."""
    rows = tx.execute(
        select(tables.news_item)
        .where(tables.news_item.c.project_id == project_id, tables.news_item.c.is_published)
        .order_by(tables.news_item.c.published_at.desc(), tables.news_item.c.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [_news(row) for row in rows]


def count_published(tx: Tx, project_id: ProjectId) -> int:
    """Count what may be read."""
    published = (tables.news_item.c.project_id == project_id) & tables.news_item.c.is_published
    return _count(tx, published)


def get_inbox_item(
    tx: Tx, project_id: ProjectId, reader_id: ReaderId, message_id: UUID
) -> InboxItem:
    """Return one message of a reader's inbox. Raises InboxItemUnknown."""
    row = tx.execute(
        select(tables.inbox_item).where(
            _inbox(project_id, reader_id, is_opened=None),
            tables.inbox_item.c.message_id == message_id,
        )
    ).one_or_none()
    if row is None:
        raise InboxItemUnknown(f"There is no message msg_{message_id.hex} in this inbox.")
    return _inbox_item(row)


def list_inbox(
    tx: Tx,
    project_id: ProjectId,
    reader_id: ReaderId,
    *,
    is_opened: bool | None = None,
    offset: int = 0,
    limit: int = LIST_MAX,
) -> list[InboxItem]:
    """List a reader's inbox, newest first; `is_opened` None gives both kinds."""
    rows = tx.execute(
        select(tables.inbox_item)
        .where(_inbox(project_id, reader_id, is_opened=is_opened))
        .order_by(tables.inbox_item.c.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [_inbox_item(row) for row in rows]


def count_inbox(
    tx: Tx, project_id: ProjectId, reader_id: ReaderId, *, is_opened: bool | None = None
) -> int:
    """Count a reader's inbox; `is_opened` None counts both kinds."""
    return tx.execute(
        select(func.count())
        .select_from(tables.inbox_item)
        .where(_inbox(project_id, reader_id, is_opened=is_opened))
    ).scalar_one()


def find_identity_secret(tx: Tx, project_id: ProjectId) -> bytes | None:
    """Find the sealed secret by which users are proved; None where none was made."""
    sealed = tx.execute(
        select(tables.identity_secret.c.sealed).where(
            tables.identity_secret.c.project_id == project_id
        )
    ).scalar_one_or_none()
    return None if sealed is None else bytes(sealed)


def _inbox(
    project_id: ProjectId, reader_id: ReaderId, *, is_opened: bool | None
) -> ColumnElement[bool]:
    of_reader = (tables.inbox_item.c.project_id == project_id) & (
        tables.inbox_item.c.contact_id == reader_id
    )
    if is_opened is None:
        return of_reader
    opened = tables.inbox_item.c.opened_at
    return of_reader & (opened.is_not(None) if is_opened else opened.is_(None))


def _count(tx: Tx, asked: ColumnElement[bool]) -> int:
    return tx.execute(select(func.count()).select_from(tables.news_item).where(asked)).scalar_one()


def _news(row: Line) -> NewsItem:
    return NewsItem(
        NewsId(row.id),
        ProjectId(row.project_id),
        row.title,
        row.body,
        bool(row.is_published),
        row.published_at,
        row.created_at,
        row.updated_at,
    )


def _inbox_item(row: Line) -> InboxItem:
    return InboxItem(
        row.message_id,
        ReaderId(row.contact_id),
        row.title,
        row.body,
        row.link_url,
        row.image_url,
        row.data,
        row.created_at,
        row.opened_at,
        row.clicked_at,
    )
