"""The hot path: what many calls want logged goes into one set-based action and one commit.

Invariant: a call is answered after the commit that holds its happenings, and a call that is
refused takes nobody with it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.events import actions
from beckon.domain.events.model import Happening
from beckon.kit.clock import Clock
from beckon.storage.schema import Tx
from beckon.storage.state import State

Concerned = list[ContactId | None]

HAPPENINGS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Waiting:
    """A call's happenings and where its answer goes."""

    project_id: ProjectId
    happenings: Sequence[Happening]
    done: asyncio.Future[Concerned]


class Ingest:
    """Gathers what waits while the writer is busy. `ring` is called after each commit."""

    def __init__(self, state: State, clock: Clock, ring: Callable[[], None], *, lanes: int) -> None:
        self._state = state
        self._clock = clock
        self._ring = ring
        self._free = lanes
        self._waiting: list[Waiting] = []
        self._committing: set[asyncio.Task[None]] = set()

    async def take(self, project_id: ProjectId, happenings: Sequence[Happening]) -> Concerned:
        """Log happenings in order; answers after the commit with whom each concerns."""
        loop = asyncio.get_running_loop()
        waiting = Waiting(project_id, happenings, loop.create_future())
        self._waiting.append(waiting)
        if self._free and len(self._waiting) == 1:
            loop.call_soon(self._hand_over)  # let the other requests of this tick join
        return await waiting.done

    def _hand_over(self) -> None:
        if not self._waiting or not self._free:
            return
        self._free -= 1
        task = asyncio.create_task(self._commit(self._next_batch()))
        self._committing.add(task)
        task.add_done_callback(self._after)

    def _next_batch(self) -> list[Waiting]:
        size = 0
        for place, waiting in enumerate(self._waiting):
            size += len(waiting.happenings)
            if size >= HAPPENINGS_AT_ONCE:
                batch, self._waiting = self._waiting[: place + 1], self._waiting[place + 1 :]
                return batch
        batch, self._waiting = self._waiting, []
        return batch

    def _after(self, task: asyncio.Task[None]) -> None:
        self._committing.discard(task)
        self._free += 1
        self._hand_over()

    async def _commit(self, batch: Sequence[Waiting]) -> None:
        now = self._clock.now()
        try:
            concerned = await self._state.write(partial(_record, batch=batch, now=now))
        except Exception as fault:  # noqa: BLE001 - whatever it is, the callers are told
            if len(batch) == 1:
                _tell(batch[0], fault)
            else:  # somebody's fault: each on its own, so that only the culprit hears of it
                for waiting in batch:
                    await self._commit([waiting])
            return
        self._ring()
        for waiting, found in zip(batch, concerned, strict=True):
            if not waiting.done.done():
                waiting.done.set_result(found)


def _record(tx: Tx, *, batch: Sequence[Waiting], now: datetime) -> list[Concerned]:
    by_project: dict[ProjectId, list[int]] = defaultdict(list)
    for place, waiting in enumerate(batch):
        by_project[waiting.project_id].append(place)
    answers: list[Concerned] = [[] for _ in batch]
    for project_id in sorted(by_project):
        places = by_project[project_id]
        together = [happening for place in places for happening in batch[place].happenings]
        found = iter(actions.record(tx, project_id, together, now))
        for place in places:
            answers[place] = [next(found) for _ in batch[place].happenings]
    return answers


def _tell(waiting: Waiting, fault: Exception) -> None:
    if not waiting.done.done():
        waiting.done.set_exception(fault)
