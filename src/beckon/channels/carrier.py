"""A project's provider at work: as fast as it may be, closed once nothing is in flight."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from beckon.domain.messages.model import Deferred, Fault, Letter, Outcome, Provider, Sent
from beckon.domain.providers.model import StoredProvider
from beckon.kit.clock import Clock

NoteFault = Callable[[StoredProvider, str | None], Awaitable[None]]


class Carrier:
    """Wraps a provider with the limits of its project and an eye on its faults.

    `note_fault` is told when the provider as a whole begins to fail, and when it works again.
    """

    def __init__(
        self, stored: StoredProvider, provider: Provider, clock: Clock, note_fault: NoteFault
    ) -> None:
        self.stored = stored
        self.name = f"{stored.kind}:{stored.id}"
        self.repeats_safely = provider.repeats_safely
        self._provider = provider
        self._clock = clock
        self._note_fault = note_fault
        self._fault = stored.fault
        self._gate = asyncio.Semaphore(stored.connections_max or 1)
        self._next_at: datetime | None = None
        self._in_flight = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def send(self, letters: Sequence[Letter]) -> Sequence[Outcome]:
        """Hand the letters over, within the limits; one outcome each, in their order."""
        self._in_flight += 1
        self._idle.clear()
        try:
            outcomes = await self._send(letters)
        finally:
            self._in_flight -= 1
            if not self._in_flight:
                self._idle.set()
        await self._watch(outcomes)
        return outcomes

    async def look_up(self, letters: Sequence[Letter]) -> Sequence[Outcome | None]:
        """Ask what became of letters in doubt."""
        return await self._provider.look_up(letters)

    async def close(self) -> None:
        """Wait until nothing is in flight, and let the connections go."""
        await self._idle.wait()
        await self._provider.close()

    async def _send(self, letters: Sequence[Letter]) -> Sequence[Outcome]:
        if self.stored.rate_per_second is None and self.stored.connections_max is None:
            return await self._provider.send(letters)
        answers = await asyncio.gather(*(self._send_one(letter) for letter in letters))
        return [outcome for answer in answers for outcome in answer]

    async def _send_one(self, letter: Letter) -> Sequence[Outcome]:
        await self._take_turn()
        if self.stored.connections_max is None:
            return await self._provider.send([letter])
        async with self._gate:
            return await self._provider.send([letter])

    async def _take_turn(self) -> None:
        """Wait for the next moment the rate allows; moments are given out in order."""
        if self.stored.rate_per_second is None:
            return
        now = self._clock.now()
        turn = max(self._next_at or now, now)
        self._next_at = turn + timedelta(seconds=1 / self.stored.rate_per_second)
        if turn > now:
            await self._clock.sleep((turn - now).total_seconds())

    async def _watch(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            match outcome:
                case Deferred(reason=reason, fault=Fault.PROVIDER | Fault.CREDENTIALS):
                    await self._tell(reason)
                case Sent():
                    await self._tell(None)

    async def _tell(self, fault: str | None) -> None:
        if (fault is None) != (self._fault is None):
            self._fault = fault
            await self._note_fault(self.stored, fault)
