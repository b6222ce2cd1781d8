"""Let what is told of visitors be the person's they turned out to be.

Whoever takes a visitor's place in a segment has not entered it anew: the visitor's run is the
person's by now, and a second one would send everything twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import ContactId
from beckon.domain.messages import actions as messages
from beckon.domain.segments import actions as segments
from beckon.domain.segments.model import SegmentId
from beckon.domain.segments.queries import find_members
from beckon.domain.workflows import writes
from beckon.domain.workflows.crossings import Crossing, find_places_taken, has_entered_since
from beckon.domain.workflows.triggers import Side, Signal
from beckon.storage.schema import Tx


def hand_over(tx: Tx, project_id: ProjectId, person: ContactId, now: datetime) -> None:
    """Let a person have the runs, the messages and the places on lists of who he was."""
    became = contacts.list_merged(tx, project_id, [person])
    for visitor in became:
        writes.update_contact_of_runs(tx, project_id, visitor, person)
        messages.hand_over(tx, project_id, visitor, person)
    if became:
        segments.follow_merges(tx, project_id, became, now)


def follow(tx: Tx, project_id: ProjectId, signals: Sequence[Signal]) -> list[Signal]:
    """Tell signals of visitors as the person's."""
    known = contacts.find_ids(tx, project_id, {signal.contact_id for signal in signals})
    return [
        signal
        if (person := known.get(signal.contact_id, signal.contact_id)) == signal.contact_id
        else replace(signal, contact_id=person)
        for signal in signals
    ]


def follow_crossings(
    tx: Tx, project_id: ProjectId, crossings: Sequence[Crossing]
) -> Iterator[Crossing]:
    """Tell crossings of visitors as the person's, and leave out who only takes his own place."""
    known = contacts.find_ids(tx, project_id, {one.signal.contact_id for one in crossings})
    entered = [one for one in crossings if one.side is Side.ENTERED]
    stood = find_places_taken(
        tx,
        project_id,
        {one.segment_id for one in entered},
        {one.signal.contact_id for one in entered},
    )
    for one in crossings:
        contact_id = one.signal.contact_id
        person = known.get(contact_id, contact_id)
        if person != contact_id:
            is_inside = one.side is Side.LEFT and find_members(
                tx, project_id, SegmentId(one.segment_id), [person]
            )
            if not is_inside:
                yield one._replace(signal=replace(one.signal, contact_id=person))
            continue
        since = stood.get((one.segment_id, contact_id)) if one.side is Side.ENTERED else None
        if since is None or has_entered_since(tx, project_id, one, since):
            yield one
