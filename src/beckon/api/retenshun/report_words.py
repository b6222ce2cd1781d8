"""The words in which providers report, and what they mean here.

Only what is certain about an address counts as a hard bounce: a carrier's filter or a policy never
does, for it would silence people who can be reached.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha1, sha256
from hmac import compare_digest, new
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from beckon.domain.messages.model import Heard, MessageId, Report
from beckon.domain.subscriptions.model import ActivityKind
from beckon.kit import json
from beckon.kit.refusals import Invalid

REASON_CHARACTERS_MAX = 400
REPORTS_MAX = 1000

_TWILIO_HARD = frozenset(["21211", "21614", "30005", "30006"])
_TWILIO_BLOCKED = frozenset(["21610", "30004", "30007", "30008", "30034", "63018"])
_INFOBIP_HARD = frozenset(
    [
        "REJECTED_DESTINATION",
        "REJECTED_DESTINATION_NOT_REGISTERED",
        "REJECTED_INVALID_DESTINATION",
        "UNDELIVERABLE_NOT_SUPPORTED",
        "EC_ABSENT_SUBSCRIBER_PERMANENT",
        "EC_UNKNOWN_SUBSCRIBER",
    ]
)
_EVENTS = {
    "message.delivered": Heard.DELIVERED,
    "message.complained": Heard.COMPLAINED,
    "message.failed": Heard.BOUNCED_SOFT,
}
_READINGS = {
    "message.opened": ActivityKind.OPENED,
    "message.clicked": ActivityKind.CLICKED,
}
_BOUNCES = {
    "hard": Heard.BOUNCED_HARD,
    "permanent": Heard.BOUNCED_HARD,
    "soft": Heard.BOUNCED_SOFT,
    "transient": Heard.BOUNCED_SOFT,
    "block": Heard.BLOCKED,
    "blocked": Heard.BLOCKED,
}


@dataclass(frozen=True, slots=True)
class Event:
    """The envelope `{"event", "data"}`: either a report on a message, or what its reader did.

    Both are None for what tells nothing of a message.
    """

    name: str
    user_id: str | None
    message_id: MessageId | None
    report: Report | None
    reading: ActivityKind | None


def read_event(body: bytes, now: datetime) -> Event:
    """Read the envelope that this vocabulary documents. Raises Invalid."""
    told = _read_object(body)
    name, data = told.get("event"), told.get("data")
    if not isinstance(name, str):
        raise Invalid("event must be a string.")
    if not isinstance(data, dict):
        raise Invalid("data must be an object.")
    user_id = data.get("userId")
    kind = _kind_of_event(name, data)
    reading = _READINGS.get(name)
    message_id = data.get("messageId")
    if (kind or reading) and not (isinstance(message_id, str) and message_id):
        raise Invalid("data.messageId is required: the message's id here or at the provider.")
    return Event(
        name,
        user_id if isinstance(user_id, str) else None,
        _own_id(str(message_id)),
        None if kind is None else _report(kind, str(message_id), now, data.get("reason")),
        reading,
    )


def read_twilio(body: bytes, query: Mapping[str, str], now: datetime) -> list[Report]:
    """Read a status callback; what is still under way tells nothing. Raises Invalid."""
    try:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=100))
    except ValueError:
        raise Invalid("The body is no form.") from None
    sid, status, code = (form.get(key, "") for key in ("MessageSid", "MessageStatus", "ErrorCode"))
    kind = _kind_of_twilio(status, code)
    if kind is None or not sid:
        return []
    own = query.get("message", "")
    reason = f"{status} {code}".strip() if kind is not Heard.DELIVERED else None
    return [_report(kind, own or sid, now, reason)]


def read_infobip(body: bytes, now: datetime) -> list[Report]:
    """Read delivery reports, at most 1,000; what is pending tells nothing. Raises Invalid."""
    results = _read_object(body).get("results")
    if not isinstance(results, list) or len(results) > REPORTS_MAX:
        raise Invalid(f"results must be a list of at most {REPORTS_MAX} reports.")
    reports = []
    for result in results:
        if not isinstance(result, dict) or not isinstance(result.get("messageId"), str):
            raise Invalid("Each report must have a messageId.")
        status, error = (
            part if isinstance(part, dict) else {}
            for part in (result.get("status"), result.get("error"))
        )
        kind = _kind_of_infobip(status, error)
        if kind is not None:
            reason = None if kind is Heard.DELIVERED else str(status.get("name", ""))
            reports.append(_report(kind, result["messageId"], now, reason))
    return reports


def is_signed_by_twilio(signature: str, *, url: str, body: bytes, token: str) -> bool:
    """Check `X-Twilio-Signature`: HMAC-SHA1 of the address and the sorted form. Source: Twilio."""
    try:
        form = sorted(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=100))
    except ValueError:
        return False
    signed = url + "".join(name + value for name, value in form)
    expected = b64encode(new(token.encode(), signed.encode(), sha1).digest())
    return compare_digest(expected, signature.strip().encode())


def is_signed(signature: str, *, body: bytes, secrets: Sequence[str]) -> bool:
    """Check `X-Signature`: hex HMAC-SHA256 of the raw body by any live secret, in constant time."""
    given = signature.strip().removeprefix("sha256=").lower().encode()
    found = [
        compare_digest(new(secret.encode(), body, sha256).hexdigest().encode(), given)
        for secret in secrets
    ]
    return any(found)


def _kind_of_event(name: str, data: Mapping[str, Any]) -> Heard | None:
    if name == "message.bounced":
        said = str(data.get("bounceType", "hard")).lower()
        return _BOUNCES.get(said, Heard.BOUNCED_SOFT)
    return _EVENTS.get(name)


def _kind_of_twilio(status: str, code: str) -> Heard | None:
    if status in {"delivered", "read"}:
        return Heard.DELIVERED
    if status not in {"undelivered", "failed"}:
        return None
    if code in _TWILIO_HARD:
        return Heard.BOUNCED_HARD
    return Heard.BLOCKED if code in _TWILIO_BLOCKED else Heard.BOUNCED_SOFT


def _kind_of_infobip(status: Mapping[str, Any], error: Mapping[str, Any]) -> Heard | None:
    match status.get("groupName"):
        case "DELIVERED":
            return Heard.DELIVERED
        case "UNDELIVERABLE" | "REJECTED" | "EXPIRED":
            names = {status.get("name"), error.get("name")}
            return Heard.BOUNCED_HARD if names & _INFOBIP_HARD else Heard.BOUNCED_SOFT
        case _:
            return None


def _report(kind: Heard, name: str, now: datetime, reason: object) -> Report:
    text = str(reason)[:REASON_CHARACTERS_MAX] if reason else None
    own = _own_id(name)
    return Report(kind, now, own, None if own else name, text)


def _own_id(name: str) -> MessageId | None:
    try:
        return MessageId(UUID(hex=name.removeprefix("msg_")))
    except ValueError:
        return None


def _read_object(body: bytes) -> Mapping[str, Any]:
    value = json.read(body)
    if not isinstance(value, dict):
        raise Invalid("The body must be a JSON object.")
    return value
