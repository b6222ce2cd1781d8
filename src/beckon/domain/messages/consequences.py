"""What a provider's word about a message means for the address it went to.

Invariant: a block says something about us, never about the address, and suppresses nobody.
"""

from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts.model import Channel
from beckon.domain.messages.model import Heard, MessageId
from beckon.domain.subscriptions import actions as subscriptions
from beckon.domain.subscriptions.model import Proof, Suppression
from beckon.storage.schema import Tx

PUSHED = (Channel.PUSH, Channel.WEB_PUSH)


def draw(
    tx: Tx,
    project_id: ProjectId,
    channel: Channel,
    address: str,
    *,
    kind: Heard,
    reason: str,
    message_id: MessageId,
    now: datetime,
) -> None:
    """Draw the consequences of a report for the address."""
    proof = Proof(kind, details={"reason": reason, "message": message_id.hex})
    match kind:
        case Heard.DELIVERED:
            subscriptions.note_delivered(tx, project_id, channel, address)
        case Heard.BOUNCED_SOFT:
            subscriptions.note_soft_bounce(tx, project_id, channel, address, reason=reason, now=now)
        case Heard.BOUNCED_HARD:
            bury(tx, project_id, channel, address, proof, now)
        case Heard.COMPLAINED:
            _suppress(tx, project_id, channel, address, Suppression.COMPLAINT, proof, now)
        case Heard.BLOCKED:
            pass


def bury(
    tx: Tx, project_id: ProjectId, channel: Channel, address: str, proof: Proof, now: datetime
) -> None:
    """Write no more to an address that is dead; a device's token is only no longer used.

    A token is nobody's wish: the same device may register it anew, and is reached again.
    """
    if channel in PUSHED:
        contacts.bury_token(tx, project_id, address, now)
    else:
        _suppress(tx, project_id, channel, address, Suppression.BOUNCE, proof, now)


def _suppress(
    tx: Tx,
    project_id: ProjectId,
    channel: Channel,
    address: str,
    reason: Suppression,
    proof: Proof,
    now: datetime,
) -> None:
    subscriptions.suppress(tx, project_id, channel, [address], reason=reason, proof=proof, now=now)
