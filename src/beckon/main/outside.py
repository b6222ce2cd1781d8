"""What talks to other machines: HTTP clients, and the providers that carry messages."""

import asyncio
import time
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass

from beckon.channels.building import Tools
from beckon.channels.http.client import HttpClient, Patience
from beckon.channels.http.targets import Opening, read_openings
from beckon.channels.inbox.provider import InboxProvider
from beckon.channels.outbox.provider import OutboxProvider
from beckon.channels.post import Post
from beckon.channels.registry import Registry
from beckon.channels.smtp.address import SmtpAddress
from beckon.channels.smtp.address import parse as parse_smtp_url
from beckon.channels.smtp.provider import SmtpProvider
from beckon.domain.contacts.model import Channel
from beckon.domain.messages.model import Provider
from beckon.kit.addresses import check_mailbox
from beckon.kit.return_paths import check_bounce_address
from beckon.main.core import Core
from beckon.settings import Settings

HOOK_SECONDS = 15.0
CLOSE_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Targets:
    """What the settings say of other machines: the relay for everybody, who may be called."""

    relay: SmtpAddress | None
    bounces: str | None
    openings: tuple[Opening, ...]


@dataclass(frozen=True, slots=True)
class World:
    """Two clients, of which the one for webhooks gives up sooner; and who carries messages."""

    calling: HttpClient
    hooks: HttpClient
    registry: Registry
    post: Post
    keeps_mail: bool


def read_targets(settings: Settings) -> Targets:
    """Read what the settings say. Raises Invalid for a relay or an address that cannot be read."""
    relay = parse_smtp_url(settings.smtp_url) if settings.smtp_url else None
    openings = read_openings(settings.private_targets)
    check_mailbox(settings.default_sender, "BECKON_MAIL_FROM")
    bounces = settings.bounce_address
    checked = check_bounce_address(bounces, "BECKON_BOUNCE_ADDRESS") if bounces else None
    return Targets(relay, checked, openings)


def open_world(core: Core, targets: Targets, opened: AsyncExitStack) -> World:
    """Make clients and providers; `opened` closes them."""
    calling = HttpClient(targets.openings)
    hooks = HttpClient(targets.openings, patience=Patience(total=HOOK_SECONDS))
    opened.push_async_callback(calling.close)
    opened.push_async_callback(hooks.close)
    default = _default_providers(core, targets)
    tools = Tools(core.state, core.clock, calling, core.settings.public_url)
    registry = Registry(tools, core.vault, default, time.monotonic)
    opened.push_async_callback(_close, registry)
    relay = default[Channel.EMAIL] if targets.relay else None
    post = Post(relay, core.settings.default_sender, core.clock)
    return World(calling, hooks, registry, post, keeps_mail=relay is None)


def _default_providers(core: Core, targets: Targets) -> dict[Channel, Provider]:
    """Say who carries for projects without a provider of their own."""
    default: dict[Channel, Provider] = dict.fromkeys(Channel, OutboxProvider())
    default[Channel.IN_APP] = InboxProvider(core.state, core.clock)
    if targets.relay:
        default[Channel.EMAIL] = SmtpProvider(
            targets.relay,
            core.clock,
            connections_max=core.settings.lanes,
            bounces=targets.bounces,
        )
    return default


async def _close(registry: Registry) -> None:
    # A relay may take minutes to answer; what waits for it is listed at the next start.
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await registry.close()
