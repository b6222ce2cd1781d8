"""What happened in a period, as the signals a trigger would have heard: person by person.

What was told late counts at the moment it happened: a dry run over imported history is as if
Beckon had been there.
"""

import heapq
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from operator import attrgetter

from beckon.domain.contacts.model import ContactId
from beckon.domain.workflows import local_times, past
from beckon.domain.workflows.model import Definition
from beckon.domain.workflows.past import Period
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
    tx: Tx, definition: Definition, period: Period
) -> Iterator[tuple[ContactId, list[Signal]]]:
    """Give people in the order of their numbers, each with what he did in the order of time.

    All signals of one person are held at once, nobody else's.
    """
    keys = keys_heard(definition)
    streams = (
        past.iterate_events(tx, period, keys),
        past.iterate_changes(tx, period, keys),
        past.iterate_crossings(tx, period, keys),
        _replay_calendar(tx, definition, period),
    )
    whose = attrgetter("contact_id")
    for contact_id, signals in groupby(heapq.merge(*streams, key=whose), key=whose):
        yield contact_id, sorted(signals, key=attrgetter("at"))


def starts_by_calendar(definition: Definition) -> bool:
    """Tell whether no log but the calendar starts a version."""
    return isinstance(definition.trigger, DateTrigger | ScheduleTrigger)


def _replay_calendar(tx: Tx, definition: Definition, period: Period) -> Iterator[Signal]:
    match definition.trigger:
        case DateTrigger() as trigger:
            return _replay_dates(tx, trigger, period)
        case ScheduleTrigger() as trigger:
            return _replay_turns(tx, trigger, period)
        case _:
            return iter(())


def _replay_dates(tx: Tx, trigger: DateTrigger, period: Period) -> Iterator[Signal]:
    zone = project_zone(tx, period.project_id)
    a_day = timedelta(days=1)  # so far may a local day lie beside the ends
    first, last = (period.since - a_day).date(), (period.until + a_day).date()
    for person in past.iterate_dated(tx, period):
        told = local_times.read_date(person.properties.get(trigger.field))
        if told is None:
            continue
        own_zone = local_times.zone_of(person.time_zone, zone)
        for day in local_times.list_days(told, trigger, first, last):
            at = local_moment(datetime.combine(day, trigger.at), own_zone)
            if period.since <= at < period.until:
                number = person.contact_id
                data = {"date": {"field": trigger.field, "day": day.isoformat()}}
                yield Signal(f"date:{day}:{number}", (), number, at, data)


def _replay_turns(tx: Tx, trigger: ScheduleTrigger, period: Period) -> Iterator[Signal]:
    """Give the turns of a schedule for those who are in the segment now: who was is not kept."""
    zone = project_zone(tx, period.project_id)
    moments: list[datetime] = []
    at = local_times.next_occurrence(trigger, period.since - timedelta(milliseconds=1), zone)
    while at is not None and at < period.until:
        moments.append(at)
        at = local_times.next_occurrence(trigger, at, zone)
    assert all(one < other for one, other in pairwise(moments))
    for number in past.iterate_members(tx, period, trigger.segment_id):
        for moment in moments:
            turn = moment.isoformat()
            yield Signal(f"turn:{turn}:{number}", (), number, moment, {"turn": turn})
