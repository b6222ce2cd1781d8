"""Start workflows whose turn comes by the calendar: dates of people, and schedules."""

from datetime import datetime, timedelta, tzinfo

from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import ContactFilter, ContactId
from beckon.domain.segments import queries as segments
from beckon.domain.segments.model import SegmentId
from beckon.domain.workflows import local_times, queries, writes
from beckon.domain.workflows.actions.entering import let_enter
from beckon.domain.workflows.model import Workflow
from beckon.domain.workflows.sights import project_zone
from beckon.domain.workflows.triggers import DateTrigger, ScheduleTrigger, Signal
from beckon.kit.time_zones import local_moment
from beckon.storage.schema import Tx

LATE_MAX = timedelta(hours=1)
"""A schedule nobody was there for is left out, not made up for: it was planned for its hour."""


def scan(tx: Tx, now: datetime, *, limit: int) -> bool:
    """Look at one piece of the people of one workflow. Returns whether there was any to look at."""
    claimed = writes.claim_scan_any_project(tx, now)
    if claimed is None:
        return False
    project_id, workflow_id = claimed
    workflow = queries.get_workflow(tx, project_id, workflow_id)
    due_at, scanned_to = queries.get_scan(tx, project_id, workflow_id)
    zone = project_zone(tx, project_id)
    match workflow.definition.trigger:
        case DateTrigger() as trigger:
            last = _scan_dates(tx, workflow, trigger, due_at, scanned_to, zone, now, limit=limit)
            following: datetime | None = due_at + timedelta(days=1)
        case ScheduleTrigger() as trigger:
            last = _scan_members(tx, workflow, trigger, due_at, scanned_to, now, limit=limit)
            following = local_times.next_occurrence(trigger, max(due_at, now - LATE_MAX), zone)
        case _:
            last, following = None, None
    values: dict[str, object] = {"scanned_to": last}
    if last is None:
        values["next_at"] = following
    writes.update_workflow(tx, project_id, workflow_id, values)
    return True


def _scan_dates(
    tx: Tx,
    workflow: Workflow,
    trigger: DateTrigger,
    due_at: datetime,
    scanned_to: ContactId | None,
    zone: tzinfo,
    now: datetime,
    *,
    limit: int,
) -> ContactId | None:
    """Let those enter whose day it is; gives whom the look has come to, None at the end.

    They enter ahead of their hour, and their runs begin at it: a day begins in the east while it
    is still the one before elsewhere.
    """
    day = local_times.day_of_scan(due_at)
    people = contacts.list_page(
        tx, workflow.project_id, ContactFilter(), before=scanned_to, limit=limit
    )
    signals = []
    for contact in people:
        told = local_times.read_date(contact.properties.get(trigger.field))
        if told is None or not local_times.falls_on(told, trigger, day):
            continue
        at = local_moment(
            datetime.combine(day, trigger.at), local_times.zone_of(contact.time_zone, zone)
        )
        if at >= workflow.listens_since:
            data = {"date": {"field": trigger.field, "day": day.isoformat()}}
            signals.append(Signal(f"date:{day}:{contact.id}", (), contact.id, at, data))
    if signals:
        let_enter(tx, workflow.project_id, workflow, signals, now)
    return people[-1].id if len(people) == limit else None


def _scan_members(
    tx: Tx,
    workflow: Workflow,
    trigger: ScheduleTrigger,
    due_at: datetime,
    scanned_to: ContactId | None,
    now: datetime,
    *,
    limit: int,
) -> ContactId | None:
    """Let those enter who are in the segment; gives whom the look has come to, None at the end."""
    if scanned_to is None and now - due_at > LATE_MAX:
        return None
    members = segments.list_members_after(
        tx,
        workflow.project_id,
        SegmentId(trigger.segment_id),
        after=scanned_to or ContactId(0),
        limit=limit,
    )
    turn = due_at.isoformat()
    signals = [
        Signal(f"turn:{turn}:{one.contact_id}", (), one.contact_id, due_at, {"turn": turn})
        for one in members
    ]
    if signals:
        let_enter(tx, workflow.project_id, workflow, signals, now)
    return members[-1].contact_id if len(members) == limit else None
