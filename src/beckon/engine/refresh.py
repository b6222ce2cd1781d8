"""Keeps segments right: who was touched is asked about within seconds, everybody now and then.

Nothing happens while the analytics store is away; what was missed is read from the logs after.
Invariant: a place in the logs is passed only after all answers about its lines are stored.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias, TypeVar
from uuid import UUID

import structlog

from beckon.domain.contacts.model import ContactId
from beckon.domain.segments import queries, refreshing
from beckon.domain.segments.compiling import compile_difference, compile_members
from beckon.domain.segments.facts import AsOf
from beckon.domain.segments.model import Segment, SegmentId
from beckon.domain.segments.refreshing import Answer, Held, Round
from beckon.domain.segments.rules import floors, named_by, tags_of
from beckon.domain.segments.touches import Line
from beckon.kit.clock import Clock
from beckon.storage.analytics.client import Analytics, AnalyticsFaultError, QuestionTooLong
from beckon.storage.state import State

LINES_AT_ONCE = 5000
ASKED_AT_ONCE = 5000
SWEPT_AT_ONCE = 10_000
STORED_AT_ONCE = 2500
SIDE_BY_SIDE = 3
SWEEP_SECONDS_MAX = 10.0
# After asking everybody, rest so many times as long: all sweeps together stay a tenth of the time.
REST = 9

T = TypeVar("T")
Gone: TypeAlias = Callable[[Sequence[str]], Awaitable[list[str]]]

log = structlog.get_logger()


class Refresh:
    """Called as a step. Of several workers one works at a time; when it is gone, another."""

    def __init__(
        self, state: State, analytics: Analytics, clock: Clock, *, worker: str, gone: Gone
    ) -> None:
        self._state = state
        self._analytics = analytics
        self._clock = clock
        self._worker = worker
        self._gone = gone
        self._ahead: list[Line] = []
        self._swept: dict[SegmentId, tuple[int, ContactId]] = {}
        self._rests_until: datetime | None = None

    async def __call__(self) -> bool:
        """Ask about whom the next lines touched, and one piece of one segment that is due."""
        if not self._analytics.is_located:
            return False
        now = self._clock.now()
        look = partial(refreshing.look, now=now, limit=LINES_AT_ONCE, ahead=self._ahead)
        found = await self._state.read(look)
        if found is None or not await self._claim(now):
            return False
        has_read = await self._hear(found)
        return await self._sweep_next(found) or has_read

    async def _claim(self, now: datetime) -> bool:
        holder = await self._state.read(queries.find_refresher_any_project)
        over = None
        if holder is not None and holder != self._worker:
            over = holder if await self._gone([holder]) else None
        return await self._state.write(
            partial(refreshing.claim, holder=self._worker, now=now, over=over)
        )

    async def _hear(self, found: Round) -> bool:
        """Ask about whom the logs touched; segments before those that are about them."""
        touched = found.touched
        if not touched.ends and not touched.people:
            return False
        new = {segment.id for segment in found.segments if segment.computed_at is None}
        for floor in floors(found.segments):
            asked = [
                (segment, ids)
                for segment in floor
                if segment.rule is not None and not named_by(segment.rule) & new
                if (ids := touched.find(segment.project_id, tags_of(segment.rule)))
            ]
            if asked:
                await self._ask_floor(found, asked)
        held = await self._held()
        await self._state.write(
            partial(refreshing.finish, held=held, touched=touched, now=found.now)
        )
        self._ahead = [
            line for line in self._ahead if line.at is not None and line.at > found.now
        ] + touched.ahead
        return bool(touched.ends)

    async def _ask_floor(
        self, found: Round, asked: Sequence[tuple[Segment, list[ContactId]]]
    ) -> None:
        room = asyncio.Semaphore(SIDE_BY_SIDE)

        async def ask(segment: Segment, ids: Sequence[ContactId]) -> Answer | None:
            async with room:
                return await self._ask(found, segment, ids)

        answers = await asyncio.gather(
            *(ask(segment, chunk) for segment, ids in asked for chunk in _cut(ids, ASKED_AT_ONCE))
        )
        moving = [one for one in answers if one is not None and (one.entering or one.leaving)]
        if moving:
            held = await self._held()
            await self._state.write(
                partial(refreshing.settle, held=held, answers=moving, now=self._clock.now())
            )

    async def _ask(self, found: Round, segment: Segment, ids: Sequence[ContactId]) -> Answer | None:
        """Ask who of these people is in; None where nobody is to be told of."""
        assert segment.rule is not None
        if named_by(segment.rule):
            ids = await self._state.read(
                partial(refreshing.leave_out_crossing, segment=segment, ids=ids, known=found.known)
            )
        as_of = AsOf(found.now, found.zones[segment.project_id])
        question = compile_members(segment.rule, segment.project_id, as_of, ids)
        try:
            rows = await self._analytics.ask(question.sql, question.values)
        except (QuestionTooLong, AnalyticsFaultError) as fault:
            await self._note_fault(segment, fault)
            return None
        inside = {ContactId(row[0]) for row in rows}
        return await self._state.read(
            partial(refreshing.compare, segment=segment, asked=ids, inside=inside)
        )

    async def _sweep_next(self, found: Round) -> bool:
        """Ask everybody about the first segment that is due. Returns whether there was one."""
        now = self._clock.now()
        is_resting = self._rests_until is not None and now < self._rests_until
        for segment in found.due:
            if segment.computed_at is None or not is_resting:
                await self._sweep(found, segment)
                return True
        return False

    async def _sweep(self, found: Round, segment: Segment) -> None:
        """Ask for the next so many who are to enter or leave, in the order of their numbers."""
        revision, after = self._swept.get(segment.id, (segment.revision, ContactId(0)))
        if revision != segment.revision:
            after = ContactId(0)
        assert segment.rule is not None
        began = self._clock.now()
        as_of = AsOf(began, found.zones[segment.project_id])
        question = compile_difference(
            segment.rule, segment.project_id, segment.id, as_of, after=after, limit=SWEPT_AT_ONCE
        )
        try:
            rows = await self._analytics.ask(
                question.sql, question.values, seconds_max=SWEEP_SECONDS_MAX
            )
        except (QuestionTooLong, AnalyticsFaultError) as fault:
            await self._note_fault(segment, fault)
            return
        took = self._clock.now() - began
        await self._store_sweep(found, segment, rows, began)
        if len(rows) == SWEPT_AT_ONCE:
            self._swept[segment.id] = (segment.revision, ContactId(rows[-1][0]))
        else:
            self._swept.pop(segment.id, None)
        self._rests_until = self._clock.now() + max(REST * took, timedelta(0))

    async def _store_sweep(
        self, found: Round, segment: Segment, rows: Sequence[tuple[int, int, int]], began: datetime
    ) -> None:
        pending = rows[0][2] if rows else 0
        for chunk in _cut(rows, STORED_AT_ONCE) or [[]]:
            ids = [ContactId(row[0]) for row in chunk]
            told = set(
                await self._state.read(
                    partial(
                        refreshing.leave_out_crossing, segment=segment, ids=ids, known=found.known
                    )
                )
            )
            answer = Answer(
                segment,
                [ContactId(one) for one, is_in, _ in chunk if is_in and one in told],
                [ContactId(one) for one, is_in, _ in chunk if not is_in and one in told],
            )
            pending -= len(chunk)
            held = await self._held()
            await self._state.write(
                partial(
                    refreshing.settle_sweep,
                    held=held,
                    answer=answer,
                    pending=pending,
                    asked_at=began,
                    now=self._clock.now(),
                )
            )

    async def _note_fault(self, segment: Segment, fault: Exception) -> None:
        log.error("segment.not_asked", segment=segment.id, reason=str(fault))
        told = (
            fault.message
            if isinstance(fault, QuestionTooLong)
            else "The rule could not be asked; the reason was logged."
        )
        await self._state.write(
            partial(refreshing.note_fault, segment=segment, fault=told, now=self._clock.now())
        )

    async def _held(self) -> Held:
        """Tell who speaks, and of which store: asked last, for it may have come back empty."""
        rows = await self._analytics.ask("SELECT min(id) FROM origin")
        origin: UUID = rows[0][0]
        return Held(self._worker, origin)


def _cut(whole: Sequence[T], size: int) -> list[Sequence[T]]:
    return [whole[start : start + size] for start in range(0, len(whole), size)]
