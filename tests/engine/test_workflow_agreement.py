"""The dry run and the run that was agree, step by step, for every kind of trigger.

Each story is drawn: a tree of steps, rules around it, and what two people do over two days.
"""

import random
from datetime import time, timedelta

import pytest

from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts.model import Channel, Profile
from beckon.domain.segments import actions as segments
from beckon.domain.segments.parsing import parse
from beckon.domain.workflows import runs
from beckon.domain.workflows.conditions import Proviso
from beckon.domain.workflows.model import Again, Exit, Goal, Limit, ReEntry
from beckon.domain.workflows.steps import (
    ChangeTags,
    Condition,
    Leave,
    Reach,
    Send,
    Share,
    Split,
    Wait,
    WaitForEvent,
    WaitForTime,
)
from beckon.domain.workflows.triggers import (
    ContactTrigger,
    DateTrigger,
    EventTrigger,
    OrderTrigger,
    ScheduleTrigger,
    SegmentTrigger,
    Side,
)
from support.builders import a_contact
from support.clock import START

HOUR = 3600
HAS_BOUGHT = Proviso(parse([{"event": "purchase"}]))
IS_MUCH = Proviso(data=parse([{"field": "properties.total", "operator": "gt", "value": 5}]))
PEOPLE = ("ann", "bob")

OWN = {
    "event": ["asked"],
    "event where": ["asked"],
    "segment entered": ["in"],
    "segment left": ["in", "out"],
    "field": ["tier"],
    "field of everybody": ["name"],
    "order": ["orderDELIVERED"],
}
"""What has to happen for a trigger to start anything at all."""
HAPPENINGS = ("asked", "purchase", "bye", "orderDELIVERED", "tier", "name", "in", "out")

TRIGGERS = {
    "event": lambda _: EventTrigger("asked"),
    "event where": lambda _: EventTrigger("asked", IS_MUCH),
    "segment entered": lambda group: SegmentTrigger(int(group)),
    "segment left": lambda group: SegmentTrigger(int(group), Side.LEFT),
    "contact": lambda _: ContactTrigger(),
    "field": lambda _: ContactTrigger(("tier",)),
    "field of everybody": lambda _: ContactTrigger(("firstName",)),
    "order": lambda _: OrderTrigger("DELIVERED"),
    "date": lambda _: DateTrigger("ends", at=time(12)),
    "anniversary": lambda _: DateTrigger("born", days=-1, at=time(12), is_yearly=True),
    "schedule": lambda group: ScheduleTrigger(int(group), time(20), START.date()),
}


def a_tree(dice, template, depth=2):
    """Draw some steps in a row."""
    return tuple(a_step(dice, template, depth) for _ in range(dice.randint(1, 3)))


def a_step(dice, template, depth):
    def way():
        return a_tree(dice, template, depth - 1) if dice.random() < 0.7 else ()

    plain = [
        lambda: Send(Channel.EMAIL, template, dice.choice([0, 60])),
        lambda: Wait(dice.choice([60, 2 * HOUR]), days=dice.choice([0, 0, 1])),
        lambda: WaitForTime(time(dice.randrange(24), 30)),
        lambda: ChangeTags(add=("seen",)),
        lambda: Reach(HAS_BOUGHT, exits=dice.random() < 0.5),
        lambda: Leave("enough"),
    ]
    branching = [
        lambda: WaitForEvent("purchase", dice.choice([600, 5 * HOUR]), Proviso(), way(), way()),
        lambda: Condition(dice.choice([HAS_BOUGHT, IS_MUCH]), way(), way()),
        lambda: Split((Share("a", 50, way()), Share("b", 50, way()))),
    ]
    return dice.choice(plain[:5] * 2 + plain[5:] + (branching * 3 if depth else []))()


def some_manners(dice):
    """Draw the rules around a run."""
    again = dice.choice(list(Again))
    return {
        "re_entry": ReEntry(again, HOUR if again is Again.AFTER_PERIOD else 0),
        "limit": dice.choice([None, Limit(2, 4 * HOUR)]),
        "exits": dice.choice([(), (Exit("bye"),)]),
        "goal": dice.choice([None, Goal("purchase", 20 * HOUR, exits=dice.random() < 0.5)]),
        "holdout_percent": dice.choice([0, 50]),
    }


async def happen(stage, dice, group, who, kind):
    """Let one thing happen to somebody."""
    now = stage.clock.now()
    person = await stage.do(contacts.get_by_external_id, who)
    if kind == "tier":
        tier = {"tier": dice.random()}
        await stage.do(contacts.change, person.id, Profile(properties=tier), now)
    elif kind == "name":
        name = Profile(first_name=f"Ann {dice.random()}")
        await stage.do(contacts.change, person.id, name, now)
    elif kind == "in":
        await stage.do(segments.add_members, group, [person.id], now)
    elif kind == "out":
        await stage.do(segments.remove_members, group, [person.id], now)
    else:
        await stage.say(kind, who, total=dice.randint(4, 9))
    await stage.worker.drain()


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.soak)])
@pytest.mark.parametrize("kind", TRIGGERS)
def test_what_is_played_is_what_was(play, kind, seed):
    async def story(stage):
        dice = random.Random(f"{kind} {seed}")
        template = await stage.template("Hello")
        group = (await stage.do(segments.create, name="Group", rule=None, now=START)).id
        workflow = await stage.workflow(
            TRIGGERS[kind](group), *a_tree(dice, template), **some_manners(dice)
        )
        for who in PEOPLE:
            days = {"ends": "2026-04-02", "born": "1990-04-03"}
            await stage.do(a_contact, who, email=f"{who}@example.com", **days)
        people = [(await stage.do(contacts.get_by_external_id, who)).id for who in PEOPLE]
        if kind == "schedule":  # who was in a segment at a turn that is past is not kept
            await stage.do(segments.add_members, group, people, START)
        await stage.worker.drain()
        for own in OWN.get(kind, []) * 2:
            await happen(stage, dice, group, "ann", own)
        for _ in range(6):
            await stage.wait(hours=dice.choice([1, 2, 4, 12]))
            if kind == "schedule":
                await stage.say(dice.choice(["purchase", "bye"]), dice.choice(PEOPLE))
            else:
                await happen(stage, dice, group, dice.choice(PEOPLE), dice.choice(HAPPENINGS))
        # People enter ahead of their day's hour: it must have come for everybody.
        await stage.wait(hours=6 if stage.clock.now() > START + timedelta(days=2) else 48)
        asked = runs.RunFilter(workflow.id)
        assert await stage.look(runs.count_runs, asked) > 0, "an empty story shows nothing"
        await stage.check_play(workflow)

    play(story)
