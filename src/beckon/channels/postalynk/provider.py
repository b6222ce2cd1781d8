"""Carries e-mail by Postalynk: one request a letter.

Source: Postalynk's public page on `POST /v1/send`. It takes parts of a mail and not the mail, so
our Message-ID travels as metadata, and headers such as List-Unsubscribe do not travel at all. No
idempotency key, look-up or list of errors is documented; none is assumed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from beckon.channels.http.carrying import carry_each, outcome_of_status
from beckon.channels.http.client import HttpClient
from beckon.channels.http.connection import Answer
from beckon.domain.messages.model import Letter, Outcome, Rejected, Sent, Unknown
from beckon.kit import json
from beckon.kit.clock import Clock

API = "https://api.postalynk.io"


@dataclass(frozen=True, slots=True)
class PostalynkAccount:
    """Who sends. `from_email` is an address that Postalynk may send as."""

    api_key: str = field(repr=False)
    from_email: str


class PostalynkProvider:
    """Hands letters to Postalynk."""

    name = "postalynk"
    repeats_safely = False

    def __init__(
        self, client: HttpClient, clock: Clock, account: PostalynkAccount, *, api: str = API
    ) -> None:
        self._client = client
        self._clock = clock
        self._from_email = account.from_email
        self._address = f"{api}/v1/send"
        self._headers = {
            "Authorization": f"Bearer {account.api_key}",
            "Content-Type": "application/json",
            "Accept": "application/json",
        }

    async def send(self, letters: Sequence[Letter]) -> Sequence[Outcome]:
        """Hand the letters over; one outcome each, in their order."""
        return await carry_each(letters, self._carry)

    async def look_up(self, letters: Sequence[Letter]) -> Sequence[Outcome | None]:
        """Tell nothing: no way to ask is documented."""
        return [None for _ in letters]

    async def close(self) -> None:
        """Nothing is held; the client is shared."""

    async def _carry(self, letter: Letter) -> Outcome:
        body = json.write(self._parts(letter))
        answer = await self._client.ask("POST", self._address, headers=self._headers, body=body)
        return self._outcome(answer)

    def _parts(self, letter: Letter) -> dict[str, Any]:
        mail = BytesParser(EmailMessage, policy=policy.default).parsebytes(letter.content)
        name = _text(mail["from"].addresses[0].display_name) if mail["from"] else ""
        parts = {
            "from": str(Address(name, addr_spec=self._from_email)),
            "to": [letter.recipient],
            "subject": _text(mail["subject"] or ""),
            "metadata": {"messageId": letter.id.hex},
        }
        for kind, key in (("html", "html"), ("plain", "text")):
            part = mail.get_body((kind,))
            if part is not None:
                parts[key] = part.get_content()
        if mail["reply-to"]:
            parts["replyTo"] = _text(mail["reply-to"])
        return parts

    def _outcome(self, answer: Answer) -> Outcome:
        if not answer.is_success:
            return outcome_of_status(answer, self._clock.now())
        told = answer.json() or {}
        data = told.get("data")
        if told.get("success") is False:
            return Rejected(f"{answer.status} {answer.text}")
        if not isinstance(data, dict) or not isinstance(data.get("messageId"), str):
            return Unknown("Postalynk took the request, but its answer names no message.")
        return Sent(data["messageId"], str(data.get("status", "")))


def _text(header: str) -> str:
    """Read a header that holds UTF-8 as it is (RFC 6532), which the parser keeps as bytes."""
    return str(header).encode(errors="surrogateescape").decode(errors="replace")
