"""Carries messages of any channel by a described HTTP request: one request a letter."""

from collections.abc import Sequence

from beckon.channels.generic_http.requests import (
    Coding,
    Description,
    fill,
    fill_address,
    find,
    write_form,
)
from beckon.channels.http.carrying import carry_each, outcome_of_status
from beckon.channels.http.client import HttpClient
from beckon.channels.http.connection import Answer
from beckon.channels.notes import phone_of, read_note
from beckon.domain.contacts.model import Channel
from beckon.domain.messages.model import Letter, Outcome, Rejected, Sent, Unknown
from beckon.kit import json
from beckon.kit.clock import Clock

PHONES = frozenset([Channel.SMS, Channel.VIBER])


class GenericHttpProvider:
    """Hands letters over as described. With an idempotency header a repeat has one effect."""

    name = "http"

    def __init__(
        self, client: HttpClient, clock: Clock, description: Description, *, sender: str = ""
    ) -> None:
        self._client = client
        self._clock = clock
        self._description = description
        self._sender = sender
        self.repeats_safely = description.idempotency_header is not None

    async def send(self, letters: Sequence[Letter]) -> Sequence[Outcome]:
        """Hand the letters over; one outcome each, in their order."""
        return await carry_each(letters, self._carry)

    async def look_up(self, letters: Sequence[Letter]) -> Sequence[Outcome | None]:
        """Tell nothing: how to ask is not described."""
        return [None for _ in letters]

    async def close(self) -> None:
        """Nothing is held; the client is shared."""

    async def _carry(self, letter: Letter) -> Outcome:
        described, values = self._description, self._values(letter)
        headers = {name: str(fill(value, values)) for name, value in described.headers.items()}
        if described.token is not None:
            headers["Authorization"] = f"Bearer {described.token}"
        if described.idempotency_header is not None:
            headers[described.idempotency_header] = letter.id.hex
        if described.coding is Coding.FORM:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = write_form(described.body, values)
        else:
            headers["Content-Type"] = "application/json"
            body = json.write(fill(described.body, values))
        answer = await self._client.ask(
            described.method,
            fill_address(described.url, values),
            headers=headers,
            body=body,
        )
        return self._outcome(answer)

    def _values(self, letter: Letter) -> dict[str, str]:
        note = read_note(letter)
        return {
            "id": letter.id.hex,
            "to": phone_of(letter) if letter.channel in PHONES else letter.recipient,
            "from": self._sender,
            "text": note.text,
            "title": note.title or "",
            "image_url": note.image_url or "",
            "link_url": note.link_url or "",
            "button": note.button or "",
        }

    def _outcome(self, answer: Answer) -> Outcome:
        described = self._description
        if not answer.is_success:
            return outcome_of_status(answer, self._clock.now())
        if described.id_path is None and described.success_path is None:
            return Sent("", answer.text)
        told = answer.json()
        if told is None:
            return Unknown("The provider took the request, but its answer is no JSON object.")
        if described.success_path is not None:
            said = find(told, described.success_path)
            if said != described.success_value:
                return Rejected(f"{described.success_path} is {said}: {answer.text}")
        provider_id = find(told, described.id_path) if described.id_path else ""
        if provider_id is None:
            return Unknown(f"The provider's answer has no {described.id_path}.")
        return Sent(provider_id, answer.text)
