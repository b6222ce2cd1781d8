"""One seed's world: people, messages of all kinds, workers that die, and others who interfere."""

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import bindparam, func, select

from beckon.domain.contacts.model import Channel
from beckon.domain.messages import actions as messages
from beckon.domain.messages import queries, recovery
from beckon.domain.messages.model import Heard, Report, State
from beckon.domain.messages.policies import Cap, Policy, QuietHours
from beckon.domain.messages.tables import message, message_change
from beckon.domain.subscriptions import actions as subscriptions
from beckon.domain.subscriptions.model import Proof, Suppression
from beckon.engine import steps
from beckon.engine.deliver import Deliver
from beckon.kit.refusals import Refusal
from beckon.storage.schema import Tx
from simulation.outside import Books, Life, Provider, Store, VirtualClock
from simulation.outside import State as Seen
from simulation.people import CAMPAIGN, PEOPLE, PROJECT, address_of
from support.worker import SENDER

WORKERS = 2
DAYS = 12
MOVING = (State.QUEUED, State.HELD, State.DEFERRED, State.SUBMITTING)

# Written once: to put statements together takes longer than to run them.
NEXT = select(func.min(message.c.due_at), func.min(message.c.resolve_at))
SUBMITTED = select(message.c.submitted_at).where(message.c.id == bindparam("message_id"))
HEARD = select(func.count()).where(
    message_change.c.message_id == bindparam("message_id"),
    message_change.c.reason == bindparam("reason"),
)
STILL = (
    select(message.c.state, func.count())
    .where((message.c.state.in_(MOVING)) | message.c.resolve_at.is_not(None))
    .group_by(message.c.state)
)


@dataclass
class World:
    """Everything of one seed; `run` lets it live until nothing moves."""

    seed: int
    store: Store
    dice: random.Random = field(init=False)

    def __post_init__(self):
        self.dice = random.Random(self.seed)
        self.books = Books()
        self.clock = VirtualClock()
        self.repeats_safely = self.dice.random() < 0.3
        self.answers = self.dice.random() < 0.5
        self.deadliness = self.dice.choice([0, 0.002, 0.01, 0.03])
        self.faults = self.dice.choice([0, 0.01, 0.1])
        self.suppressed = {}
        self.lives = {}
        self.names = iter(range(10**6))
        self.bell = asyncio.Event()

    async def run(self):
        """Live until nothing moves any more; what still does after twelve days is stuck."""
        self.store.begin()
        self.store.run(self._begin)
        tasks = [asyncio.create_task(self._employ()) for _ in range(WORKERS)]
        tasks.append(asyncio.create_task(self._interfere()))
        try:
            async with asyncio.timeout(DAYS * 86_400):
                await tasks[-1]
                while self._moving():
                    self._release()
                    self._ring()
                    await asyncio.sleep(3600)
        except TimeoutError:
            raise AssertionError(f"stuck: {self._moving()} still move") from None
        finally:
            for task in (everyone := asyncio.all_tasks() - {asyncio.current_task()}):
                task.cancel()
            await asyncio.gather(*everyone, return_exceptions=True)

    def _begin(self, tx: Tx):
        if self.dice.random() < 0.3:
            caps = (Cap(self.dice.randint(1, 3), recovery.rules.GIVE_UP_AFTER),)
            quiet = QuietHours(9 * 60 + 30, 11 * 60)
            messages.set_policy(tx, PROJECT, Policy(caps, quiet), self.clock.now())

    async def _employ(self):
        """Keep one post filled: whoever ends is followed by somebody else, a little later."""
        while True:
            name = f"w{next(self.names)}"
            life = self.lives[name] = Life(self.dice, self.deadliness)
            working = asyncio.create_task(self._work(name, life))
            await life.ended.wait()
            working.cancel()
            self._ring()
            await asyncio.sleep(self.dice.choice([0.1, 5, 300]))

    async def _work(self, name, life):
        state = Seen(self.store, life, self.dice, self.faults)
        provider = Provider(
            "sim",
            self.books,
            life,
            self.dice,
            self.clock,
            repeats_safely=self.repeats_safely,
            answers=self.answers,
            may_go=self._may_go,
            was_heard=self._was_heard,
        )

        async def carriers(_project_id, _channel):
            return [provider]

        deliver = Deliver(state, self.clock, carriers, worker=name, default_sender=SENDER, lanes=2)
        while True:
            try:
                worked = await deliver()
                await deliver.finish()
                if not worked:
                    worked = await steps.reconcile(state, self.clock, self)
                    worked |= await steps.resolve(state, self.clock, carriers)
            except Refusal:
                await asyncio.sleep(1)
                continue
            if not worked:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._pause()):
                        await self.bell.wait()

    async def gone(self, workers):
        """Tell which workers have ended: this world is their presence, too."""
        return [name for name in workers if self.lives[name].is_over]

    def _pause(self):
        """Tell how long nothing can be due, unless somebody interferes or ends."""

        moments = self.store.run(lambda tx: tx.execute(NEXT).one())
        now = self.clock.now()
        waits = [(one - now).total_seconds() for one in moments if one is not None]
        return min((wait for wait in waits if wait > 0), default=DAYS * 86_400) + 0.001

    def _ring(self):
        self.bell.set()
        self.bell = asyncio.Event()

    async def _interfere(self):
        """Do to the project whatever people, programs and providers do, at odd moments."""
        acts = [self._release] * 3 + [
            self._recall,
            self._suppress,
            self._suppress,
            self._hold,
            self._report,
            self._report,
            self._requeue,
        ]
        for _ in range(self.dice.randint(5, 25)):
            await asyncio.sleep(self.dice.choice([0, 0.1, 3, 60, 7200]))
            self.dice.choice(acts)()
            self._ring()
        if self.dice.random() < 0.3:
            cancel = partial(messages.cancel, project_id=PROJECT, campaign_id=CAMPAIGN)
            self.store.run(lambda tx: cancel(tx, now=self.clock.now(), limit=100))
        self._release()
        self.store.run(lambda tx: messages.resume(tx, PROJECT))
        self._ring()

    def _release(self):
        self.store.run(
            lambda tx: messages.release(
                tx, PROJECT, CAMPAIGN, self.clock.now(), limit=self.dice.randint(1, 9) + 6
            )
        )

    def _recall(self):
        self.store.run(lambda tx: messages.recall(tx, PROJECT, CAMPAIGN, self.clock.now()))

    def _hold(self):
        def act(tx):
            if not messages.resume(tx, PROJECT):
                messages.hold(tx, PROJECT, "a person said so", self.clock.now())

        self.store.run(act)

    def _suppress(self):
        address = address_of(self.dice.randrange(PEOPLE))
        self.store.run(
            lambda tx: subscriptions.suppress(
                tx,
                PROJECT,
                Channel.EMAIL,
                [address],
                reason=Suppression.MANUAL,
                proof=Proof("a test"),
                now=self.clock.now(),
            )
        )
        self.suppressed.setdefault(address, self.clock.now())

    def _report(self):
        taken = [one for one, count in self.books.effects.items() if count]
        if taken:
            one = Report(
                self.dice.choice(list(Heard)), self.clock.now(), self.dice.choice(sorted(taken))
            )
            self.store.run(lambda tx: messages.report(tx, PROJECT, [one], self.clock.now()))

    def _requeue(self):
        dead = self.store.run(
            lambda tx: queries.list_messages(
                tx,
                PROJECT,
                queries.MessageFilter(state=State.FAILED),
                offset=0,
                limit=1,
            )
        )
        for one in dead:
            self.store.run(
                lambda tx, one=one: messages.requeue(tx, PROJECT, one.id, self.clock.now())
            )

    def _may_go(self, letter):
        """Hold what leaves against consent: was the address open when this was committed to?"""
        since = self.suppressed.get(letter.recipient)
        if since is None:
            return True
        submitted_at = self.store.run(
            lambda tx: tx.execute(SUBMITTED, {"message_id": letter.id}).scalar_one()
        )
        return submitted_at <= since

    def _was_heard(self, letter, reason):
        """Tell whether the ledger has an answer with these words."""

        named = {"message_id": letter.id, "reason": reason}
        return self.store.run(lambda tx: tx.execute(HEARD, named).scalar_one()) > 0

    def _moving(self):
        return self.store.run(lambda tx: tx.execute(STILL).all())

    def _is_doubted(self, row):
        """Tell whether an answer about a message was ever lost, so that it may be there unheard."""
        return row.is_repeatable or row.is_resent or self.books.is_doubted(row.id)

    def check(self):
        """Hold the end against what the outside world really got."""
        rows = self.store.run(lambda tx: tx.execute(select(message)).all())
        assert len(rows) == 3 * PEOPLE, "a message is missing, or there are two"
        assert self.books.early == [], "sent before the provider's own moment"
        assert self.books.forbidden == [], "sent to an address suppressed before its commit"
        for row in rows:
            effects = self.books.effects[row.id]
            told = f"{row.state}: {row.reason} ({effects} taken)"
            assert row.state not in MOVING, told
            assert effects <= 1 or row.is_resent, f"doubled, {told}"
            if row.state in (State.ACCEPTED, State.DELIVERED, State.BOUNCED, State.COMPLAINED):
                assert effects >= 1, f"lost, {told}"
            elif row.state != State.UNKNOWN and not self._is_doubted(row):
                assert effects == 0, f"sent although {told}"
            if row.state != State.ACCEPTED:
                assert row.reason or row.state in ("delivered", "bounced", "complained"), told
