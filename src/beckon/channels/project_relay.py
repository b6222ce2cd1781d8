"""A project's own SMTP relay: reached only where a project may reach, at a checked address.

Invariant: the name is looked up before a connection and never during one, so a second answer of
its name server reaches nobody.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from beckon.channels.http.client import HttpClient
from beckon.channels.http.targets import TargetRefusedError
from beckon.channels.smtp.address import SmtpAddress
from beckon.channels.smtp.provider import SmtpProvider
from beckon.domain.messages.model import Deferred, Fault, Letter, Outcome
from beckon.kit.clock import Clock

PORTS = frozenset([25, 465, 587, 2525])
LOOK_SECONDS = 10.0
KEPT_SECONDS = 60.0


class ProjectRelay:
    """Hands letters to a relay that a project named; looks its name up once a minute."""

    name = "smtp"
    repeats_safely = False

    def __init__(
        self,
        client: HttpClient,
        clock: Clock,
        address: SmtpAddress,
        *,
        connections_max: int,
        bounces: str | None = None,
    ) -> None:
        self._client = client
        self._clock = clock
        self._address = address
        self._connections_max = connections_max
        self._bounces = bounces
        self._looking = asyncio.Lock()
        self._relay: SmtpProvider | None = None
        self._found_at = ""
        self._until = 0.0
        self._former: list[SmtpProvider] = []

    async def send(self, letters: Sequence[Letter]) -> Sequence[Outcome]:
        """Hand the letters over; one outcome each, in their order."""
        try:
            relay = await self._find()
        except TargetRefusedError as refused:
            return [Deferred(str(refused), fault=Fault.CREDENTIALS) for _ in letters]
        except (OSError, UnicodeError) as fault:  # a time-out is one, too
            reason = f"{self._address.host} cannot be found: {fault or 'no answer in time'}."
            return [Deferred(reason, fault=Fault.PROVIDER) for _ in letters]
        return await relay.send(letters)

    async def look_up(self, letters: Sequence[Letter]) -> Sequence[Outcome | None]:
        """Tell nothing: SMTP has no word to ask what became of a letter."""
        return [None for _ in letters]

    async def close(self) -> None:
        """Finish what is under way, and let the connections go."""
        relays = [*self._former, *([self._relay] if self._relay else [])]
        await asyncio.gather(*(relay.close() for relay in relays))

    async def _find(self) -> SmtpProvider:
        async with self._looking:
            loop = asyncio.get_running_loop()
            if self._relay is None or loop.time() >= self._until:
                async with asyncio.timeout(LOOK_SECONDS):
                    found = await self._client.locate(self._address.host, self._address.port, PORTS)
                self._until = loop.time() + KEPT_SECONDS
                if self._relay is None or self._found_at not in found:
                    self._move(found)
            assert self._relay is not None
            return self._relay

    def _move(self, found: Sequence[str]) -> None:
        if not found:
            raise OSError("its name has no address")
        if self._relay is not None:  # it carries on what it has begun
            self._former.append(self._relay)
        self._found_at = found[0]
        self._relay = SmtpProvider(
            replace(self._address, found_at=found[0]),
            self._clock,
            connections_max=self._connections_max,
            bounces=self._bounces,
        )
