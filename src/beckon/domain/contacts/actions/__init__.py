"""What can be done with people. Each action runs inside the caller's transaction.

Invariant: locks are taken in one order by all: the project's people (alone for whom changes
several in the caller's order, shared else), then names, then rows by number. So no two transactions
wait for each other.
Invariant: whatever changes a person, an address or a device says so in the log of changes; that
somebody was seen does not.
"""

from beckon.domain.contacts.actions.changing import (
    change,
    confirm,
    delete,
    delete_all,
    get_by_external_id,
    identify,
    identify_all,
    join,
    note_erased,
    note_reach,
    note_seen,
)
from beckon.domain.contacts.actions.devices import (
    add_device,
    bury_token,
    remove_device,
    remove_token,
)
from beckon.domain.contacts.actions.fields import begin_fields, keep_field
from beckon.domain.contacts.actions.keeping import add_people, keep_changed, lock_people
from beckon.domain.contacts.actions.resolving import resolve

__all__ = [
    "add_device",
    "add_people",
    "begin_fields",
    "bury_token",
    "change",
    "confirm",
    "delete",
    "delete_all",
    "get_by_external_id",
    "identify",
    "identify_all",
    "join",
    "keep_changed",
    "keep_field",
    "lock_people",
    "note_erased",
    "note_reach",
    "note_seen",
    "remove_device",
    "remove_token",
    "resolve",
]
