"""Segments: the list, and each with its people, its growth and why somebody is in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from starlette.responses import Response

from beckon.dashboard.pages.looking import NAMES_MAX, Listing, pick, read_asked
from beckon.dashboard.pages.segment_form import number_asked, rules_of
from beckon.dashboard.pages.segment_sentences import Line, RuleNames, lines_of, read_names
from beckon.dashboard.visits import Page, Visit, go_to
from beckon.domain.accounts.model import ProjectId
from beckon.domain.campaigns.actions import refuse_segment_in_use as refuse_in_campaigns
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import Contact, ContactFilter, ContactId
from beckon.domain.segments import actions, explaining, queries
from beckon.domain.segments.facts import Finding
from beckon.domain.segments.model import AllOf, Membership, Segment, SegmentId, SegmentKind
from beckon.domain.workflows.actions.using import refuse_segment_in_use as refuse_in_workflows
from beckon.storage.schema import Tx

MEMBERS = 25
LIST_DAYS = 30
CHART_DAYS = 90
LEVELS = 100
STATES = {"conditions": SegmentKind.DYNAMIC, "list": SegmentKind.STATIC}


@dataclass(frozen=True, slots=True)
class Chart:
    """A line of sizes as an SVG of 100 by 100 draws it, and what its edges stand for."""

    points: str
    low: int
    high: int
    first: int
    last: int


async def show_list(visit: Visit) -> Response:
    """Answer GET /segments, the newest first."""
    project_id = visit.session.project.id
    asked = read_asked(visit, "/segments", STATES)

    def read(tx: Tx) -> tuple[list[tuple[Segment, Chart]], Listing]:
        kind = STATES.get(asked.state)
        named = queries.list_names(tx, project_id, kind=kind, limit=NAMES_MAX)
        ids, listing = pick(named, asked)
        found = queries.find_segments(tx, project_id, ids)
        sizes = queries.list_growth(tx, project_id, ids, now=visit.now, days=LIST_DAYS)
        rows = [(one, chart_of(sizes[one.id])) for one in found]
        return rows, listing

    rows, listing = await visit.house.state.read(read)
    return visit.page(
        "segments.html",
        rows=rows,
        listing=listing,
        is_moving=any(one.computed_at is None for one, _ in rows),
    )


async def show(visit: Visit) -> Response:
    """Answer GET /segments/{id} (?after=): its rule, its growth, and its people by number."""
    project_id, number = visit.session.project.id, number_asked(visit)
    after = ContactId(visit.asked_number("after") or 0)

    def read(tx: Tx) -> tuple[Segment, list[int], list[tuple[Contact, Membership]], int | None]:
        segment = queries.get_segment(tx, project_id, number)
        sizes = queries.list_growth(tx, project_id, [number], now=visit.now, days=CHART_DAYS)
        members, following = read_members(tx, project_id, number, after)
        return segment, sizes[number], members, following

    segment, sizes, members, following = await visit.house.state.read(read)
    names = await visit.house.state.read(partial(read_names, project_id=project_id))
    return visit.page(
        "segment.html",
        segment=segment,
        lines=[] if segment.rule is None else lines_of(rules_of(segment.rule), names),
        chart=chart_of(sizes),
        days=CHART_DAYS,
        members=members,
        after=after,
        following=following,
        is_moving=segment.computed_at is None,
    )


async def explain(visit: Visit) -> Response:
    """Answer GET /segments/{id}/explain (?who=): why somebody is in it, or is not."""
    project_id, number, who = visit.session.project.id, number_asked(visit), visit.asked("who")

    def read(tx: Tx) -> tuple[Contact, Finding, bool] | None:
        segment = queries.get_segment(tx, project_id, number)
        person = _find_person(tx, project_id, who)
        if person is None or segment.rule is None:
            return None
        rule = segment.rule if isinstance(segment.rule, AllOf) else AllOf((segment.rule,))
        finding = explaining.explain_rule(tx, project_id, rule, person.id, visit.now)
        members = queries.find_members(tx, project_id, number, [person.id])
        return person, finding, person.id in members

    found = await visit.house.state.read(read) if who else None
    if found is None:
        return visit.bare_page("segment_explain.html", who=who, person=None)
    person, finding, is_member = found
    names = await visit.house.state.read(partial(read_names, project_id=project_id))
    return visit.bare_page(
        "segment_explain.html",
        who=who,
        person=person,
        holds=finding.holds,
        is_member=is_member,
        parts=_told(finding.parts, names),
    )


async def delete(visit: Visit) -> Response:
    """Answer POST /segments/{id}/delete; what is in use stays, and its page says by what."""
    visit.check_editor()
    project_id, number = visit.session.project.id, number_asked(visit)

    def take_away(tx: Tx) -> None:
        refuse_in_campaigns(tx, project_id, number)
        refuse_in_workflows(tx, project_id, number)
        actions.delete(tx, project_id, number, visit.now)

    await visit.house.state.write(take_away)
    return go_to("/segments")


def read_members(
    tx: Tx, project_id: ProjectId, segment_id: SegmentId, after: ContactId
) -> tuple[list[tuple[Contact, Membership]], int | None]:
    """Read a page of people behind a number, and the number the next page goes on behind."""
    found = queries.list_members_after(tx, project_id, segment_id, after=after, limit=MEMBERS + 1)
    shown = found[:MEMBERS]
    people = contacts.list_contacts(tx, project_id, [one.contact_id for one in shown])
    by_id = {person.id: person for person in people}
    rows = [(by_id[one.contact_id], one) for one in shown if one.contact_id in by_id]
    return rows, shown[-1].contact_id if len(found) > MEMBERS else None


def chart_of(sizes: Sequence[int]) -> Chart:
    """Lay sizes out from left to right, the smallest at the bottom; alike, in the middle."""
    low, high = min(sizes), max(sizes)
    spread = high - low
    wide = max(1, len(sizes) - 1)
    level = LEVELS / 2 if high else LEVELS
    points = [
        f"{place * LEVELS / wide:.1f},{LEVELS - (size - low) * LEVELS / spread:.1f}"
        if spread
        else f"{place * LEVELS / wide:.1f},{level:.1f}"
        for place, size in enumerate(sizes)
    ]
    return Chart(" ".join(points), low, high, sizes[0], sizes[-1])


def _told(parts: Sequence[Finding], names: RuleNames) -> list[tuple[Finding, Line]]:
    """Go through the parts of an explanation, each with its words and how deep it stands."""
    told: list[tuple[Finding, Line]] = []

    def tell(finding: Finding, depth: int) -> None:
        (line, *_) = lines_of(rules_of(AllOf((finding.rule,))), names)
        told.append((finding, Line(line.words, depth)))
        for part in finding.parts:
            tell(part, depth + 1)

    for part in parts:
        tell(part, 0)
    return told


def _find_person(tx: Tx, project_id: ProjectId, who: str) -> Contact | None:
    found = contacts.find_contact_by_external_id(tx, project_id, who)
    if found is not None:
        return found
    matching = contacts.list_page(
        tx, project_id, ContactFilter(search=who), before=None, offset=0, limit=1
    )
    return matching[0] if matching else None


PAGES = (
    Page(path="/segments", get=show_list),
    Page(path="/segments/{id}", get=show),
    Page(path="/segments/{id}/explain", get=explain),
    Page(path="/segments/{id}/delete", post=delete),
)
