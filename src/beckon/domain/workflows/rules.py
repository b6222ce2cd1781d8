"""How a run moves. Pure: a run, its plan, what is known and the time in; what follows out.

The engine, the dry run and the tests walk by these same functions.

Invariant: moving the same run twice gives the same orders with the same keys, so a crash between
deciding and storing costs nothing.
Invariant: waits are counted from planned moments, never from the moment a worker came by.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, time, timedelta

from beckon.domain.ai.composer import compose
from beckon.domain.ai.model import Brief, Tongue
from beckon.domain.contacts.model import ContactId
from beckon.domain.messages.model import WorkflowId
from beckon.domain.workflows import local_times
from beckon.domain.workflows.conditions import Proviso, Sight, holds
from beckon.domain.workflows.model import Order, Passing, Run, RunState, Trail
from beckon.domain.workflows.planning import CHANGES, Node, Plan
from beckon.domain.workflows.steps import (
    CallWebhook,
    Condition,
    GoTo,
    Leave,
    Reach,
    Send,
    Split,
    Step,
    Switch,
    Wait,
    WaitForDate,
    WaitForEvent,
    WaitForTime,
    WriteCopy,
)
from beckon.domain.workflows.triggers import Signal, event_key
from beckon.kit.values import Value, replace

ANSWER = "answer:"
ORDERING = CHANGES | {Send, GoTo}
PLAIN: Mapping[type, Passing] = {
    Send: Passing.PASSED,
    Wait: Passing.WAITED,
    WaitForTime: Passing.WAITED,
    WaitForDate: Passing.WAITED,
}
"""Steps that lead on to the next one, whatever is known."""


class Walk(Value, frozen=True):
    """What came of moving a run: where it is, what it asks for, and what to tell of the way."""

    run: Run
    state: RunState = RunState.ACTIVE
    orders: tuple[Order, ...] = ()
    trails: tuple[Trail, ...] = ()
    has_converted: bool = False

    @property
    def has_ended(self) -> bool:
        """Whether the run moves no more."""
        return self.state is not RunState.ACTIVE


def begin(run: Run, plan: Plan) -> Run:
    """Put a new run, which starts at its `wake_at`, before its first step.

    Where only seconds are waited for, it is planned at once; else the first walk plans it.
    """
    return _come_to(run, plan, 0, run.wake_at, None)


def advance(run: Run, plan: Plan, sight: Sight, now: datetime) -> Walk:
    """Walk until a step that lies ahead, an answer that is missing, or the end.

    `now` is aware UTC. A run woken early comes back unchanged. Behind a step that changes what
    later steps ask for, the walk pauses: the run is still due, and whoever walks on looks anew.
    """
    orders: list[Order] = []
    trails: list[Trail] = []
    converted = False
    while run.position < plan.end and run.wake_at <= now:
        if run.arrived_at is None:
            run = _come_to(run, plan, run.position, run.wake_at, sight)
            continue
        node = plan.nodes[run.position]
        at = run.wake_at
        place, passing, note = _pass(node, run, sight, now)
        if isinstance(node.step, CallWebhook):
            if run.awaits is None:
                orders.append(_order(run, node.step, at))
                run = replace(run, awaits=f"{ANSWER}{node.step.id}")
            break
        if type(node.step) in ORDERING:
            orders.append(_order(run, node.step, at))
        trails.append(Trail(node.step.id, passing, at, note))
        converted = converted or passing is Passing.CONVERTED
        if isinstance(node.step, WriteCopy):
            run = replace(run, data={**run.data, node.step.save_as: _copy(node.step, run, sight)})
        if _leaves(node.step, passing):
            state = RunState.EXITED
            return Walk(_ended(run, plan), state, tuple(orders), tuple(trails), converted)
        run = _come_to(run, plan, place, at, sight)
        if type(node.step) in plan.changes:
            break
    state = RunState.DONE if run.position >= plan.end else RunState.ACTIVE
    return Walk(run, state, tuple(orders), tuple(trails), converted)


def hear(run: Run, plan: Plan, signal: Signal, sight: Sight) -> Walk | None:
    """Let a waiting run hear a signal; None where that is not what it waits for."""
    if run.awaits not in signal.keys or run.arrived_at is None:
        return None
    node = plan.nodes[run.position]
    if not isinstance(node.step, WaitForEvent) or not run.arrived_at <= signal.at < run.wake_at:
        return None
    if not holds(node.step.where, sight, {**run.data, **signal.data}, signal.at):
        return None
    trail = Trail(node.step.id, Passing.BRANCHED, signal.at, f"{node.step.event_name} came")
    name = f"{node.step.id}_event"
    moved = replace(run, data={**run.data, name: dict(signal.data)})
    moved = _come_to(moved, plan, node.ways[0], signal.at, sight)
    state = RunState.DONE if moved.position >= plan.end else RunState.ACTIVE
    return Walk(moved, state, (), (trail,))


def answer(
    run: Run, plan: Plan, step_id: str, *, said: object, fault: str | None, now: datetime
) -> Walk | None:
    """Let a run go on with the answer it waits for; None where it waits for no such answer.

    What follows is counted from `now`: nobody can know beforehand how long an answer takes.
    """
    if run.awaits != f"{ANSWER}{step_id}":
        return None
    node = plan.nodes[run.position]
    at = max(run.wake_at, now)
    if fault is None:
        save_as = getattr(node.step, "save_as", "")
        known = replace(run, data={**run.data, save_as: said}) if save_as else run
        trail = Trail(step_id, Passing.PASSED, at)
        moved = _come_to(known, plan, node.follows, at, None)
    elif node.ways and node.ways[0] != node.follows:
        trail = Trail(step_id, Passing.FAILED, at, fault)
        moved = _come_to(run, plan, node.ways[0], at, None)
    else:
        trail = Trail(step_id, Passing.FAILED, at, fault)
        return Walk(_ended(run, plan), RunState.FAILED, (), (trail,))
    state = RunState.DONE if moved.position >= plan.end else RunState.ACTIVE
    return Walk(moved, state, (), (trail,))


def leave(run: Run, plan: Plan, signal: Signal, sight: Sight) -> Trail | None:
    """Tell whether a signal makes a run end, and why; None where it goes on."""
    for way_out in plan.definition.manners.exits:
        if event_key(way_out.event_name) not in signal.keys:
            continue
        if way_out.key is not None and value_at(signal.data, way_out.key) != value_at(
            run.data, way_out.key
        ):
            continue
        if holds(way_out.where, sight, {**run.data, **signal.data}, signal.at):
            return Trail("", Passing.EXITED, signal.at, f"{way_out.event_name} came")
    segment = plan.definition.manners.stays_in
    if segment is not None and f"segment_left:{segment}" in signal.keys:
        return Trail("", Passing.EXITED, signal.at, f"left segment {segment}")
    return None


def reach(
    started_at: datetime, data: Mapping[str, object], plan: Plan, signal: Signal, sight: Sight
) -> Trail | None:
    """Tell whether a signal is what a run is for; None where it is not, or comes too late."""
    goal = plan.definition.manners.goal
    if goal is None or event_key(goal.event_name) not in signal.keys:
        return None
    if not started_at <= signal.at <= started_at + timedelta(seconds=goal.seconds):
        return None
    if not holds(goal.where, sight, {**data, **signal.data}, signal.at):
        return None
    return Trail("", Passing.CONVERTED, signal.at, f"{goal.event_name} came")


def move(run: Run, old: Plan, new: Plan) -> Run | None:
    """Take a run to the step of the same name in another version; None where there is none.

    It keeps the moment it waits for, unless the new step waits for something else.
    """
    if run.position >= old.end:
        return None
    place = new.places.get(old.nodes[run.position].step.id)
    if place is None:
        return None
    is_alike = type(new.nodes[place].step) is type(old.nodes[run.position].step)
    if is_alike or run.arrived_at is None:
        return replace(run, position=place)
    return replace(run, position=place, wake_at=run.arrived_at, arrived_at=None, awaits=None)


def is_over(run: Run, plan: Plan) -> bool:
    """Tell whether a run has passed its last step."""
    return run.position >= plan.end


def bucket(*names: object) -> int:
    """Give the number from 0 to 99 that stands for these names, the same for ever."""
    text = "\x1f".join(map(str, names)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") % 100


def is_held_out(workflow_id: WorkflowId, contact_id: ContactId, percent: int) -> bool:
    """Tell whether a contact is among those a workflow holds out, in every version the same."""
    return percent > 0 and bucket("holdout", workflow_id, contact_id) < percent


def value_at(data: Mapping[str, object], path: str) -> object:
    """Find a value by its dotted path; None where there is none."""
    found: object = data
    for name in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(name)
    return found


def _pass(  # noqa: C901, PLR0911 - one short case a kind of step
    node: Node, run: Run, sight: Sight, now: datetime
) -> tuple[int, Passing, str]:
    """Tell where a step that is due leads, and how it is told of.

    What it asks is asked of `now`, as the sight is: after an outage a purchase made meanwhile
    counts, and so does the mail that went out late.
    """
    step = node.step
    if (passing := PLAIN.get(type(step))) is not None:  # nearly all steps: nothing to decide
        return node.follows, passing, ""

    def asked(test: Proviso) -> bool:
        return holds(test, sight, run.data, now)

    match step:
        case WaitForEvent():
            return node.ways[1], Passing.BRANCHED, "timed out"
        case Condition(test):
            is_so = asked(test)
            return node.ways[0 if is_so else 1], Passing.BRANCHED, "yes" if is_so else "no"
        case Switch(ways):
            names = [way.name for way in ways]
            place = next((n for n, way in enumerate(ways) if asked(way.test)), len(ways))
            return node.ways[place], Passing.BRANCHED, [*names, "otherwise"][place]
        case Split(shares):
            place = _drawn(step, run)
            return node.ways[place], Passing.BRANCHED, shares[place].name
        case Reach(test, exits):
            if not asked(test):
                return node.follows, Passing.PASSED, ""
            return (node.follows, Passing.CONVERTED, "left" if exits else "")
        case Leave(reason):
            return node.follows, Passing.EXITED, reason
        case GoTo(workflow_id):
            return node.follows, Passing.EXITED, f"went on to workflow {workflow_id}"
        case _:
            return node.follows, Passing.PASSED, ""


def _leaves(step: Step, passing: Passing) -> bool:
    return passing is Passing.EXITED or (
        isinstance(step, Reach) and step.exits and passing is Passing.CONVERTED
    )


def _drawn(step: Split, run: Run) -> int:
    drawn = bucket("split", run.version_id, step.id, run.contact_id)
    reached = 0
    for place, share in enumerate(step.shares):
        reached += share.percent
        if drawn < reached:
            return place
    return len(step.shares) - 1


def _order(run: Run, step: Step, at: datetime) -> Order:
    return Order(f"run:{run.id}:{step.id}", step, at)


def _copy(step: WriteCopy, run: Run, sight: Sight) -> dict[str, str]:
    language = str(sight.fields.get("language") or "")
    brief = Brief(
        step.channel,
        step.prompt,
        tongue=Tongue.UKRAINIAN if language.startswith(Tongue.UKRAINIAN) else Tongue.ENGLISH,
        seed=bucket("copy", run.version_id, step.id, run.contact_id),
    )
    copy = compose(brief)
    return {"title": copy.title, "body": copy.body}


def _ended(run: Run, plan: Plan) -> Run:
    return replace(run, position=plan.end, awaits=None)


def _come_to(run: Run, plan: Plan, place: int, at: datetime, sight: Sight | None) -> Run:
    """Put a run before a step; `arrived_at` stays None until it is known when that is due."""
    if place >= plan.end:
        return replace(run, position=place, wake_at=at, arrived_at=at, awaits=None)
    step = plan.nodes[place].step
    due = _due(step, run, at, sight)
    if due is None:
        return replace(run, position=place, wake_at=at, arrived_at=None, awaits=None)
    awaits = event_key(step.event_name) if isinstance(step, WaitForEvent) else None
    return replace(run, position=place, wake_at=due, arrived_at=at, awaits=awaits)


def _due(  # noqa: PLR0911 - one short case a kind of step
    step: Step, run: Run, at: datetime, sight: Sight | None
) -> datetime | None:
    """Tell when a step is due that is come to now; None where that needs a look at the person."""
    if isinstance(step, Send | Wait) and not (isinstance(step, Wait) and step.days):
        return at + timedelta(seconds=step.delay_seconds)
    match step:
        case WaitForEvent(timeout_seconds=seconds):
            return at + timedelta(seconds=seconds)
        case Wait() | WaitForTime() | WaitForDate() if sight is None:
            return None
        case Wait(seconds, days):
            assert sight is not None
            return local_times.after_days(at + timedelta(seconds=seconds), days, sight.zone)
        case WaitForTime(hour, weekdays, to):
            assert sight is not None
            return local_times.next_time(at, hour, to, weekdays, sight.zone)
        case WaitForDate(name, seconds, hour):
            assert sight is not None
            return _due_date(run, at, name, timedelta(seconds=seconds), hour, sight)
        case _:
            return at


def _due_date(
    run: Run, at: datetime, name: str, shift: timedelta, hour: time, sight: Sight
) -> datetime:
    told = value_at(run.data, name) or value_at(sight.fields, name)
    moment = local_times.read_moment(told, hour, sight.zone)
    return at if moment is None else max(at, moment + shift)
