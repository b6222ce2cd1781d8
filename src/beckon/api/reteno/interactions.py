"""What apps tell of push messages in the Reteno vocabulary: delivered, opened, clicked.

Invariant: no key is shown here; the id of the message, which nobody can guess, is the proof.
"""

from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from msgspec import Struct

from beckon.api.call import Doorstep
from beckon.api.reteno.wire import not_found
from beckon.api.times import read_moment
from beckon.domain.messages import actions as messages
from beckon.domain.messages.model import Heard, Message, MessageId, Report
from beckon.domain.messages.queries import find_message_any_project
from beckon.domain.subscriptions import actions as subscriptions
from beckon.domain.subscriptions.model import Activity, ActivityKind
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx

DELIVERED = "DELIVERED"
DONE = {"OPENED": ActivityKind.OPENED, "CLICKED": ActivityKind.CLICKED}
LINK_CHARACTERS_MAX = 2048


class ActionWords(Struct, rename="camel"):
    """What was tapped."""

    type: str | None = None
    target_component_id: str | None = None
    url: str | None = None


class InteractionWords(Struct, rename="camel"):
    """Body of PUT /interactions/{id}/status; a time without a zone is UTC."""

    status: str
    token: str | None = None
    time: str | None = None
    action: ActionWords | None = None


async def register_status(visitor: Doorstep, interaction_id: str, body: InteractionWords) -> None:
    """PUT /v1/interactions/{id}/status; the id is that of the message, `es_interaction_id`."""
    if body.status != DELIVERED and body.status not in DONE:
        raise Invalid(f"status must be one of {', '.join((DELIVERED, *DONE))}.")
    at = visitor.now
    if body.time is not None:
        at = min(at, read_moment(body.time.strip(), "time", zone=UTC))
    link = body.action.url if body.action else None
    if len(link or "") > LINK_CHARACTERS_MAX:
        raise Invalid(f"action.url must have at most {LINK_CHARACTERS_MAX} characters.")
    noting = partial(_note, name=interaction_id, body=body, at=at, now=visitor.now)
    await visitor.services.state.write(noting)


def _note(tx: Tx, *, name: str, body: InteractionWords, at: datetime, now: datetime) -> None:
    message = _find(tx, name)
    at = max(at, message.created_at)
    if body.status == DELIVERED:
        heard = Report(Heard.DELIVERED, at, message.id)
        messages.report(tx, message.project_id, [heard], now)
        return
    subscriptions.record_activity(
        tx,
        [
            Activity(
                message.project_id,
                message.contact_id,
                message.id,
                DONE[body.status],
                at,
                body.action.url if body.action else None,
            )
        ],
    )


def _find(tx: Tx, name: str) -> Message:
    try:
        message_id = MessageId(UUID(name))
    except ValueError:
        raise not_found("Interaction", name) from None
    message = find_message_any_project(tx, message_id)
    if message is None:
        raise not_found("Interaction", name)
    return message
