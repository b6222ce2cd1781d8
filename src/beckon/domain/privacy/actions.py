"""What can be done for one person across all slices, in the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime

from beckon.domain.accounts.actions import audit
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts import queries
from beckon.domain.contacts.model import AddressKind, Channel, ContactId
from beckon.domain.segments import actions as segments
from beckon.domain.subscriptions import actions as subscriptions
from beckon.storage.personal import delete_rows_about
from beckon.storage.schema import Tx

CHANNELS = {
    AddressKind.EMAIL: [Channel.EMAIL],
    AddressKind.PHONE: [Channel.SMS, Channel.VIBER],
}


def erase(
    tx: Tx, project_id: ProjectId, ids: Sequence[ContactId], *, actor: str, now: datetime
) -> None:
    """Forget people for good: profile, addresses, events, messages and their texts, runs, orders.

    Also what is left of visitors they were before. What stays is the number with the word that it
    was erased, from which the analytics store takes its own erasure, and under a keyed digest that
    an address wants no mail: forgetting that would let mail go there again. Raises ContactUnknown
    for numbers that are not the project's.
    """
    contacts.lock_people(tx, project_id, is_shared=False)
    known = queries.find_ids(tx, project_id, ids)
    if len(known) < len(set(ids)):
        raise queries.ContactUnknown("There is no such user.")
    people = sorted(set(known.values()))
    everybody = sorted({*people, *queries.list_merged(tx, project_id, people)})
    addresses = queries.list_addresses(tx, project_id, everybody)
    for contact_id in everybody:
        own = [
            (channel, value)
            for kind, value in addresses.get(contact_id, [])
            if not queries.is_shared_address(tx, project_id, kind, value, everybody)
            for channel in CHANNELS[kind]
        ]
        subscriptions.erase(tx, project_id, contact_id, own)
    segments.forget(tx, project_id, everybody, now)
    delete_rows_about(tx, project_id, everybody)
    contacts.note_erased(tx, project_id, everybody, now)
    audit(tx, project_id, actor, "contacts.erased", now, contacts=everybody)
