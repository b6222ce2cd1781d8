"""Letters to send in the channels' tests, and a provider that loses patience quickly."""

from dataclasses import replace
from uuid import UUID

from beckon.channels.smtp.address import parse
from beckon.channels.smtp.client import Patience
from beckon.channels.smtp.provider import SmtpProvider
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel
from beckon.domain.messages.model import Letter, MessageId
from beckon.kit.clock import SystemClock

QUICK = Patience(
    connect=2, reply=0.6, content=2, answer=0.6, elsewhere=0.1, queue=5, idle=5, pause=0.02
)

# For stories in which every reply comes, however busy the machine is.
PATIENT = replace(QUICK, reply=20, answer=20, content=20, queue=60)


def a_letter(number=1, *, recipient="", sender="shop@example.com", content=b"") -> Letter:
    return Letter(
        id=MessageId(UUID(int=number)),
        project_id=ProjectId(1),
        channel=Channel.EMAIL,
        sender=sender,
        recipient=recipient or f"person{number}@example.com",
        content=content or f"Message-ID: <{number}@shop>\r\n\r\nHello {number}\r\n".encode(),
    )


def a_provider(sink, *, query="", account="", scheme="smtp", patience=QUICK, **more):
    address = parse(f"{scheme}://{account}127.0.0.1:{sink.port}{query}")
    return SmtpProvider(address, SystemClock(), patience=patience, **more)


def message_ids(sink) -> list[str]:
    return [mail.message_id for mail in sink.mails]
