"""What can be done for one person across all slices, in the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts import queries
from beckon.domain.contacts.model import ContactId
from beckon.domain.events import actions as events
from beckon.domain.messages import actions as messages
from beckon.domain.workflows import actions as workflows
from beckon.storage.schema import Tx

# Whoever refers to another comes before it.
SLICES = (workflows, messages, events)


def erase(tx: Tx, project_id: ProjectId, ids: Sequence[ContactId], now: datetime) -> None:
    """Forget people for good: profile, addresses, events, messages and their texts, runs.

    Also what is left of visitors they were before. What stays is the number with the word that it
    was erased, from which the analytics store takes its own erasure. Refusals kept for an address
    (suppressions) stay, as digests: forgetting them would let mail go there again. Raises
    ContactUnknown for numbers that are not the project's.
    """
    contacts.lock_people(tx, project_id, is_shared=False)
    known = queries.find_ids(tx, project_id, ids)
    if len(known) < len(set(ids)):
        raise queries.ContactUnknown("There is no such user.")
    people = sorted(set(known.values()))
    everybody = sorted({*people, *queries.list_merged(tx, project_id, people)})
    for slice_ in SLICES:
        slice_.erase_contacts(tx, project_id, everybody)
    contacts.erase_contacts(tx, project_id, everybody, now)
