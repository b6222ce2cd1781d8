"""Outgoing webhooks as requests: signed, through the guarded client, answers cut short.

Source: Standard Webhooks 1.0 (webhook-id, webhook-timestamp, webhook-signature). `X-Signature` is
the hex HMAC-SHA256 of the raw body besides, for receivers that know that alone.
"""

import hmac
from base64 import b64decode, b64encode
from datetime import datetime
from hashlib import sha256
from ipaddress import ip_address
from uuid import UUID

from beckon.channels.http.client import HttpClient, InDoubtError, NotSentError
from beckon.channels.http.targets import PORTS, TargetRefusedError, is_public
from beckon.domain.webhooks.model import Hook, Outcome
from beckon.kit.refusals import Invalid
from beckon.kit.urls import read_url

SECRET_BEGINS = "whsec_"  # noqa: S105 - how a secret begins, no secret
ANSWER_BYTES_MAX = 65_536


async def tell(
    client: HttpClient, hook: Hook, delivery_id: UUID, body: bytes, now: datetime
) -> Outcome:
    """Tell a webhook one thing, once; `delivery_id` is the same on every attempt."""
    try:
        answer = await client.ask(
            "POST",
            hook.url,
            headers=sign(hook.secret, f"whd_{delivery_id.hex}", body, now) | _login(hook),
            body=body,
            bytes_max=ANSWER_BYTES_MAX,
        )
    except (NotSentError, InDoubtError) as fault:
        return Outcome(error=fault.reason)
    return Outcome(answer.status, answer.text)


async def look(client: HttpClient, hook: Hook) -> Outcome:
    """Ask whether anybody answers at a webhook's address."""
    try:
        answer = await client.ask(
            "GET", hook.url, headers=_login(hook), body=b"", bytes_max=ANSWER_BYTES_MAX
        )
    except (NotSentError, InDoubtError) as fault:
        return Outcome(error=fault.reason)
    return Outcome(answer.status, answer.text)


def sign(secret: str, message_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """Make the headers that prove who sends a body, and when."""
    moment = str(int(now.timestamp()))
    signed = f"{message_id}.{moment}.".encode() + body
    key = b64decode(secret.removeprefix(SECRET_BEGINS))
    signature = b64encode(hmac.new(key, signed, sha256).digest()).decode()
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{signature}",
        "x-signature": hmac.new(secret.encode(), body, sha256).hexdigest(),
    }


def _login(hook: Hook) -> dict[str, str]:
    if hook.login is None:
        return {}
    return {"authorization": f"Basic {b64encode(hook.login.encode()).decode()}"}


async def check_target(client: HttpClient, text: str, field: str) -> None:
    """Let an address pass that a project may give. Raises Invalid naming the field.

    https to the internet at large, or http too where the operator opened a network. A name that
    leads nowhere yet may pass: it is looked up again before every call.
    """
    url = read_url(text, field)
    try:
        found = await client.locate(url.host, url.port)
    except TargetRefusedError as refused:
        raise Invalid(f"{field}: {refused}") from None
    except OSError:
        found = []
    is_inside = bool(found) and not any(is_public(ip_address(address)) for address in found)
    if not url.is_secure and not is_inside:
        raise Invalid(f"{field} must begin with https://.")
    if url.port not in PORTS and not found:
        raise Invalid(f"{field} must have port 80 or 443.")
