"""Event types: what happens, how often, what it tells and must tell, which workflows it starts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from starlette.responses import Response

from beckon.dashboard import flashes
from beckon.dashboard.visits import EDITORS, Page, Visit, go_to, number_of
from beckon.domain.accounts.model import ProjectId
from beckon.domain.events import actions, queries
from beckon.domain.events.model import Event, EventFilter, EventType
from beckon.domain.reports.analytics import list_top_events
from beckon.domain.reports.model import TOP_MAX, Period, Ranked
from beckon.domain.workflows.model import Workflow
from beckon.domain.workflows.queries import list_started_by
from beckon.domain.workflows.triggers import event_key
from beckon.kit import json
from beckon.kit.refusals import Invalid, Unknown
from beckon.storage.analytics.client import AnalyticsUnavailable, QuestionTooLong
from beckon.storage.schema import Tx

TYPES_MAX = 1_000
SAMPLE = 100
VALUE_CHARACTERS_MAX = 80
DAYS = 30


class EventTypeUnknown(Unknown):
    """No such kind of event in this project."""

    code = "event_type_unknown"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A property seen in events: in how many of those looked at, and its latest value as text."""

    name: str
    count: int
    sample: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One kind of event, what its latest events told and what they must, and whom it starts."""

    type: EventType
    looked_at: int
    parameters: Sequence[Parameter]
    workflows: Sequence[Workflow]
    required: Sequence[str]


async def show_list(visit: Visit) -> Response:
    """Answer GET /event-types, by name, with the counts of thirty days where they can be told."""
    project_id = visit.session.project.id
    types, started = await visit.house.state.read(lambda tx: read_types(tx, project_id))
    counts = await _counts(visit)
    return visit.page("event_types.html", types=types, started=started, counts=counts, days=DAYS)


async def show(visit: Visit) -> Response:
    """Answer GET /event-types/{id}."""
    return await _page(visit, None, "")


async def require(visit: Visit) -> Response:
    """Answer POST /event-types/{id}: which parameters such events must tell, one to a line."""
    visit.check_editor()
    form = await visit.form("required")
    number = number_of(visit.request.path_params["id"])
    project_id = visit.session.project.id

    def keep(tx: Tx) -> None:
        actions.require(
            tx,
            project_id,
            _get_type(tx, project_id, number).name,
            form["required"].splitlines(),
            actor=visit.session.person.email,
            now=visit.now,
        )

    try:
        await visit.house.state.write(keep)
    except Invalid as refused:
        return await _page(visit, form["required"], refused.message)
    response = go_to(f"/event-types/{number}")
    flashes.leave(response, flashes.REQUIRED_SAVED)
    return response


def read_types(
    tx: Tx, project_id: ProjectId
) -> tuple[list[EventType], Mapping[str, list[Workflow]]]:
    """Read the kinds of events, and by their compared names the workflows each starts."""
    types = queries.list_types(tx, project_id, limit=TYPES_MAX)
    keys = {event_key(one.name): one.key for one in types}
    found = list_started_by(tx, project_id, keys)
    return types, {keys[key]: workflows for key, workflows in found.items()}


def read_type(tx: Tx, project_id: ProjectId, number: int | None) -> Shown:
    """Read one kind of event. Raises EventTypeUnknown."""
    found = _get_type(tx, project_id, number)
    latest = queries.list_events(
        tx, project_id, EventFilter(name=found.name), offset=0, limit=SAMPLE
    )
    key = event_key(found.name)
    started = list_started_by(tx, project_id, [key]).get(key, [])
    required = queries.find_required(tx, project_id, [found.key]).get(found.key, [])
    return Shown(found, len(latest), parameters_of(latest), started, required)


def parameters_of(latest: Sequence[Event]) -> list[Parameter]:
    """Tell what events told, the parameters that come most often first."""
    counted: dict[str, int] = {}
    samples: dict[str, object] = {}
    for event in latest:
        for name, value in event.properties.items():
            counted[name] = counted.get(name, 0) + 1
            samples.setdefault(name, value)
    ordered = sorted(counted, key=lambda name: (-counted[name], name))
    return [Parameter(name, counted[name], _shortened(samples[name])) for name in ordered]


def _get_type(tx: Tx, project_id: ProjectId, number: int | None) -> EventType:
    types = queries.list_types(tx, project_id, limit=TYPES_MAX)
    found = [one for one in types if one.id == number]
    if not found:
        raise EventTypeUnknown("There is no such event type.")
    return found[0]


async def _page(visit: Visit, typed: str | None, fault: str) -> Response:
    number = number_of(visit.request.path_params["id"])
    project_id = visit.session.project.id
    shown = await visit.house.state.read(lambda tx: read_type(tx, project_id, number))
    return visit.page(
        "event_type.html",
        status=HTTPStatus.BAD_REQUEST if fault else HTTPStatus.OK,
        shown=shown,
        typed="\n".join(shown.required) if typed is None else typed,
        fault=fault,
        may_edit=visit.session.role in EDITORS,
    )


def _shortened(value: object) -> str:
    text = value if isinstance(value, str) else json.text(value)
    return text if len(text) <= VALUE_CHARACTERS_MAX else f"{text[:VALUE_CHARACTERS_MAX]}…"


async def _counts(visit: Visit) -> Mapping[str, Ranked] | None:
    """Ask how often each kind happened; None where nobody can tell just now."""
    project = visit.session.project
    period = Period(visit.now - timedelta(days=DAYS), visit.now, project.time_zone)
    try:
        ranked = await list_top_events(visit.house.analytics, project.id, period, limit=TOP_MAX)
    except (AnalyticsUnavailable, QuestionTooLong):
        return None
    return {one.name: one for one in ranked}


PAGES = (
    Page(path="/event-types", get=show_list),
    Page(path="/event-types/{id}", get=show, post=require),
)
