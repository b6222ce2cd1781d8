"""Builds a segment's rule by form: rows come and go, and who is meant is counted on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from beckon.dashboard.pages import segment_orders
from beckon.dashboard.pages.segment_draft import (
    Row,
    act,
    is_unfinished,
    read_rows,
    rows_of,
    write_rules,
)
from beckon.dashboard.visits import Page, Visit, go_to, number_of
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import Channel, Contact, ContactId
from beckon.domain.events.queries import list_types
from beckon.domain.segments import actions, analytics, explaining, queries
from beckon.domain.segments.model import AllOf, Outcome, Reach, Rule, Segment, SegmentId
from beckon.domain.segments.parsing import parse
from beckon.domain.segments.writing import write
from beckon.kit.refusals import Invalid, Kind, Refusal
from beckon.storage.schema import Tx

SAMPLE = 5
UNFINISHED = "Say in every condition what it asks about; then everybody it holds for is counted."
CHOICES_MAX = 500
STATES = {
    Reach.ADDRESSED: "has an address",
    Reach.CONFIRMED: "is confirmed",
    Reach.SUBSCRIBED: "may get bulk mail",
}
START = Row("group", {"combinator": "and"}, (Row("property"),))


@dataclass(frozen=True, slots=True)
class Draft:
    """A segment as it is typed."""

    name: str = ""
    description: str = ""
    kind: str = "dynamic"
    root: Row = START


async def show_new(visit: Visit) -> Response:
    """Answer GET /segments/new."""
    visit.check_editor()
    return await _page(visit, None, Draft(), "")


async def create(visit: Visit) -> Response:
    """Answer POST /segments/new."""
    return await _keep(visit, None)


async def show_edit(visit: Visit) -> Response:
    """Answer GET /segments/{id}/edit."""
    visit.check_editor()
    project_id, number = visit.session.project.id, number_asked(visit)
    segment = await visit.house.state.read(lambda tx: queries.get_segment(tx, project_id, number))
    root = START if segment.rule is None else rows_of(rules_of(segment.rule))
    draft = Draft(segment.name, segment.description or "", segment.kind, root)
    return await _page(visit, segment.id, draft, "")


async def update(visit: Visit) -> Response:
    """Answer POST /segments/{id}/edit."""
    return await _keep(visit, number_asked(visit))


async def rebuild(visit: Visit) -> Response:
    """Answer POST /segments/builder: the rows again, one more or fewer."""
    visit.check_editor()
    pairs = await visit.pairs()
    given = dict(pairs)
    draft = _draft(pairs)
    draft = Draft(draft.name, draft.description, draft.kind, act(draft.root, given.get("act", "")))
    if "hx-request" not in visit.request.headers:
        number = number_of(given.get("segment_id", ""))
        return await _page(visit, None if number is None else SegmentId(number), draft, "")
    choices = await visit.house.state.read(partial(_choices, project_id=visit.session.project.id))
    return visit.bare_page("segment_builder.html", root=draft.root, choices=choices)


async def preview(visit: Visit) -> Response:
    """Answer POST /segments/preview: how many are meant, and a few of them."""
    project_id, house = visit.session.project.id, visit.house
    root = read_rows(await visit.pairs())
    if not root.rows or is_unfinished(root):
        return visit.bare_page("segment_preview.html", fault=UNFINISHED)
    try:
        rule = parse(write_rules(root))
        as_of = await house.state.read(
            partial(explaining.find_as_of, project_id=project_id, now=visit.now)
        )
        counted = await analytics.count(house.analytics, project_id, rule, as_of)
        some = await analytics.list_some(house.analytics, project_id, rule, as_of, limit=SAMPLE)
        missing = [] if counted else await analytics.list_missing(house.analytics, project_id, rule)
    except Refusal as refused:
        if refused.kind not in {Kind.INVALID, Kind.UNAVAILABLE}:
            raise
        return visit.bare_page("segment_preview.html", fault=refused.message)
    people = await house.state.read(partial(_people, project_id=project_id, ids=some))
    return visit.bare_page(
        "segment_preview.html", fault="", counted=counted, people=people, missing=missing
    )


def rules_of(rule: Rule) -> Sequence[Mapping[str, Any]]:
    """Write a rule as a list of which all must hold."""
    return [write(one) for one in rule.rules] if isinstance(rule, AllOf) else [write(rule)]


def number_asked(visit: Visit) -> SegmentId:
    """Read which segment the path is about. Raises SegmentUnknown."""
    number = number_of(visit.request.path_params["id"])
    if number is None:
        raise queries.SegmentUnknown("There is no such segment.")
    return SegmentId(number)


async def _keep(visit: Visit, segment_id: SegmentId | None) -> Response:
    visit.check_editor()
    draft = _draft(await visit.pairs())
    try:
        rule = None if draft.kind == "static" else parse(write_rules(draft.root))
        kept = await visit.house.state.write(
            partial(
                _store,
                project_id=visit.session.project.id,
                segment_id=segment_id,
                draft=draft,
                rule=rule,
                now=visit.now,
            )
        )
    except Invalid as refused:
        return await _page(visit, segment_id, draft, refused.message)
    visit.house.after_write()
    return go_to(f"/segments/{kept.id}")


def _store(
    tx: Tx,
    project_id: ProjectId,
    segment_id: SegmentId | None,
    draft: Draft,
    rule: Rule | None,
    now: datetime,
) -> Segment:
    name, about = draft.name, draft.description or None
    if segment_id is None:
        return actions.create(tx, project_id, name=name, rule=rule, description=about, now=now)
    return actions.change(
        tx, project_id, segment_id, name=name, rule=rule, description=about, now=now
    )


def _draft(pairs: Sequence[tuple[str, str]]) -> Draft:
    given = dict(pairs)
    return Draft(
        given.get("name", ""),
        given.get("description", ""),
        given.get("kind", "dynamic"),
        read_rows(pairs),
    )


def _choices(tx: Tx, project_id: ProjectId) -> dict[str, object]:
    segments = queries.list_segments(tx, project_id, offset=0, limit=CHOICES_MAX)
    types = list_types(tx, project_id, limit=CHOICES_MAX)
    return {
        "measures": list(segment_orders.MEASURES.items()),
        "amounts": list(segment_orders.OPERATORS.items()),
        "statuses": [("", "in any state"), *segment_orders.STATUSES.items()],
        "events": list(dict.fromkeys(one.name for one in types)),
        "segments": [(one.id, one.name) for one in segments],
        "channels": [(one.name, one.name.replace("_", " ").capitalize()) for one in Channel],
        "states": [(one.value, STATES[one]) for one in Reach],
        "outcomes": [(one.value, one.value) for one in Outcome],
    }


def _people(tx: Tx, project_id: ProjectId, ids: Sequence[ContactId]) -> list[Contact]:
    return contacts.list_contacts(tx, project_id, ids)


async def _page(visit: Visit, segment_id: SegmentId | None, draft: Draft, fault: str) -> Response:
    choices = await visit.house.state.read(partial(_choices, project_id=visit.session.project.id))
    return visit.page(
        "segment_form.html",
        status=HTTPStatus.BAD_REQUEST if fault else HTTPStatus.OK,
        segment_id=segment_id,
        draft=draft,
        root=draft.root,
        choices=choices,
        fault=fault,
    )


PAGES = (
    Page(path="/segments/new", get=show_new, post=create),
    Page(path="/segments/builder", post=rebuild),
    Page(path="/segments/preview", post=preview),
    Page(path="/segments/{id}/edit", get=show_edit, post=update),
)
