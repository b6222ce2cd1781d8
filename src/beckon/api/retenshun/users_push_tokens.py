"""Push tokens of users in the Retenshun vocabulary; inside, a token is a device's."""

from typing import Any, Literal

from msgspec import Struct, field

from beckon.api.call import Call
from beckon.api.retenshun.objects import Deleted, read_number, user_id
from beckon.api.retenshun.users import find_user
from beckon.api.times import write_moment
from beckon.domain.contacts import actions, queries
from beckon.domain.contacts.model import Contact, Device, DeviceId, NewDevice, Platform
from beckon.kit import json
from beckon.kit.refusals import Invalid
from beckon.kit.texts import is_line

TOKEN_CHARACTERS_MAX = 4096
NAME_CHARACTERS_MAX = 255
SHOWN_CHARACTERS = 8

PROVIDERS = {Platform.IOS: "APNS", Platform.ANDROID: "FCM", Platform.WEB: "WEBPUSH"}


class WebPushKeys(Struct):
    """The keys of a browser's subscription, as PushSubscription.toJSON() gives them."""

    p256dh: str
    auth: str


class AddPushToken(Struct, rename="camel"):
    """Body of POST /users/:id/push-tokens; for `web` the token is the subscription's endpoint."""

    token: str
    platform: Literal["ios", "android", "web"]
    provider: Literal["FCM", "APNS", "WEBPUSH"] | None = None
    device_id: str | None = None
    app_id: str | None = None
    keys: WebPushKeys | None = None
    details: dict[str, Any] = field(default_factory=dict)


class RemovePushToken(Struct):
    """Body of DELETE /users/:id/push-tokens."""

    token: str


class PushTokenObject(Struct, rename="camel"):
    """A push token; the token itself is shown shortened."""

    id: str
    user_id: str | None
    platform: str
    provider: str
    token: str
    device_id: str | None
    app_id: str | None
    active: bool
    created_at: str
    last_seen_at: str


class PushTokenList(Struct, rename="camel"):
    """Reply to GET /users/:id/push-tokens."""

    push_tokens: list[PushTokenObject]


def add_push_token(call: Call, user_id: str, body: AddPushToken) -> PushTokenObject:
    """POST /users/:id/push-tokens; a token known at another user moves to this one."""
    contact = find_user(call, user_id)
    device = actions.add_device(call.tx, call.project_id, contact.id, _device(body), call.now)
    return _object(contact, device)


def list_push_tokens(call: Call, user_id: str) -> PushTokenList:
    """GET /users/:id/push-tokens, the one seen last first."""
    contact = find_user(call, user_id)
    found = queries.list_devices(call.tx, call.project_id, [contact.id], with_dead=True)
    return PushTokenList([_object(contact, device) for device in found])


def remove_push_token(call: Call, user_id: str, token_id: str) -> Deleted:
    """DELETE /users/:id/push-tokens/:tokenId."""
    contact = find_user(call, user_id)
    device_id = DeviceId(read_number("ptk", token_id, "push token"))
    actions.remove_device(call.tx, call.project_id, contact.id, device_id, call.now)
    return Deleted()


def remove_push_token_by_name(call: Call, user_id: str, body: RemovePushToken) -> Deleted:
    """DELETE /users/:id/push-tokens, for clients that know only the token."""
    contact = find_user(call, user_id)
    actions.remove_token(call.tx, call.project_id, contact.id, _check_token(body.token), call.now)
    return Deleted()


def _device(body: AddPushToken) -> NewDevice:
    platform = Platform(body.platform)
    token = _check_token(body.token)
    if body.keys is not None:
        _check_keys(body.keys)
    if platform is Platform.WEB:
        token = _subscription(token, body.keys)
    return NewDevice(
        platform=platform,
        provider=body.provider or PROVIDERS[platform],
        token=token,
        app=_check_name(body.app_id, "appId"),
        external_id=_check_name(body.device_id, "deviceId"),
        details=body.details,
    )


def _subscription(endpoint: str, keys: WebPushKeys | None) -> str:
    """Write a browser's subscription as a provider is given it."""
    if keys is None:
        raise Invalid("keys is required for web, as PushSubscription.toJSON() gives them.")
    if not endpoint.startswith("https://"):
        raise Invalid("token must be the subscription's endpoint, an https address.")
    return json.text({"endpoint": endpoint, "keys": {"p256dh": keys.p256dh, "auth": keys.auth}})


def _check_keys(keys: WebPushKeys) -> None:
    for name, value in (("p256dh", keys.p256dh), ("auth", keys.auth)):
        if not 0 < len(value) <= NAME_CHARACTERS_MAX or not value.isascii() or not is_line(value):
            raise Invalid(
                f"keys.{name} must be Base64 of at most {NAME_CHARACTERS_MAX} characters."
            )


def _check_token(token: str) -> str:
    trimmed = token.strip()
    if not 0 < len(trimmed) <= TOKEN_CHARACTERS_MAX or not is_line(trimmed) or trimmed[0] == "{":
        raise Invalid(f"token must be one line of 1 to {TOKEN_CHARACTERS_MAX} characters.")
    return trimmed


def _check_name(value: str | None, field_name: str) -> str | None:
    if value is not None and (len(value) > NAME_CHARACTERS_MAX or not is_line(value)):
        raise Invalid(
            f"{field_name} must have at most {NAME_CHARACTERS_MAX} characters "
            "and no control characters."
        )
    return value or None


def _object(contact: Contact, device: Device) -> PushTokenObject:
    token = json.stored(device.token)["endpoint"] if device.token[0] == "{" else device.token
    return PushTokenObject(
        id=f"ptk_{device.id}",
        user_id=user_id(contact.external_id, contact.id),
        platform=device.platform,
        provider=device.provider,
        token=f"…{token[-SHOWN_CHARACTERS:]}",
        device_id=device.external_id,
        app_id=device.app,
        active=device.dead_at is None,
        created_at=write_moment(device.created_at),
        last_seen_at=write_moment(device.seen_at),
    )
