"""Carries push messages to Android and iOS by Firebase Cloud Messaging.

Source: FCM's `POST /v1/projects/{project}/messages:send` and its ErrorCode page. There is no
idempotency key and no look-up; each message carries its id as tag and collapse id, so that a copy
takes the place of the first on the screen.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from beckon.channels.fcm.tokens import ACCESS, NoAccessError, ServiceAccount, Tokens
from beckon.channels.http.carrying import carry_each, outcome_of_status, retry_at
from beckon.channels.http.client import HttpClient, InDoubtError, NotSentError
from beckon.channels.http.connection import Answer
from beckon.channels.notes import Note, read_note
from beckon.domain.messages.model import (
    Deferred,
    Fault,
    Letter,
    Outcome,
    Rejected,
    Sent,
    Unknown,
)
from beckon.kit import json
from beckon.kit.clock import Clock

API = "https://fcm.googleapis.com"

DEAD_TOKENS = frozenset(["UNREGISTERED", "SENDER_ID_MISMATCH"])
ACCOUNT_FAULTS = frozenset(["THIRD_PARTY_AUTH_ERROR", "UNAUTHENTICATED", "PERMISSION_DENIED"])


class FcmProvider:
    """Hands letters to FCM in the name of a service account."""

    name = "fcm"
    repeats_safely = False

    def __init__(
        self,
        client: HttpClient,
        clock: Clock,
        account: ServiceAccount,
        *,
        api: str = API,
        access: str = ACCESS,
    ) -> None:
        self._client = client
        self._clock = clock
        self._tokens = Tokens(client, clock, account, address=access)
        self._address = f"{api}/v1/projects/{account.project}/messages:send"

    async def send(self, letters: Sequence[Letter]) -> Sequence[Outcome]:
        """Hand the letters over; one outcome each, in their order."""
        return await carry_each(letters, self._carry)

    async def look_up(self, letters: Sequence[Letter]) -> Sequence[Outcome | None]:
        """Tell nothing: FCM has no way to ask."""
        return [None for _ in letters]

    async def close(self) -> None:
        """Nothing is held; the client is shared."""

    async def _carry(self, letter: Letter) -> Outcome:
        try:
            token = await self._tokens.get()
        except NoAccessError as refused:
            return refused.outcome
        except (NotSentError, InDoubtError) as fault:  # of the token: the letter stayed here
            return Deferred(fault.reason, fault=Fault.PROVIDER)
        answer = await self._client.ask(
            "POST",
            self._address,
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            body=json.write({"message": _message(letter)}),
        )
        if answer.status == 401:
            self._tokens.forget(token)
        return self._outcome(answer)

    def _outcome(self, answer: Answer) -> Outcome:
        told = answer.json() or {}
        if answer.is_success:
            name = told.get("name")
            if not isinstance(name, str):
                return Unknown("FCM took the request, but its answer names no message.")
            return Sent(name)
        code, message = _fault(told)
        reason = f"{answer.status} {code}: {message or answer.text}"[:400]
        if code in DEAD_TOKENS or (
            code == "INVALID_ARGUMENT" and "registration token" in message.lower()
        ):
            return Rejected(reason, permanent=True)
        if code in ACCOUNT_FAULTS:
            return Deferred(reason, fault=Fault.CREDENTIALS)
        if code in {"QUOTA_EXCEEDED", "UNAVAILABLE"}:
            return Deferred(reason, retry_at(answer, self._clock.now()), Fault.PROVIDER)
        return outcome_of_status(answer, self._clock.now())


def _message(letter: Letter) -> dict[str, Any]:
    note, name = read_note(letter), letter.id.hex
    shown = {"title": note.title, "body": note.text, "image": note.image_url}
    return {
        "token": letter.recipient,
        "notification": {key: value for key, value in shown.items() if value},
        "data": _data(note, name),
        "android": {"priority": "HIGH", "notification": {"tag": name}},
        "apns": {"headers": {"apns-collapse-id": name}},
    }


def _data(note: Note, name: str) -> dict[str, str]:
    """Write what the app gets: FCM takes strings only, so anything else goes as JSON."""
    data = {
        key: value if isinstance(value, str) else json.text(value)
        for key, value in note.data.items()
    }
    return data | {"messageId": name} | ({"link": note.link_url} if note.link_url else {})


def _fault(told: Mapping[str, Any]) -> tuple[str, str]:
    """Find the most precise code of an error, and its words."""
    error = told.get("error")
    if not isinstance(error, dict):
        return "", ""
    details = error.get("details")
    codes = [
        detail["errorCode"]
        for detail in (details if isinstance(details, list) else ())
        if isinstance(detail, dict) and isinstance(detail.get("errorCode"), str)
    ]
    return str(codes[0] if codes else error.get("status", "")), str(error.get("message", ""))
