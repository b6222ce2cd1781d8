"""Queue the messages that runs order."""

from collections.abc import Sequence
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.messages import actions as messages
from beckon.domain.messages.model import NewMessage
from beckon.domain.subscriptions.model import Purpose
from beckon.domain.templates import queries as templates
from beckon.domain.templates.model import TemplateId, TemplateVersionId
from beckon.domain.workflows.model import Order, Run
from beckon.domain.workflows.steps import Send
from beckon.storage.schema import Tx


def queue(
    tx: Tx, project_id: ProjectId, wanted: Sequence[tuple[Run, Order]], now: datetime
) -> None:
    """Queue one message for each order to send; a key queued before queues nothing again."""
    if not wanted:
        return
    asked = {order.step.template_id for _, order in wanted if isinstance(order.step, Send)}
    versions = templates.find_present_versions(tx, project_id, sorted(asked))
    messages.queue(
        tx,
        project_id,
        [
            _message(run, order, order.step, versions)
            for run, order in wanted
            if isinstance(order.step, Send)
        ],
        now,
    )


def _message(
    run: Run, order: Order, step: Send, versions: dict[TemplateId, TemplateVersionId]
) -> NewMessage:
    return NewMessage(
        key=order.key,
        contact_id=run.contact_id,
        channel=step.channel,
        version_id=versions[step.template_id],
        data=run.data,
        workflow_id=run.workflow_id,
        run_id=run.id,
        purpose=Purpose.TRANSACTIONAL if step.is_transactional else Purpose.TRIGGERED,
        category=step.category,
    )
