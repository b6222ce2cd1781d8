"""Event history: the log of a project, newest first, new lines as they come."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlencode

from starlette.responses import Response

from beckon.dashboard.visits import Page, Visit
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import AddressKind, ContactId
from beckon.domain.events import queries as events
from beckon.domain.events.model import Event, EventFilter
from beckon.kit.addresses import email_key
from beckon.storage.schema import Tx

ROWS = 50
JSON_CHARACTERS_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page is asked for; "" and None ask for all. Positions are exclusive."""

    name: str
    user: str
    before: int | None = None
    after: int | None = None

    @property
    def query(self) -> str:
        """The filters as part of an address."""
        return urlencode({k: v for k, v in (("name", self.name), ("user", self.user)) if v})


@dataclass(frozen=True, slots=True)
class Line:
    """An event as the page shows it; `json` is the whole of it, or its beginning."""

    id: str
    name: str
    person: str
    at: datetime
    json: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some lines of the log, newest first, and the places from which to go on."""

    events: list[Line]
    newest: str | None = None
    oldest: str | None = None
    skipped: int = 0


async def show(visit: Visit) -> Response:
    """Answer GET /events."""
    asked = replace(_asked(visit), after=None)
    stretch = await _read(visit, asked)
    return visit.page(
        "events.html",
        filters=asked,
        is_tail=asked.before is None,
        filters_query=asked.query,
        events=stretch.events,
        newest=stretch.newest,
        oldest=stretch.oldest,
        skipped=stretch.skipped,
    )


async def show_rows(visit: Visit) -> Response:
    """Answer GET /events/rows: what came since, or what came before."""
    asked = _asked(visit)
    stretch = await _read(visit, asked)
    if asked.after is not None and not stretch.events:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    return visit.bare_page(
        "events_rows.html",
        filters_query=asked.query,
        zone=visit.session.project.time_zone,
        events=stretch.events,
        newest=stretch.newest,
        oldest=stretch.oldest,
        skipped=stretch.skipped,
    )


def read_stretch(tx: Tx, project_id: ProjectId, asked: Asked) -> Stretch:
    """Read the stretch of the log that is asked for."""
    found = _filter(tx, project_id, asked)
    if found is None:
        return Stretch([], newest=None if asked.before is not None else str(asked.after or 0))
    if asked.after is not None:
        return _newer(tx, project_id, found, asked.after)
    if asked.before is not None:
        rows = events.list_events_before(
            tx, project_id, found, position=asked.before, limit=ROWS + 1
        )
    else:
        rows = events.list_events(tx, project_id, found, offset=0, limit=ROWS + 1)
    shown = rows[:ROWS]
    return Stretch(
        _lines(tx, project_id, shown),
        newest=None if asked.before is not None else str(shown[0].position if shown else 0),
        oldest=str(shown[-1].position) if len(rows) > ROWS else None,
    )


def _newer(tx: Tx, project_id: ProjectId, found: EventFilter, after: int) -> Stretch:
    rows = events.list_events_after(tx, project_id, found, position=after, limit=ROWS)
    came = len(rows)
    if came == ROWS:
        came = events.count_events_after(tx, project_id, found, position=after)
    return Stretch(
        _lines(tx, project_id, rows),
        newest=str(rows[0].position if rows else after),
        skipped=came - len(rows),
    )


def _filter(tx: Tx, project_id: ProjectId, asked: Asked) -> EventFilter | None:
    """Turn the page's words into a filter; None where nobody is of that id or address."""
    if not asked.user:
        return EventFilter(name=asked.name or None)
    by_id = contacts.find_ids_by_external_id(tx, project_id, [asked.user])
    contact_id = by_id.get(asked.user) or contacts.find_id_by_address(
        tx, project_id, AddressKind.EMAIL, email_key(asked.user)
    )
    if contact_id is None:
        return None
    return EventFilter(name=asked.name or None, contact_id=contact_id)


def _lines(tx: Tx, project_id: ProjectId, rows: Sequence[Event]) -> list[Line]:
    nameless = {
        event.contact_id
        for event in rows
        if event.contact_id is not None and event.external_id is None
    }
    people = contacts.list_contacts(tx, project_id, sorted(nameless))
    names = {person.id: person.email or person.phone or "" for person in people}
    return [_line(event, names) for event in rows]


def _line(event: Event, names: dict[ContactId, str]) -> Line:
    known = "" if event.contact_id is None else names.get(event.contact_id, "")
    person = event.external_id or known
    return Line(str(event.id), event.name, person, event.received_at, _print(event, person))


def _print(event: Event, person: str) -> str:
    whole = {
        "id": str(event.id),
        "name": event.name,
        "person": person or None,
        "key": event.key,
        "occurredAt": _utc(event.occurred_at),
        "receivedAt": _utc(event.received_at),
        "properties": event.properties,
    }
    text = json.dumps(whole, ensure_ascii=False, indent=2)
    if len(text) <= JSON_CHARACTERS_MAX:
        return text
    return (
        f"{text[:JSON_CHARACTERS_MAX]}\n… and {len(text) - JSON_CHARACTERS_MAX:,} characters more"
    )


def _utc(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _asked(visit: Visit) -> Asked:
    return Asked(
        name=visit.asked("name"),
        user=visit.asked("user"),
        before=visit.asked_number("before"),
        after=visit.asked_number("after"),
    )


async def _read(visit: Visit, asked: Asked) -> Stretch:
    project_id = visit.session.project.id
    return await visit.house.state.read(lambda tx: read_stretch(tx, project_id, asked))


PAGES = (Page(path="/events", get=show), Page(path="/events/rows", get=show_rows))
