"""The ledger of messages: what came of each, and when it was queued."""

from collections.abc import Sequence

from beckon.domain.accounts.model import ProjectId
from beckon.domain.messages.model import Message, MessageId, State
from beckon.domain.messages.queries import find_messages
from beckon.domain.messages.tables import message_change
from beckon.storage.analytics.client import Row
from beckon.storage.analytics.progress import Span, list_lines
from beckon.storage.analytics.shipment import Shipment, by_project
from beckon.storage.analytics.tables import OUTCOME
from beckon.storage.analytics.things import find_first_positions
from beckon.storage.schema import Tx

CHUNK = 1000
NONE = 0

TOLD = frozenset(
    {
        State.ACCEPTED,
        State.DELIVERED,
        State.BOUNCED,
        State.COMPLAINED,
        State.FAILED,
        State.SUPPRESSED,
        State.DEAD,
        State.UNKNOWN,
    }
)
"""What is told as it is; the other states are on the way or were called off."""


class Messages:
    """See Stream. Queueing has no line of its own, so it is told with a message's first line."""

    name = "message"
    log = message_change
    moment = "at"

    def read(self, tx: Tx, span: Span) -> Shipment:
        """See Stream.read."""
        lines = list_lines(tx, message_change, after=span.after, until=span.until)
        messages = find_all(tx, [(line.project_id, line.message_id) for line in lines])
        firsts = find_first_positions(
            tx, message_change, message_change.c.message_id, list(messages)
        )
        rows: list[Row] = []
        for line in lines:
            message = messages.get(line.message_id)
            if message is None:
                continue  # erased since
            if firsts[message.id] == line.position:
                rows.append(outcome(message, State.QUEUED, message.created_at))
            if line.state in TOLD:
                rows.append(outcome(message, line.state, line.at, reason=line.reason or ""))
        return Shipment({OUTCOME: rows})


def find_all(tx: Tx, named: Sequence[tuple[int, MessageId]]) -> dict[MessageId, Message]:
    """Map messages, named by project and id, to what is known of them; erased ones are left out."""
    found: dict[MessageId, Message] = {}
    for project_id, ids in by_project(named).items():
        for start in range(0, len(ids), CHUNK):
            chunk = [MessageId(one) for one in ids[start : start + CHUNK]]
            found |= {one.id: one for one in find_messages(tx, ProjectId(project_id), chunk)}
    return found


def outcome(
    message: Message,
    kind: str,
    at: object,
    *,
    link: str = "",
    is_machine: bool = False,
    reason: str = "",
) -> Row:
    """Write the row of what came of a message."""
    return (
        message.project_id,
        kind,
        message.contact_id,
        at,
        message.id,
        message.channel,
        message.template_id or NONE,
        message.campaign_id or NONE,
        message.workflow_id or NONE,
        message.variant or "",
        _domain(message.address),
        link,
        int(is_machine),
        reason,
    )


def _domain(address: str | None) -> str:
    return address.rpartition("@")[2].casefold() if address and "@" in address else ""
