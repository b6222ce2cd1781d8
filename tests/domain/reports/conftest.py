"""An engine with a crowd's events in it, and the same events for Python to recount."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from beckon.storage.analytics.tables import EVENT, OUTCOME
from support.analytics import ask_all, running_engine

BEGINS_AT = datetime(2026, 3, 20, tzinfo=UTC)  # Kyiv's clocks go forward on the 29th
DAYS = 40
NAMES = ("viewed", "added", "bought")
KINDS = ("accepted", "delivered", "opened", "clicked", "bounced")
DOMAINS = ("", "mail.example.com", "post.example.net")
LINKS = ("", "https://shop.example/a", "https://shop.example/b")


@dataclass(frozen=True)
class Happened:
    project_id: int
    name: str
    contact_id: int
    at: datetime


@dataclass(frozen=True)
class CameOf:
    project_id: int
    kind: str
    message: int
    at: datetime
    is_machine: bool
    campaign: int
    domain: str
    link: str


def a_moment(dice):
    """Somewhere within, often on a whole hour, so that edges are met."""
    hours = timedelta(hours=dice.randrange(24 * DAYS))
    return (
        BEGINS_AT
        + hours
        + dice.choice([timedelta(0), timedelta(milliseconds=dice.randrange(3_600_000))])
    )


@pytest.fixture(scope="session")
def happened():
    dice = Random(4)
    return [
        Happened(dice.choice([1, 1, 1, 2]), dice.choice(NAMES), dice.randrange(60), a_moment(dice))
        for _ in range(3000)
    ]


@pytest.fixture(scope="session")
def came():
    dice = Random(5)
    return [
        CameOf(
            dice.choice([1, 2]),
            dice.choice(KINDS),
            dice.randrange(200),
            a_moment(dice),
            dice.random() < 0.2,
            dice.choice([0, 7, 8]),
            dice.choice(DOMAINS),
            dice.choice(LINKS),
        )
        for _ in range(800)
    ]


@pytest.fixture(scope="session")
def engine(tmp_path_factory):
    with running_engine(tmp_path_factory.mktemp("analytics")) as running:
        yield running


@pytest.fixture(scope="session")
def ask(engine, happened, came):
    """Ask `async def story(analytics)` of a store with the crowd in it."""

    async def fill(analytics):
        empty = {name: {} for name in EVENT.columns}
        rows = [
            {**empty, **vars(one), "id": UUID(int=number), "position": number}
            for number, one in enumerate(happened)
        ]
        columns = list(EVENT.columns)
        await analytics.insert("event", columns, [[row[c] for c in columns] for row in rows], "e")
        rows = [
            [
                *(one.project_id, one.kind, one.at, UUID(int=one.message), int(one.is_machine)),
                *(one.campaign, one.domain, one.link),
            ]
            for one in came
        ]
        columns = ["project_id", "kind", "at", "message_id", "is_machine"]
        columns += ["campaign_id", "domain", "link"]
        assert set(columns) <= OUTCOME.columns.keys()
        await analytics.insert("outcome", columns, rows, "o")

    def ask(story):
        async def filled(analytics):
            await fill(analytics)
            return await story(analytics)

        return ask_all(engine, filled)

    return ask
