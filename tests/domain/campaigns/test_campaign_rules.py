"""Who gets which variant, how many may leave, and which acts fit which status."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beckon.domain.campaigns import rules
from beckon.domain.campaigns.model import (
    Act,
    Audience,
    Campaign,
    CampaignId,
    Plan,
    Status,
    Variant,
)
from beckon.domain.contacts.model import Channel
from beckon.kit.refusals import Conflict, Invalid
from beckon.kit.time_zones import local_moment
from support.clock import START

PLAN = Plan(Channel.EMAIL, Audience((1,)), (Variant("A", 1),))


def a_campaign(status, paused_from=None):
    return Campaign(
        id=CampaignId(1),
        project_id=1,
        name="Spring",
        status=status,
        paused_from=paused_from,
        plan=PLAN,
        scheduled_at=None,
        is_held=False,
        reason=None,
        versions={},
        recipients=0,
        held_out=0,
        is_snapshot_whole=False,
        created_at=START,
        updated_at=START,
        started_at=None,
        finished_at=None,
    )


@pytest.mark.parametrize(
    ("plan", "word"),
    [
        (replace(PLAN, audience=Audience(())), "segmentId"),
        (replace(PLAN, audience=Audience(tuple(range(51)))), "segmentId"),
        (replace(PLAN, audience=Audience((1,), tuple(range(51)))), "excludedSegmentIds"),
        (replace(PLAN, variants=()), "templateId"),
        (replace(PLAN, variants=(Variant("A", 1), Variant("A", 2))), "names"),
        (replace(PLAN, variants=(Variant("A", 1), Variant("", 2))), "variants[1].name"),
        (replace(PLAN, variants=(Variant("A", 1, 0),)), "variants[0].weight"),
        (replace(PLAN, holdout_percent=91), "holdoutPercent"),
        (replace(PLAN, holdout_percent=-1), "holdoutPercent"),
        (replace(PLAN, per_minute=0), "perMinute"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_by_the_name_of_its_field(plan, word):
    with pytest.raises(Invalid, match=word.replace("[", r"\[").replace("]", r"\]")):
        rules.check_plan(plan)


@pytest.mark.parametrize(
    ("status", "paused_from", "act", "after"),
    [
        (Status.DRAFT, None, Act.SEND, Status.LAUNCHING),
        (Status.SCHEDULED, None, Act.SEND, Status.LAUNCHING),
        (Status.SCHEDULED, None, Act.PAUSE, Status.PAUSED),
        (Status.LAUNCHING, None, Act.PAUSE, Status.PAUSED),
        (Status.SENDING, None, Act.PAUSE, Status.PAUSED),
        (Status.PAUSED, Status.SCHEDULED, Act.RESUME, Status.SCHEDULED),
        (Status.PAUSED, Status.LAUNCHING, Act.RESUME, Status.LAUNCHING),
        (Status.PAUSED, Status.SENDING, Act.RESUME, Status.SENDING),
        (Status.DRAFT, None, Act.CANCEL, Status.CANCELLED),
        (Status.PAUSED, Status.SENDING, Act.CANCEL, Status.CANCELLED),
        (Status.SENDING, None, Act.SEND, None),
        (Status.PAUSED, Status.SENDING, Act.PAUSE, None),
        (Status.SENDING, None, Act.RESUME, None),
        (Status.CANCELLED, None, Act.CANCEL, None),
    ],
)
def test_what_an_act_leads_to(status, paused_from, act, after):
    assert rules.after(a_campaign(status, paused_from), act) is after


@pytest.mark.parametrize(
    ("status", "act"),
    [
        (Status.FINISHED, Act.SEND),
        (Status.FINISHED, Act.PAUSE),
        (Status.FINISHED, Act.CANCEL),
        (Status.CANCELLED, Act.SEND),
        (Status.CANCELLED, Act.RESUME),
        (Status.DRAFT, Act.PAUSE),
        (Status.DRAFT, Act.RESUME),
        (Status.PAUSED, Act.SEND),
    ],
)
def test_an_act_that_does_not_fit_is_refused_with_the_status(status, act):
    with pytest.raises(Conflict, match=status):
        rules.after(a_campaign(status, Status.SENDING), act)


@given(
    campaign_id=st.integers(1, 10**6),
    holdout=st.integers(0, 90),
    weights=st.lists(st.integers(1, 1000), min_size=1, max_size=10),
    contact_id=st.integers(1, 10**12),
)
def test_everybody_is_assigned_the_same_at_every_asking(campaign_id, holdout, weights, contact_id):
    variants = tuple(Variant(str(at), at, weight) for at, weight in enumerate(weights))
    plan = replace(PLAN, variants=variants, holdout_percent=holdout)
    once = rules.assign(campaign_id, contact_id, plan)
    assert once is None or once in variants
    assert rules.assign(campaign_id, contact_id, plan) == once


def test_shares_are_those_of_the_plan():
    plan = replace(PLAN, variants=(Variant("A", 1, 3), Variant("B", 2, 1)), holdout_percent=20)
    counted = Counter(
        "held out" if (got := rules.assign(7, contact_id, plan)) is None else got.name
        for contact_id in range(1, 20_001)
    )
    assert counted["held out"] / 20_000 == pytest.approx(0.20, abs=0.01)
    assert counted["A"] / 20_000 == pytest.approx(0.60, abs=0.015)
    assert counted["B"] / 20_000 == pytest.approx(0.20, abs=0.015)


def test_another_campaign_holds_others_out():
    plan = replace(PLAN, holdout_percent=50)
    first = {contact for contact in range(1000) if rules.assign(1, contact, plan) is None}
    second = {contact for contact in range(1000) if rules.assign(2, contact, plan) is None}
    assert 150 < len(first & second) < 350  # independent: a quarter of all


@given(
    per_minute=st.integers(1, 100_000),
    looks=st.lists(st.integers(0, 90_000), min_size=1, max_size=50),
    room=st.integers(0, 10_000),
)
def test_no_minute_lets_more_go_than_allowed(per_minute, looks, room):
    """Whenever somebody looks: in any 60 seconds at most two minutes' worth leaves (a burst)."""
    now, until, released = START, START, []
    for milliseconds in looks:
        now += timedelta(milliseconds=milliseconds)
        count = rules.allowance(per_minute, until, now, room=room)
        assert 0 <= count <= min(room, per_minute)
        until = rules.use(per_minute, until, now, count)
        assert until <= now
        released.append((now, count))
    total = sum(count for _, count in released)
    minutes = (now - START) / timedelta(minutes=1)
    assert total <= per_minute * minutes + 1


def test_what_a_pause_left_unused_is_lost():
    assert rules.allowance(60, START, START + timedelta(hours=5), room=10_000) == 60


def test_looking_often_loses_nothing():
    now, until, total = START, START, 0
    for _ in range(600):
        now += timedelta(seconds=1)
        count = rules.allowance(6, until, now, room=100)
        until = rules.use(6, until, now, count)
        total += count
    assert total == 60


def test_without_a_bound_the_room_decides():
    assert rules.allowance(None, START, START, room=123) == 123


def test_a_local_campaign_begins_where_the_day_begins():
    kyiv, plan = ZoneInfo("Europe/Kyiv"), replace(PLAN, is_local=True)
    nine = datetime(2026, 7, 1, 6, 0, tzinfo=UTC)  # 9:00 in Kyiv
    begins = rules.launch_at(plan, nine, kyiv)
    wall = datetime(2026, 7, 1, 9, 0)  # noqa: DTZ001 - a wall clock
    earliest = min(local_moment(wall, ZoneInfo(name)) for name in available_timezones())
    assert begins <= earliest
    assert begins == datetime(2026, 6, 30, 19, 0, tzinfo=UTC)


def test_a_local_campaign_whose_time_is_over_somewhere_is_refused():
    plan, zone = replace(PLAN, is_local=True), ZoneInfo("UTC")
    with pytest.raises(Invalid, match="scheduledAt"):
        rules.check_schedule(plan, START + timedelta(hours=2), zone, START)
    rules.check_schedule(plan, START + timedelta(hours=15), zone, START)
    rules.check_schedule(plan, START - timedelta(hours=2), zone, START)  # held, so harmless


def test_a_time_beyond_a_year_is_refused():
    with pytest.raises(Invalid, match="within a year"):
        rules.check_schedule(PLAN, START + timedelta(days=400), ZoneInfo("UTC"), START)


@pytest.mark.parametrize(
    ("wall", "zone", "utc"),
    [
        ("2026-07-01T09:00", "Europe/Kyiv", "2026-07-01T06:00"),
        ("2026-03-29T03:30", "Europe/Kyiv", "2026-03-29T01:00"),  # left out: 3:00 is 4:00
        ("2026-10-25T03:30", "Europe/Kyiv", "2026-10-25T00:30"),  # comes twice
        ("2026-10-04T02:15", "Australia/Lord_Howe", "2026-10-03T15:30"),  # half an hour left out
        ("2026-03-08T02:30", "America/New_York", "2026-03-08T07:00"),
    ],
)
def test_the_moment_of_a_wall_clock(wall, zone, utc):
    moment = local_moment(datetime.fromisoformat(wall), ZoneInfo(zone))
    assert moment == datetime.fromisoformat(utc).replace(tzinfo=UTC)
