"""The news feed: items that apps show, written, published and taken back here."""

from functools import partial
from http import HTTPStatus

from starlette.responses import Response

from beckon.dashboard.visits import EDITORS, Page, Visit, go_to, number_of
from beckon.domain.accounts.model import ProjectId
from beckon.domain.news import actions, queries
from beckon.domain.news.model import NewsId, NewsItem
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx

ROWS = 50


async def show_list(visit: Visit) -> Response:
    """Answer GET /news (?page=), the newest first."""
    project_id, page = visit.session.project.id, visit.asked_page()

    def read(tx: Tx) -> tuple[list[NewsItem], int]:
        found = queries.list_news(tx, project_id, offset=(page - 1) * ROWS, limit=ROWS)
        return found, queries.count_news(tx, project_id)

    rows, total = await visit.house.state.read(read)
    return visit.page(
        "news.html",
        rows=rows,
        newer=f"/news?page={page - 1}" if page > 1 else None,
        older=f"/news?page={page + 1}" if page * ROWS < total else None,
        is_editor=visit.session.role in EDITORS,
    )


async def show_new(visit: Visit) -> Response:
    """Answer GET /news/new."""
    visit.check_editor()
    return _form(visit, None, {"title": "", "body": "", "published": ""}, "")


async def show_edit(visit: Visit) -> Response:
    """Answer GET /news/{id}."""
    visit.check_editor()
    project_id, news_id = visit.session.project.id, _number(visit)
    item = await visit.house.state.read(lambda tx: queries.get_news(tx, project_id, news_id))
    typed = {"title": item.title, "body": item.body, "published": "on" * item.is_published}
    return _form(visit, news_id, typed, "")


async def create(visit: Visit) -> Response:
    """Answer POST /news/new."""
    return await _keep(visit, None)


async def update(visit: Visit) -> Response:
    """Answer POST /news/{id}."""
    return await _keep(visit, _number(visit))


async def delete(visit: Visit) -> Response:
    """Answer POST /news/{id}/delete."""
    visit.check_editor()
    project_id, news_id = visit.session.project.id, _number(visit)
    await visit.house.state.write(lambda tx: actions.delete(tx, project_id, news_id))
    return go_to("/news")


async def _keep(visit: Visit, news_id: NewsId | None) -> Response:
    visit.check_editor()
    typed = await visit.form("title", "body", "published")
    try:
        await visit.house.state.write(
            partial(
                _store,
                project_id=visit.session.project.id,
                news_id=news_id,
                typed=typed,
                visit=visit,
            )
        )
    except Invalid as refused:
        return _form(visit, news_id, typed, refused.message)
    return go_to("/news")


def _store(
    tx: Tx, project_id: ProjectId, *, news_id: NewsId | None, typed: dict[str, str], visit: Visit
) -> None:
    told = {"title": typed["title"], "body": typed["body"]}
    is_published = typed["published"] == "on"
    if news_id is None:
        actions.create(tx, project_id, **told, is_published=is_published, now=visit.now)
    else:
        actions.change(tx, project_id, news_id, **told, is_published=is_published, now=visit.now)


def _form(visit: Visit, news_id: NewsId | None, typed: dict[str, str], fault: str) -> Response:
    return visit.page(
        "news_form.html",
        status=HTTPStatus.BAD_REQUEST if fault else HTTPStatus.OK,
        news_id=news_id,
        typed=typed,
        fault=fault,
    )


def _number(visit: Visit) -> NewsId:
    number = number_of(visit.request.path_params["id"])
    if number is None:
        raise queries.NewsUnknown("There is no such news item.")
    return NewsId(number)


PAGES = (
    Page(path="/news", get=show_list),
    Page(path="/news/new", get=show_new, post=create),
    Page(path="/news/{id}", get=show_edit, post=update),
    Page(path="/news/{id}/delete", post=delete),
)
