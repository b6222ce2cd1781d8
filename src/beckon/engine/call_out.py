"""What happened → webhooks: the logs are read forward, and what is due is told, side by side.

Invariant: no transaction is open while a webhook is told something. A worker that dies meanwhile
leaves it due again after a minute; its id tells the other side that it is the same one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from random import SystemRandom
from typing import TypeAlias
from uuid import UUID

import structlog

from beckon.domain.webhooks import actions, following
from beckon.domain.webhooks.model import Delivery, Hook, Outcome, Webhook
from beckon.kit.clock import Clock
from beckon.storage.sealed import Vault
from beckon.storage.state import State

Tell: TypeAlias = Callable[[Hook, UUID, bytes, datetime], Awaitable[Outcome]]
"""Tells one thing once; never raises for what the outside does."""

Write: TypeAlias = Callable[[Webhook, Delivery], bytes]
"""Writes what is told in the words of the face that the webhook listens to."""

log = structlog.get_logger()


class CallOut:
    """Called as a step."""

    def __init__(self, state: State, clock: Clock, tell: Tell, write: Write, vault: Vault) -> None:
        self._state = state
        self._clock = clock
        self._tell = tell
        self._write = write
        self._vault = vault
        self._random = SystemRandom()

    async def __call__(self) -> bool:
        """Queue what the logs say and tell what is due. Returns whether there may be more."""
        has_more = await self._follow()
        claimed = await self._claim()
        await asyncio.gather(*(self._call(*one) for one in claimed))
        return has_more or bool(claimed)

    async def _follow(self) -> bool:
        if not await self._state.read(following.is_behind):
            return False
        now = self._clock.now()
        done = [
            await self._state.write(partial(following.follow, one=one, now=now))
            for one in following.FOLLOWED
        ]
        return any(done)

    async def _claim(self) -> list[tuple[Webhook, Delivery]]:
        now = self._clock.now()
        if not await self._state.read(partial(actions.has_due, now=now)):
            return []
        return await self._state.write(partial(actions.claim, now=now))

    async def _call(self, webhook: Webhook, delivery: Delivery) -> None:
        try:
            hook = actions.open_hook(webhook, self._vault)
            body = self._write(webhook, delivery)
            outcome = await self._tell(hook, delivery.id, body, self._clock.now())
        except Exception as fault:
            log.exception("webhook.failed", webhook=webhook.id)
            outcome = Outcome(error=f"Our own code failed: {type(fault).__name__}.")
        settling = partial(
            actions.settle,
            delivery=delivery,
            outcome=outcome,
            dice=self._random.random(),
            now=self._clock.now(),
        )
        await self._state.write(settling)
