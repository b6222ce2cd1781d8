"""Carries SMS by Twilio: one request a letter, which Twilio queues.

Source: Twilio's Message resource (`POST /2010-04-01/Accounts/{sid}/Messages.json`) and its list of
error codes. It knows no idempotency key and no name of ours for a message, so a letter in doubt
cannot be looked up; its report, if one comes, names it.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from beckon.channels.http.carrying import carry_each, outcome_of_status, retry_at
from beckon.channels.http.client import HttpClient
from beckon.channels.http.connection import Answer
from beckon.channels.notes import phone_of, read_note
from beckon.domain.messages.model import (
    Deferred,
    Fault,
    Letter,
    Outcome,
    Rejected,
    Sent,
    Unknown,
)
from beckon.kit.clock import Clock

API = "https://api.twilio.com"

# Not a number, not a mobile phone, or its owner answered STOP.
DEAD_NUMBERS = frozenset([21211, 21217, 21401, 21407, 21421, 21610, 21614])
# The sender is not ours, the account is suspended or out of money.
ACCOUNT_FAULTS = frozenset([20003, 20005, 21212, 21603, 21606, 21659, 21660, 21703, 30002])
QUEUE_FULL = frozenset([20429, 21611, 30001])


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """Who sends: `sender` is a number, a name, or a messaging service (`MG…`)."""

    account_sid: str
    auth_token: str = field(repr=False)
    sender: str


class TwilioProvider:
    """Hands letters to Twilio. `report_url` is where it tells what became of them."""

    name = "twilio"
    repeats_safely = False

    def __init__(
        self,
        client: HttpClient,
        clock: Clock,
        account: TwilioAccount,
        *,
        report_url: str | None = None,
        api: str = API,
    ) -> None:
        self._client = client
        self._clock = clock
        self._account = account
        self._report_url = report_url
        sid = quote(account.account_sid, safe="")
        self._address = f"{api}/2010-04-01/Accounts/{sid}/Messages.json"
        login = f"{account.account_sid}:{account.auth_token}".encode()
        self._headers = {
            "Authorization": f"Basic {b64encode(login).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }

    async def send(self, letters: Sequence[Letter]) -> Sequence[Outcome]:
        """Hand the letters over; one outcome each, in their order."""
        return await carry_each(letters, self._carry)

    async def look_up(self, letters: Sequence[Letter]) -> Sequence[Outcome | None]:
        """Tell nothing: Twilio lists messages by its own names only."""
        return [None for _ in letters]

    async def close(self) -> None:
        """Nothing is held; the client is shared."""

    async def _carry(self, letter: Letter) -> Outcome:
        sender = self._account.sender
        form = {
            "To": phone_of(letter),
            "MessagingServiceSid" if sender.startswith("MG") else "From": sender,
            "Body": read_note(letter).text,
        }
        if self._report_url:
            form["StatusCallback"] = f"{self._report_url}?message={letter.id.hex}"
        answer = await self._client.ask(
            "POST", self._address, headers=self._headers, body=urlencode(form).encode()
        )
        return self._outcome(answer)

    def _outcome(self, answer: Answer) -> Outcome:
        told = answer.json() or {}
        if answer.is_success:
            sid = told.get("sid")
            if not isinstance(sid, str):
                return Unknown("Twilio took the request, but its answer names no message.")
            return Sent(sid, str(told.get("status", "")))
        code = told.get("code")
        reason = f"{answer.status} {code}: {told.get('message', answer.text)}"[:400]
        if code in DEAD_NUMBERS:
            return Rejected(reason, permanent=True)
        if code in ACCOUNT_FAULTS:
            return Deferred(reason, fault=Fault.CREDENTIALS)
        if code in QUEUE_FULL:
            return Deferred(reason, retry_at(answer, self._clock.now()), Fault.PROVIDER)
        return outcome_of_status(answer, self._clock.now())
