"""Writes the message by which somebody tries a provider out."""

from email.message import EmailMessage
from email.utils import make_msgid

from beckon.domain.contacts.model import Channel
from beckon.domain.messages.model import Letter, MessageId
from beckon.domain.providers.model import StoredProvider
from beckon.kit import json
from beckon.kit.addresses import check_email, check_mailbox, check_phone
from beckon.kit.ids import new_uuid
from beckon.kit.refusals import Invalid

TITLE = "A test from Beckon"
TEXT = "If you read this, the provider works."
RECIPIENT_CHARACTERS_MAX = 4096
NUMBER_DIGITS_MAX = 18
FALLBACK_SENDER = "Beckon <no-reply@beckon.example>"


def trial_letter(stored: StoredProvider, recipient: str) -> Letter:
    """Write a test message for a recipient of the provider's channel. Raises Invalid."""
    checked = _recipient(stored.channel, recipient)
    sender = stored.settings.get("from_email", FALLBACK_SENDER)
    is_mail = stored.channel is Channel.EMAIL
    return Letter(
        id=MessageId(new_uuid()),
        project_id=stored.project_id,
        channel=stored.channel,
        sender=sender,
        recipient=checked,
        content=_mail(sender, checked) if is_mail else json.write({"title": TITLE, "text": TEXT}),
    )


def _recipient(channel: Channel, recipient: str) -> str:
    match channel:
        case Channel.EMAIL:
            return check_email(recipient, "recipient")
        case Channel.SMS | Channel.VIBER:
            return check_phone(recipient, "recipient")
        case Channel.IN_APP:
            number = recipient.strip().removeprefix("contact_")
            if not number.isdecimal() or len(number) > NUMBER_DIGITS_MAX:
                raise Invalid("recipient must be the number of a contact.")
            return number
        case Channel.PUSH | Channel.WEB_PUSH:
            if not 0 < len(recipient.strip()) <= RECIPIENT_CHARACTERS_MAX:
                raise Invalid("recipient must be a device's token or a browser's subscription.")
            return recipient.strip()


def _mail(sender: str, recipient: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, recipient, TITLE
    mail["Message-ID"] = make_msgid(
        domain=check_mailbox(sender, "sender").address.partition("@")[2]
    )
    mail.set_content(TEXT)
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
