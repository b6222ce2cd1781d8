"""News in the Retenshun vocabulary: items for the feed, and the feed itself for browsers."""

from msgspec import Struct

from beckon.api.call import Call
from beckon.api.retenshun.objects import Deleted, Page, read_number
from beckon.api.times import write_moment, write_moment_or_none
from beckon.domain.news import actions, queries
from beckon.domain.news.model import NewsId, NewsItem


class NewsObject(Struct, rename="camel"):
    """A news item."""

    id: str
    title: str
    body: str
    published: bool
    published_at: str | None
    created_at: str
    updated_at: str


class CreateNews(Struct):
    """Body of POST /news."""

    title: str
    body: str
    published: bool = False


class UpdateNews(Struct):
    """Body of PUT and PATCH /news/:id; what is not given stays."""

    title: str | None = None
    body: str | None = None
    published: bool | None = None


class NewsAsked(Page):
    """Query of GET /news."""

    limit: int = 1000


class NewsList(Struct):
    """Reply to GET /news."""

    items: list[NewsObject]
    total: int
    page: int
    limit: int


class FeedItem(Struct, rename="camel"):
    """A published item, as readers see it."""

    id: str
    title: str
    body: str
    published_at: str | None


class Feed(Struct):
    """Reply to GET /client/news."""

    items: list[FeedItem]
    total: int
    page: int
    limit: int


def create_news(call: Call, body: CreateNews) -> NewsObject:
    """POST /news."""
    item = actions.create(
        call.tx,
        call.project_id,
        title=body.title,
        body=body.body,
        is_published=body.published,
        now=call.now,
    )
    return _object(item)


def list_news(call: Call, query: NewsAsked) -> NewsList:
    """GET /news, newest first, unpublished ones too."""
    query.check()
    found = queries.list_news(call.tx, call.project_id, offset=query.offset, limit=query.limit)
    total = queries.count_news(call.tx, call.project_id)
    return NewsList([_object(item) for item in found], total, query.page, query.limit)


def get_news(call: Call, news_id: str) -> NewsObject:
    """GET /news/:id."""
    return _object(queries.get_news(call.tx, call.project_id, _number(news_id)))


def update_news(call: Call, news_id: str, body: UpdateNews) -> NewsObject:
    """PUT and PATCH /news/:id."""
    item = actions.change(
        call.tx,
        call.project_id,
        _number(news_id),
        title=body.title,
        body=body.body,
        is_published=body.published,
        now=call.now,
    )
    return _object(item)


def delete_news(call: Call, news_id: str) -> Deleted:
    """DELETE /news/:id."""
    actions.delete(call.tx, call.project_id, _number(news_id))
    return Deleted()


def read_feed(call: Call, query: Page) -> Feed:
    """GET /client/news: what is published, the latest first; public keys may ask."""
    query.check()
    found = queries.list_published(call.tx, call.project_id, offset=query.offset, limit=query.limit)
    items = [
        FeedItem(f"news_{item.id}", item.title, item.body, write_moment_or_none(item.published_at))
        for item in found
    ]
    total = queries.count_published(call.tx, call.project_id)
    return Feed(items, total, query.page, query.limit)


def _object(item: NewsItem) -> NewsObject:
    return NewsObject(
        f"news_{item.id}",
        item.title,
        item.body,
        item.is_published,
        write_moment_or_none(item.published_at),
        write_moment(item.created_at),
        write_moment(item.updated_at),
    )


def _number(news_id: str) -> NewsId:
    return NewsId(read_number("news", news_id, "news item"))
