"""Hands due messages to the outside world, each provider's in lanes of their own.

Invariant: `submitting` is committed before the first byte leaves, for one message a lane, so a
crash leaves at most as many in doubt as there are lanes.
Invariant: no transaction is open while a provider is talked to.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from functools import partial

import structlog

from beckon.domain.messages import delivery
from beckon.domain.messages.model import (
    Draft,
    Letter,
    Outcome,
    Provider,
    Unknown,
    Unwritable,
    Written,
)
from beckon.domain.messages.rules import LANES as PRIORITIES
from beckon.domain.messages.writing import Dress, write
from beckon.engine.recommend import Recommend, asks
from beckon.engine.routes import Carriers, Routes, Wait, group_of
from beckon.engine.turns import Turns
from beckon.kit.clock import Clock
from beckon.storage.state import State

LANES = 8
HELD_MAX = 256
TOGETHER_MAX = 50
"""How many letters a provider that tells repeats by itself gets in one go."""

ROUTE_UNKNOWN = timedelta(minutes=5)

log = structlog.get_logger()


class Deliver:
    """Due messages → the outside world. Called as a step; `finish` waits for what is under way.

    `lanes` is how many letters a provider has under way at most, and how many a crash can leave
    in doubt with one that cannot tell repeats.
    """

    def __init__(
        self,
        state: State,
        clock: Clock,
        carriers: Carriers,
        *,
        worker: str,
        default_sender: str,
        lanes: int = LANES,
        dress: Dress | None = None,
        recommend: Recommend | None = None,
        routes: Routes | None = None,
    ) -> None:
        self._state = state
        self._clock = clock
        self._carriers = carriers
        self._worker = worker
        self._default_sender = default_sender
        self._lanes_max = lanes
        self._dress = dress
        self._recommend = recommend
        self._routes = routes or Routes()
        self._turns = Turns(state, clock)
        self._desks: dict[Provider, _Desk] = {}
        self._held = 0
        self._room = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()

    @property
    def routes(self) -> Routes:
        """What this worker knows of its providers."""
        return self._routes

    async def __call__(self) -> bool:
        """Claim as many messages as there is room for and send them on their way."""
        room = HELD_MAX - self._held
        if room < HELD_MAX // 2:
            self._room.clear()
            await self._room.wait()
            return True
        drafts = await self._state.write(
            partial(
                delivery.claim,
                worker=self._worker,
                default_sender=self._default_sender,
                now=self._clock.now(),
                limit=room,
            )
        )
        self._held += len(drafts)
        plain, asking = self._sort(drafts)
        if asking:  # by themselves: nobody else waits for what they ask
            self._spawn(self._complete_all(asking))
        await self._write_out(plain)
        return bool(drafts)

    async def finish(self) -> None:
        """Wait until what is under way has its answer, and that is stored."""
        while self._under_way:
            await asyncio.wait(self._under_way)
        await self._turns.finish()

    def _sort(self, drafts: Sequence[Draft]) -> tuple[Sequence[Draft], Sequence[Draft]]:
        """Tell those that can be written at once from those that need something looked up."""
        if self._recommend is None:
            return drafts, ()
        asking = {draft.id for draft in drafts if asks(draft)}
        if not asking:
            return drafts, ()
        return (
            [draft for draft in drafts if draft.id not in asking],
            [draft for draft in drafts if draft.id in asking],
        )

    async def _complete_all(self, drafts: Sequence[Draft]) -> None:
        assert self._recommend is not None
        done, late = await self._recommend(drafts)
        for draft, wait in late:
            await self._put_off(draft, wait)
        await self._write_out(done)

    async def _write_out(self, drafts: Sequence[Draft]) -> None:
        # In a thread: a slow template must not hold up the loop.
        for one in await asyncio.to_thread(self._write_all, drafts):
            if isinstance(one, Unwritable):
                self._spawn(self._give_up(one))
            else:
                await self._assign(one)

    async def _assign(self, one: Written) -> None:
        """Put a letter where one of its providers takes it from, or back where none does."""
        draft, letter = one.draft, one.letter
        group = group_of(letter.channel, letter.recipient)
        try:
            providers = await self._carriers(draft.project_id, draft.channel)
        except Exception:
            log.exception("route.failed", project=draft.project_id, channel=draft.channel)
            wait = Wait(self._clock.now() + ROUTE_UNKNOWN, "No provider could be found for it.")
        else:
            choice = self._routes.choose(providers, group, self._clock.now())
            if not isinstance(choice, Wait):
                desk = self._desks.setdefault(choice, _Desk())
                desk.add(one, group)
                if desk.lanes < self._lanes_max:
                    desk.lanes += 1
                    self._spawn(self._lane(choice, desk))
                return
            wait = choice
        self._spawn(self._put_off(draft, wait))

    async def _lane(self, provider: Provider, desk: "_Desk") -> None:
        """Hand letters over, one commit each, until none waits."""
        together = TOGETHER_MAX if provider.repeats_safely else 1
        storing: asyncio.Future[Sequence[Letter]] | None = None
        try:
            while waiting := desk.take(together):
                taken = await self._turn_away(provider, waiting)
                if not taken:
                    continue
                letters = await self._turns.submit([one for one, _ in taken], provider)
                outcomes = await self._send(provider, letters)
                self._learn(provider, taken, letters, outcomes)
                if letters:
                    storing = self._turns.settle(letters, outcomes, provider)
                self._let_go(len(taken))
            if storing is not None:
                await storing
        finally:
            desk.lanes -= 1

    async def _turn_away(
        self, provider: Provider, waiting: Sequence[tuple[Written, str]]
    ) -> list[tuple[Written, str]]:
        """Find another way for what came before its route was closed; gives what still may go."""
        now = self._clock.now()
        going: list[tuple[Written, str]] = []
        for one, group in waiting:
            if self._routes.is_closed(provider, group, now):
                self._routes.forget(provider, group)
                await self._assign(one)
            else:
                going.append((one, group))
        return going

    async def _send(self, provider: Provider, letters: Sequence[Letter]) -> Sequence[Outcome]:
        if not letters:
            return []
        try:
            return await provider.send(letters)
        except Exception as fault:
            log.exception("provider.failed", provider=provider.name)
            return [Unknown(f"The provider's code failed: {fault!r}") for _ in letters]

    def _learn(
        self,
        provider: Provider,
        taken: Sequence[tuple[Written, str]],
        letters: Sequence[Letter],
        outcomes: Sequence[Outcome],
    ) -> None:
        """Tell the routes what came of it; what did not leave tells nothing."""
        now = self._clock.now()
        answers = {letter.id: outcome for letter, outcome in zip(letters, outcomes, strict=True)}
        for one, group in taken:
            outcome = answers.get(one.letter.id)
            if outcome is None:
                self._routes.forget(provider, group)
            else:
                self._routes.note(provider, group, outcome, now)

    async def _give_up(self, one: Unwritable) -> None:
        await self._turns.submit([one], None)
        self._let_go(1)

    async def _put_off(self, draft: Draft, wait: Wait) -> None:
        await self._turns.postpone([draft], wait.until, wait.reason)
        self._let_go(1)

    def _let_go(self, count: int) -> None:
        self._held -= count
        self._room.set()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def _write_all(self, drafts: Sequence[Draft]) -> list[Written | Unwritable]:
        return [write(draft, self._dress) for draft in drafts]


class _Desk:
    """Letters that wait for a lane of one provider, what somebody waits for first."""

    def __init__(self) -> None:
        self.lanes = 0
        self._waiting: dict[int, deque[tuple[Written, str]]] = {
            lane: deque() for lane in sorted(set(PRIORITIES.values()))
        }

    def add(self, one: Written, group: str) -> None:
        """Let a letter wait."""
        self._waiting[PRIORITIES[one.draft.purpose]].append((one, group))

    def take(self, count: int) -> list[tuple[Written, str]]:
        """Give so many of the first lane that has any."""
        for waiting in self._waiting.values():
            if waiting:
                return [waiting.popleft() for _ in range(min(count, len(waiting)))]
        return []
