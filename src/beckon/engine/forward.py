"""Takes every log into the analytics store: in its order, in batches, each exactly once.

Invariant: a batch's bounds are committed before it leaves, and the cursor moves only after it
arrived; so a crash anywhere leads to the same batch under the same token, which changes nothing.
Invariant: whoever else writes there meanwhile has taken the store first (`progress.claim`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias
from uuid import UUID

import structlog

from beckon.kit.bell import Bell
from beckon.kit.clock import Clock
from beckon.kit.metrics import ANALYTICS_BATCHES, ANALYTICS_LAG_LINES, ANALYTICS_LAG_SECONDS
from beckon.storage.analytics import progress
from beckon.storage.analytics.client import Analytics, AnalyticsUnavailable
from beckon.storage.analytics.prepare import empty, prepare
from beckon.storage.analytics.progress import Lag, Span
from beckon.storage.analytics.shipment import Stream, reader_of, ship
from beckon.storage.log_readers import Cursor
from beckon.storage.schema import Tx
from beckon.storage.state import State

LINES_AT_ONCE = 5000
HELD_SECONDS = 300.0
LOOK_EVERY_SECONDS = 0.02
REBUILDER = "rebuild:"
"""How names of holders begin that are no workers: only time tells whether they are gone."""

Gone: TypeAlias = Callable[[Sequence[str]], Awaitable[list[str]]]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Planned:
    """A span of one stream that is to go."""

    stream: Stream
    span: Span


class Forwarder:
    """Log → analytics. Called as a step; of several workers' forwarders one works at a time.

    The order of `streams` is the order in which they go: what erases people comes last, so that
    nothing of theirs arrives after they were erased.
    """

    def __init__(
        self,
        state: State,
        analytics: Analytics,
        clock: Clock,
        streams: Sequence[Stream],
        *,
        bell: Bell,
        worker: str,
        gone: Gone,
    ) -> None:
        self._state = state
        self._analytics = analytics
        self._clock = clock
        self._streams = streams
        self._bell = bell
        self._worker = worker
        self._gone = gone
        self._origin: UUID | None = None

    async def __call__(self) -> bool:
        """Take the next batch of each stream there. Returns whether there was any."""
        if not self._analytics.is_located:
            return False
        if self._origin is None:
            self._origin = await prepare(self._analytics)
        elif not await self._state.read(self._has_lines):
            return False
        planned = await self._plan()
        if not planned:
            return False
        done: list[Planned] = []
        try:
            for one in planned:
                await self._forward(one)
                done.append(one)
        except AnalyticsUnavailable:
            self._origin = None  # it may come back empty
            raise
        finally:
            await self._state.write(partial(self._settle, done=done))
        return True

    async def catch_up(self, seconds: float) -> bool:
        """Wait until all that is committed now is in analytics; False when that took too long."""
        heads = await self._state.read(self._heads)
        try:
            async with asyncio.timeout(seconds):
                while await self._state.read(partial(self._is_missing, heads=heads)):
                    self._bell.ring()
                    await asyncio.sleep(LOOK_EVERY_SECONDS)
        except TimeoutError:
            return False
        return True

    async def measure(self) -> dict[str, Lag]:
        """Tell how far behind each stream is, here and in the metrics."""
        lags = await self._state.read(self._lags)
        now = self._clock.now()
        for name, lag in lags.items():
            seconds = (now - lag.since).total_seconds() if lag.since else 0.0
            ANALYTICS_LAG_LINES.labels(name).set(lag.lines)
            ANALYTICS_LAG_SECONDS.labels(name).set(max(0.0, seconds))
        return lags

    async def _plan(self) -> list[Planned]:
        holder = await self._state.read(progress.find_holder)
        over = None
        if holder not in (None, self._worker) and not holder.startswith(REBUILDER):
            over = holder if await self._gone([holder]) else None
        planned = await self._state.write(partial(self._plan_all, over=over))
        if planned is None:
            await self._begin_anew()
            planned = await self._state.write(partial(self._plan_all, over=None))
        return planned or []

    def _plan_all(self, tx: Tx, over: str | None) -> list[Planned] | None:
        """Take the store and plan a batch a stream. None: it is not the store that we know."""
        now = self._clock.now()
        if not progress.claim(tx, self._worker, now=now, seconds=HELD_SECONDS, over=over):
            return []
        if progress.find_origin(tx) != self._origin:
            return None
        planned = [
            Planned(stream, span)
            for stream in self._streams
            if (span := progress.plan(tx, reader_of(stream), stream.log, limit=LINES_AT_ONCE))
        ]
        if not planned:
            progress.release(tx, self._worker)
        return planned

    async def _begin_anew(self) -> None:
        """Empty a store that is new, or left half changed, and read every log from its start."""
        is_first = await self._state.read(progress.find_origin) is None
        if is_first:
            log.info("analytics.new", reason="Everything goes to analytics from now on.")
        else:
            log.warning("analytics.new", reason="The analytics store is new: all goes there again.")
        await empty(self._analytics)
        await self._state.write(self._start_over)

    def _start_over(self, tx: Tx) -> None:
        if progress.is_held_by(tx, self._worker):
            progress.place(tx, {reader_of(stream): Cursor() for stream in self._streams})
            progress.set_origin(tx, self._origin)

    async def _forward(self, one: Planned) -> None:
        shipment = await self._state.read(partial(one.stream.read, span=one.span))
        await ship(self._analytics, shipment, f"{one.stream.name}:{one.span.number}")
        ANALYTICS_BATCHES.labels(one.stream.name).inc()

    def _settle(self, tx: Tx, done: Sequence[Planned]) -> None:
        if not progress.is_held_by(tx, self._worker):
            return  # taken over by somebody who thought us gone, and does the same again
        for one in done:
            progress.settle(tx, reader_of(one.stream), one.span)
        progress.release(tx, self._worker)

    def _has_lines(self, tx: Tx) -> bool:
        return any(
            progress.is_behind(tx, reader_of(stream), stream.log) for stream in self._streams
        )

    def _heads(self, tx: Tx) -> list[Cursor]:
        return [progress.find_head(tx, stream.log) for stream in self._streams]

    def _is_missing(self, tx: Tx, heads: Sequence[Cursor]) -> bool:
        return any(
            progress.has_lines(
                tx, stream.log, after=progress.find_cursor(tx, reader_of(stream)), until=head
            )
            for stream, head in zip(self._streams, heads, strict=True)
        )

    def _lags(self, tx: Tx) -> dict[str, Lag]:
        return {
            stream.name: progress.measure(tx, reader_of(stream), stream.log, stream.moment)
            for stream in self._streams
        }
