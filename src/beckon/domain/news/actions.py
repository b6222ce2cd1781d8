"""What can be done with news and inboxes. Each action runs inside the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from beckon.domain.accounts.actions import audit
from beckon.domain.accounts.model import ProjectId
from beckon.domain.news import queries, rules, writes
from beckon.domain.news.model import (
    NewInboxItem,
    NewsId,
    NewsItem,
    ReaderId,
    Reading,
)
from beckon.storage.schema import Tx


def create(
    tx: Tx, project_id: ProjectId, *, title: str, body: str, is_published: bool, now: datetime
) -> NewsItem:
    """Add a news item. Raises Invalid for a title or body that cannot be taken."""
    news_id = writes.insert_news(
        tx,
        project_id,
        title=rules.check_title(title),
        body=rules.check_body(body),
        is_published=is_published,
        now=now,
    )
    return queries.get_news(tx, project_id, news_id)


def change(
    tx: Tx,
    project_id: ProjectId,
    news_id: NewsId,
    *,
    title: str | None,
    body: str | None,
    is_published: bool | None,
    now: datetime,
) -> NewsItem:
    """Change what is given of an item. The moment it was first published stays.

    Raises NewsUnknown, and Invalid as `create` does.
    """
    known = queries.get_news(tx, project_id, news_id)
    is_out = known.is_published if is_published is None else is_published
    values = {
        "title": known.title if title is None else rules.check_title(title),
        "body": known.body if body is None else rules.check_body(body),
        "is_published": is_out,
        "published_at": known.published_at or (now if is_out else None),
        "updated_at": now,
    }
    writes.update_news(tx, project_id, news_id, values)
    return queries.get_news(tx, project_id, news_id)


def delete(tx: Tx, project_id: ProjectId, news_id: NewsId) -> None:
    """Take an item away. Raises NewsUnknown."""
    queries.get_news(tx, project_id, news_id)
    writes.delete_news(tx, project_id, news_id)


def deliver_any_project(
    tx: Tx, items: Sequence[tuple[ProjectId, NewInboxItem]], now: datetime
) -> None:
    """Put messages into inboxes; the same message again changes nothing."""
    if items:
        writes.insert_inbox_items_any_project(tx, items, now)


def read_all(
    tx: Tx, project_id: ProjectId, reader_id: ReaderId, ids: Sequence[UUID] | None, now: datetime
) -> None:
    """Mark messages of a reader's inbox as opened, all for None; others' are left alone."""
    writes.update_inbox_read(tx, project_id, reader_id, Reading.OPENED, ids, now)


def note_reading(
    tx: Tx,
    project_id: ProjectId,
    reader_id: ReaderId,
    message_id: UUID,
    reading: Reading,
    now: datetime,
) -> None:
    """Note what a reader did with a message. Raises InboxItemUnknown; again is harmless."""
    queries.get_inbox_item(tx, project_id, reader_id, message_id)
    writes.update_inbox_read(tx, project_id, reader_id, Reading.OPENED, [message_id], now)
    if reading is Reading.CLICKED:
        writes.update_inbox_read(tx, project_id, reader_id, Reading.CLICKED, [message_id], now)


def forget_reader(tx: Tx, project_id: ProjectId, reader_id: ReaderId) -> None:
    """Take away all that was sent to somebody, for good."""
    writes.delete_inbox(tx, project_id, reader_id)


def keep_identity_secret(
    tx: Tx, project_id: ProjectId, sealed: bytes, *, actor: str, now: datetime
) -> None:
    """Prove users by a new secret, which comes sealed; hashes made with the last one are void."""
    writes.upsert_identity_secret(tx, project_id, sealed, now)
    audit(tx, project_id, actor, "identity_secret.rotated", now)
