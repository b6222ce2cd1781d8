"""What can be done with consent. Each action runs inside the caller's transaction.

Invariant: how an address stands and the line of the log that says why are written together.
Invariant: nothing here suppresses an address for a block or a policy of the receiver's.
"""

from beckon.domain.subscriptions.actions.asking import (
    CONFIRMED,
    SUBSCRIBED,
    SUBSCRIBED_AGAIN,
    confirm,
    spend_confirmation,
    subscribe,
)
from beckon.domain.subscriptions.actions.choosing import (
    CATEGORIES_MAX,
    KEY_BYTES_MAX,
    NAME_CHARACTERS_MAX,
    CategoryExists,
    choose,
    create_category,
    delete_category,
    rename_category,
)
from beckon.domain.subscriptions.actions.refusing import (
    erase,
    lift,
    note_delivered,
    note_soft_bounce,
    record_activity,
    resubscribe,
    suppress,
    unsubscribe,
)
from beckon.domain.subscriptions.actions.sending import (
    DKIM,
    DOMAIN_CHARACTERS_MAX,
    POSTAL_CHARACTERS_MAX,
    add_domain,
    remove_domain,
    reseal,
    set_postal_address,
)

__all__ = [
    "CATEGORIES_MAX",
    "CONFIRMED",
    "DKIM",
    "DOMAIN_CHARACTERS_MAX",
    "KEY_BYTES_MAX",
    "NAME_CHARACTERS_MAX",
    "POSTAL_CHARACTERS_MAX",
    "SUBSCRIBED",
    "SUBSCRIBED_AGAIN",
    "CategoryExists",
    "add_domain",
    "choose",
    "confirm",
    "create_category",
    "delete_category",
    "erase",
    "lift",
    "note_delivered",
    "note_soft_bounce",
    "record_activity",
    "remove_domain",
    "rename_category",
    "reseal",
    "resubscribe",
    "set_postal_address",
    "spend_confirmation",
    "subscribe",
    "suppress",
    "unsubscribe",
]
