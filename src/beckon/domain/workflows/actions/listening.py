"""Read the logs on, and let whom it concerns enter, go on or leave."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import ChangeKind, ContactId
from beckon.domain.events import queries as events
from beckon.domain.events import rules as event_rules
from beckon.domain.events.model import Event, Place
from beckon.domain.workflows import queries, rules, writes
from beckon.domain.workflows.actions.entering import let_enter
from beckon.domain.workflows.actions.following import follow, follow_crossings, hand_over
from beckon.domain.workflows.actions.walking import Walked, keep
from beckon.domain.workflows.conditions import NOTHING_KNOWN, Sight
from beckon.domain.workflows.crossings import Crossing, list_crossings_after_any_project
from beckon.domain.workflows.model import RunState, Trail, VersionId, Workflow
from beckon.domain.workflows.planning import Plan
from beckon.domain.workflows.rules import Walk
from beckon.domain.workflows.sights import look
from beckon.domain.workflows.triggers import CONTACT_CREATED, Signal, event_key, field_key
from beckon.storage import log_readers
from beckon.storage.log_readers import Cursor
from beckon.storage.schema import Tx

READER = "workflows"
CONTACT_READER = "workflows:contacts"
SEGMENT_READER = "workflows:segments"


@dataclass(frozen=True, slots=True)
class Ears:
    """Who listens for what: workflows that start, versions with people inside, runs that wait."""

    started: dict[str, list[Workflow]] = field(default_factory=dict)
    inside: dict[str, list[VersionId]] = field(default_factory=dict)
    awaited: set[str] = field(default_factory=set)

    def hear(self, key: str) -> bool:
        """Tell whether anybody listens for a signal of this key."""
        return key in self.started or key in self.inside or key in self.awaited


Heard: TypeAlias = tuple[int, Cursor | None, bool]
"""How many signals came of a piece of a log, where it ends, and whether more may follow."""


def listen(tx: Tx, now: datetime, *, limit: int) -> bool:
    """Read each log on by one piece. Returns whether there was anything, or more may be waiting.

    A cursor moves in the same transaction, so each line is heard once; a run's key makes a second
    hearing harmless all the same.
    """
    worked = [
        _read(tx, READER, _hear_events, now, limit),
        _read(tx, CONTACT_READER, _hear_changes, now, limit),
        _read(tx, SEGMENT_READER, _hear_crossings, now, limit),
    ]
    return any(worked)


def _read(
    tx: Tx,
    reader: str,
    hear: Callable[[Tx, Cursor, datetime, int], Heard],
    now: datetime,
    limit: int,
) -> bool:
    cursor = log_readers.lock_cursor(tx, reader)
    if cursor is None:
        return log_readers.begin(tx, reader)
    heard, last, is_more = hear(tx, cursor, now, limit)
    if last is not None:
        log_readers.move(tx, reader, last)
    return heard > 0 or is_more


def _hear_events(tx: Tx, cursor: Cursor, now: datetime, limit: int) -> Heard:
    """Hear a piece of the event log; of events nobody listens for only the kind is looked at."""
    places = events.list_places_after_any_project(tx, cursor, limit=limit)
    if not places:
        return 0, None, False
    by_project: dict[ProjectId, list[Place]] = defaultdict(list)
    for place in places:
        by_project[place.project_id].append(place)
    heard = 0
    for project_id, lines in by_project.items():
        names = events.find_type_names(tx, project_id, {place.type_id for place in lines})
        ears = find_ears(tx, project_id, {event_key(name) for name in names.values()})
        wanted = {type_id for type_id, name in names.items() if ears.hear(event_key(name))}
        positions = [place.position for place in lines if place.type_id in wanted]
        found = events.list_events_at(tx, project_id, positions) if positions else []
        heard += hear_signals(tx, project_id, [*map_events(found)], ears, now)
    last = places[-1]
    return heard, Cursor(last.epoch, last.position), len(places) == limit


def _hear_changes(tx: Tx, cursor: Cursor, now: datetime, limit: int) -> Heard:
    """Hear a piece of the log of changes to contacts."""
    changes = contacts.list_changes_after_any_project(tx, cursor, limit=limit)
    if not changes:
        return 0, None, False
    by_project: dict[ProjectId, list[Signal]] = defaultdict(list)
    for change in changes:
        if change.kind == ChangeKind.MERGED:
            hand_over(tx, change.project_id, change.contact_id, now)
        keys = _keys_of_change(change.kind, change.fields)
        if keys:
            signal = Signal(
                f"change:{change.position}",
                keys,
                change.contact_id,
                now,
                {"changed": list(change.fields)},
            )
            by_project[ProjectId(change.project_id)].append(signal)
    last = changes[-1]
    heard = 0
    for project_id, signals in by_project.items():
        ears, wanted = _wanted(tx, project_id, signals)
        heard += hear_signals(tx, project_id, follow(tx, project_id, wanted), ears, now)
    return heard, Cursor(last.epoch, last.position), len(changes) == limit


def _hear_crossings(tx: Tx, cursor: Cursor, now: datetime, limit: int) -> Heard:
    """Hear a piece of the log of who entered and left segments."""
    crossings = list_crossings_after_any_project(tx, cursor, limit=limit)
    if not crossings:
        return 0, None, False
    by_project: dict[ProjectId, list[Crossing]] = defaultdict(list)
    for one in crossings:
        by_project[one.project_id].append(one)
    heard = 0
    for project_id, found in by_project.items():
        ears, wanted = _wanted(tx, project_id, [one.signal for one in found])
        meant = {signal.id for signal in wanted}
        followed = follow_crossings(
            tx, project_id, [one for one in found if one.signal.id in meant]
        )
        heard += hear_signals(tx, project_id, [one.signal for one in followed], ears, now)
    return heard, crossings[-1].cursor, len(crossings) == limit


def _wanted(tx: Tx, project_id: ProjectId, signals: Sequence[Signal]) -> tuple[Ears, list[Signal]]:
    """Tell who listens, and which of the signals anybody does."""
    ears = find_ears(tx, project_id, {key for signal in signals for key in signal.keys})
    return ears, [signal for signal in signals if any(map(ears.hear, signal.keys))]


def _keys_of_change(kind: str, fields: Sequence[str]) -> tuple[str, ...]:
    if kind == ChangeKind.CREATED:
        return (CONTACT_CREATED,)
    if kind in {ChangeKind.CHANGED, ChangeKind.ADDRESSES}:
        return tuple(field_key(name) for name in fields)
    return ()


def find_ears(tx: Tx, project_id: ProjectId, keys: Iterable[str]) -> Ears:
    """Tell who listens for signals of these keys."""
    asked = sorted(set(keys))
    if not asked:
        return Ears()
    return Ears(
        queries.list_started_by(tx, project_id, asked),
        queries.find_ears(tx, project_id, asked),
        queries.find_awaited(tx, project_id, asked),
    )


def map_events(found: Iterable[Event]) -> Iterator[Signal]:
    """Turn events into signals; what concerns nobody is none."""
    for event in found:
        if event.contact_id is not None:
            yield signal_of(event, event.contact_id, event.received_at)


def signal_of(event: Event, contact_id: ContactId, at: datetime) -> Signal:
    """Turn an event into a signal that came to be known at a moment."""
    told = {"name": event.name, "key": event.key, "occurredAt": event.occurred_at.isoformat()}
    return Signal(
        f"event:{event.id.hex}",
        (event_key(event.name),),
        contact_id,
        at,
        {**event.properties, "event": {**event.properties, **told}},
        is_live=event_rules.is_live(event.occurred_at, event.received_at) and not event.is_history,
    )


def hear_signals(
    tx: Tx, project_id: ProjectId, signals: Sequence[Signal], ears: Ears, now: datetime
) -> int:
    """Let signals take effect, each contact's in their order; tells how many there were.

    Everybody's first comes first, then everybody's second: set-based all the same.
    """
    # Whoever waited for the cursor looked at the clock before all of this was told.
    now = max([now, *(signal.at for signal in signals)])
    rounds: list[dict[ContactId, Signal]] = []
    told: dict[ContactId, int] = defaultdict(int)
    for signal in signals:
        number = told[signal.contact_id]
        told[signal.contact_id] += 1
        if number == len(rounds):
            rounds.append({})
        rounds[number][signal.contact_id] = signal
    for heard in rounds:
        _move_those_inside(tx, project_id, heard, ears, now)
        for workflow, entering in _started(heard.values(), ears):
            let_enter(tx, project_id, workflow, entering, now)
    return len(signals)


def _started(signals: Iterable[Signal], ears: Ears) -> Iterator[tuple[Workflow, list[Signal]]]:
    by_workflow: dict[int, tuple[Workflow, list[Signal]]] = {}
    for signal in signals:
        starting = {one.id: one for key in signal.keys for one in ears.started.get(key, ())}
        for workflow in starting.values():
            if signal.is_live and signal.at >= workflow.listens_since:
                by_workflow.setdefault(workflow.id, (workflow, []))[1].append(signal)
    yield from by_workflow.values()


def _move_those_inside(
    tx: Tx, project_id: ProjectId, heard: dict[ContactId, Signal], ears: Ears, now: datetime
) -> None:
    """Let runs hear what they wait for, what ends them, and what they are for."""
    concerned = {
        contact_id
        for contact_id, signal in heard.items()
        if any(key in ears.inside or key in ears.awaited for key in signal.keys)
    }
    if not concerned:
        return
    plans = queries.find_plans_any_project(
        tx, {version for versions in ears.inside.values() for version in versions}
    )
    since = _goals_since(plans.values(), [heard[one].at for one in concerned])
    kept = writes.lock_runs_of_contacts(tx, project_id, concerned, since=since)
    plans |= queries.find_plans_any_project(tx, {one.run.version_id for one in kept} - plans.keys())
    sights = _sights(tx, project_id, kept, plans)
    walked = [
        done
        for one in kept
        if (done := _hear(one, plans[one.run.version_id], heard[one.run.contact_id], sights))
    ]
    keep(tx, walked, now)


def _goals_since(plans: Iterable[Plan], moments: Sequence[datetime]) -> datetime | None:
    """Tell since when ended runs may still reach what they were for; None where none may."""
    spans = [plan.definition.manners.goal.seconds for plan in plans if plan.definition.manners.goal]
    return min(moments) - timedelta(seconds=max(spans)) if spans else None


def _sights(
    tx: Tx, project_id: ProjectId, kept: Sequence[writes.Kept], plans: dict[VersionId, Plan]
) -> dict[ContactId, Sight]:
    looking = [one for one in kept if plans[one.run.version_id].looks]
    asked = [
        rule for version in {one.run.version_id for one in looking} for rule in plans[version].rules
    ]
    return look(tx, project_id, {one.run.contact_id for one in looking}, asked) if looking else {}


def _hear(  # noqa: PLR0911 - one way out a meaning of the signal
    kept: writes.Kept, plan: Plan, signal: Signal, sights: dict[ContactId, Sight]
) -> Walked | None:
    """Let one run hear one signal; None where it means nothing to it."""
    if signal.id == kept.signal or signal.at < kept.started_at:
        return None
    run, sight = kept.run, sights.get(kept.run.contact_id, NOTHING_KNOWN)
    reached = None  # the first time counts
    if not kept.has_converted:
        reached = rules.reach(kept.started_at, run.data, plan, signal, sight)
    goal = plan.definition.manners.goal
    if not kept.is_active:
        if reached is None:
            return None
        ended = Walk(run, kept.state, (), (reached,), has_converted=True)
        return Walked(run, ended, kept.state)
    if reached is not None and goal is not None and goal.exits:
        walk = Walk(run, RunState.EXITED, (), (reached,), has_converted=True)
        return Walked(run, walk)
    if (left := rules.leave(run, plan, signal, sight)) is not None:
        trails: tuple[Trail, ...] = (left,) if reached is None else (reached, left)
        return Walked(run, Walk(run, RunState.EXITED, (), trails, reached is not None))
    walk_on = rules.hear(run, plan, signal, sight)
    if reached is None:
        return None if walk_on is None else Walked(run, walk_on)
    on = walk_on or Walk(run)
    return Walked(run, Walk(on.run, on.state, on.orders, (reached, *on.trails), has_converted=True))
