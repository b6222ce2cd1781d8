"""What happened in a period, as the signals a trigger would have heard, in the order of time.

What was told late counts at the moment it happened: a dry run over imported history is as if
Beckon had been there.
"""

import heapq
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import ContactFilter, ContactId
from beckon.domain.segments import queries as segments
from beckon.domain.segments.model import SegmentId
from beckon.domain.workflows import local_times, past
from beckon.domain.workflows.model import Definition
from beckon.domain.workflows.planning import walk
from beckon.domain.workflows.sights import project_zone
from beckon.domain.workflows.steps import WaitForEvent
from beckon.domain.workflows.triggers import (
    DateTrigger,
    ScheduleTrigger,
    Side,
    Signal,
    event_key,
    keys_of,
    segment_key,
)
from beckon.kit.time_zones import local_moment
from beckon.storage.schema import Tx

PAGE = 5000


def keys_heard(definition: Definition) -> set[str]:
    """List the keys of all signals that mean something to a version."""
    manners = definition.manners
    keys = set(keys_of(definition.trigger))
    keys |= {event_key(way_out.event_name) for way_out in manners.exits}
    keys |= {
        event_key(step.event_name)
        for step in walk(definition.steps)
        if isinstance(step, WaitForEvent)
    }
    if manners.goal is not None:
        keys.add(event_key(manners.goal.event_name))
    if manners.stays_in is not None:
        keys.add(segment_key(manners.stays_in, Side.LEFT))
    return keys


def replay(
    tx: Tx,
    project_id: ProjectId,
    definition: Definition,
    since: datetime,
    until: datetime,
    contact_id: ContactId | None,
) -> Iterator[Signal]:
    """Give the signals of a period, its end excluded; of one contact, or of all."""
    keys = keys_heard(definition)
    streams = [
        past.iterate_events(tx, project_id, keys, since, until, contact_id),
        past.iterate_changes(tx, project_id, keys, since, until, contact_id),
        past.iterate_crossings(tx, project_id, keys, since, until, contact_id),
        _replay_calendar(tx, project_id, definition, since, until, contact_id),
    ]
    return heapq.merge(*streams, key=lambda signal: signal.at)


def starts_by_calendar(definition: Definition) -> bool:
    """Tell whether no log but the calendar starts a version."""
    return isinstance(definition.trigger, DateTrigger | ScheduleTrigger)


def _replay_calendar(
    tx: Tx,
    project_id: ProjectId,
    definition: Definition,
    since: datetime,
    until: datetime,
    contact_id: ContactId | None,
) -> Iterator[Signal]:
    match definition.trigger:
        case DateTrigger() as trigger:
            found = _replay_dates(tx, project_id, trigger, since, until)
        case ScheduleTrigger() as trigger:
            found = _replay_turns(tx, project_id, trigger, since, until)
        case _:
            return
    wanted = [one for one in found if contact_id in {None, one.contact_id}]
    yield from sorted(wanted, key=lambda signal: (signal.at, signal.contact_id))


def _replay_dates(
    tx: Tx, project_id: ProjectId, trigger: DateTrigger, since: datetime, until: datetime
) -> Iterator[Signal]:
    zone = project_zone(tx, project_id)
    first = (since - timedelta(days=1)).date()
    days = [first + timedelta(days=number) for number in range((until - since).days + 3)]
    before: ContactId | None = None
    while people := contacts.list_page(tx, project_id, ContactFilter(), before=before, limit=PAGE):
        before = people[-1].id
        for contact in people:
            told = local_times.read_date(contact.properties.get(trigger.field))
            own_zone = local_times.zone_of(contact.time_zone, zone)
            for day in days if told else ():
                if told is None or not local_times.falls_on(told, trigger, day):
                    continue
                at = local_moment(datetime.combine(day, trigger.at), own_zone)
                if since <= at < until:
                    data = {"date": {"field": trigger.field, "day": day.isoformat()}}
                    yield Signal(f"date:{day}:{contact.id}", (), contact.id, at, data)


def _replay_turns(
    tx: Tx, project_id: ProjectId, trigger: ScheduleTrigger, since: datetime, until: datetime
) -> Iterator[Signal]:
    """Give the turns of a schedule for those who are in the segment now: who was is not kept."""
    zone = project_zone(tx, project_id)
    moments: list[datetime] = []
    at = local_times.next_occurrence(trigger, since - timedelta(milliseconds=1), zone)
    while at is not None and at < until:
        moments.append(at)
        at = local_times.next_occurrence(trigger, at, zone)
    assert all(one < other for one, other in pairwise(moments))
    after = ContactId(0)
    segment_id = SegmentId(trigger.segment_id)
    while members := segments.list_members_after(
        tx, project_id, segment_id, after=after, limit=PAGE
    ):
        after = members[-1].contact_id
        for member in members:
            for moment in moments:
                turn = moment.isoformat()
                number = member.contact_id
                yield Signal(f"turn:{turn}:{number}", (), number, moment, {"turn": turn})
