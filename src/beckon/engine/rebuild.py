"""Makes the analytics store anew from the truth, beside the old one, while everything goes on.

Fresh tables are filled from the logs and from people as they are; the forwarder goes on with the
old ones meanwhile. At the end the rebuild takes the store, adds what came in, swaps the tables and
hands over its own place in the logs; so nothing is lost and nothing comes twice.
Invariant: while tables are being swapped the state knows no analytics store, so a crash in the
middle leaves no half: the forwarder then begins anew.
"""

from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

from beckon.engine.forward import LINES_AT_ONCE, REBUILDER
from beckon.kit.clock import Clock
from beckon.kit.refusals import Conflict
from beckon.storage.analytics import progress
from beckon.storage.analytics.client import Analytics
from beckon.storage.analytics.prepare import prepare
from beckon.storage.analytics.progress import Span
from beckon.storage.analytics.shipment import Snapshots, Stream, reader_of, ship
from beckon.storage.analytics.tables import (
    TABLES,
    create_statement,
    drop_statement,
    swap_statement,
)
from beckon.storage.log_readers import Cursor
from beckon.storage.schema import Tx
from beckon.storage.state import State

FRESH = "_fresh"
HELD_SECONDS = 120.0
WAIT_SECONDS = 0.2
TRIES_MAX = 3000
"""Ten minutes: longer than a forwarder that is stuck may hold the store."""


class Rebuild:
    """One rebuild. `told` hears how many of how many lines and things are done.

    `history` has the logs that are read from their first line, `things` what is looked at as it
    is; all `streams`, the same among them, are then followed until nothing more comes in.
    """

    def __init__(
        self,
        state: State,
        analytics: Analytics,
        clock: Clock,
        *,
        streams: Sequence[Stream],
        history: Sequence[Stream],
        things: Sequence[Snapshots],
        name: str,
        told: Callable[[int, int], None],
    ) -> None:
        self._state = state
        self._analytics = analytics
        self._clock = clock
        self._streams = streams
        self._history = history
        self._things = things
        self._holder = f"{REBUILDER}{name}"
        self._told = told
        self._done = 0
        self._total = 0
        self._cursors: dict[str, Cursor] = {}

    async def __call__(self) -> None:
        """Do it, from beginning to end. Raises AnalyticsUnavailable; then the old tables stay."""
        origin = await prepare(self._analytics)
        await self._make_fresh()
        self._total = await self._state.read(self._count)
        self._cursors = await self._state.read(self._begin)
        for log in self._history:
            await self._follow(log)
        for things in self._things:
            await self._look_at_all(things)
        for stream in self._streams:
            await self._follow(stream)
        await self._take()
        try:
            for stream in self._streams:
                await self._follow(stream, holds=True)
            await self._swap(origin)
        finally:
            await self._state.write(lambda tx: progress.release(tx, self._holder))
        await self._drop_fresh()
        self._told(self._total, self._total)

    async def _swap(self, origin: UUID) -> None:
        await self._hold()
        await self._state.write(lambda tx: progress.set_origin(tx, None))
        for table in TABLES:
            await self._analytics.run(
                swap_statement(table, suffix=FRESH, cluster=self._analytics.cluster)
            )
        await self._state.write(lambda tx: self._hand_over(tx, origin))

    async def _make_fresh(self) -> None:
        await self._drop_fresh()
        for table in TABLES:
            await self._analytics.run(
                create_statement(table, suffix=FRESH, cluster=self._analytics.cluster)
            )

    async def _drop_fresh(self) -> None:
        for table in TABLES:
            await self._analytics.run(
                drop_statement(table, suffix=FRESH, cluster=self._analytics.cluster)
            )

    async def _follow(self, stream: Stream, *, holds: bool = False) -> None:
        """Take the lines that a log has by now into the fresh tables."""
        end = await self._state.read(partial(progress.find_safe_head, log=stream.log))
        while _place(self._cursors[stream.name]) < _place(end):
            span = await self._state.write(partial(self._plan, stream=stream))
            if span is None:
                return
            if holds:
                await self._hold()
            shipment = await self._state.read(partial(stream.read, span=span))
            token = f"{stream.name}:{span.number}"
            await ship(self._analytics, shipment, token, suffix=FRESH)
            self._cursors[stream.name] = span.until
            self._tell(span.until.position - span.after.position)

    async def _look_at_all(self, things: Snapshots) -> None:
        last: int | None = 0
        while last is not None:
            number = await self._state.write(progress.take_number)
            shipment, last = await self._state.read(
                partial(things.read_all, after=last, limit=LINES_AT_ONCE, number=number)
            )
            await ship(self._analytics, shipment, f"{things.name}:all:{number}", suffix=FRESH)
            self._tell(sum(map(len, shipment.rows.values())))

    async def _take(self) -> None:
        """Wait for the forwarder to finish its batch, and keep it from the next."""
        for _ in range(TRIES_MAX):
            if await self._state.write(self._claim):
                return
            await self._clock.sleep(WAIT_SECONDS)
        raise Conflict("Another process holds the analytics store; try again later.")

    async def _hold(self) -> None:
        if not await self._state.write(self._claim):
            raise Conflict("Another process took the analytics store over; start again.")

    def _claim(self, tx: Tx) -> bool:
        now = self._clock.now()
        return progress.claim(tx, self._holder, now=now, seconds=HELD_SECONDS)

    def _plan(self, tx: Tx, stream: Stream) -> Span | None:
        after = self._cursors[stream.name]
        until = progress.find_end(tx, stream.log, after, limit=LINES_AT_ONCE)
        return None if until is None else Span(after, until, progress.take_number(tx))

    def _begin(self, tx: Tx) -> dict[str, Cursor]:
        # Before anything is looked at: a change seen twice is harmless, one missed is not.
        heads = {stream.name: progress.find_safe_head(tx, stream.log) for stream in self._streams}
        return heads | {log.name: Cursor() for log in self._history}

    def _count(self, tx: Tx) -> int:
        lines = sum(progress.find_head(tx, log.log).position for log in self._history)
        return lines + sum(things.count_all(tx) for things in self._things)

    def _hand_over(self, tx: Tx, origin: UUID) -> None:
        if not progress.is_held_by(tx, self._holder):
            raise Conflict("Another process took the analytics store over; start again.")
        places = {reader_of(stream): self._cursors[stream.name] for stream in self._streams}
        progress.place(tx, places)
        progress.set_origin(tx, origin)

    def _tell(self, more: int) -> None:
        self._done += more
        self._total = max(self._total, self._done)
        self._told(self._done, self._total)


def _place(cursor: Cursor) -> tuple[int, int]:
    return cursor.epoch, cursor.position
