"""Mail that nobody wants or that cannot arrive: addresses left, given up and taken back."""

from collections.abc import Sequence
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel, ContactId
from beckon.domain.subscriptions import queries, rules, writes
from beckon.domain.subscriptions.actions.places import Place, lock_all
from beckon.domain.subscriptions.model import (
    Act,
    Activity,
    Proof,
    Standing,
    Suppression,
)
from beckon.storage.schema import Tx


def unsubscribe(
    tx: Tx,
    project_id: ProjectId,
    channel: Channel,
    addresses: Sequence[str],
    *,
    proof: Proof,
    now: datetime,
    contact_id: ContactId | None = None,
) -> None:
    """Send no more mail to many, and none that workflows send, to these addresses.

    Each on its own: other channels stay open, and everybody who has such an address is covered,
    also who comes to have it later.
    """
    for place in lock_all(tx, project_id, channel, addresses):
        if place.change(lambda standing: rules.unsubscribe(standing, now), now):
            place.log(Act.UNSUBSCRIBED, proof, now, contact_id)


def resubscribe(
    tx: Tx,
    project_id: ProjectId,
    channel: Channel,
    address: str,
    *,
    proof: Proof,
    now: datetime,
    contact_id: ContactId | None = None,
) -> None:
    """Undo somebody's own unsubscription, as from the page that a mail leads to."""
    place = Place.lock(tx, project_id, channel, address)
    if place.change(rules.resubscribe, now):
        place.log(Act.SUBSCRIBED, proof, now, contact_id)


def suppress(
    tx: Tx,
    project_id: ProjectId,
    channel: Channel,
    addresses: Sequence[str],
    *,
    reason: Suppression,
    proof: Proof,
    now: datetime,
) -> None:
    """Send nothing at all to these addresses any more: hard bounce, complaint, or by hand."""
    for place in lock_all(tx, project_id, channel, addresses):
        if place.change(lambda standing: rules.suppress(standing, reason, now), now):
            place.log(Act.SUPPRESSED, proof, now, subject=reason)


def lift(
    tx: Tx,
    project_id: ProjectId,
    channel: Channel,
    addresses: Sequence[str],
    *,
    proof: Proof,
    now: datetime,
) -> None:
    """Undo unsubscriptions and suppressions by hand; bounces and complaints stay."""
    for place in lock_all(tx, project_id, channel, addresses):
        if place.change(rules.lift, now):
            place.log(Act.LIFTED, proof, now)


def note_soft_bounce(
    tx: Tx, project_id: ProjectId, channel: Channel, address: str, *, reason: str, now: datetime
) -> bool:
    """Count a temporary failure of an address; True where that was one too many.

    Five in a row, on days of their own and over two weeks, suppress it. To be called for what
    concerns the address (a full mailbox), never for a block by policy.
    """
    place = Place.lock(tx, project_id, channel, address)
    old = place.standing or Standing()
    new = rules.bounce_softly(old, now)
    place.note(new, now)
    if new.suppression is old.suppression:
        return False
    proof = Proof("bounce", details={"reason": reason})
    place.log(Act.SUPPRESSED, proof, now, subject=Suppression.SOFT_BOUNCES)
    return True


def note_delivered(tx: Tx, project_id: ProjectId, channel: Channel, address: str) -> None:
    """Begin to count temporary failures anew: this one arrived."""
    known = queries.find_standings(tx, project_id, [(channel, address)])
    # Nearly all deliveries end here, with nothing to write.
    if not any(standing.soft_bounces for standing in known.values()):
        return
    place = Place.lock(tx, project_id, channel, address)
    place.keep(rules.deliver(place.standing or Standing()))


def record_activity(tx: Tx, activity: Sequence[Activity]) -> None:
    """Note what was done with messages, of any projects: the links that told were signed by us."""
    writes.insert_activity_any_project(tx, activity)


def erase(
    tx: Tx,
    project_id: ProjectId,
    contact_id: ContactId,
    addresses: Sequence[tuple[Channel, str]],
) -> None:
    """Forget a person and the addresses nobody else has; that those want no mail is kept.

    What is kept is a keyed digest, by which the address is known again should it come back.
    """
    writes.update_erased(tx, project_id, contact_id)
    key = queries.find_key(tx, project_id)
    if key is None:
        return
    for channel, address in addresses:
        digest = rules.digest(key, channel, address)
        writes.update_forgotten(tx, project_id, channel, digest)
