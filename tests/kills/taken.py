"""What the outside world took, whichever way it came: the oracle of every loop of kills."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from support.smtp_sink import Mail


@dataclass(frozen=True, slots=True)
class Taken:
    """One message that was taken: when, our own name for it, and for whom."""

    at: datetime
    name: str
    whom: str


def by_mail(mails: Sequence[Mail]) -> list[Taken]:
    """Tell what a relay took."""
    return [
        Taken(mail.at, mail.message_id.partition("@")[0].strip("<"), *mail.recipients)
        for mail in list(mails)
    ]
