"""Hands due messages to the outside world, each in a lane of its own.

Invariant: `submitting` is committed before the first byte leaves, for one message a lane, so a
crash leaves at most as many in doubt as there are lanes.
Invariant: no transaction is open while a provider is talked to.
"""

import asyncio
from collections.abc import Sequence
from functools import partial

import structlog

from beckon.domain.messages import actions as messages
from beckon.domain.messages.model import (
    Draft,
    Letter,
    Outcome,
    Provider,
    Unknown,
    Unwritable,
    Written,
)
from beckon.domain.messages.writing import write
from beckon.kit.clock import Clock
from beckon.kit.refusals import Refusal
from beckon.storage.state import State

LANES = 8
HELD_MAX = 64
PAUSE_SECONDS = 0.5

log = structlog.get_logger()


class Deliver:
    """Due messages → the outside world. Called as a step; `finish` waits for what is under way."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        provider: Provider,
        *,
        worker: str,
        default_sender: str,
    ) -> None:
        self._state = state
        self._clock = clock
        self._provider = provider
        self._worker = worker
        self._default_sender = default_sender
        self._lanes = asyncio.Semaphore(LANES)
        self._under_way: set[asyncio.Task[None]] = set()

    async def __call__(self) -> bool:
        """Claim as many messages as there is room for and send them on their way."""
        room = HELD_MAX - len(self._under_way)
        if room < HELD_MAX // 2:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
            return True
        drafts = await self._state.write(
            partial(
                messages.claim,
                worker=self._worker,
                default_sender=self._default_sender,
                now=self._clock.now(),
                limit=room,
            )
        )
        # In a thread: a slow template must not hold up the loop.
        for one in await asyncio.to_thread(_write_all, drafts):
            task = asyncio.create_task(self._hand_over(one))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return bool(drafts)

    async def finish(self) -> None:
        """Wait until what is under way has its answer."""
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def _hand_over(self, one: Written | Unwritable) -> None:
        async with self._lanes:
            try:
                letters = await self._state.write(
                    partial(
                        messages.submit,
                        written=[one],
                        provider=self._provider.name,
                        now=self._clock.now(),
                    )
                )
            except Refusal as refusal:  # nothing left yet; the lease ends and it is due again
                log.warning("submit.refused", reason=refusal.message)
                return
            if letters:
                await self._settle(letters, await self._send(letters))

    async def _send(self, letters: Sequence[Letter]) -> Sequence[Outcome]:
        try:
            return await self._provider.send(letters)
        except Exception as fault:
            log.exception("provider.failed", provider=self._provider.name)
            return [Unknown(f"The provider's code failed: {fault!r}") for _ in letters]

    async def _settle(self, letters: Sequence[Letter], outcomes: Sequence[Outcome]) -> None:
        """Store the answers, however long the store is away: they are known nowhere else."""
        settling = partial(
            messages.settle,
            letters=letters,
            outcomes=outcomes,
            provider=self._provider.name,
            now=self._clock.now(),
        )
        while True:
            try:
                await self._state.write(settling)
            except Refusal as refusal:
                log.warning("settle.refused", reason=refusal.message)
                await self._clock.sleep(PAUSE_SECONDS)
            else:
                return


def _write_all(drafts: Sequence[Draft]) -> list[Written | Unwritable]:
    return [write(draft) for draft in drafts]
