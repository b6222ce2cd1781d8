"""Carries Viber messages by Infobip: many letters a request, each under our own message id.

Source: Infobip's `POST /viber/2/messages` and `GET /viber/2/logs`. The id we give lets a letter
in doubt be looked up in its log, which holds two days.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from beckon.channels.http.carrying import outcome_of_fault, outcome_of_status
from beckon.channels.http.client import HttpClient, InDoubtError, NotSentError
from beckon.channels.notes import phone_of, read_note
from beckon.domain.messages.model import Letter, Outcome, Rejected, Sent, Unknown
from beckon.kit import json
from beckon.kit.clock import Clock

BATCH_MAX = 50
TEXT_CHARACTERS_MAX = 1000
BUTTON_CHARACTERS_MAX = 30

REFUSED = frozenset(["UNDELIVERABLE", "EXPIRED", "REJECTED"])
DEAD_NUMBERS = frozenset(
    [
        "REJECTED_DESTINATION",
        "REJECTED_DESTINATION_NOT_REGISTERED",
        "REJECTED_INVALID_DESTINATION",
        "UNDELIVERABLE_NOT_SUPPORTED",
    ]
)


@dataclass(frozen=True, slots=True)
class InfobipAccount:
    """Who sends: `base_url` is personal to the account, `sender` the name Viber registered."""

    base_url: str
    api_key: str = field(repr=False)
    sender: str


class InfobipProvider:
    """Hands letters to Infobip. `report_url` is where it tells what became of them."""

    name = "infobip"
    repeats_safely = False

    def __init__(
        self,
        client: HttpClient,
        clock: Clock,
        account: InfobipAccount,
        *,
        report_url: str | None = None,
    ) -> None:
        self._client = client
        self._clock = clock
        self._account = account
        self._report_url = report_url
        self._base = account.base_url.rstrip("/")
        self._headers = {
            "Authorization": f"App {account.api_key}",
            "Content-Type": "application/json",
            "Accept": "application/json",
        }

    async def send(self, letters: Sequence[Letter]) -> Sequence[Outcome]:
        """Hand the letters over; one outcome each, in their order."""
        outcomes: list[Outcome] = []
        for start in range(0, len(letters), BATCH_MAX):
            batch = letters[start : start + BATCH_MAX]
            try:
                outcomes += await self._carry(batch)
            except (NotSentError, InDoubtError) as fault:
                outcomes += [outcome_of_fault(fault)] * len(batch)
        return outcomes

    async def look_up(self, letters: Sequence[Letter]) -> Sequence[Outcome | None]:
        """Ask Infobip's log; a letter that is not in it may be on its way there: None."""
        return await asyncio.gather(*(self._find(letter) for letter in letters))

    async def close(self) -> None:
        """Nothing is held; the client is shared."""

    async def _carry(self, letters: Sequence[Letter]) -> list[Outcome]:
        answer = await self._client.ask(
            "POST",
            f"{self._base}/viber/2/messages",
            headers=self._headers,
            body=json.write({"messages": [self._message(letter) for letter in letters]}),
        )
        if not answer.is_success:
            return [outcome_of_status(answer, self._clock.now())] * len(letters)
        told = _by_id((answer.json() or {}).get("messages"))
        return [_outcome(told.get(letter.id.hex)) for letter in letters]

    async def _find(self, letter: Letter) -> Outcome | None:
        address = f"{self._base}/viber/2/logs?messageId={letter.id.hex}"
        try:
            answer = await self._client.ask("GET", address, headers=self._headers)
        except (NotSentError, InDoubtError):
            return None
        found = _by_id((answer.json() or {}).get("results")) if answer.is_success else {}
        return _outcome(found[letter.id.hex]) if letter.id.hex in found else None

    def _message(self, letter: Letter) -> dict[str, Any]:
        note = read_note(letter)
        button = {"title": (note.button or "")[:BUTTON_CHARACTERS_MAX], "action": note.link_url}
        content: dict[str, Any] = {"type": "TEXT", "text": note.text[:TEXT_CHARACTERS_MAX]}
        if note.image_url:
            content |= {"type": "IMAGE", "mediaUrl": note.image_url}
        if note.button and note.link_url:
            content["button"] = button
        message = {
            "sender": self._account.sender,
            "destinations": [
                {"to": phone_of(letter).removeprefix("+"), "messageId": letter.id.hex}
            ],
            "content": content,
        }
        if self._report_url:
            message["webhooks"] = {"delivery": {"url": self._report_url}}
        return message


def _by_id(items: object) -> dict[str, Mapping[str, Any]]:
    if not isinstance(items, list):
        return {}
    return {
        item["messageId"]: item
        for item in items
        if isinstance(item, dict) and isinstance(item.get("messageId"), str)
    }


def _outcome(told: Mapping[str, Any] | None) -> Outcome:
    status = told.get("status") if told else None
    if told is None or not isinstance(status, dict):
        return Unknown("Infobip took the request, but its answer does not name the message.")
    name = str(status.get("name", ""))
    reply = f"{name}: {status.get('description', '')}"[:400]
    if status.get("groupName") in REFUSED:
        return Rejected(reply, permanent=name in DEAD_NUMBERS)
    return Sent(told["messageId"], reply)
