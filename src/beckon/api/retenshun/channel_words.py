"""The words of channels in the Retenshun vocabulary: names of providers and settings, objects.

A provider's settings are named `<provider><Field>`, such as `twilioAccountSid`.
"""

from typing import Any

from msgspec import UNSET, Struct, UnsetType, defstruct

from beckon.api.times import write_moment, write_moment_or_none
from beckon.domain.contacts.model import Channel
from beckon.domain.providers.kinds import KINDS
from beckon.domain.providers.model import ProviderKind, StoredProvider

CHANNELS = {
    "email": Channel.EMAIL,
    "push": Channel.PUSH,
    "sms": Channel.SMS,
    "inApp": Channel.IN_APP,
    "viber": Channel.VIBER,
    "webPush": Channel.WEB_PUSH,
}

PROVIDERS = {kind.value.upper(): kind for kind in ProviderKind}

Value = str | int | dict[str, Any] | None | UnsetType


def camel(*words: str) -> str:
    """Join names of ours into one of the wire."""
    first, *others = [part for word in words for part in word.split("_")]
    return first + "".join(other.capitalize() for other in others)


FIELDS = {
    camel(kind.kind, setting.name): (kind.kind, setting.name)
    for kind in KINDS.values()
    for setting in kind.settings
}
"""Wire names of settings: `smtpHost` is the host of an SMTP provider."""

UpdateChannels = defstruct(
    "UpdateChannels",
    [
        *((f"{name}Provider", str | None | UnsetType, UNSET) for name in CHANNELS),
        *((name, Value, UNSET) for name in FIELDS),
    ],
    namespace={"__doc__": "Body of PUT /channels; what is not given stays, null removes."},
    forbid_unknown_fields=True,
)


class ProviderObject(Struct, rename="camel"):
    """One provider of a channel; `fault` is why it is of no use just now."""

    id: str
    provider: str
    name: str
    active: bool
    settings: dict[str, str]
    secrets: list[str]
    rate_per_second: int | None
    connections_max: int | None
    fault: str | None
    fault_at: str | None
    created_at: str
    updated_at: str


class ChannelObject(Struct, rename="camel", omit_defaults=True):
    """One channel. The first provider is the preferred one."""

    configured: bool
    provider: str | None = None
    from_email: str | None = None
    from_: str | None = None
    public_key: str | None = None
    providers: list[ProviderObject] = []


class InboundWebhook(Struct, rename="camel"):
    """Where reports come in; `configured` once a secret was made."""

    id: str
    url: str
    configured: bool


class Channels(Struct, rename="camel"):
    """Reply to GET /channels."""

    email: ChannelObject
    push: ChannelObject
    sms: ChannelObject
    in_app: ChannelObject
    viber: ChannelObject
    web_push: ChannelObject
    telegram: ChannelObject
    inbound_webhook: InboundWebhook


class Updated(Struct):
    """Reply to PUT /channels."""

    updated: bool = True


class TryOut(Struct):
    """Body of POST /channels/:providerId/test: where to, in the words of the channel."""

    to: str


class TriedOut(Struct):
    """Reply to a test: `sent`, `deferred`, `rejected` or `unknown`, and the provider's words."""

    status: str
    message: str


class InboundSecret(Struct):
    """Reply to POST /webhooks/inbound/rotate: the one time the secret is shown."""

    id: str
    url: str
    secret: str


def channel_object(channel: Channel, providers: list[StoredProvider]) -> ChannelObject:
    """Show a channel and its providers, the preferred one first."""
    preferred = next((one for one in providers if one.is_active), None)
    if preferred is None:
        return ChannelObject(configured=channel is Channel.IN_APP)  # that one is built in
    return ChannelObject(
        configured=True,
        provider=preferred.kind.value.upper(),
        from_email=preferred.settings.get("from_email"),
        from_=preferred.settings.get("from"),
        public_key=preferred.settings.get("public_key"),
        providers=[_provider(one) for one in providers],
    )


def _provider(provider: StoredProvider) -> ProviderObject:
    return ProviderObject(
        id=f"prov_{provider.id}",
        provider=provider.kind.value.upper(),
        name=provider.name,
        active=provider.is_active,
        settings={camel(name): value for name, value in provider.settings.items()},
        secrets=[camel(name) for name in provider.secret_names],
        rate_per_second=provider.rate_per_second,
        connections_max=provider.connections_max,
        fault=provider.fault,
        fault_at=write_moment_or_none(provider.fault_at),
        created_at=write_moment(provider.created_at),
        updated_at=write_moment(provider.updated_at),
    )
