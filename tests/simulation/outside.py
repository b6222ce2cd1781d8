"""What surrounds the engine in a simulation: time, a store and a provider that fail by the dice.

A process ends between any two things it does: from then on nothing it waits for ever comes.
"""

import asyncio
import sqlite3
from collections import Counter
from datetime import timedelta

from sqlalchemy import create_engine, event
from sqlalchemy.pool import StaticPool

from beckon.domain.messages.model import Deferred, Fault, Rejected, Sent, Unknown
from beckon.storage.state import StoreUnavailable
from support.clock import START


class VirtualClock:
    """The time of the loop it is used in."""

    def now(self):
        moment = START + timedelta(seconds=asyncio.get_running_loop().time())
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    async def sleep(self, seconds):
        await asyncio.sleep(seconds)


class Life:
    """One process; it ends with a small probability at each thing it does."""

    def __init__(self, dice, deadliness):
        self.is_over = False
        self.ended = asyncio.Event()
        self._dice, self._deadliness = dice, deadliness

    async def pass_moment(self):
        if self.is_over or self._dice.random() < self._deadliness:
            self.end()
            await asyncio.get_running_loop().create_future()

    def end(self):
        self.is_over = True
        self.ended.set()


class Store:
    """A real SQLite in memory that several simulated processes share.

    One serves all worlds, one after the other: what statements were compiled to is kept.
    """

    def __init__(self, template):
        engine = create_engine(
            "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
        )
        event.listen(engine, "connect", _leave_transactions_to_us)
        self._tx = engine.connect()
        self._driver = self._tx.connection.driver_connection
        self._engine = engine
        self._begin_with(template)

    def keep(self):
        """Take what is there now as what each world begins with."""
        self._beginning = sqlite3.connect(":memory:")
        self._driver.backup(self._beginning)

    def begin(self):
        """Go back to what was kept."""
        self._begin_with(self._beginning)

    def close(self):
        self._tx.close()
        self._engine.dispose()
        self._beginning.close()

    def run(self, action):
        """Run an action in a transaction of its own."""
        driver = self._driver  # SQLAlchemy's own begin and commit cost more than a small action
        driver.execute("BEGIN")
        try:
            result = action(self._tx)
        except BaseException:
            driver.execute("ROLLBACK")
            raise
        driver.execute("COMMIT")
        return result

    def _begin_with(self, template):
        template.backup(self._driver)


class State:
    """The store as one process sees it: slow at times, away at times, and the process may end."""

    def __init__(self, store, life, dice, faults):
        self._store, self._life, self._dice, self._faults = store, life, dice, faults

    async def write(self, action):
        await self._life.pass_moment()
        await asyncio.sleep(self._dice.choice([0, 0, 0.002, 0.1]))
        await self._life.pass_moment()
        if self._dice.random() < self._faults:
            raise StoreUnavailable("The store cannot take this now; try again.")
        result = self._store.run(action)
        await self._life.pass_moment()
        return result

    async def read(self, query):
        await self._life.pass_moment()
        return self._store.run(query)

    async def close(self):
        """Leave the store to the others."""


class Books:
    """What a provider really took, whoever handed it over."""

    def __init__(self):
        self.effects = Counter()
        self.seen = Counter()
        self.answered = Counter()
        self.not_before = {}
        self.early = []
        self.forbidden = []

    def is_doubted(self, message_id):
        """Tell whether an answer about this message was ever lost on the way."""
        return self.answered[message_id] < self.seen[message_id]


class Provider:
    """Takes letters, and does everything that providers do, by the dice."""

    def __init__(
        self, name, books, life, dice, clock, *, repeats_safely, answers, may_go, was_heard
    ):
        self.name, self.repeats_safely = name, repeats_safely
        self._books, self._life, self._dice, self._clock = books, life, dice, clock
        self._answers, self._may_go, self._was_heard = answers, may_go, was_heard
        self._ways = (
            self._accept,
            self._defer,
            lambda _: Deferred("too fast", None, Fault.DOMAIN),
            lambda _: Deferred("down", None, Fault.PROVIDER),
            self._reject,
            self._lose_answer,
            lambda _: Unknown("the letter was lost"),
        )

    async def send(self, letters):
        await self._life.pass_moment()
        outcomes = []
        for letter in letters:
            outcomes.append(await self._take(letter))
            await self._life.pass_moment()
        for letter, outcome in zip(letters, outcomes, strict=True):
            self._books.answered[letter.id] += not isinstance(outcome, Unknown)
        return outcomes

    async def look_up(self, letters):
        await self._life.pass_moment()
        if not self._answers or self._dice.random() < 0.2:
            return [None for _ in letters]
        return [
            Sent(letter.id.hex) if self._books.effects[letter.id] else Deferred("never came in")
            for letter in letters
        ]

    async def close(self):
        """Nothing is held."""

    async def _take(self, letter):
        books, dice, now = self._books, self._dice, self._clock.now()
        books.seen[letter.id] += 1
        reason, not_before = books.not_before.get(letter.id, ("", now))
        # An answer that its worker did not live to store was never heard.
        if now < not_before and self._was_heard(letter, reason):
            books.early.append(letter.id)
        if not self._may_go(letter):
            books.forbidden.append(letter.id)
        await asyncio.sleep(dice.choice([0, 0.01, 0.5, 30]))
        if self.repeats_safely and books.effects[letter.id]:
            return Sent(letter.id.hex)  # it knows the letter, and answers as it did
        return dice.choices(self._ways, [60, 8, 5, 5, 8, 4, 4])[0](letter)

    def _defer(self, letter):
        until = self._clock.now() + timedelta(minutes=self._dice.choice([0, 1, 90]))
        self._books.not_before[letter.id] = f"busy until {until}", until
        return Deferred(f"busy until {until}", until)

    def _reject(self, _letter):
        return Rejected("no such user", permanent=self._dice.random() < 0.5)

    def _lose_answer(self, letter):
        self._accept(letter)
        return Unknown("the answer was lost")

    def _accept(self, letter):
        count = 1 if self.repeats_safely else self._books.effects[letter.id] + 1
        self._books.effects[letter.id] = count
        return Sent(letter.id.hex)


def _leave_transactions_to_us(connection, _record):
    connection.isolation_level = None
