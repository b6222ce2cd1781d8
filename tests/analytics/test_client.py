"""The client and the engine: values go there and back unharmed, limits hold, absence is told."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beckon.kit.refusals import Kind
from beckon.storage.analytics.client import (
    Analytics,
    AnalyticsFaultError,
    AnalyticsUnavailable,
    QuestionTooLong,
)
from beckon.storage.analytics.tables import EVENT
from support.analytics import running_engine

NOW = datetime(2026, 4, 1, 9, 0, 0, 123000, tzinfo=UTC)
NEVER_ENDING = "SELECT count() FROM numbers(100000000000) WHERE number % 7 = 3"

texts = st.text(st.characters(exclude_categories=["Cs"]))


def an_event(number=1, **more):
    given = {"project_id": 1, "name": "seen", "contact_id": 7, "at": NOW, "position": number} | more
    empty = {"id": UUID(int=number), **{name: {} for name in EVENT.columns if name.endswith("s")}}
    return [{**empty, **given}[name] for name in EVENT.columns]


@settings(max_examples=50)
@given(
    text=texts,
    many=st.lists(texts),
    number=st.integers(0, 2**64 - 1),
    real=st.floats(-1e300, 1e300),
)
def test_parameters_arrive_as_they_were(engine, text, many, number, real):

    values = {"text": text, "many": many, "number": number, "real": real, "none": None}
    kinds = {
        "text": "String",
        "many": "Array(String)",
        "number": "UInt64",
        "real": "Float64",
        "none": "Nullable(String)",
    }

    async def story():
        analytics = Analytics(lambda: engine.locate("default"))
        sql = ", ".join(f"{{{name}:{kind}}}" for name, kind in kinds.items())
        rows = await analytics.ask(f"SELECT {sql}", values, seconds_max=30)
        await analytics.close()
        return rows

    assert asyncio.run(story()) == [(text, many, number, real, None)]


def test_moments_and_uuids_are_read_as_such(ask):
    sql = "SELECT {at:DateTime64(3, 'UTC')}, {id:UUID}, {day:Date}, [{at:DateTime64(3, 'UTC')}]"
    values = {"at": NOW, "id": UUID(int=5), "day": NOW.date()}
    rows = ask(lambda analytics: analytics.ask(sql, values))
    assert rows == [(NOW, UUID(int=5), NOW.date(), [NOW])]


def test_rows_with_maps_arrive(ask):
    maps = {
        "strings": {"a.b": "tab\t'quote' \\ \N{SNOWMAN} \0"},
        "numbers": {"n": 1.5},
        "booleans": {"yes": True, "no": False},
        "times": {"at": NOW},
        "lists": {"many": ["a", "b"]},
    }

    async def story(analytics):
        await analytics.insert("event", list(EVENT.columns), [an_event(**maps)], "first")
        return await analytics.ask(
            "SELECT at, id, strings, numbers, booleans, times['at'], lists FROM event"
        )

    assert ask(story) == [
        (NOW, UUID(int=1), maps["strings"], {"n": 1.5}, {"yes": 1, "no": 0}, NOW, maps["lists"])
    ]


def test_the_same_batch_again_changes_nothing_and_another_does(ask):
    async def story(analytics):
        columns = list(EVENT.columns)
        batch = [an_event(n, at=NOW.replace(month=1 + n % 9)) for n in range(100)]
        for token in ("one", "one", "two", "one"):
            await analytics.insert("event", columns, batch, token)
        return await analytics.ask("SELECT count() FROM event")

    assert ask(story) == [(200,)]


def test_a_question_is_stopped_at_its_time_and_at_its_memory(ask):
    async def story(analytics):
        for sql in (NEVER_ENDING, "SELECT groupArray(number) FROM numbers(3000000000)"):
            with pytest.raises(QuestionTooLong) as told:
                await analytics.ask(sql, seconds_max=1 if sql == NEVER_ENDING else 60)
            assert told.value.kind is Kind.UNAVAILABLE
        # Half an answer of the stopped one must not stand before the next.
        return await analytics.ask("SELECT 1")

    assert ask(story) == [(1,)]


def test_a_question_changes_nothing(ask):
    async def story(analytics):
        for sql in ("INSERT INTO event (project_id) VALUES (1)", "DROP TABLE event"):
            with pytest.raises(AnalyticsFaultError):
                await analytics.ask(sql)
        return await analytics.ask("SELECT count() FROM event")

    assert ask(story) == [(0,)]


def test_values_cannot_become_sql(ask):
    nasty = "'; DROP TABLE event; --"

    async def story(analytics):
        rows = await analytics.ask(
            "SELECT {v:String}, {l:Array(String)}", {"v": nasty, "l": [nasty]}
        )
        return rows + await analytics.ask("SELECT count() FROM event")

    assert ask(story) == [(nasty, [nasty]), (0,)]


def test_who_is_killed_and_started_again_has_what_it_acknowledged(tmp_path):

    async def story(engine):
        analytics = Analytics(lambda: engine.locate("beckon"))
        await analytics.run("CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n")
        await analytics.insert("t", ["n"], [[n] for n in range(1000)], "a")
        engine.kill()
        with pytest.raises(AnalyticsUnavailable):
            await analytics.ask("SELECT 1")
        engine.start()
        rows = await analytics.ask("SELECT count(), sum(n) FROM t")
        await analytics.close()
        return rows

    with running_engine(tmp_path) as engine:
        assert asyncio.run(story(engine)) == [(1000, 499500)]


def test_nobody_gets_in_without_the_key(engine):

    async def story():
        analytics = Analytics(lambda: replace(engine.locate("default"), key="guessed"))
        with pytest.raises(AnalyticsUnavailable):
            await analytics.ask("SELECT 1")
        await analytics.close()

    asyncio.run(story())


def test_nobody_there_is_told_at_once():

    async def story():
        analytics = Analytics(lambda: None)
        with pytest.raises(AnalyticsUnavailable):
            await analytics.ask("SELECT 1")

    asyncio.run(story())
