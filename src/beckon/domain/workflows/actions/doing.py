"""Do what runs order besides messages: change the contact, tell an event, call, go on elsewhere."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import assert_never

from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts import queries as people
from beckon.domain.contacts.model import Channel, Contact, Who
from beckon.domain.contacts.rules import read_profile
from beckon.domain.events import actions as events
from beckon.domain.events.model import EventId, NewEvent
from beckon.domain.messages.model import WorkflowId
from beckon.domain.segments import actions as segments
from beckon.domain.segments.model import SegmentId
from beckon.domain.subscriptions import actions as subscriptions
from beckon.domain.subscriptions.model import Proof
from beckon.domain.workflows import queries, writes
from beckon.domain.workflows.actions.entering import let_enter
from beckon.domain.workflows.conditions import Sight
from beckon.domain.workflows.filling import fill
from beckon.domain.workflows.model import Order, Run
from beckon.domain.workflows.steps import (
    CallWebhook,
    ChangeConsent,
    ChangeList,
    ChangeTags,
    Condition,
    FireEvent,
    GoTo,
    Leave,
    Reach,
    Send,
    Split,
    Switch,
    UpdateContact,
    Wait,
    WaitForDate,
    WaitForEvent,
    WaitForTime,
    WriteCopy,
)
from beckon.domain.workflows.triggers import Signal
from beckon.kit import json
from beckon.kit.ids import named_uuid
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx

EVENT_BYTES_MAX = 1_048_576
LOOP_WITHIN = timedelta(hours=1)
LOOP_RUNS_MAX = 1000

ACTOR = "workflow"


def do(tx: Tx, run: Run, order: Order, sight: Sight, now: datetime) -> None:
    """Do what a run orders. Raises TemplateError and refusals, with nothing done."""
    step = order.step
    match step:
        case UpdateContact(given):
            filled = fill(dict(given), said(run, sight))
            assert isinstance(filled, dict)
            profile = read_profile(filled, "properties.")
            contacts.change(tx, run.project_id, run.contact_id, profile, now)
        case ChangeTags(add, remove):
            _change_tags(tx, run, add, remove, now)
        case ChangeConsent():
            _change_consent(tx, run, step, now)
        case FireEvent():
            _fire(tx, run, order, step, said(run, sight), now)
        case CallWebhook():
            request = {
                "method": step.method.upper(),
                "url": step.url,
                "headers": dict(step.headers),
                "body": step.body,
            }
            filled = fill(request, said(run, sight))
            assert isinstance(filled, dict)
            writes.insert_call(tx, run.project_id, run, step.id, filled, now)
        case GoTo(workflow_id):
            _go_to(tx, run, order, workflow_id, now)
        case ChangeList():
            act = segments.add_members if step.is_member else segments.remove_members
            act(tx, run.project_id, SegmentId(step.segment_id), [run.contact_id], now)
        case (
            Send()
            | Wait()
            | WaitForTime()
            | WaitForDate()
            | WaitForEvent()
            | Condition()
            | Switch()
            | Split()
            | WriteCopy()
            | Reach()
            | Leave()
        ):
            raise AssertionError(f"{step} orders nothing of the kind")
        case _:
            assert_never(step)


def said(run: Run, sight: Sight) -> dict[str, object]:
    """Put together what texts of a step may say: what was told stands above what is known."""
    return {**sight.fields, **run.data, "user": dict(sight.fields)}


def _contact(tx: Tx, run: Run) -> Contact:
    return people.get_contact(tx, run.project_id, run.contact_id)


def _change_tags(
    tx: Tx, run: Run, add: tuple[str, ...], remove: tuple[str, ...], now: datetime
) -> None:
    has = _contact(tx, run).tags
    kept = [tag for tag in dict.fromkeys((*has, *add)) if tag not in remove]
    profile = read_profile({}, "tags.", tags=kept)
    contacts.change(tx, run.project_id, run.contact_id, profile, now)


def _change_consent(tx: Tx, run: Run, step: ChangeConsent, now: datetime) -> None:
    contact = _contact(tx, run)
    address = contact.email if step.channel is Channel.EMAIL else contact.phone
    proof = Proof(ACTOR, details={"run": str(run.id), "step": step.id})
    if step.category is not None:
        subscriptions.choose(
            tx,
            run.project_id,
            run.contact_id,
            {step.category: step.is_subscribed},
            channel=step.channel,
            address=address,
            proof=proof,
            now=now,
        )
        return
    if address is None:
        raise Invalid(f"the contact has no address for {step.channel}")
    if step.is_subscribed:
        subscriptions.resubscribe(
            tx,
            run.project_id,
            step.channel,
            address,
            proof=proof,
            now=now,
            contact_id=run.contact_id,
        )
    else:
        subscriptions.unsubscribe(
            tx,
            run.project_id,
            step.channel,
            [address],
            proof=proof,
            now=now,
            contact_id=run.contact_id,
        )


def _fire(
    tx: Tx, run: Run, order: Order, step: FireEvent, data: Mapping[str, object], now: datetime
) -> None:
    _refuse_loop(tx, run, now)
    filled = fill(dict(step.properties), data)
    assert isinstance(filled, dict)
    if len(json.write(filled)) > EVENT_BYTES_MAX:
        raise Invalid(f"event '{step.event_name}' tells more than {EVENT_BYTES_MAX} bytes")
    event = NewEvent(
        id=EventId(named_uuid("workflow event", order.key, order.at.isoformat())),
        name=step.event_name,
        who=Who(contact_id=run.contact_id),
        key=order.key,
        properties=filled,
        occurred_at=now,
        received_at=now,
    )
    events.record(tx, run.project_id, [event], now)


def _go_to(tx: Tx, run: Run, order: Order, workflow_id: WorkflowId, now: datetime) -> None:
    _refuse_loop(tx, run, now)
    found = queries.find_workflows(tx, run.project_id, [workflow_id]).get(workflow_id)
    if found is None or not found.is_active:
        raise Invalid(f"automation auto_{workflow_id} is paused or deleted")
    signal = Signal(order.key, (), run.contact_id, now, run.data)
    let_enter(tx, run.project_id, found, [signal], now, is_direct=True)


def _refuse_loop(tx: Tx, run: Run, now: datetime) -> None:
    """Let nobody be led round and round by automations that start each other."""
    started = queries.count_runs_of(tx, run.project_id, run.contact_id, since=now - LOOP_WITHIN)
    if started > LOOP_RUNS_MAX:
        raise Invalid(
            f"this contact entered automations more than {LOOP_RUNS_MAX} times within an hour; "
            "do they start each other?"
        )
