"""Who carries what: a project's own providers within a second, else the installation's."""

import asyncio
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from beckon.channels.building import Tools
from beckon.channels.http.client import HttpClient
from beckon.channels.http.targets import read_openings
from beckon.channels.inbox.provider import InboxProvider
from beckon.channels.outbox.provider import OutboxProvider
from beckon.channels.registry import Registry
from beckon.domain.contacts.model import Channel
from beckon.domain.messages.model import Deferred, Fault, Letter, MessageId, Sent
from beckon.domain.news import queries as news
from beckon.domain.news.model import ReaderId
from beckon.domain.providers import actions, queries
from beckon.domain.providers.model import NewProvider, ProviderChange, ProviderKind
from beckon.kit import json
from beckon.kit.ids import new_token
from beckon.kit.refusals import Invalid
from beckon.kit.secrets import Vault
from beckon.storage.migrate import migrate
from beckon.storage.state import open_engine, open_state
from support.builders import a_project
from support.clock import START, JumpingClock
from support.http_sink import HOST, THROTTLED, HttpSink, Said

VAULT = Vault(["a key of thirty-two characters and more"])


class World:
    """A store, a registry over it, and a watch that tests turn."""

    def __init__(self, url, openings=""):
        self.seconds = 0.0
        self.clock = JumpingClock()
        self.state = open_state(url)
        self.default = OutboxProvider()
        client = HttpClient(read_openings(openings))
        tools = Tools(self.state, self.clock, client, "https://beckon.example")
        default = dict.fromkeys(Channel, self.default)
        default[Channel.IN_APP] = InboxProvider(self.state, self.clock)
        self.registry = Registry(tools, VAULT, default, lambda: self.seconds)

    async def create(self, project_id, url="https://sms.example/send", vault=VAULT, **more):
        new = NewProvider(Channel.SMS, ProviderKind.HTTP, "SMS", {"url": url}, **more)
        return await self.state.write(
            lambda tx: actions.create(
                tx, project_id, new, vault, report_token=new_token(), actor="ada", now=START
            )
        )

    async def change(self, project_id, provider_id, **asked):
        await self.state.write(
            lambda tx: actions.change(
                tx,
                project_id,
                provider_id,
                ProviderChange(**asked),
                VAULT,
                actor="ada",
                now=START,
            )
        )

    async def carriers(self, project_id, channel=Channel.SMS):
        return await self.registry.carriers(project_id, channel)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path):
    """Give a store of either kind."""
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path / 'state.sqlite'}"
        engine = open_engine(address)
        migrate(engine)
        engine.dispose()
        yield address
        return
    with request.getfixturevalue("postgres").database() as address:
        yield address


@asynccontextmanager
async def a_world(url, openings=""):
    world = World(url, openings)
    world.project = await world.state.write(a_project)
    try:
        yield world
    finally:
        await world.registry.close()
        await world.state.close()


def run(story):
    asyncio.run(story())


def a_note(number=1, channel=Channel.SMS, recipient="+380500000001", project_id=1):
    return Letter(
        MessageId(UUID(int=number)), project_id, channel, "", recipient, json.write({"text": "Hi"})
    )


def test_without_providers_the_installation_s_carry(url):
    async def story():
        async with a_world(url) as world:
            assert await world.carriers(world.project) == [world.default]
            (inbox,) = await world.carriers(world.project, Channel.IN_APP)
            letter = a_note(7, Channel.IN_APP, "12", world.project)
            assert isinstance((await inbox.send([letter]))[0], Sent)
            assert isinstance((await inbox.send([letter]))[0], Sent)
            (item,) = await world.state.read(
                lambda tx: news.list_inbox(tx, world.project, ReaderId(12))
            )
            assert item.body == "Hi"

    run(story)


def test_a_change_counts_within_a_second_and_no_change_changes_nobody(url):
    async def story():
        async with a_world(url) as world:
            await world.carriers(world.project)
            one = await world.create(world.project)
            assert await world.carriers(world.project) == [world.default]
            world.seconds += 1
            first = await world.carriers(world.project)
            assert [carrier.name for carrier in first] == [f"http:{one.id}"]
            world.seconds += 1
            assert await world.carriers(world.project) is first
            two = await world.create(world.project)
            world.seconds += 1
            assert [one.stored.id for one in await world.carriers(world.project)] == [
                one.id,
                two.id,
            ]

    run(story)


def test_a_project_s_providers_carry_for_nobody_else(url):
    async def story():
        async with a_world(url) as world:
            await world.create(world.project)
            other = await world.state.write(lambda tx: a_project(tx, "Another"))
            assert await world.carriers(other) == [world.default]

    run(story)


def test_when_all_are_switched_off_nobody_steps_in(url):
    async def story():
        async with a_world(url) as world:
            one = await world.create(world.project)
            await world.change(world.project, one.id, is_active=False)
            (off,) = await world.carriers(world.project)
            (outcome,) = await off.send([a_note()])
            assert isinstance(outcome, Deferred)
            assert (outcome.fault, "switched off" in outcome.reason) == (Fault.PROVIDER, True)

    run(story)


def test_secrets_that_cannot_be_opened_stop_the_route_and_lose_no_letter(url):
    async def story():
        async with a_world(url) as world:
            foreign = Vault(["another key of thirty-two characters or so"])
            new = NewProvider(
                Channel.SMS, ProviderKind.HTTP, "x", {"url": "https://a.example/", "token": "t"}
            )
            await world.state.write(
                lambda tx: actions.create(
                    tx, world.project, new, foreign, report_token="r", actor="ada", now=START
                )
            )
            (broken,) = await world.carriers(world.project)
            (outcome,) = await broken.send([a_note()])
            assert isinstance(outcome, Deferred)
            assert outcome.fault is Fault.CREDENTIALS

    run(story)


def test_who_is_replaced_finishes_what_is_in_flight(url):
    async def story():
        async with HttpSink() as sink, a_world(url, f"{HOST}:*") as world:
            one = await world.create(world.project, f"{sink.url}/send")
            (carrier,) = await world.carriers(world.project)
            under_way = asyncio.create_task(carrier.send([a_note()]))
            await world.change(world.project, one.id, name="New")
            world.seconds += 1
            (fresh,) = await world.carriers(world.project)
            assert fresh is not carrier
            (outcome,) = await under_way
            assert isinstance(outcome, Sent)

    run(story)


def test_a_fault_is_noted_once_and_forgotten_when_it_works_again(url):
    async def story():
        async with (
            HttpSink(faults=[THROTTLED, THROTTLED]) as sink,
            a_world(url, f"{HOST}:*") as world,
        ):
            one = await world.create(world.project, f"{sink.url}/send")
            (carrier,) = await world.carriers(world.project)

            async def fault():
                return (
                    await world.state.read(
                        lambda tx: queries.get_provider(tx, world.project, one.id)
                    )
                ).fault

            await carrier.send([a_note()])
            assert "429" in await fault()
            await carrier.send([a_note()])
            await carrier.send([a_note()])
            assert await fault() is None

    run(story)


def test_a_rate_is_kept(url):
    async def story():
        async with HttpSink() as sink, a_world(url, f"{HOST}:*") as world:
            await world.create(world.project, f"{sink.url}/send", rate_per_second=10)
            (carrier,) = await world.carriers(world.project)
            began = world.clock.now()
            outcomes = await carrier.send([a_note(number) for number in range(21)])
            assert all(isinstance(outcome, Sent) for outcome in outcomes)
            assert (world.clock.now() - began).total_seconds() >= 2

    run(story)


def test_connections_at_once_are_bounded(url):
    async def story():
        async with HttpSink() as sink, a_world(url, f"{HOST}:*") as world:
            await world.create(world.project, f"{sink.url}/send", connections_max=2)
            (carrier,) = await world.carriers(world.project)
            await carrier.send([a_note(number) for number in range(12)])
            assert sink.connections <= 2
            assert len(sink.asked) == 12

    run(story)


def test_trying_out_tells_what_came_of_it(url):
    async def story():
        said = Said(200, b"fine")
        async with HttpSink(lambda _: said) as sink, a_world(url, f"{HOST}:*") as world:
            one = await world.create(world.project, f"{sink.url}/send")
            await world.change(world.project, one.id, is_active=False)
            outcome = await world.registry.try_out(world.project, one.id, "+380 50 000 0001")
            assert outcome == Sent("", "fine")
            assert sink.asked[0].json()["to"] == "+380500000001"
            with pytest.raises(Invalid, match="recipient"):
                await world.registry.try_out(world.project, one.id, "nobody")

    run(story)
