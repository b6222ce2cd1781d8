"""Takes mail that came back: `POST /api/v1/inbound/mail`, a whole mail as its body.

Invariant: only a report about a message of the key's project counts, named by an id that nobody
can guess; who forges reports gives up no address.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from http import HTTPStatus

from beckon.api import answers
from beckon.api.answers import Answer, Fault
from beckon.api.apart import answer_apart
from beckon.api.bodies import read_body
from beckon.api.call import Face
from beckon.api.credentials import read_secret, unauthorized
from beckon.api.keyring import Keyring
from beckon.api.serve import Receive, Scope, Send
from beckon.domain.accounts.model import KeyKind, ProjectId
from beckon.domain.messages import actions as messages
from beckon.domain.messages.model import Heard, MessageId, Report
from beckon.domain.subscriptions.bounce_words import Fate
from beckon.domain.subscriptions.bounces import BYTES_MAX, read_report
from beckon.kit.clock import Clock
from beckon.storage.schema import Tx
from beckon.storage.state import State

PATH = "/api/v1/inbound/mail"
MAIL_BYTES_MAX = 10 * BYTES_MAX
"""A failure may bring the whole mail back; only its first part is read."""

HEARD = {
    Fate.HARD: Heard.BOUNCED_HARD,
    Fate.SOFT: Heard.BOUNCED_SOFT,
    Fate.BLOCK: Heard.BLOCKED,
    Fate.COMPLAINT: Heard.COMPLAINED,
    Fate.DELIVERED: Heard.DELIVERED,
}
"""What is only delayed or unclear is no word about a message."""


def take_mail(tx: Tx, project_id: ProjectId, content: bytes, now: datetime) -> dict[str, int]:
    """Read a mail that came back; tells how many reports it holds and how many were news."""
    found = read_report(content)
    reports = [
        Report(HEARD[one.fate], now, MessageId(one.message_id), None, one.reason)
        for one in found
        if one.fate in HEARD and one.message_id is not None
    ]
    return {"reports": len(found), "noted": messages.report(tx, project_id, reports, now)}


class MailIn:
    """The ASGI application behind the address; takes a project's secret key."""

    def __init__(
        self, state: State, clock: Clock, keyring: Keyring, after_write: Callable[[], None]
    ) -> None:
        self._state = state
        self._clock = clock
        self._keyring = keyring
        self._after_write = after_write

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever happens in the one error form."""
        await answer_apart(scope, send, self._answer(scope, receive), "mail.failed")

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        if scope["method"] != "POST":
            raise Fault(HTTPStatus.METHOD_NOT_ALLOWED, "Use POST.", (b"allow", b"POST"))
        now = self._clock.now()
        key = await self._keyring.find(read_secret(scope["headers"], Face.RETENSHUN), now)
        if key is None:
            raise unauthorized(Face.RETENSHUN)
        if key.kind is not KeyKind.SECRET:
            raise Fault(HTTPStatus.FORBIDDEN, "Only a secret key may hand mail in.")
        content = await read_body(receive, MAIL_BYTES_MAX)
        taken = await self._state.write(
            partial(take_mail, project_id=key.project_id, content=content, now=now)
        )
        self._after_write()
        return answers.success(taken)
