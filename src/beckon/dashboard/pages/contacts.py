"""All contacts: looked for, filtered, paged by number, and added by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode

from starlette.responses import Response

from beckon.dashboard.pages.contact_form import (
    EMPTY,
    form_from,
    names_of,
    read_fields,
    read_profile,
    read_who,
)
from beckon.dashboard.visits import EDITORS, Page, Visit, go_to, number_of
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import actions, queries, rules
from beckon.domain.contacts.model import Channel, Contact, ContactFilter, ContactId
from beckon.domain.segments import queries as segments
from beckon.domain.segments.model import SegmentId, SegmentKind
from beckon.domain.subscriptions import queries as subscriptions
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx

ROWS = 50
LISTS_MAX = 500
SEARCH_CHARACTERS_MAX = 255
ACTIVITIES = {"active": True, "inactive": False}


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody in the list. `mark` says in a word why mail to many does not go there, if so."""

    contact: Contact
    is_confirmed: bool
    mark: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A page of the list; `total` is None where more than a page was found.

    `lists` are those that people may be put on.
    """

    rows: list[Row]
    total: int | None
    older: str | None
    lists: list[tuple[SegmentId, str]]


async def show_list(visit: Visit) -> Response:
    """Answer GET /contacts, the newest first."""
    project_id = visit.session.project.id
    asked, search, seen = _asked(visit), visit.asked("search"), visit.asked("seen")
    number = visit.asked_number("before")
    before = None if number is None else ContactId(number)
    stretch = await visit.house.state.read(lambda tx: read_stretch(tx, project_id, asked, before))
    words = urlencode({key: word for key, word in (("search", search), ("seen", seen)) if word})
    return visit.page(
        "contacts.html",
        rows=stretch.rows,
        total=stretch.total,
        words=words,
        search=search,
        seen=seen,
        newest=f"/contacts?{words}" if before is not None else None,
        here=urlencode([*parse_qsl(words), *([("before", before)] if before is not None else [])]),
        lists=stretch.lists,
        older=stretch.older and f"/contacts?{words}&before={stretch.older}",
        may_edit=visit.session.role in EDITORS,
    )


async def count(visit: Visit) -> Response:
    """Answer GET /contacts/count: how many the list is of, fetched once the page is there."""
    project_id, asked = visit.session.project.id, _asked(visit)
    total = await visit.house.state.read(lambda tx: queries.count_matching(tx, project_id, asked))
    return visit.bare_page("contacts_count.html", total=total)


async def show_new(visit: Visit) -> Response:
    """Answer GET /contacts/new."""
    visit.check_editor()
    fields = await read_fields(visit)
    return visit.page("contact_form.html", contact=None, form=EMPTY, fields=fields, fault="")


async def create(visit: Visit) -> Response:
    """Answer POST /contacts/new; who is known by the id or address is changed."""
    visit.check_editor()
    fields = await read_fields(visit)
    form = form_from(await visit.form(*names_of(fields)), fields)
    try:
        who, profile = read_who(form), read_profile(form, (), fields, {})
        made = await visit.house.state.write(
            partial(
                actions.identify,
                project_id=visit.session.project.id,
                who=who,
                profile=profile,
                now=visit.now,
            )
        )
    except Invalid as refused:
        return visit.page(
            "contact_form.html",
            status=HTTPStatus.BAD_REQUEST,
            contact=None,
            form=form,
            fields=fields,
            fault=refused.message,
        )
    visit.house.after_write()
    return go_to(f"/contacts/{made}")


def read_stretch(
    tx: Tx, project_id: ProjectId, asked: ContactFilter, before: ContactId | None
) -> Stretch:
    """Read a page of the list; somebody whose contact number is asked for stands first."""
    found = queries.list_page(tx, project_id, asked, before=before, limit=ROWS + 1)
    shown = found[:ROWS]
    total = len(found) if before is None and len(found) <= ROWS else None
    named = _find_by_number(tx, project_id, asked.search) if before is None else None
    if named is not None and named not in shown:
        shown = [named, *shown]
        total = None if total is None else total + 1
    return Stretch(
        _rows(tx, project_id, shown),
        total,
        str(found[ROWS - 1].id) if len(found) > ROWS else None,
        segments.list_names(tx, project_id, kind=SegmentKind.STATIC, limit=LISTS_MAX),
    )


def _asked(visit: Visit) -> ContactFilter:
    """Read what the list is to hold. Raises Invalid."""
    search = visit.asked("search")
    if len(search) > SEARCH_CHARACTERS_MAX:
        raise Invalid(f"search must have at most {SEARCH_CHARACTERS_MAX} characters.")
    return ContactFilter(
        search=search or None,
        is_active=ACTIVITIES.get(visit.asked("seen")),
        active_since=visit.now - rules.ACTIVE_FOR,
    )


def _find_by_number(tx: Tx, project_id: ProjectId, search: str | None) -> Contact | None:
    number = number_of((search or "").removeprefix("contact_"))
    if number is None:
        return None
    found = queries.list_contacts(tx, project_id, [ContactId(number)])
    return found[0] if found else None


def _rows(tx: Tx, project_id: ProjectId, people: Sequence[Contact]) -> list[Row]:
    addresses = [(Channel.EMAIL, one.email) for one in people if one.email]
    standings = subscriptions.find_standings(tx, project_id, addresses)
    rows = []
    for one in people:
        standing = standings.get((Channel.EMAIL, one.email or ""))
        is_confirmed = one.email_confirmed_at is not None
        mark = ""
        if standing is not None:
            is_confirmed = is_confirmed and standing.is_confirmed
            mark = "Suppressed" if standing.suppression else ""
            mark = mark or ("Unsubscribed" if standing.unsubscribed_at else "")
        rows.append(Row(one, is_confirmed, mark))
    return rows


PAGES = (
    Page(path="/contacts", get=show_list),
    Page(path="/contacts/count", get=count),
    Page(path="/contacts/new", get=show_new, post=create),
)
