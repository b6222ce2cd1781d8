"""Who carries a project's messages: its own providers, or else the installation's.

Invariant: a change of settings counts within a second, and whoever was replaced finishes what it
has in flight before it is closed.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from beckon.channels.building import Tools, Unusable, build
from beckon.channels.carrier import Carrier
from beckon.channels.trial import trial_letter
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel
from beckon.domain.messages.model import Fault, Outcome, Provider
from beckon.domain.providers import actions, queries
from beckon.domain.providers.actions import Vault
from beckon.domain.providers.model import ProviderId, StoredProvider
from beckon.kit.refusals import Refusal

FRESH_SECONDS = 1.0

log = structlog.get_logger()

Stamp = tuple[int, int]


@dataclass(slots=True)
class Known:
    """The providers of one channel of a project, and when it was last seen that they still are."""

    stamp: Stamp
    providers: Sequence[Provider]
    own: Sequence[Carrier]
    seen_at: float


class Registry:
    """Finds and keeps providers. `monotonic` counts seconds; `default` carries for everybody."""

    def __init__(
        self,
        tools: Tools,
        vault: Vault,
        default: Mapping[Channel, Provider],
        monotonic: Callable[[], float],
    ) -> None:
        self._tools = tools
        self._vault = vault
        self._default = default
        self._monotonic = monotonic
        self._known: dict[tuple[ProjectId, Channel], Known] = {}
        self._locks: dict[tuple[ProjectId, Channel], asyncio.Lock] = {}
        self._closing: set[asyncio.Task[None]] = set()

    async def carriers(self, project_id: ProjectId, channel: Channel) -> Sequence[Provider]:
        """Give who carries a project's messages of a channel, the preferred first; never empty."""
        key = (project_id, channel)
        known = self._known.get(key)
        if known is not None and self._monotonic() - known.seen_at < FRESH_SECONDS:
            return known.providers
        async with self._locks.setdefault(key, asyncio.Lock()):
            return await self._renewed(key)

    async def try_out(
        self, project_id: ProjectId, provider_id: ProviderId, recipient: str
    ) -> Outcome:
        """Send one test message through one provider, active or not, and tell what came of it.

        Raises ProviderUnknown, and Invalid for a recipient that is none on its channel.
        """
        stored = await self._tools.state.read(
            lambda tx: queries.get_provider(tx, project_id, provider_id)
        )
        letter = trial_letter(stored, recipient)
        provider = self._carrier(stored)
        try:
            (outcome,) = await provider.send([letter])
        finally:
            await provider.close()
        return outcome

    async def close(self) -> None:
        """Close all of them, once nothing is in flight."""
        own = [carrier for known in self._known.values() for carrier in known.own]
        self._known.clear()
        await asyncio.gather(
            *self._closing,
            *(carrier.close() for carrier in own),
            *(provider.close() for provider in set(self._default.values())),
        )
        await self._tools.client.close()

    async def _renewed(self, key: tuple[ProjectId, Channel]) -> Sequence[Provider]:
        project_id, channel = key
        known = self._known.get(key)
        asked_at = self._monotonic()
        if known is not None and asked_at - known.seen_at < FRESH_SECONDS:
            return known.providers  # somebody else looked while we waited
        try:
            stamp, stored = await self._tools.state.read(
                lambda tx: (
                    queries.find_stamp(tx, project_id, channel),
                    queries.list_providers(tx, project_id, channel),
                )
            )
        except Refusal:
            if known is None:
                raise
            return known.providers  # the store is away; what was true a moment ago still serves
        if known is not None and known.stamp == stamp:
            known.seen_at = asked_at
            return known.providers
        own = [self._carrier(one) for one in stored if one.is_active]
        providers: Sequence[Provider] = own or [self._without_own(channel, stored)]
        self._known[key] = Known(stamp, providers, own, asked_at)
        if known is not None:
            self._retire(known.own)
        return providers

    def _carrier(self, stored: StoredProvider) -> Carrier:
        provider: Provider
        try:
            secrets = actions.open_secrets(stored, self._vault)
            provider = build(stored, secrets, self._tools)
        except (ValueError, KeyError, Refusal) as fault:
            log.warning("provider.unusable", provider=stored.id, fault=type(fault).__name__)
            reason = "Its settings cannot be used; give them again."
            provider = Unusable(stored.kind, reason, Fault.CREDENTIALS)
        return Carrier(stored, provider, self._tools.clock, self._note_fault)

    def _without_own(self, channel: Channel, stored: Sequence[StoredProvider]) -> Provider:
        if stored:  # switched off on purpose: nobody else may step in
            reason = "All providers of this channel are switched off."
            return Unusable("switched off", reason, Fault.PROVIDER)
        return self._default[channel]

    def _retire(self, carriers: Sequence[Carrier]) -> None:
        for carrier in carriers:
            task = asyncio.create_task(carrier.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def _note_fault(self, stored: StoredProvider, fault: str | None) -> None:
        try:
            await self._tools.state.write(
                lambda tx: actions.note_fault(
                    tx, stored.project_id, stored.id, fault, self._tools.clock.now()
                )
            )
        except Refusal as refused:  # the letter's own outcome is stored by whoever sent it
            log.warning("provider.fault_unnoted", provider=stored.id, reason=refused.message)
