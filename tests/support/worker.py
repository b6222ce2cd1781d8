"""One worker of the engine, its steps called by hand; time passes only when the test says so."""

import asyncio

from beckon.domain.messages import queries as messages
from beckon.domain.messages.model import Message, Provider
from beckon.domain.messages.queries import MessageFilter
from beckon.engine import steps
from beckon.engine.deliver import Deliver
from beckon.engine.listen import listen
from beckon.engine.routes import always
from beckon.engine.schedule import schedule
from beckon.engine.wake import wake
from beckon.kit.clock import Clock
from beckon.storage.state import SqliteState, State

ROUNDS_MAX = 200
LOOK_AGAIN_SECONDS = 0.03
SENDER = '"Beckon" <hello@beckon.example>'


class NobodyLeft:
    """A presence that thinks everybody gone but the one who asks."""

    def __init__(self, me: str) -> None:
        self._me = me

    async def begin(self) -> None:
        """Be there."""

    async def gone(self, workers):
        """Name all the others."""
        return [worker for worker in workers if worker != self._me]

    async def close(self) -> None:
        """Be gone."""


class Worker:
    """A worker with a name; `drain` does all that is due at this moment of its clock."""

    def __init__(self, name: str, state: State, clock: Clock, provider: Provider) -> None:
        self.name = name
        self._state = state
        self._clock = clock
        self._carriers = always(provider)
        self._deliver = Deliver(state, clock, self._carriers, worker=name, default_sender=SENDER)

    async def drain(self) -> None:
        """Run every step until none finds work; steps that never rest fail the test."""
        await self._run_all()
        if not isinstance(self._state, SqliteState):
            # PostgreSQL hides a line of a log while anything older runs, in any database.
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
            await self._run_all()

    async def pass_by(self) -> None:
        """Drain where nothing was stored since the last time but what steps store themselves."""
        if await self._run_all():
            await self.drain()

    async def _run_all(self) -> bool:
        for rounds in range(ROUNDS_MAX):
            worked = [await self.listen(), await self.look(), await self.wake()]
            if not any(worked) | await self.deliver():
                return rounds > 0
        raise AssertionError("the engine finds work for ever")

    async def listen(self) -> bool:
        return await listen(self._state, self._clock)

    async def look(self) -> bool:
        """Look whose date or turn it is."""
        return await schedule(self._state, self._clock)

    async def wake(self) -> bool:
        return await wake(self._state, self._clock)

    async def deliver(self) -> bool:
        """Hand over what is due and wait for the answers."""
        worked = await self._deliver()
        await self._deliver.finish()
        return worked

    async def take_over(self) -> bool:
        """Recover what workers that are gone left behind."""
        return await steps.reconcile(self._state, self._clock, NobodyLeft(self.name))

    async def resolve(self) -> bool:
        """Look into what is in doubt."""
        return await steps.resolve(self._state, self._clock, self._carriers)


async def all_messages(state: State, project_id) -> list[Message]:
    """List the project's messages, the first queued first."""
    return await state.read(
        lambda tx: messages.list_messages(tx, project_id, MessageFilter(), offset=0, limit=1000)[
            ::-1
        ]
    )
