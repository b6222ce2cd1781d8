"""What the engine's refresh decides and stores; the analytics store is asked in between.

Whom the logs touched is asked about again, in sets; and each segment now and then of everybody:
at first, when time alone may change its answer, and to heal whatever may have gone wrong.
Invariant: one worker at a time does this, and only its answers about the present store count.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from uuid import UUID

from beckon.domain.accounts.model import ProjectId
from beckon.domain.accounts.queries import get_project
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import ChangeKind, ContactId
from beckon.domain.segments import queries, writes
from beckon.domain.segments.actions import follow_merges, settle_members
from beckon.domain.segments.model import Segment, SegmentId, SegmentKind
from beckon.domain.segments.rules import lapses, named_by
from beckon.domain.segments.touches import (
    LOGS,
    MEMBERS,
    Line,
    Touched,
    find_crossed,
    find_places_any_project,
    place_of,
    read_touched_any_project,
)
from beckon.domain.segments.zones import zone_of
from beckon.storage import log_readers
from beckon.storage.analytics.progress import find_origin
from beckon.storage.log_readers import Cursor
from beckon.storage.schema import Tx

HELD_FOR = timedelta(seconds=20)
LAPSES_EVERY = timedelta(seconds=30)
HEALS_EVERY = timedelta(hours=1)
AFTER_FAULT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Round:
    """What there is to do: whom the logs touched, and which segments are due.

    `segments` are all that have rules, `known` the place in the log of who enters and leaves up to
    which the analytics store answers.
    """

    now: datetime
    touched: Touched
    segments: Sequence[Segment]
    due: Sequence[Segment]
    zones: Mapping[ProjectId, tzinfo]
    known: Cursor


@dataclass(frozen=True, slots=True)
class Held:
    """Whose word it is, and about which analytics store."""

    holder: str
    origin: UUID


@dataclass(frozen=True, slots=True)
class Answer:
    """Who is to enter and to leave a segment, at most 10,000 of either."""

    segment: Segment
    entering: Sequence[ContactId]
    leaving: Sequence[ContactId]


def look(tx: Tx, *, now: datetime, limit: int, ahead: Iterable[Line]) -> Round | None:
    """Tell what there is to do, reading at most so many lines of each log; None: nothing.

    `ahead` are lines read before whose time may have come. Nothing is done while the analytics
    store is empty or behind where we are: it is being filled, and would have everybody leave.
    """
    ours, theirs = find_places_any_project(tx)
    is_anew = any(place_of(theirs[reader]) < place_of(ours[reader]) for reader in ours)
    if is_anew or find_origin(tx) is None:
        return None
    come = [line for line in ahead if line.at is not None and line.at <= now]
    if theirs == ours and not come and not queries.has_due_any_project(tx, now):
        return None
    segments = queries.list_dynamic_any_project(tx)
    if not segments:
        return None
    if any(map(_is_begun, segments)):
        touched = read_touched_any_project(tx, ours, theirs, now, limit=limit)
        touched.add(come, now)
    else:  # everything so far will be in the first answers
        touched = Touched(ends=dict(theirs))
    due = _list_due(segments, now)
    if not touched.ends and not touched.people and not due:
        return None
    zones = {
        project_id: zone_of(get_project(tx, project_id).time_zone, UTC)
        for project_id in {segment.project_id for segment in segments}
    }
    return Round(now, touched, segments, due, zones, theirs[MEMBERS.reader])


def claim(tx: Tx, holder: str, *, now: datetime, over: str | None) -> bool:
    """Become the one who refreshes, or stay it. `over` names a holder that is known to be gone."""
    until = now + HELD_FOR
    return writes.claim_refresh_any_project(tx, holder, now=now, until=until, over=over)


def compare(
    tx: Tx,
    segment: Segment,
    *,
    asked: Sequence[ContactId],
    inside: Collection[ContactId],
) -> Answer:
    """Tell who is to enter and leave, of those asked about (at most 10,000) and found inside."""
    members = queries.find_members(tx, segment.project_id, segment.id, asked)
    return Answer(segment, sorted(set(inside) - members), sorted(members - set(inside)))


def leave_out_crossing(
    tx: Tx, segment: Segment, ids: Sequence[ContactId], known: Cursor
) -> list[ContactId]:
    """Drop those who just crossed a segment this one is about: they are asked again after that."""
    assert segment.rule is not None
    crossed = find_crossed(tx, segment.project_id, named_by(segment.rule), ids, after=known)
    return [one for one in ids if one not in crossed]


def settle(tx: Tx, held: Held, answers: Sequence[Answer], now: datetime) -> bool:
    """Let people in and out. False, and nothing, where the word of that holder counts no more."""
    if not _counts(tx, held):
        return False
    for answer in answers:
        _settle(tx, answer, now)
    return True


def settle_sweep(
    tx: Tx, held: Held, answer: Answer, *, pending: int, asked_at: datetime, now: datetime
) -> bool:
    """Let people in and out who were found by asking everybody; so many more are `pending`.

    With none pending the segment is computed as of when it was asked. False as in `settle`.
    """
    segment = answer.segment
    if not _counts(tx, held) or not _is_present(tx, segment):
        return False
    _settle(tx, answer, now)
    assert segment.rule is not None
    values: dict[str, object] = {"pending": pending, "fault": None}
    if not pending:
        every = LAPSES_EVERY if lapses(segment.rule) else HEALS_EVERY
        values |= {"pending": None, "computed_at": asked_at, "due_at": now + every}
    writes.update_segment(tx, segment.project_id, segment.id, values)
    return True


def note_fault(tx: Tx, segment: Segment, fault: str, now: datetime) -> None:
    """Note why a segment could not be asked; everybody is asked again later."""
    if _is_present(tx, segment):
        writes.update_segment(
            tx, segment.project_id, segment.id, {"fault": fault, "due_at": now + AFTER_FAULT}
        )


def finish(tx: Tx, held: Held, touched: Touched, now: datetime) -> None:
    """Note how far the logs are read, and let people stand where the visitors stood they were."""
    if not _counts(tx, held):
        return
    for project_id, by_tag in touched.people.items():
        merged = by_tag.get(ChangeKind.MERGED, set())
        follow_merges(tx, project_id, contacts.list_merged(tx, project_id, merged), now)
    for log in LOGS:
        if log.reader in touched.ends:
            log_readers.begin(tx, log.reader)
            log_readers.move(tx, log.reader, touched.ends[log.reader])


def _settle(tx: Tx, answer: Answer, now: datetime) -> None:
    settle_members(
        tx,
        answer.segment.project_id,
        answer.segment.id,
        entering=answer.entering,
        leaving=answer.leaving,
        now=now,
        revision=answer.segment.revision,
    )


def _counts(tx: Tx, held: Held) -> bool:
    is_holder = queries.find_refresher_any_project(tx) == held.holder
    return is_holder and find_origin(tx) == held.origin


def _is_present(tx: Tx, segment: Segment) -> bool:
    return writes.lock_segment(tx, segment.project_id, segment.id) == segment.revision


def _is_begun(segment: Segment) -> bool:
    return segment.computed_at is not None or segment.pending is not None


def _list_due(segments: Sequence[Segment], now: datetime) -> list[Segment]:
    """List which are to be asked of everybody: new ones first, and none before those it names."""
    new = {segment.id for segment in segments if segment.computed_at is None}
    due = [
        segment
        for segment in segments
        if segment.due_at is not None and segment.due_at <= now and not _waits(segment, new)
    ]
    return sorted(due, key=lambda segment: (segment.computed_at is not None, segment.due_at))


def _waits(segment: Segment, new: Collection[SegmentId]) -> bool:
    assert segment.kind is SegmentKind.DYNAMIC
    assert segment.rule is not None
    return bool(named_by(segment.rule) & set(new))
