"""Campaigns: everybody of the audience once, however it is launched, paused or cancelled."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise

import pytest

from beckon.domain.campaigns import actions as campaigns
from beckon.domain.campaigns import queries
from beckon.domain.campaigns.model import Act, Audience, Plan, Status, Variant
from beckon.domain.campaigns.preflight import look_ahead
from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts.model import Channel, Profile, Who
from beckon.domain.messages.model import Deferred, Rejected, State
from beckon.domain.segments import actions as segments
from beckon.domain.subscriptions import actions as subscriptions
from beckon.domain.subscriptions.model import Proof
from beckon.engine.launch import launch
from beckon.kit.refusals import Conflict, Invalid
from support.builders import a_project, a_template, a_text
from support.clock import START
from support.providers import HonestProvider
from support.worker import Worker, all_messages

CROWD = 23


class Story:
    """A crowd, a template, a campaign to them, and one worker."""

    def __init__(self, state, clock, provider=None):
        self.state, self.clock = state, clock
        self.provider = provider or HonestProvider(repeats_safely=False)
        self.worker = Worker("w", state, clock, self.provider)

    async def begin(self, *, crowd=CROWD, zones=(), scheduled_at=None, text=None, **plan):
        def write(tx):
            self.project_id = a_project(tx)
            self.template = a_template(tx, self.project_id, text)
            self.people = [self._person(tx, at, zones) for at in range(crowd)]
            everybody = segments.create(tx, self.project_id, name="All", rule=None, now=START)
            segments.add_members(tx, self.project_id, everybody.id, self.people, START)
            self.segment = everybody
            planned = Plan(
                Channel.EMAIL,
                Audience((everybody.id,)),
                (Variant("A", self.template.id),),
            )
            return campaigns.create(
                tx,
                self.project_id,
                name="Spring",
                plan=replace(planned, **plan),
                scheduled_at=scheduled_at,
                now=self.clock.now(),
            ).id

        self.campaign_id = await self.state.write(write)
        return self

    def _person(self, tx, at, zones):
        return contacts.identify(
            tx,
            self.project_id,
            Who(external_id=f"person-{at}"),
            Profile(
                email=f"person-{at}@example.com",
                time_zone=zones[at % len(zones)] if zones else None,
            ),
            START,
        )

    async def act(self, act):
        return await self.state.write(
            partial(
                campaigns.act,
                project_id=self.project_id,
                campaign_id=self.campaign_id,
                wanted=act,
                now=self.clock.now(),
            )
        )

    async def advance(self, *, limit=5):
        return await self.state.write(partial(campaigns.advance, now=self.clock.now(), limit=limit))

    async def live(self, seconds=10):
        """Let the engine work while so many seconds pass."""
        for _ in range(seconds):
            while await self.advance() | await self.worker.deliver():
                pass
            self.clock.advance(seconds=1)

    async def report(self):
        report = await self.state.read(
            lambda tx: queries.get_report(tx, self.project_id, self.campaign_id)
        )
        assert report.is_whole or not report.campaign.is_snapshot_whole
        return report

    def received(self):
        return Counter(letter.recipient for letter in self.provider.seen)


def everybody():
    return {f"person-{at}@example.com": 1 for at in range(CROWD)}


def test_everybody_gets_it_once_and_then_it_is_finished(simulate, clock):
    async def story(state):
        told = await Story(state, clock).begin()
        await told.act(Act.SEND)
        await told.live()
        assert told.received() == everybody()
        report = await told.report()
        assert report.campaign.status is Status.FINISHED
        assert report.total.states == {State.ACCEPTED: CROWD}
        assert report.campaign.recipients == CROWD

    simulate(story)


def test_a_draft_sends_nothing(simulate, clock):
    async def story(state):
        told = await Story(state, clock).begin()
        await told.live()
        assert not told.provider.seen

    simulate(story)


def test_it_leaves_at_its_time_and_not_before(simulate, clock):
    async def story(state):
        told = await Story(state, clock).begin(scheduled_at=START + timedelta(minutes=5))
        await told.live(299)
        assert not told.provider.seen
        await told.live(5)
        assert told.received() == everybody()

    simulate(story)


@pytest.mark.parametrize("late", [timedelta(minutes=61), timedelta(days=3)])
def test_a_time_missed_by_over_an_hour_is_held_and_shown(simulate, clock, late):
    async def story(state):
        told = await Story(state, clock).begin(scheduled_at=START + timedelta(minutes=5))
        clock.advance(timedelta(minutes=5) + late)
        await told.live()
        assert not told.provider.seen
        campaign = (await told.report()).campaign
        assert campaign.is_held
        assert "nobody was there" in campaign.reason
        await told.act(Act.SEND)
        await told.live()
        assert told.received() == everybody()

    simulate(story)


def test_a_time_in_the_past_never_means_now(simulate, clock):
    async def story(state):
        told = await Story(state, clock).begin(scheduled_at=START - timedelta(seconds=1))
        await told.live()
        assert not told.provider.seen
        campaign = (await told.report()).campaign
        assert (campaign.status, campaign.is_held) == (Status.SCHEDULED, True)

    simulate(story)


def test_what_is_paused_waits_and_goes_on_where_it_was(simulate, clock):
    async def story(state):
        told = await Story(state, clock).begin()
        await told.act(Act.SEND)
        await told.advance()
        await told.advance()
        await told.advance()
        await told.act(Act.PAUSE)
        seen = len(told.provider.seen)
        await told.live()
        assert len(told.provider.seen) == seen
        assert (await told.act(Act.PAUSE)).status is Status.PAUSED
        await told.act(Act.RESUME)
        await told.live()
        assert told.received() == everybody()
        assert (await told.report()).campaign.status is Status.FINISHED

    simulate(story)


@pytest.mark.parametrize("pieces", range(9))
def test_wherever_it_is_cancelled_the_rest_gets_nothing(simulate, clock, pieces):
    async def story(state):
        told = await Story(state, clock).begin()
        await told.act(Act.SEND)
        for _ in range(pieces):
            await told.advance()
            await told.worker.deliver()
        await told.act(Act.CANCEL)
        seen = len(told.provider.seen)
        await told.live()
        assert len(told.provider.seen) == seen
        report = await told.report()
        assert report.total.states.get(State.ACCEPTED, 0) == seen
        assert report.total.states.get(State.CANCELLED, 0) == report.total.messages - seen
        with pytest.raises(Conflict, match="cancelled"):
            await told.act(Act.RESUME)

    simulate(story)


def test_whoever_launches_at_once_launches_once(simulate, clock):
    async def story(state):
        told = await Story(state, clock).begin()
        await asyncio.gather(*(told.act(Act.SEND) for _ in range(20)))
        for _ in range(20):
            await asyncio.gather(*(launch(state, clock) for _ in range(4)))
            await told.worker.deliver()
            clock.advance(seconds=1)
        assert told.received() == everybody()
        assert (await told.report()).campaign.status is Status.FINISHED

    simulate(story)


def test_a_pace_is_kept(simulate, clock):
    async def story(state):
        told = await Story(state, clock).begin(per_minute=6)
        await told.act(Act.SEND)
        begun = clock.now()
        counted = []
        for _ in range(8):
            await told.live(30)
            counted.append(len(told.provider.seen))
        assert counted[0] <= 4
        assert all(b - a <= 4 for a, b in pairwise(counted)), counted
        assert counted[-1] == CROWD
        assert clock.now() - begun >= timedelta(minutes=CROWD / 6 - 0.5)

    simulate(story)


def test_everybody_gets_it_at_nine_by_their_own_clock(simulate, clock):
    zones = ("Pacific/Kiritimati", "Europe/Kyiv", "America/New_York", "Pacific/Honolulu")

    async def story(state):
        nine = datetime(2026, 4, 3, 9, tzinfo=UTC)  # the project's zone is UTC
        told = await Story(state, clock).begin(
            crowd=8, zones=zones, scheduled_at=nine, is_local=True
        )
        clock.advance(datetime(2026, 4, 2, 18, 59, tzinfo=UTC) - clock.now())
        heard = {}
        for _ in range(27 * 60):
            await told.live(1)
            clock.advance(seconds=59)
            for letter in told.provider.seen:
                heard.setdefault(letter.recipient, clock.now())
        offsets = {"Pacific/Kiritimati": -14, "Europe/Kyiv": -3, "America/New_York": 4}
        for at in range(8):
            due = nine + timedelta(hours=offsets.get(zones[at % 4], 10))
            late = heard[f"person-{at}@example.com"] - due
            assert timedelta(0) <= late <= timedelta(minutes=2), zones[at % 4]
        assert len(told.provider.seen) == 8
        assert (await told.report()).campaign.status is Status.FINISHED

    simulate(story)


def test_variants_and_the_holdout_group_share_the_crowd(simulate, clock):
    async def story(state):
        told = Story(state, clock)
        rival = []

        def another(tx):
            rival.append(a_template(tx, told.project_id, a_text("Other")))

        await told.begin(crowd=60)
        await state.write(another)
        plan = Plan(
            Channel.EMAIL,
            Audience((told.segment.id,)),
            (Variant("A", told.template.id), Variant("B", rival[0].id)),
            holdout_percent=20,
        )
        await state.write(
            lambda tx: campaigns.change(
                tx, told.project_id, told.campaign_id, plan=plan, scheduled_at=None, now=START
            )
        )
        await told.act(Act.SEND)
        await told.live(20)
        report = await told.report()
        held_out = await state.read(
            lambda tx: queries.find_holdout(tx, told.project_id, told.campaign_id, told.people)
        )
        assert report.campaign.held_out == len(held_out) > 0
        assert report.campaign.recipients + len(held_out) == 60
        assert set(report.variants) == {"A", "B"}
        assert all(tally.messages > 10 for tally in report.variants.values())

    simulate(story)


def test_excluded_people_and_those_in_two_segments(simulate, clock):
    async def story(state):
        told = await Story(state, clock).begin()

        def regroup(tx):
            odd = segments.create(tx, told.project_id, name="Odd", rule=None, now=START)
            segments.add_members(tx, told.project_id, odd.id, told.people[1::2], START)
            few = segments.create(tx, told.project_id, name="Few", rule=None, now=START)
            segments.add_members(tx, told.project_id, few.id, told.people[:3], START)
            return campaigns.change(
                tx,
                told.project_id,
                told.campaign_id,
                plan=Plan(
                    Channel.EMAIL,
                    Audience((told.segment.id, odd.id), (few.id,)),
                    (Variant("A", told.template.id),),
                ),
                scheduled_at=None,
                now=START,
            )

        await state.write(regroup)
        await told.act(Act.SEND)
        await told.live(20)
        assert told.received() == {f"person-{at}@example.com": 1 for at in range(3, CROWD)}

    simulate(story)


def test_who_has_no_address_is_counted_with_the_reason(simulate, clock):
    async def story(state):
        told = await Story(state, clock).begin()

        def join(tx):
            nameless = contacts.identify(
                tx, told.project_id, Who(external_id="mute"), Profile(), START
            )
            segments.add_members(tx, told.project_id, told.segment.id, [nameless], START)

        await state.write(join)
        await told.act(Act.SEND)
        await told.live()
        report = await told.report()
        assert report.campaign.recipients == CROWD + 1
        assert report.total.states == {State.ACCEPTED: CROWD, State.SUPPRESSED: 1}
        assert report.campaign.status is Status.FINISHED
        reasons = {m.reason for m in await all_messages(state, told.project_id) if m.reason}
        assert any("address" in reason for reason in reasons)

    simulate(story)


def test_refusals_and_retries_still_sum_to_the_snapshot(simulate, clock):
    script = [
        Rejected("No such mailbox.", permanent=True),
        Deferred("Greylisted."),
        Rejected("Too large."),
    ]

    async def story(state):
        told = await Story(
            state, clock, HonestProvider(repeats_safely=False, script=script)
        ).begin()
        await told.act(Act.SEND)
        await told.live(5)
        report = await told.report()
        assert report.campaign.status is Status.SENDING
        assert report.total.states[State.DEFERRED] == 1
        clock.advance(minutes=10)
        await told.live(120)
        report = await told.report()
        assert report.campaign.status is Status.FINISHED
        assert report.total.states == {State.ACCEPTED: CROWD - 2, State.FAILED: 2}

    simulate(story)


def test_what_was_deferred_takes_nobodys_place(simulate, clock, monkeypatch):
    monkeypatch.setattr(campaigns, "UNDER_WAY_MAX", 5)
    provider = HonestProvider(repeats_safely=False, script=[Deferred("Greylisted.")] * 5)

    async def story(state):
        told = await Story(state, clock, provider).begin()
        await told.act(Act.SEND)
        await told.live(30)
        report = await told.report()
        assert report.total.states == {State.DEFERRED: 5, State.ACCEPTED: CROWD - 5}

    simulate(story)


def test_an_edit_of_the_template_changes_nothing_for_who_comes_later(simulate, clock):
    async def story(state):
        told = await Story(state, clock).begin()
        await told.act(Act.SEND)
        await told.advance()
        versions = (await told.report()).campaign.versions
        from beckon.domain.templates import actions as templates  # noqa: PLC0415

        await state.write(
            lambda tx: templates.change(
                tx,
                told.project_id,
                told.template.id,
                name=None,
                tags=None,
                text=a_text("Edited"),
                now=START,
            )
        )
        await told.live()
        assert (await told.report()).campaign.versions == versions
        assert all(b"Edited" not in letter.content for letter in told.provider.seen)

    simulate(story)


@pytest.mark.parametrize(
    ("plan", "word"),
    [
        ({"audience": Audience((999,))}, "seg_999"),
        ({"variants": (Variant("A", 999),)}, "tpl_999"),
    ],
)
def test_what_the_project_does_not_have_is_refused(simulate, clock, plan, word):
    async def story(state):
        with pytest.raises(Invalid, match=word):
            await Story(state, clock).begin(**plan)

    simulate(story)


def test_a_segment_or_template_in_use_is_not_deleted(simulate, clock):
    async def story(state):
        told = await Story(state, clock).begin()
        for refuse, number in (
            (campaigns.refuse_segment_in_use, told.segment.id),
            (campaigns.refuse_template_in_use, told.template.id),
        ):
            with pytest.raises(Conflict, match="Spring"):
                await state.read(partial(_ask, refuse, told.project_id, number))
        await told.act(Act.CANCEL)
        for refuse, number in (
            (campaigns.refuse_segment_in_use, told.segment.id),
            (campaigns.refuse_template_in_use, told.template.id),
        ):
            await state.read(partial(_ask, refuse, told.project_id, number))

    simulate(story)


def _ask(refuse, project_id, number, tx):
    refuse(tx, project_id, number)


def test_looking_ahead_says_what_sending_does(simulate, clock):
    async def story(state):
        text = a_text(body='<p>{{ nick }} <a href="{{ unsubscribe_link }}">Leave</a></p>')
        told = await Story(state, clock).begin(holdout_percent=30, text=text)

        def leave(tx):
            subscriptions.unsubscribe(
                tx,
                told.project_id,
                Channel.EMAIL,
                ["person-3@example.com"],
                proof=Proof("test"),
                now=START,
            )
            mute = contacts.identify(tx, told.project_id, Who(external_id="mute"), Profile(), START)
            segments.add_members(tx, told.project_id, told.segment.id, [mute], START)

        await state.write(leave)
        ahead = await state.read(
            lambda tx: look_ahead(
                tx,
                told.project_id,
                queries.get_campaign(tx, told.project_id, told.campaign_id),
                clock.now(),
            )
        )
        assert ahead.audience == CROWD + 1
        assert ahead.reached + ahead.held_out + sum(ahead.refused.values()) == CROWD + 1
        assert any("unsubscribed" in reason.lower() for reason in ahead.refused)
        assert any("postal address" in warning for warning in ahead.warnings)
        assert ahead.missing == {"nick": ahead.reached}
        await told.act(Act.SEND)
        await told.live(20)
        assert sum(told.received().values()) == ahead.reached
        assert "person-3@example.com" not in told.received()

    simulate(story)
