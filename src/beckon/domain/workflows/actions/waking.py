"""Move the runs that are due, and do what they order, in the same transaction."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.events import queries as events
from beckon.domain.events.model import EventFilter
from beckon.domain.workflows import queries, rules, writes
from beckon.domain.workflows.actions.doing import do
from beckon.domain.workflows.actions.listening import READER, signal_of
from beckon.domain.workflows.actions.sending import queue
from beckon.domain.workflows.actions.walking import Walked, keep
from beckon.domain.workflows.conditions import NOTHING_KNOWN, Sight
from beckon.domain.workflows.model import Order, Passing, Run, RunState, Trail, VersionId
from beckon.domain.workflows.planning import Plan
from beckon.domain.workflows.rules import Walk
from beckon.domain.workflows.sights import look
from beckon.domain.workflows.steps import Send
from beckon.kit.refusals import Refusal
from beckon.kit.values import replace
from beckon.languages.errors import TemplateError
from beckon.storage import log_readers
from beckon.storage.schema import Tx

PAST_EVENTS_MAX = 100


def wake(tx: Tx, now: datetime, *, limit: int) -> bool:
    """Move the runs whose next step is due and do what they order. Returns whether any was."""
    due = writes.claim_due_runs_any_project(tx, now, limit=limit)
    if not due:
        return False
    plans = queries.find_plans_any_project(tx, (kept.run.version_id for kept in due))
    sights = _look(tx, due, plans)
    walked: list[Walked] = []
    sends: dict[ProjectId, list[tuple[Run, Order]]] = defaultdict(list)
    for kept in due:
        run, plan = kept.run, plans[kept.run.version_id]
        sight = sights.get((run.project_id, run.contact_id), NOTHING_KNOWN)
        walk = rules.advance(run, plan, sight, now)
        sends[run.project_id] += [
            (walk.run, order) for order in walk.orders if isinstance(order.step, Send)
        ]
        walked.append(Walked(run, _carry_out(tx, walk, sight, now)))
    for project_id, wanted in sends.items():
        queue(tx, project_id, wanted, now)
    keep(tx, _catch_up(tx, walked, due, plans, sights), now)
    return True


def _look(
    tx: Tx, due: Sequence[writes.Kept], plans: dict[VersionId, Plan]
) -> dict[tuple[ProjectId, ContactId], Sight]:
    """See the people whose steps ask who they are."""
    looking: dict[ProjectId, set[ContactId]] = defaultdict(set)
    asked: dict[ProjectId, set[VersionId]] = defaultdict(set)
    for kept in due:
        if plans[kept.run.version_id].looks:
            looking[kept.run.project_id].add(kept.run.contact_id)
            asked[kept.run.project_id].add(kept.run.version_id)
    return {
        (project_id, contact_id): sight
        for project_id, people in looking.items()
        for contact_id, sight in look(
            tx,
            project_id,
            people,
            [rule for version in asked[project_id] for rule in plans[version].rules],
        ).items()
    }


def _carry_out(tx: Tx, walk: Walk, sight: Sight, now: datetime) -> Walk:
    """Do what a walk orders, messages apart; where that fails the run ends, and says so."""
    for order in walk.orders:
        if isinstance(order.step, Send):
            continue
        try:
            do(tx, walk.run, order, sight, now)
        except (TemplateError, Refusal) as fault:
            trail = Trail(order.step.id, Passing.FAILED, order.at, str(fault))
            ended = replace(walk.run, awaits=None)
            kept = tuple(told for told in walk.trails if told.step != order.step.id)
            return replace(walk, run=ended, state=RunState.FAILED, trails=(*kept, trail))
    return walk


def _catch_up(
    tx: Tx,
    walked: Sequence[Walked],
    due: Sequence[writes.Kept],
    plans: dict[VersionId, Plan],
    sights: dict[tuple[ProjectId, ContactId], Sight],
) -> list[Walked]:
    """Let runs that begin to wait for an event late hear what came since they should have begun.

    The cursor is held meanwhile: whoever listens reads on only after this transaction, and finds
    these runs waiting.
    """
    late = [
        place
        for place, one in enumerate(walked)
        if (one.walk.run.awaits or "").startswith("event:") and one.walk.run is not one.before
    ]
    if not late:
        return list(walked)
    log_readers.hold_cursor(tx, READER)
    found = list(walked)
    for place in late:
        one = walked[place]
        run, plan = one.walk.run, plans[one.walk.run.version_id]
        sight = sights.get((run.project_id, run.contact_id), NOTHING_KNOWN)
        heard = _hear_past(tx, run, plan, sight, due[place].signal)
        if heard is not None:
            trails = (*one.walk.trails, *heard.trails)
            found[place] = replace(
                one, walk=replace(one.walk, run=heard.run, state=heard.state, trails=trails)
            )
    return found


def _hear_past(tx: Tx, run: Run, plan: Plan, sight: Sight, began_with: str) -> Walk | None:
    assert run.awaits is not None
    assert run.arrived_at is not None
    asked = EventFilter(name=run.awaits.removeprefix("event:"), contact_id=run.contact_id)
    came = events.list_events(tx, run.project_id, asked, offset=0, limit=PAST_EVENTS_MAX)
    for event in reversed(came):
        if event.received_at < run.arrived_at:
            continue
        signal = signal_of(event, run.contact_id, event.received_at)
        if signal.id != began_with and (heard := rules.hear(run, plan, signal, sight)):
            return heard
    return None
