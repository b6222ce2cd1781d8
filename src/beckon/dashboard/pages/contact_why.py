"""Why a person is in a segment, or is not: every part of its rule, and what decided."""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.responses import Response

from beckon.dashboard.pages.contact import number_in
from beckon.dashboard.pages.segment_sentences import RuleNames, read_names, sentence
from beckon.dashboard.visits import Page, Visit, number_of
from beckon.domain.accounts.model import Project
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import ContactId
from beckon.domain.segments import queries
from beckon.domain.segments.evaluating import explain
from beckon.domain.segments.facts import AsOf, Finding, needs
from beckon.domain.segments.loading import load_facts
from beckon.domain.segments.model import AllOf, AnyOf, NoneOf, SegmentId
from beckon.domain.segments.queries import SegmentUnknown
from beckon.domain.segments.writing import write
from beckon.kit import json
from beckon.storage.schema import Tx

GROUPS = {AllOf: "All of these", AnyOf: "At least one of these", NoneOf: "None of these"}


@dataclass(frozen=True, slots=True)
class Reason:
    """One part of a rule in words: whether it holds, and what was found, or when."""

    words: str
    holds: bool
    found: str | datetime = ""
    parts: list["Reason"] = field(default_factory=list)


async def show(visit: Visit) -> Response:
    """Answer GET /contacts/{id}/why/{segment}: a piece of the person's page."""
    project, contact_id = visit.session.project, number_in(visit)
    number = number_of(visit.request.path_params["segment"])
    if number is None:
        raise SegmentUnknown("There is no such segment.")
    reason = await visit.house.state.read(
        lambda tx: read_reason(tx, project, contact_id, SegmentId(number), visit.now)
    )
    return visit.bare_page("contact_why.html", reason=reason, zone=project.time_zone)


def read_reason(
    tx: Tx, project: Project, contact_id: ContactId, segment_id: SegmentId, now: datetime
) -> Reason | None:
    """Explain a segment by the facts of now; None for a list, which has no rule."""
    contact = contacts.get_contact(tx, project.id, contact_id)
    rule = queries.get_segment(tx, project.id, segment_id).rule
    if rule is None:
        return None
    facts = load_facts(tx, project.id, [contact.id], needs(rule))[contact.id]
    finding = explain(rule, facts, AsOf(now, ZoneInfo(project.time_zone)))
    return _reason(finding, read_names(tx, project.id))


def _reason(finding: Finding, names: RuleNames) -> Reason:
    parts = [_reason(part, names) for part in finding.parts]
    group = GROUPS.get(type(finding.rule))
    if group is not None:
        return Reason(group, finding.holds, parts=parts)
    found = "nothing" if finding.found is None else finding.found
    shown = found if isinstance(found, str | datetime) else json.text(found)
    return Reason(sentence(write(finding.rule), names), finding.holds, shown)


PAGES = (Page(path="/contacts/{id}/why/{segment}", get=show),)
