"""Plays ninety days in the shop: the real engine over simulated time, every letter to the outbox.

Invariant: nothing leaves. Whatever the installation sends with, the story's letters are only kept.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random

from beckon.channels.outbox.provider import OutboxProvider
from beckon.demo.crowd import DAYS, Person, deeds_of
from beckon.demo.opening import MAILINGS, Shop, leave_plans, plan_mailing, switch_on
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts import queries as people
from beckon.domain.contacts.model import Channel, Who
from beckon.domain.events import actions as events
from beckon.domain.events.model import NewEvent
from beckon.domain.messages import actions as messages
from beckon.domain.messages import queries as sent
from beckon.domain.messages.model import PENDING, Heard, Message, MessageId, Report
from beckon.domain.messages.model import State as MessageState
from beckon.domain.messages.queries import MessageFilter
from beckon.domain.messages.writing import Dress
from beckon.domain.orders import actions as orders
from beckon.domain.orders.model import NewOrder
from beckon.domain.segments import actions as segments
from beckon.domain.subscriptions import actions as subscriptions
from beckon.domain.subscriptions.model import Activity, ActivityKind, Proof
from beckon.engine.deliver import Deliver
from beckon.engine.launch import launch
from beckon.engine.listen import listen
from beckon.engine.routes import always
from beckon.engine.schedule import schedule
from beckon.engine.wake import wake
from beckon.storage.schema import Tx
from beckon.storage.state import State

DAY, SLICE = timedelta(days=1), timedelta(hours=6)
AUTOMATED = timedelta(days=14)
"""How long before the end the workflows are switched on; before that, days pass as a whole."""

ROUNDS_MAX = 10_000
READ_AT_ONCE = 500

BOUNCED, COMPLAINED, CLICKED, LEFT = 0.006, 0.0008, 0.21, 0.02
OPENED = {"": 0.44, "A": 0.39, "B": 0.46}
"""How many open a letter, by its variant."""

SHOP_LINK = "https://shop.example/beans"


@dataclass
class StoryClock:
    """The time in the story; it passes only when the story goes on."""

    moment: datetime

    def now(self) -> datetime:
        """Tell the time of the story."""
        return self.moment

    async def sleep(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self.moment += timedelta(seconds=seconds)


class Story:
    """Ninety days of one shop, up to `end`."""

    def __init__(
        self,
        state: State,
        place: Shop,
        crowd: Sequence[Person],
        *,
        end: datetime,
        sender: str,
        dress: Dress,
    ) -> None:
        self._state = state
        self._place = place
        self._crowd = crowd
        self._begin = end - timedelta(days=DAYS)
        self._end = end
        self._clock = StoryClock(self._begin)
        self._dice = Random(4711)  # noqa: S311 - a story, always the same one; nothing secret
        self._deliver = Deliver(
            state,
            self._clock,
            always(OutboxProvider()),
            worker="demo",
            default_sender=sender,
            dress=dress,
        )
        self._seen = 0
        self._unanswered: list[MessageId] = []

    async def play(self) -> AsyncIterator[float]:
        """Let the days pass; yields again and again which part of them is over, 0 to 1."""
        joining = iter(self._crowd)
        deeds = deeds_of(self._crowd, self._begin, self._end)
        newcomer, deed = next(joining, None), next(deeds, None)
        mailings = list(MAILINGS)
        switched_on = self._end - AUTOMATED
        while self._clock.moment < self._end:
            is_automated = self._clock.moment >= switched_on
            # Letters that wait for the morning go on the next one, not at the hour days end here.
            step = SLICE if is_automated or self._unanswered else DAY
            until = min(self._clock.moment + step, self._end if is_automated else switched_on)
            newcomers, done = [], []
            while newcomer is not None and newcomer.since < until:
                newcomers.append(newcomer)
                newcomer = next(joining, None)
            while deed is not None and deed[0] < until:
                done.append(deed[2])
                deed = next(deeds, None)
            if self._clock.moment == switched_on:
                await self._state.write(
                    partial(switch_on, place=self._place, now=self._clock.moment)
                )
            self._clock.moment = until
            await self._state.write(partial(self._happen, newcomers=newcomers, done=done))
            while mailings and until >= self._begin + timedelta(days=mailings[0].day):
                plan = partial(plan_mailing, place=self._place, mailing=mailings.pop(0), now=until)
                await self._state.write(plan)
            await self._drain()
            await self._state.write(self._answer)
            yield (until - self._begin) / (self._end - self._begin)
        await self._state.write(partial(leave_plans, place=self._place, now=self._end))

    def _happen(
        self, tx: Tx, newcomers: Sequence[Person], done: Sequence[NewEvent | NewOrder]
    ) -> None:
        """Let people come and do what they do."""
        project_id, now = self._place.project_id, self._clock.now()
        met = contacts.identify_all(
            tx,
            project_id,
            [(Who(external_id=one.id), one.profile) for one in newcomers],
            now if now > self._begin + DAY else self._begin,
        )
        readers, owners = [], []
        for contact_id, one in zip(met, newcomers, strict=True):
            assert isinstance(contact_id, int), "nobody in the story can be refused"
            if one.device is not None:
                contacts.add_device(tx, project_id, contact_id, one.device, now)
                owners.append(contact_id)
            if one.takes_news and one.since == self._begin:
                readers.append(contact_id)
        for name, members in (("Newsletter", readers), ("App users", owners)):
            segments.add_members(tx, project_id, self._place.lists[name], members, now)
        # An order may follow a cart of the same hours, hardly the other way round.
        events.record(tx, project_id, [one for one in done if isinstance(one, NewEvent)], now)
        orders.take(tx, project_id, [one for one in done if isinstance(one, NewOrder)], now)

    async def _drain(self) -> None:
        """Let the engine do all that is due by now."""
        state, clock = self._state, self._clock
        for _ in range(ROUNDS_MAX):
            worked = [await step(state, clock) for step in (listen, schedule, wake, launch)]
            worked.append(await self._deliver())
            await self._deliver.finish()
            if not any(worked):
                return
        raise AssertionError("the engine finds work for ever")

    def _answer(self, tx: Tx) -> None:
        """Let people open, click and leave, and servers tell what arrived."""
        project_id, now = self._place.project_id, self._clock.now()
        while letters := sent.list_messages_after(
            tx, project_id, MessageFilter(), position=self._seen, limit=READ_AT_ONCE
        ):
            self._seen = letters[0].position
            self._unanswered += [letter.id for letter in reversed(letters)]
        asked, self._unanswered = self._unanswered, []
        for some in range(0, len(asked), READ_AT_ONCE):
            reports, doings = [], []
            for letter in sent.find_messages(tx, project_id, asked[some : some + READ_AT_ONCE]):
                if letter.state in PENDING:  # it waits for the morning, and is asked again
                    self._unanswered.append(letter.id)
                elif letter.state is MessageState.ACCEPTED:
                    kind, done = react(self._dice, letter, now)
                    reports.append(Report(kind, now, message_id=letter.id))
                    doings += done
            messages.report(tx, project_id, reports, now)
            subscriptions.record_activity(tx, doings)
            for doing in doings:
                if doing.kind is ActivityKind.UNSUBSCRIBED:
                    _unsubscribe(tx, project_id, doing)


def react(dice: Random, letter: Message, now: datetime) -> tuple[Heard, list[Activity]]:
    """Tell what a server says of a letter, and what its reader does with it."""
    fate = dice.random()
    if fate < BOUNCED:
        return Heard.BOUNCED_HARD, []
    if letter.channel is not Channel.EMAIL:
        return Heard.DELIVERED, []
    if fate < BOUNCED + COMPLAINED:
        return Heard.COMPLAINED, []

    def done(kind: ActivityKind, link: str | None = None) -> Activity:
        return Activity(letter.project_id, letter.contact_id, letter.id, kind, now, link)

    doings = []
    if dice.random() < OPENED[letter.variant or ""]:
        doings.append(done(ActivityKind.OPENED))
        if dice.random() < CLICKED:
            doings.append(done(ActivityKind.CLICKED, SHOP_LINK))
        elif dice.random() < LEFT:
            doings.append(done(ActivityKind.UNSUBSCRIBED))
    return Heard.DELIVERED, doings


def _unsubscribe(tx: Tx, project_id: ProjectId, doing: Activity) -> None:
    reader = people.get_contact(tx, project_id, doing.contact_id)
    if reader.email is not None:
        subscriptions.unsubscribe(
            tx,
            project_id,
            Channel.EMAIL,
            [reader.email],
            proof=Proof("unsubscribe link"),
            now=doing.at,
            contact_id=doing.contact_id,
        )
