"""SQL that reads people. Public: any room above may ask.

`get_` refuses when absent, `find_` answers None or leaves out, `list_` is bounded. Who was deleted
or became another by a merge is not there, unless a function says otherwise.
"""

from beckon.domain.contacts.queries.belongings import (
    DeviceUnknown,
    find_device,
    get_device,
    list_devices,
    list_fields,
)
from beckon.domain.contacts.queries.changes import (
    list_changes_after_any_project,
    list_changes_of,
)
from beckon.domain.contacts.queries.naming import (
    find_address_bearers,
    find_bearers,
    find_id_by_address,
    find_ids,
    find_ids_by_anonymous_id,
    find_ids_by_external_id,
    find_ids_with_address,
    is_shared_address,
    list_addresses,
    list_bearers,
    list_merged,
)
from beckon.domain.contacts.queries.people import (
    ContactUnknown,
    count_contacts,
    count_contacts_up_to,
    count_matching,
    find_contact_by_external_id,
    get_contact,
    list_contacts,
    list_page,
    lock_contacts,
    lock_rows,
    search,
)

__all__ = [
    "ContactUnknown",
    "DeviceUnknown",
    "count_contacts",
    "count_contacts_up_to",
    "count_matching",
    "find_address_bearers",
    "find_bearers",
    "find_contact_by_external_id",
    "find_device",
    "find_id_by_address",
    "find_ids",
    "find_ids_by_anonymous_id",
    "find_ids_by_external_id",
    "find_ids_with_address",
    "get_contact",
    "get_device",
    "is_shared_address",
    "list_addresses",
    "list_bearers",
    "list_changes_after_any_project",
    "list_changes_of",
    "list_contacts",
    "list_devices",
    "list_fields",
    "list_merged",
    "list_page",
    "lock_contacts",
    "lock_rows",
    "search",
]
