"""Reads everything Beckon's tables hold about one person, across the slices."""

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import ContactId
from beckon.domain.events import queries as events
from beckon.domain.messages import queries as messages
from beckon.domain.workflows import queries as workflows
from beckon.storage.schema import Tx

SLICES = (contacts, events, messages, workflows)


def export(
    tx: Tx, project_id: ProjectId, contact_id: ContactId
) -> dict[str, list[dict[str, object]]]:
    """Give all rows about a person, and about visitors they were before, by table.

    Every table that can hold something of people is named, also where it holds nothing of this
    one. Raises ContactUnknown.
    """
    person = contacts.get_contact(tx, project_id, contact_id)
    ids = [person.id, *contacts.list_merged(tx, project_id, [person.id])]
    found: dict[str, list[dict[str, object]]] = {}
    for source in SLICES:
        found |= source.export_contacts(tx, project_id, ids)
    return found
