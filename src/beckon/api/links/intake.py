"""Gathers openings and clicks: what many people do at once goes into one commit.

Invariant: `take` answers after the commit that holds the activity, or raises.
"""

import asyncio
from collections.abc import Sequence
from functools import partial

from beckon.domain.subscriptions import actions
from beckon.domain.subscriptions.model import Activity
from beckon.storage.state import State

AT_ONCE_MAX = 1000

Waiting = tuple[Activity, asyncio.Future[None]]


class ActivityIntake:
    """One batch under way at a time; what comes meanwhile is the next."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._waiting: list[Waiting] = []
        self._committing: asyncio.Task[None] | None = None

    async def take(self, activity: Activity) -> None:
        """Note an activity. Raises StoreUnavailable."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append((activity, done))
        if self._committing is None and len(self._waiting) == 1:
            loop.call_soon(self._hand_over)  # let the other requests of this tick join
        await done

    def _hand_over(self) -> None:
        if self._committing is None and self._waiting:
            batch, self._waiting = self._waiting[:AT_ONCE_MAX], self._waiting[AT_ONCE_MAX:]
            self._committing = asyncio.create_task(self._commit(batch))
            self._committing.add_done_callback(self._after)

    def _after(self, _: asyncio.Task[None]) -> None:
        self._committing = None
        self._hand_over()

    async def _commit(self, batch: Sequence[Waiting]) -> None:
        try:
            await self._state.write(
                partial(actions.record_activity, activity=[activity for activity, _ in batch])
            )
        except Exception as fault:  # noqa: BLE001 - whatever it is, who waits is told
            _tell(batch, fault)
        else:
            _tell(batch, None)


def _tell(batch: Sequence[Waiting], fault: Exception | None) -> None:
    for _, done in batch:
        if done.done():
            continue
        if fault is None:
            done.set_result(None)
        else:
            done.set_exception(fault)
