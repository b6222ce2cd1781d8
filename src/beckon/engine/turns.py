"""The delivery's door to the store: what waits goes into one transaction, answers before new work.

Invariant: an answer is stored before the lane that got it may begin another letter, so a crash
leaves at most one letter a lane in doubt, however many share a commit.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from beckon.domain.messages import delivery
from beckon.domain.messages.model import (
    Draft,
    Letter,
    MessageId,
    Outcome,
    Provider,
    Unwritable,
    Written,
)
from beckon.kit.clock import Clock
from beckon.kit.refusals import Refusal
from beckon.storage.schema import Tx
from beckon.storage.state import State

PAUSE_SECONDS = 0.5

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, eq=False)
class _Wanted:
    """Somebody wants to begin handing these over; told which of them he may."""

    written: Sequence[Written | Unwritable]
    provider: str
    is_repeatable: bool
    done: "asyncio.Future[Sequence[Letter]]"


@dataclass(frozen=True, slots=True, eq=False)
class _Answered:
    """A provider said what became of these."""

    letters: Sequence[Letter]
    outcomes: Sequence[Outcome]
    provider: str
    done: "asyncio.Future[Sequence[Letter]]"


@dataclass(frozen=True, slots=True, eq=False)
class _PutOff:
    """These cannot go just now."""

    drafts: Sequence[Draft]
    until: datetime
    reason: str
    done: "asyncio.Future[Sequence[Letter]]"


_Turn = _Wanted | _Answered | _PutOff


class Turns:
    """Gathers what the lanes want stored; one transaction at a time, everything that waits."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._waiting: list[_Turn] = []
        self._running: asyncio.Task[None] | None = None

    async def submit(
        self, written: Sequence[Written | Unwritable], provider: Provider | None
    ) -> Sequence[Letter]:
        """Commit to handing these over; answers those that may leave, once that is stored."""
        name = provider.name if provider else ""
        is_repeatable = provider is not None and provider.repeats_safely
        return await self._add(_Wanted(written, name, is_repeatable, _promise()))

    def settle(
        self, letters: Sequence[Letter], outcomes: Sequence[Outcome], provider: Provider
    ) -> "asyncio.Future[Sequence[Letter]]":
        """Have answers stored, however long the store is away: they are known nowhere else."""
        return self._add(_Answered(letters, outcomes, provider.name, _promise()))

    async def postpone(self, drafts: Sequence[Draft], until: datetime, reason: str) -> None:
        """Give back what nobody may carry before a moment."""
        await self._add(_PutOff(drafts, until, reason, _promise()))

    async def finish(self) -> None:
        """Wait until everything is stored."""
        while self._running is not None:
            await asyncio.wait([self._running])

    def _add(self, turn: _Turn) -> "asyncio.Future[Sequence[Letter]]":
        self._waiting.append(turn)
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return turn.done

    async def _run(self) -> None:
        """Store what waits until nothing does."""
        turns: list[_Turn] = []
        try:
            while self._waiting:
                turns, self._waiting = self._waiting, []
                await self._store(turns)
        except BaseException as fault:
            # The end of this process: whoever waits must not wait for ever.
            for turn in (*turns, *self._waiting):
                if isinstance(fault, asyncio.CancelledError):
                    turn.done.cancel()
                elif not turn.done.done():
                    turn.done.set_exception(fault)
            raise
        finally:
            self._running = None

    async def _store(self, turns: Sequence[_Turn]) -> None:
        while True:
            storing = partial(_take_turns, turns=turns, now=self._clock.now())
            try:
                letters = await self._state.write(storing)
            except Refusal as refusal:  # the store is away; nobody may begin, nothing is lost
                log.warning("turns.refused", reason=refusal.message)
                await self._clock.sleep(PAUSE_SECONDS)
            except Exception:
                log.exception("turns.failed", turns=len(turns))
                await self._store_apart(turns)
                return
            else:
                _tell(turns, letters)
                return

    async def _store_apart(self, turns: Sequence[_Turn]) -> None:
        """Store one by one: whatever it is that cannot be stored must not hold up the others."""
        if len(turns) > 1:
            for turn in turns:
                await self._store([turn])
        else:
            # What was handed over stays listed as being so, and is in doubt after a restart.
            await self._clock.sleep(PAUSE_SECONDS)
            _tell(turns, [])


def _promise() -> "asyncio.Future[Sequence[Letter]]":
    return asyncio.get_running_loop().create_future()


def _tell(turns: Sequence[_Turn], letters: Sequence[Letter]) -> None:
    by_id = {letter.id: letter for letter in letters}
    for turn in turns:
        mine = turn.written if isinstance(turn, _Wanted) else ()
        ids = [one.letter.id for one in mine if isinstance(one, Written)]
        if not turn.done.done():
            turn.done.set_result([by_id[one] for one in ids if one in by_id])


def _take_turns(tx: Tx, turns: Sequence[_Turn], now: datetime) -> list[Letter]:
    """Store answers, then what is put off, then new beginnings; returns what may leave."""
    answered: dict[str, list[tuple[Letter, Outcome]]] = defaultdict(list)
    wanted: dict[tuple[str, bool], list[Written | Unwritable]] = defaultdict(list)
    seen: set[MessageId] = set()
    for turn in turns:
        match turn:
            case _Answered(letters, outcomes, provider):
                answered[provider] += zip(letters, outcomes, strict=True)
            case _PutOff(drafts, until, reason):
                delivery.postpone(tx, drafts, until, reason, now)
            case _Wanted(written, provider, is_repeatable):
                for one in written:
                    # The same claim twice in one transaction would be two letters.
                    if one.draft.id not in seen:
                        wanted[provider, is_repeatable].append(one)
                        seen.add(one.draft.id)
    for provider, pairs in answered.items():
        delivery.settle(tx, [one for one, _ in pairs], [one for _, one in pairs], provider, now)
    leaving: list[Letter] = []
    for (provider, is_repeatable), written in wanted.items():
        leaving += delivery.submit(tx, written, provider, now, is_repeatable=is_repeatable)
    return leaving
