"""Which provider a letter takes just now, or how long it has to wait for one.

Invariant: a letter goes to a second provider only while it is certainly not accepted: routes are
chosen anew for each attempt, and what is in doubt has no next one.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

import structlog

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel
from beckon.domain.messages.model import Deferred, Fault, Outcome, Provider, Sent, Unknown
from beckon.engine.breaker import Breaker
from beckon.engine.throttle import Limits, Throttle

Carriers: TypeAlias = Callable[[ProjectId, Channel], Awaitable[Sequence[Provider]]]
"""Who carries a project's messages of a channel, in order of preference; never empty."""

STOPPED_FOR = timedelta(minutes=5)

GROUPS = {
    "gmail.com": "google",
    "googlemail.com": "google",
    "outlook.com": "microsoft",
    "hotmail.com": "microsoft",
    "live.com": "microsoft",
    "msn.com": "microsoft",
    "yahoo.com": "yahoo",
    "ymail.com": "yahoo",
    "rocketmail.com": "yahoo",
    "aol.com": "yahoo",
    "icloud.com": "apple",
    "me.com": "apple",
    "mac.com": "apple",
}
"""Domains that share their servers, and with them their patience."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Wait:
    """Nobody may carry it before `until`."""

    until: datetime
    reason: str


@dataclass(slots=True)
class _Road:
    """What is known of one provider, towards one group of domains."""

    breaker: Breaker = field(default_factory=Breaker)
    throttle: Throttle = field(default_factory=Throttle)


def always(provider: Provider) -> Carriers:
    """Let one provider carry everything."""

    async def carriers(_project_id: ProjectId, _channel: Channel) -> Sequence[Provider]:
        return [provider]

    return carriers


def group_of(channel: Channel, recipient: str) -> str:
    """Tell the group of servers a letter goes to; "" where the provider alone matters."""
    if channel is not Channel.EMAIL:
        return ""
    domain = recipient.rpartition("@")[2].lower()
    return GROUPS.get(domain, domain)


class Routes:
    """One worker's knowledge of how its providers do."""

    def __init__(self, limits: Callable[[str], Limits] | None = None) -> None:
        self._limits = limits or (lambda _: Limits())
        self._whole: dict[Provider, Breaker] = {}
        self._roads: dict[tuple[Provider, str], _Road] = {}

    def choose(self, providers: Sequence[Provider], group: str, now: datetime) -> Provider | Wait:
        """Give the first provider that may carry a letter to this group now, and count it."""
        waits: list[Wait] = []
        for provider in providers:
            wait = self._admit(provider, group, now)
            if wait is None:
                return provider
            waits.append(wait)
        return min(waits, key=lambda wait: wait.until)

    def note(self, provider: Provider, group: str, outcome: Outcome, now: datetime) -> None:
        """Learn from an answer."""
        road, whole = self._road(provider, group), self._breaker(provider)
        road.throttle.release()
        fault = outcome.fault if isinstance(outcome, Deferred) else None
        retry_at = outcome.retry_at if isinstance(outcome, Deferred) else None
        match fault:
            case Fault.CREDENTIALS:
                log.error("route.stopped", provider=provider.name, reason=str(outcome))
                whole.trip(now, until=now + STOPPED_FOR)
            case Fault.PROVIDER:
                log.warning("route.opened", provider=provider.name, reason=str(outcome))
                whole.trip(now, until=retry_at)
            case Fault.DOMAIN:
                road.throttle.slow_down(now)
                road.breaker.note(now, is_good=False, until=retry_at)
            case _:
                is_good = not isinstance(outcome, Unknown)
                whole.note(now, is_good=is_good)
                if isinstance(outcome, Sent):
                    road.breaker.note(now, is_good=True)

    def is_closed(self, provider: Provider, group: str, now: datetime) -> bool:
        """Tell whether a letter chosen for this route before had better not take it any more."""
        road, whole = self._road(provider, group), self._breaker(provider)
        return whole.is_open(now) or road.breaker.is_open(now)

    def forget(self, provider: Provider, group: str) -> None:
        """Undo the counting of a letter that did not leave after all."""
        self._road(provider, group).throttle.release()

    def open_routes(self, now: datetime) -> list[str]:
        """Name the providers that carry nothing just now, for the operator's metrics."""
        return [one.name for one, breaker in self._whole.items() if breaker.is_open(now)]

    def _admit(self, provider: Provider, group: str, now: datetime) -> Wait | None:
        road, whole = self._road(provider, group), self._breaker(provider)
        for breaker, who in ((whole, provider.name), (road.breaker, f"{provider.name} to {group}")):
            until = breaker.wait_until(now)
            if until is not None:
                return Wait(until, f"{who} takes nothing just now; it waits until it does.")
        until = road.throttle.wait_until(now, self._limits(group))
        if until is not None:
            return Wait(until, f"{provider.name} to {group} is as fast as it may be.")
        whole.take(now)
        road.breaker.take(now)
        road.throttle.take(now)
        return None

    def _breaker(self, provider: Provider) -> Breaker:
        return self._whole.setdefault(provider, Breaker())

    def _road(self, provider: Provider, group: str) -> _Road:
        return self._roads.setdefault((provider, group), _Road())
