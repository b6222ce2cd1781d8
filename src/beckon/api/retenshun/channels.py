"""Channels in the Retenshun vocabulary: which provider serves each, set by one flat body.

Secrets go in and never come out.
"""

from collections.abc import Mapping

from msgspec import UNSET, Struct

from beckon.api.call import Call, Edge
from beckon.api.retenshun.channel_words import (
    CHANNELS,
    FIELDS,
    PROVIDERS,
    ChannelObject,
    Channels,
    InboundSecret,
    InboundWebhook,
    TriedOut,
    TryOut,
    Updated,
    camel,
    channel_object,
)
from beckon.api.retenshun.objects import read_number
from beckon.domain.contacts.model import Channel
from beckon.domain.messages.model import Deferred, Rejected, Sent
from beckon.domain.providers import actions, queries
from beckon.domain.providers.kinds import KINDS
from beckon.domain.providers.model import (
    NewProvider,
    ProviderChange,
    ProviderId,
    ProviderKind,
    StoredProvider,
)
from beckon.kit import json
from beckon.kit.ids import new_token
from beckon.kit.keys import new_p256_key
from beckon.kit.refusals import Invalid


def get_channels(call: Call) -> Channels:
    """GET /channels: every channel and its providers, without their secrets."""
    found: dict[Channel, list[StoredProvider]] = {channel: [] for channel in Channel}
    for provider in queries.list_providers(call.tx, call.project_id):
        found[provider.channel].append(provider)
    shown = {channel: channel_object(channel, providers) for channel, providers in found.items()}
    has_secret = queries.find_inbound(call.tx, call.project_id) is not None
    return Channels(
        email=shown[Channel.EMAIL],
        push=shown[Channel.PUSH],
        sms=shown[Channel.SMS],
        in_app=shown[Channel.IN_APP],
        viber=shown[Channel.VIBER],
        web_push=shown[Channel.WEB_PUSH],
        telegram=ChannelObject(configured=False),
        inbound_webhook=InboundWebhook(_inbound_id(call), _inbound_url(call), has_secret),
    )


def update_channels(call: Call, body: Struct) -> Updated:
    """PUT, PATCH and POST /channels: choose providers and tell them what they need.

    A provider that is named becomes the preferred one of its channel. Raises Invalid naming the
    field; nothing is changed then.
    """
    told = _settings(body)
    for name, channel in CHANNELS.items():
        wanted = getattr(body, f"{name}Provider")
        if wanted is UNSET:
            continue
        if wanted is None:
            _remove(call, channel)
            continue
        kind = PROVIDERS.get(wanted)
        if kind is None or channel not in KINDS[kind].channels:
            known = ", ".join(
                word for word, one in PROVIDERS.items() if channel in KINDS[one].channels
            )
            raise Invalid(f"{name}Provider must be one of {known}.")
        _prefer(call, channel, kind, told.get(kind, {}))
    named = {
        PROVIDERS.get(wanted)
        for name in CHANNELS
        if isinstance(wanted := getattr(body, f"{name}Provider"), str)
    }
    for kind, values in told.items():
        if kind not in named:
            _change_only(call, kind, values)
    return Updated()


async def try_out(call: Edge, provider_id: str, body: TryOut) -> TriedOut:
    """POST /channels/:providerId/test: one test message through one provider, at once."""
    number = ProviderId(read_number("prov", provider_id, "provider"))
    outcome = await call.services.try_out(call.project_id, number, body.to)
    match outcome:
        case Sent(provider_id=named, reply=reply):
            return TriedOut("sent", reply or named)
        case Deferred(reason=reason):
            return TriedOut("deferred", reason)
        case Rejected(reason=reason):
            return TriedOut("rejected", reason)
        case _:
            return TriedOut("unknown", outcome.reason)


def rotate_inbound(call: Call) -> InboundSecret:
    """POST /webhooks/inbound/rotate: a new secret; the last one counts for another day."""
    secret = new_token() + new_token()
    actions.rotate_inbound_secret(
        call.tx,
        call.project_id,
        secret,
        call.services.vault,
        actor=_actor(call),
        now=call.now,
    )
    return InboundSecret(_inbound_id(call), _inbound_url(call), secret)


def _settings(body: Struct) -> dict[ProviderKind, dict[str, str | None]]:
    told: dict[ProviderKind, dict[str, str | None]] = {}
    for field, (kind, setting) in FIELDS.items():
        value = getattr(body, field)
        if value is not UNSET:
            told.setdefault(kind, {})[setting] = _text(value)
    return told


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.text(value)  # a port as a number, a service account as the object it is


def _prefer(
    call: Call, channel: Channel, kind: ProviderKind, values: Mapping[str, str | None]
) -> None:
    known = queries.list_providers(call.tx, call.project_id, channel)
    same = next((one for one in known if one.kind is kind), None)
    if same is None:
        chosen = _create(call, channel, kind, values).id
    else:
        _change(call, same.id, values)
        chosen = same.id
    order = [chosen, *(one.id for one in known if one.id != chosen)]
    actions.reorder(call.tx, call.project_id, channel, order, actor=_actor(call), now=call.now)


def _create(
    call: Call, channel: Channel, kind: ProviderKind, values: Mapping[str, str | None]
) -> StoredProvider:
    given = {name: value for name, value in values.items() if value is not None}
    if kind is ProviderKind.WEB_PUSH:
        given.setdefault("private_key", new_p256_key())
    return actions.create(
        call.tx,
        call.project_id,
        NewProvider(channel, kind, KINDS[kind].label, given),
        call.services.vault,
        report_token=new_token(),
        actor=_actor(call),
        now=call.now,
    )


def _change(call: Call, provider_id: ProviderId, values: Mapping[str, str | None]) -> None:
    actions.change(
        call.tx,
        call.project_id,
        provider_id,
        ProviderChange(values=values or None, is_active=True),
        call.services.vault,
        actor=_actor(call),
        now=call.now,
    )


def _change_only(call: Call, kind: ProviderKind, values: Mapping[str, str | None]) -> None:
    """Change the project's one provider of a kind, where the body does not say which channel's."""
    known = [one for one in queries.list_providers(call.tx, call.project_id) if one.kind is kind]
    field = camel(kind, next(iter(values)))
    if len(known) != 1:
        channels = " or ".join(
            f"{name}Provider" for name, one in CHANNELS.items() if one in KINDS[kind].channels
        )
        raise Invalid(f"{field} needs {channels} beside it, to tell which provider is meant.")
    _change(call, known[0].id, values)


def _remove(call: Call, channel: Channel) -> None:
    for provider in queries.list_providers(call.tx, call.project_id, channel):
        actions.delete(call.tx, call.project_id, provider.id, actor=_actor(call), now=call.now)


def _inbound_id(call: Edge) -> str:
    return f"prj_{call.project_id}"


def _inbound_url(call: Edge) -> str:
    return f"{call.services.base_url}/api/v1/webhook/{_inbound_id(call)}"


def _actor(call: Edge) -> str:
    return f"key {call.key.prefix}"
