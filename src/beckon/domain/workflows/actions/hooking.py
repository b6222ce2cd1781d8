"""Start workflows by somebody else's webhooks: each has an address of its own, with a secret."""

from collections.abc import Mapping
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts.model import Who
from beckon.domain.contacts.rules import check_id
from beckon.domain.messages.model import RunId, WorkflowId
from beckon.domain.workflows import queries, writes
from beckon.domain.workflows.actions.starting import start
from beckon.domain.workflows.model import Workflow
from beckon.domain.workflows.rules import value_at
from beckon.domain.workflows.triggers import HookTrigger
from beckon.kit.addresses import check_email
from beckon.kit.ids import digest_of
from beckon.kit.refusals import Conflict, Invalid
from beckon.storage.schema import Tx


def open_hook(
    tx: Tx, project_id: ProjectId, workflow_id: WorkflowId, token: str, now: datetime
) -> None:
    """Give a workflow that starts by webhook an address with this secret; an older one is void.

    Raises WorkflowUnknown, Conflict for a workflow that starts otherwise.
    """
    workflow = queries.get_workflow(tx, project_id, workflow_id)
    _trigger(workflow)
    values: dict[str, object] = {"hook_digest": digest_of(token), "updated_at": now}
    writes.update_workflow(tx, project_id, workflow_id, values)


def start_by_hook(
    tx: Tx, workflow: Workflow, told: Mapping[str, object], *, key: str, now: datetime
) -> RunId | None:
    """Start a workflow for whom a webhook names; the same key starts it once.

    Who is not known comes to be. None where the rules do not let the contact enter. Raises Invalid
    where the body names nobody, Conflict while the workflow is paused or starts otherwise by now.
    """
    trigger = _trigger(workflow)
    own_id = _text_at(told, trigger.person)
    email = _text_at(told, trigger.email)
    if own_id is None and email is None:
        places = " or ".join(path for path in (trigger.person, trigger.email) if path)
        raise Invalid(f"{places} is required: whom it concerns.")
    who = Who(
        external_id=None if own_id is None else check_id(own_id, trigger.person or ""),
        email=None if email is None else check_email(email, trigger.email or ""),
    )
    contact_id = contacts.resolve(tx, workflow.project_id, [who], now)[0]
    assert contact_id is not None
    return start(tx, workflow.project_id, workflow.id, contact_id, key=key, data=told, now=now)


def _trigger(workflow: Workflow) -> HookTrigger:
    trigger = workflow.definition.trigger
    if not isinstance(trigger, HookTrigger):
        raise Conflict("Only an automation that starts by WEBHOOK has an address of its own.")
    return trigger


def _text_at(told: Mapping[str, object], path: str | None) -> str | None:
    """Take a text or a whole number, as many number their customers; None for nothing there."""
    found = None if path is None else value_at(told, path)
    if found is None or isinstance(found, str):
        return found or None
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    raise Invalid(f"{path} must be a text or a whole number.")
