"""Mail of the installation itself, such as invitations: through its own relay, if it has one."""

from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel
from beckon.domain.messages.model import Letter, MessageId, Provider, Sent
from beckon.kit.addresses import check_mailbox
from beckon.kit.clock import Clock
from beckon.kit.ids import new_uuid

NOBODYS = ProjectId(0)


class Post:
    """Sends plain text to one address. Without a relay nothing leaves."""

    def __init__(self, relay: Provider | None, sender: str, clock: Clock) -> None:
        self._relay = relay
        self._sender = sender
        self._clock = clock

    async def send(self, recipient: str, subject: str, text: str) -> bool:
        """Send a mail. False where there is no relay or it did not take it."""
        if self._relay is None:
            return False
        letter = Letter(
            id=MessageId(new_uuid()),
            project_id=NOBODYS,
            channel=Channel.EMAIL,
            sender=check_mailbox(self._sender, "sender").address,
            recipient=recipient,
            content=self._write(recipient, subject, text),
        )
        outcomes = await self._relay.send([letter])
        return isinstance(outcomes[0], Sent)

    def _write(self, recipient: str, subject: str, text: str) -> bytes:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self._sender, recipient, subject
        mail["Date"] = format_datetime(self._clock.now())
        domain = check_mailbox(self._sender, "sender").address.partition("@")[2]
        mail["Message-ID"] = make_msgid(domain=domain)
        mail.set_content(text)
        return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
