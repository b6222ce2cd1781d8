"""The SMTP provider: a few connections that share one queue of letters.

Invariant: while letters wait, at least one lane is at work, and it carries or answers them.
"""

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import replace

from beckon.channels.smtp.address import SmtpAddress
from beckon.channels.smtp.client import (
    LostError,
    Patience,
    RefusedError,
    connect,
    tls_context,
)
from beckon.channels.smtp.errands import Errand, Queue
from beckon.channels.smtp.replies import outcome_of
from beckon.channels.smtp.session import Session, Surroundings
from beckon.domain.messages.model import Deferred, Fault, Letter, Outcome
from beckon.kit.clock import Clock

CONNECTIONS_MAX = 8
LETTERS_MAX = 100


class SmtpProvider:
    """Carries letters to one relay; `send` may be called by many at once.

    `Patience.stay_max` bounds how long a call can take.
    """

    name = "smtp"
    repeats_safely = False

    def __init__(
        self,
        address: SmtpAddress,
        clock: Clock,
        *,
        connections_max: int = CONNECTIONS_MAX,
        letters_max: int = LETTERS_MAX,
        patience: Patience | None = None,
        context: ssl.SSLContext | None = None,
        bounces: str | None = None,
    ) -> None:
        """Connect to nothing yet.

        `letters_max` counts per connection; `context` stands in for the machine's certificates;
        what fails after it was taken comes back to `bounces`, or else to each letter's sender.
        """
        assert connections_max > 0
        assert letters_max > 0
        self._address = address
        self._connections_max = connections_max
        self._patience = patience or Patience()
        self._context = context or tls_context(address)
        self._queue = Queue()
        self._lanes: set[asyncio.Task[None]] = set()
        self._resting: list[asyncio.Future[bool]] = []
        self._live_count = 0
        self._is_closed = False
        self._clock = clock
        self._around = Surroundings(
            self._take, self._put_back, clock, self._patience, letters_max, bounces
        )

    async def send(self, letters: Sequence[Letter]) -> Sequence[Outcome]:
        """Hand the letters over; one outcome each, in their order.

        Cancelled, it leaves behind what has not begun; what has begun is carried through.
        """
        loop = asyncio.get_running_loop()
        errands = [Errand(letter, loop.create_future()) for letter in letters]
        if self._is_closed:
            return [errand.lost("the provider is closed") for errand in errands]
        late = Deferred(
            "The message did not leave: no connection to the relay became free.",
            fault=Fault.PROVIDER,
        )
        expiry = loop.call_later(self._patience.queue, self._queue.expire, errands, late)
        self._queue.add(errands)
        self._staff()
        try:
            return [await errand.answer for errand in errands]
        finally:
            expiry.cancel()
            for errand in errands:
                errand.answer.cancel()

    async def look_up(self, letters: Sequence[Letter]) -> Sequence[Outcome | None]:
        """Tell nothing: SMTP has no word to ask what became of a letter."""
        return [None for _ in letters]

    async def close(self) -> None:
        """Let go of what waits, finish what is under way, say goodbye to the relay."""
        self._is_closed = True
        self._queue.settle(Deferred("The message did not leave: the provider was closed."))
        for call in self._resting:
            call.set_result(True)
        self._resting.clear()
        await asyncio.gather(*self._lanes)

    def _staff(self) -> None:
        """Put as many lanes to work as letters wait, as far as the limit goes."""
        for _ in range(len(self._queue)):
            if self._resting:
                # The one that rested last: the others may go home.
                self._resting.pop().set_result(True)
            elif len(self._lanes) < self._connections_max:
                self._lanes.add(asyncio.create_task(self._lane()))
            else:
                break

    def _take(self) -> Errand | None:
        return None if self._is_closed else self._queue.take()

    def _put_back(self, errand: Errand, otherwise: Outcome) -> None:
        if self._is_closed:
            errand.settle(otherwise)
            return
        self._queue.put_back(errand, otherwise)
        self._staff()

    async def _lane(self) -> None:
        """Carry letters over one connection after the other, until there are none for a while."""
        try:
            while (errand := await self._next()) is not None:
                self._live_count += 1
                try:
                    fault = await self._live(errand)
                finally:
                    self._live_count -= 1
                if fault is not None:
                    self._fail(errand, fault)
                    await asyncio.sleep(self._patience.pause)
        finally:
            # In this very step: a lane that is gone must not seem to be there.
            task = asyncio.current_task()
            assert task is not None
            self._lanes.discard(task)

    async def _live(self, first: Errand) -> Outcome | None:
        """Open a connection and use it up. What the fault means, if it could not be opened."""
        try:
            connection = await connect(self._address, self._context, self._patience.connect)
        except RefusedError as refused:
            return outcome_of(refused.reply, refused.stage, self._clock.now())
        except LostError as lost:
            why = f"{self._address.host}:{self._address.port}: {lost}"
            return Deferred(f"The message did not leave: {why}.", fault=Fault.PROVIDER)
        except asyncio.CancelledError:
            first.settle(first.lost("sending was stopped"))
            raise
        session = Session(connection, self._around)
        try:
            errand: Errand | None = first
            while errand is not None:
                await session.work(errand)
                if session.refuses_chunks:
                    self._around = replace(self._around, chunks=False)
                errand = await self._next() if session.is_open else None
        finally:
            await connection.quit()
        return None

    def _fail(self, errand: Errand, fault: Outcome) -> None:
        """Answer for a connection that could not be made.

        While others stand, the relay only wants fewer, and they carry the letter. When none
        does, all that waits has the same answer: asking again for each would take for ever.
        """
        if self._live_count > 0 and not self._is_closed:
            self._queue.put_back(errand, fault)
        else:
            errand.settle(fault)
            self._queue.settle(fault)

    async def _next(self) -> Errand | None:
        """Give the next letter; None when none came for a while or the provider closes."""
        is_rested = False
        while not self._is_closed:
            errand = self._queue.take()
            if errand is not None or is_rested:
                return errand
            is_rested = not await self._is_called()
        return None

    async def _is_called(self) -> bool:
        """Rest until there is something to do; False if nothing came for long."""
        loop = asyncio.get_running_loop()
        call: asyncio.Future[bool] = loop.create_future()
        self._resting.append(call)
        tired = loop.call_later(self._patience.idle, self._send_home, call)
        try:
            return await call
        finally:
            tired.cancel()
            if call in self._resting:
                self._resting.remove(call)

    def _send_home(self, call: asyncio.Future[bool]) -> None:
        if call in self._resting:
            self._resting.remove(call)
            call.set_result(False)
