"""The addresses that mail comes back to when it cannot be delivered, one a message (VERP)."""

from uuid import UUID

from beckon.kit.addresses import check_email
from beckon.kit.refusals import Invalid

MAILBOX_CHARACTERS_MAX = 31
"""What RFC 5321 § 4.5.3.1.1 leaves of 64 when a plus and the 32 digits of an id are added."""


def check_bounce_address(value: str, field: str) -> str:
    """Take the mailbox that mail comes back to. Raises Invalid naming the field."""
    address = check_email(value, field)
    name = address.rpartition("@")[0]
    if len(name) > MAILBOX_CHARACTERS_MAX or "+" in name:
        raise Invalid(
            f"{field} must have at most {MAILBOX_CHARACTERS_MAX} characters before the @, and no +."
        )
    return address


def return_path(mailbox: str, message_id: UUID) -> str:
    """Write the address failures of one message come back to: `bounces+<id>@domain`."""
    name, _, domain = mailbox.rpartition("@")
    return f"{name}+{message_id.hex}@{domain}"
