"""Reads everything the store holds about one person, whichever slice keeps it."""

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import ContactId
from beckon.storage.personal import rows_about
from beckon.storage.schema import Tx


def export(
    tx: Tx, project_id: ProjectId, contact_id: ContactId
) -> dict[str, list[dict[str, object]]]:
    """Give all rows about a person, and about visitors they were before, by table.

    Every table that can hold something of people is named, also where it holds nothing of this
    one. Raises ContactUnknown.
    """
    person = contacts.get_contact(tx, project_id, contact_id)
    ids = [person.id, *contacts.list_merged(tx, project_id, [person.id])]
    return rows_about(tx, project_id, ids)
