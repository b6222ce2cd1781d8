"""Templates: the list, by channel and name."""

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from beckon.dashboard.visits import EDITORS, Page, Visit
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel
from beckon.domain.templates import queries
from beckon.domain.templates.model import Template
from beckon.domain.templates.queries import TemplateFilter
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx

ROWS = 50
NAMES_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page is asked for; "" and None ask for all. Pages count from 1."""

    channel: Channel | None
    search: str
    page: int


async def show(visit: Visit) -> Response:
    """Answer GET /templates, the newest first."""
    project_id = visit.session.project.id
    asked = Asked(read_channel(visit.asked("channel")), visit.asked("search"), visit.asked_page())
    rows, has_more = await visit.house.state.read(lambda tx: read_rows(tx, project_id, asked))
    return visit.page(
        "templates.html",
        templates=rows,
        channels=list(Channel),
        channel=asked.channel,
        search=asked.search,
        newer=_address(asked, asked.page - 1) if asked.page > 1 else None,
        older=_address(asked, asked.page + 1) if has_more else None,
        may_edit=visit.session.role in EDITORS,
    )


def read_rows(tx: Tx, project_id: ProjectId, asked: Asked) -> tuple[list[Template], bool]:
    """Read a page of the list, and whether there is more behind it.

    A search looks for a part of the name in any case, which no store can be asked alike.
    """
    offset = (asked.page - 1) * ROWS
    if not asked.search:
        found = queries.list_templates(
            tx, project_id, TemplateFilter(asked.channel), offset=offset, limit=ROWS + 1
        )
        return found[:ROWS], len(found) > ROWS
    part = asked.search.casefold()
    names = queries.list_names(tx, project_id, channel=asked.channel, limit=NAMES_MAX)
    ids = [number for number, name in names if part in name.casefold()]
    shown = ids[offset : offset + ROWS]
    by_id = queries.find_templates(tx, project_id, shown)
    return [by_id[number] for number in shown], len(ids) > offset + ROWS


def read_channel(name: str) -> Channel | None:
    """Read a channel's name; None for "". Raises Invalid."""
    if not name:
        return None
    try:
        return Channel(name)
    except ValueError:
        raise Invalid("channel must be the name of a channel.") from None


def _address(asked: Asked, page: int) -> str:
    words = {"channel": asked.channel, "search": asked.search, "page": page if page > 1 else None}
    return f"/templates?{urlencode({key: word for key, word in words.items() if word})}"


PAGES = (Page(path="/templates", get=show),)
