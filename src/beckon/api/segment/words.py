"""The calls as they come in, and how each becomes what happened. These words stop here.

Source: the Segment HTTP tracking API, as its SDKs and RudderStack's speak it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct, field

from beckon.api.call import Edge
from beckon.api.times import read_moment
from beckon.domain.accounts.model import KeyKind
from beckon.domain.contacts.model import NewDevice, Origin, Platform, Profile, Who
from beckon.domain.contacts.rules import check_id, read_profile
from beckon.domain.events import rules
from beckon.domain.events.model import EventId, Happening, Identification, NewEvent
from beckon.kit.ids import named_uuid
from beckon.kit.refusals import Invalid
from beckon.kit.time_zones import check_time_zone
from beckon.kit.values import replace

MESSAGE_ID_CHARACTERS_MAX = 255
TOKEN_CHARACTERS_MAX = 4096
ORIGIN = Origin("segment")


class Words(Struct, rename="camel"):
    """One call, or one item of a batch, whose `type` says which call it is."""

    type: str | None = None
    user_id: str | int | None = None
    anonymous_id: str | int | None = None
    previous_id: str | int | None = None
    group_id: str | int | None = None
    event: str | None = None
    name: str | None = None
    category: str | None = None
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None
    context: dict[str, Any] | None = None
    message_id: str | None = None
    timestamp: str | None = None
    original_timestamp: str | None = None
    sent_at: str | None = None


class BatchWords(Struct, rename="camel"):
    """Body of POST /v1/batch and /v1/import; each item is looked at by itself."""

    batch: list[Any]
    sent_at: str | None = None
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """Where a call was read: by whose key, when it was sent, and its place in a batch."""

    edge: Edge
    sent_at: str | None
    place: str = ""

    def happening(self, words: Words) -> Happening:
        """Turn a call into what happened. Raises Invalid."""
        read = _READERS.get(words.type or "")
        if read is None:
            raise Invalid(f"{self.place}type must be one of {', '.join(_READERS)}.")
        return read(self, words)


def _track(reading: Reading, words: Words) -> NewEvent:
    if words.event is None:
        raise Invalid(f"{reading.place}event is required.")
    return _event(reading, words, words.event, words.properties or {})


def _page(reading: Reading, words: Words) -> NewEvent:
    """Log a page or screen under that one name; which it was stands in the properties."""
    told = {"name": words.name, "category": words.category}
    named = {word: value for word, value in told.items() if value is not None}
    assert words.type is not None
    return _event(reading, words, words.type, {**named, **(words.properties or {})})


def _identify(reading: Reading, words: Words) -> Identification:
    context = words.context or {}
    told = context.get("traits")
    traits = {**(told if isinstance(told, dict) else {}), **(words.traits or {})}
    profile = _profile(reading, {**_from_context(context), **traits})
    return Identification(_who(reading, words), profile, _device(context))


def _group(reading: Reading, words: Words) -> Identification:
    """Keep the group as the property `group` of the person, with its id and traits."""
    group_id = _text(words.group_id)
    if group_id is None:
        raise Invalid(f"{reading.place}groupId is required.")
    group = {"id": group_id, **(words.traits or {})}
    return Identification(
        _who(reading, words), replace(_profile(reading, {}), properties={"group": group})
    )


def _alias(reading: Reading, words: Words) -> Identification:
    """Take the previous id for a visitor's, who is the user from now on."""
    before, now = _text(words.previous_id), _text(words.user_id)
    if before is None or now is None:
        raise Invalid(f"{reading.place}previousId and userId are required.")
    who = Who(
        external_id=check_id(now, f"{reading.place}userId"),
        anonymous_id=check_id(before, f"{reading.place}previousId"),
    )
    return Identification(who, _profile(reading, {}))


_READERS: Mapping[str, Callable[[Reading, Words], Happening]] = {
    "track": _track,
    "identify": _identify,
    "page": _page,
    "screen": _page,
    "group": _group,
    "alias": _alias,
}


def _event(reading: Reading, words: Words, name: str, properties: Mapping[str, object]) -> NewEvent:
    who = _who(reading, words)
    return NewEvent(
        id=_event_id(reading, words.message_id),
        name=rules.check_name(name, f"{reading.place}event"),
        who=who,
        key=who.external_id or who.anonymous_id,
        properties=properties,
        occurred_at=_moment(reading, words),
        received_at=reading.edge.now,
    )


def _event_id(reading: Reading, message_id: str | None) -> EventId:
    if not message_id:
        return EventId(reading.edge.new_id())
    if len(message_id) > MESSAGE_ID_CHARACTERS_MAX:
        raise Invalid(
            f"{reading.place}messageId must have at most {MESSAGE_ID_CHARACTERS_MAX} characters."
        )
    return EventId(named_uuid("event", str(reading.edge.project_id), message_id))


def _who(reading: Reading, words: Words) -> Who:
    user, anonymous = _text(words.user_id), _text(words.anonymous_id)
    if user is None and anonymous is None:
        raise Invalid(f"{reading.place}userId or anonymousId is required.")
    return Who(
        external_id=None if user is None else check_id(user, f"{reading.place}userId"),
        anonymous_id=(
            None if anonymous is None else check_id(anonymous, f"{reading.place}anonymousId")
        ),
    )


def _profile(reading: Reading, traits: Mapping[str, object]) -> Profile:
    return read_profile(
        traits,
        f"{reading.place}traits.",
        overwrites=reading.edge.key.kind is KeyKind.SECRET,
        origin=ORIGIN,
    )


def _from_context(context: Mapping[str, object]) -> dict[str, object]:
    """Take from the context what is known of the person; what cannot be taken is left there."""
    found: dict[str, object] = {}
    locale, zone = context.get("locale"), context.get("timezone")
    if isinstance(locale, str) and 0 < len(locale) <= len("ca-Latn-ES-valencia"):
        found["language"] = locale
    if isinstance(zone, str):
        try:
            found["timezone"] = check_time_zone(zone, "timezone")
        except Invalid:
            return found
    return found


def _device(context: Mapping[str, object]) -> NewDevice | None:
    """Read the push token a mobile SDK puts into the context; None without a usable one."""
    device = context.get("device")
    if not isinstance(device, dict):
        return None
    token, kind = device.get("token"), str(device.get("type", "")).lower()
    if not isinstance(token, str) or not 0 < len(token) <= TOKEN_CHARACTERS_MAX or token[0] == "{":
        return None
    if kind not in (Platform.IOS, Platform.ANDROID):
        return None
    app = context.get("app")
    name = app.get("namespace") if isinstance(app, dict) else None
    known = device.get("id")
    return NewDevice(
        platform=Platform(kind),
        provider="APNS" if kind == Platform.IOS else "FCM",
        token=token,
        app=name if isinstance(name, str) else None,
        external_id=known if isinstance(known, str) else None,
    )


def _moment(reading: Reading, words: Words) -> datetime:
    """Tell when it happened by our clock: the device's, put right by when it says it sent this.

    Never in the future: then it happened just now.
    """
    now = reading.edge.now
    written = words.original_timestamp or words.timestamp
    if written is None:
        return now
    moment = read_moment(written, f"{reading.place}timestamp", zone=UTC)
    sent = words.sent_at or reading.sent_at
    if sent is not None:
        moment += now - read_moment(sent, f"{reading.place}sentAt", zone=UTC)
    return min(moment, now)


def _text(value: str | int | None) -> str | None:
    return None if value is None or value == "" else str(value)
