"""Carries messages to browsers. Source: RFC 8030, one POST to the address the browser gave.

The address comes from whoever called with a public key, so it is reached through the guarded
client like any other. A topic names each message: a push service that still holds the first copy
replaces it by the second.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from beckon.channels.http.carrying import carry_each, outcome_of_status, retry_at
from beckon.channels.http.client import HttpClient, NotSentError
from beckon.channels.http.connection import Answer
from beckon.channels.notes import read_note
from beckon.channels.web_push.encryption import CONTENT_BYTES_MAX, Keys, seal
from beckon.channels.web_push.vapid import Vapid, from_base64
from beckon.domain.messages.model import Deferred, Fault, Letter, Outcome, Rejected, Sent
from beckon.kit import json
from beckon.kit.clock import Clock
from beckon.kit.refusals import Invalid
from beckon.kit.urls import read_url

LIFE_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where a browser listens, and how it is sealed for."""

    endpoint: str
    origin: str
    keys: Keys


class WebPushProvider:
    """Hands letters to the push services of the browsers they are for."""

    name = "web_push"
    repeats_safely = False

    def __init__(self, client: HttpClient, clock: Clock, vapid: Vapid) -> None:
        self._client = client
        self._clock = clock
        self._vapid = vapid

    async def send(self, letters: Sequence[Letter]) -> Sequence[Outcome]:
        """Hand the letters over; one outcome each, in their order."""
        return await carry_each(letters, self._carry)

    async def look_up(self, letters: Sequence[Letter]) -> Sequence[Outcome | None]:
        """Tell nothing: push services have no way to ask."""
        return [None for _ in letters]

    async def close(self) -> None:
        """Nothing is held; the client is shared."""

    async def _carry(self, letter: Letter) -> Outcome:
        try:
            subscription = read_subscription(letter.recipient)
            content = _content(letter)
            sealed = seal(
                content,
                subscription.keys,
                own=generate_private_key(SECP256R1()),
                salt=os.urandom(16),
            )
        except ValueError as fault:
            return Rejected(f"The browser's subscription cannot be used: {fault}", permanent=True)
        if len(content) > CONTENT_BYTES_MAX:
            return Rejected(f"The message has more than {CONTENT_BYTES_MAX} bytes.")
        try:
            answer = await self._client.ask(
                "POST",
                subscription.endpoint,
                headers=self._headers(subscription, letter),
                body=sealed,
            )
        except NotSentError as fault:
            if fault.is_refused:  # nobody's settings are wrong: this browser gave a bad address
                return Rejected(fault.reason, permanent=True)
            return Deferred(fault.reason, fault=Fault.DOMAIN)
        return self._outcome(answer)

    def _headers(self, subscription: Subscription, letter: Letter) -> Mapping[str, str]:
        return {
            "Authorization": self._vapid.header(subscription.origin, self._clock.now()),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(LIFE_SECONDS),
            "Topic": letter.id.hex,  # 32 characters, exactly as many as a topic may have
            "Urgency": "normal",
        }

    def _outcome(self, answer: Answer) -> Outcome:
        reason = f"{answer.status} {answer.text}".strip()
        if answer.is_success:
            return Sent(answer.headers.get("location", ""))
        if answer.status in {404, 410}:  # the subscription ended (RFC 8030 section 7.3)
            return Rejected(reason, permanent=True)
        if answer.status in {429, 503}:  # one push service of many
            return Deferred(reason, retry_at(answer, self._clock.now()), Fault.DOMAIN)
        return outcome_of_status(answer, self._clock.now())


def read_subscription(text: str) -> Subscription:
    """Read a browser's PushSubscription as JSON. Raises ValueError naming what is wrong."""
    try:
        told = json.read(text.encode())
        endpoint = read_url(told["endpoint"], "endpoint")
        keys = Keys(*(from_base64(told["keys"][name]) for name in ("p256dh", "auth")))
    except Invalid as fault:
        raise ValueError(fault.message) from None
    except (KeyError, TypeError, AttributeError):
        raise ValueError("endpoint, keys.p256dh and keys.auth are needed.") from None
    if len(keys.p256dh) != 65 or len(keys.auth) != 16:
        raise ValueError("p256dh has 65 bytes, auth 16.")
    origin = f"{'https' if endpoint.is_secure else 'http'}://{endpoint.authority}"
    return Subscription(str(endpoint), origin, keys)


def _content(letter: Letter) -> bytes:
    note = read_note(letter)
    return json.write(
        {
            "id": letter.id.hex,
            "title": note.title or "",
            "body": note.text,
            "image": note.image_url,
            "link": note.link_url,
            "data": note.data,
        }
    )
