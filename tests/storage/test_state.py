"""The bridge to the store: who is told "done" is stored, and nobody pays for others' faults."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from beckon.kit.refusals import Conflict
from beckon.storage.state import StoreUnavailable, open_engine, open_state

WAIT_SECONDS = 10


@pytest.fixture
def url(state_url):
    """Give the address of a store with a table to write to."""
    engine = open_engine(state_url)
    with engine.begin() as tx:
        tx.execute(text("CREATE TABLE note (name TEXT PRIMARY KEY, number BIGINT NOT NULL)"))
    engine.dispose()
    return state_url


@asynccontextmanager
async def opened(url):
    """Open the state, and close it."""
    state = open_state(url)
    try:
        yield state
    finally:
        await state.close()


def live(url, story):
    """Run a story on an open state."""

    async def run():
        async with opened(url) as state:
            return await asyncio.wait_for(story(state), WAIT_SECONDS)

    return asyncio.run(run())


def note(name, number=0):
    """Make an action that writes a note."""

    def write(tx):
        values = {"name": name, "number": number}
        tx.execute(text("INSERT INTO note VALUES (:name, :number)"), values)
        return name

    return write


def names(tx):
    """Read which notes there are."""
    return {row.name for row in tx.execute(text("SELECT name FROM note"))}


def test_a_write_answers_with_what_its_action_gave_and_is_stored_by_then(url):
    async def story(state):
        assert await state.write(note("a")) == "a"
        beside = open_engine(url)
        with beside.begin() as tx:
            assert names(tx) == {"a"}
        beside.dispose()
        assert await state.read(names) == {"a"}

    live(url, story)


def test_an_action_that_raises_undoes_itself_alone(url):
    def refuse(tx):
        note("refused")(tx)
        raise Conflict("no")

    def break_down(tx):
        note("broken")(tx)
        return 1 / 0

    def violate(tx):
        note("doubled")(tx)
        note("doubled")(tx)

    async def story(state):
        await state.write(note("before"))
        actions = [note("a"), refuse, note("b"), break_down, violate, note("c")]
        outcomes = await asyncio.gather(*map(state.write, actions), return_exceptions=True)
        assert [outcomes[place] for place in (0, 2, 5)] == ["a", "b", "c"]
        assert isinstance(outcomes[1], Conflict)
        assert isinstance(outcomes[3], ZeroDivisionError)
        assert isinstance(outcomes[4], Exception)
        assert await state.read(names) == {"before", "a", "b", "c"}
        await state.write(note("after"))

    live(url, story)


def test_what_waits_together_is_committed_together_on_sqlite(sqlite_url):
    """Group commit: a hundred actions at once take a few transactions, not a hundred."""

    def transaction(tx):
        return id(tx.get_transaction())

    async def story(state):
        return await asyncio.gather(*(state.write(transaction) for _ in range(100)))

    assert len(set(live(sqlite_url, story))) <= 5


def test_a_reader_of_sqlite_changes_nothing(sqlite_url):
    def write(tx):
        tx.execute(text("CREATE TABLE by_a_reader (name TEXT)"))

    async def story(state):
        with pytest.raises(StoreUnavailable) as refused:
            await state.read(write)
        assert "readonly" in str(refused.value.__cause__)

    live(sqlite_url, story)


def test_who_goes_away_while_waiting_disturbs_nobody(url):
    async def story(state):
        waiting = [asyncio.create_task(state.write(note(str(number)))) for number in range(20)]
        await asyncio.sleep(0)
        for task in waiting[::2]:
            task.cancel()
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        stayed = outcomes[1::2]
        assert stayed == [str(number) for number in range(1, 20, 2)]
        assert await state.read(names) >= set(stayed)

    live(url, story)


def test_closing_finishes_what_is_under_way(url):
    async def story():
        state = open_state(url)
        waiting = [asyncio.create_task(state.write(note(str(number)))) for number in range(20)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await state.close()
        return await asyncio.gather(*waiting)

    told = asyncio.run(story())
    engine = open_engine(url)
    with engine.begin() as tx:
        assert names(tx) == set(told)
    engine.dispose()


def test_two_processes_counting_in_one_sqlite_file_lose_nothing(sqlite_url):
    """The write lock is taken at BEGIN: a deferred one fails when it is upgraded after a read."""

    def count(tx):
        number = tx.execute(text("SELECT max(number) FROM tally")).scalar_one()
        tx.execute(text("UPDATE tally SET number = :number"), {"number": number + 1})

    async def story():
        async with opened(sqlite_url) as first, opened(sqlite_url) as second:
            await first.write(lambda tx: tx.execute(text("CREATE TABLE tally (number BIGINT)")))
            await first.write(lambda tx: tx.execute(text("INSERT INTO tally VALUES (0)")))
            for _ in range(25):
                await asyncio.gather(*(state.write(count) for state in (first, second) * 2))
            return await first.read(
                lambda tx: tx.execute(text("SELECT number FROM tally")).scalar_one()
            )

    assert asyncio.run(story()) == 100


def test_a_full_disk_is_told_to_all_it_concerns(sqlite_url):
    """SQLite then gives up the whole transaction by itself; nobody may hear that he is stored."""
    engine = open_engine(sqlite_url)
    with engine.begin() as tx:
        tx.execute(text("CREATE TABLE note (name TEXT PRIMARY KEY, number BIGINT NOT NULL)"))
    engine.dispose()

    def limit(pages):
        def set_limit(tx):
            used = tx.execute(text("PRAGMA page_count")).scalar_one()
            tx.execute(text(f"PRAGMA max_page_count = {used + pages}"))

        return set_limit

    def fill(tx):
        for number in range(1000):
            note(f"{number} {'x' * 4000}")(tx)

    async def story(state):
        await state.write(note("before"))
        await state.write(limit(2))
        actions = [note("a"), fill, note("b"), fill, note("c")]
        outcomes = await asyncio.gather(*map(state.write, actions), return_exceptions=True)
        told = {outcome for outcome in outcomes if isinstance(outcome, str)}
        refused = [outcome for outcome in outcomes if not isinstance(outcome, str)]
        assert refused
        assert all(isinstance(outcome, StoreUnavailable) for outcome in refused), refused
        assert await state.read(names) == {"before"} | told
        await state.write(limit(100_000))
        assert await state.write(note("after")) == "after"

    live(sqlite_url, story)


def test_a_commit_that_fails_is_told_to_everybody_in_it(sqlite_url):
    def violate_at_commit(tx):
        tx.execute(text("PRAGMA defer_foreign_keys = ON"))
        tx.execute(
            text("INSERT INTO visitor (project_id, anonymous_id, contact_id) VALUES (1, 'v', 1)")
        )

    def visitors(tx):
        return tx.execute(text("SELECT count(*) FROM visitor")).scalar_one()

    def harmless(tx):
        tx.execute(text("INSERT INTO log_reader VALUES ('test', 0, 0)"))

    async def story(state):
        outcomes = await asyncio.gather(
            state.write(harmless), state.write(violate_at_commit), return_exceptions=True
        )
        assert all(isinstance(outcome, Exception) for outcome in outcomes)
        assert await state.read(visitors) == 0
        await state.write(harmless)

    live(sqlite_url, story)


def test_a_clash_of_two_is_run_again_on_postgresql(postgres_url):
    """Two actions that lock two rows crosswise: one is undone by the server, and tried again."""

    def lock(first, second):
        def cross(tx):
            for name in (first, second):
                tx.execute(text("UPDATE note SET number = number + 1 WHERE name = :n"), {"n": name})
                tx.execute(text("SELECT pg_sleep(0.2)"))

        return cross

    def numbers(tx):
        return [row.number for row in tx.execute(text("SELECT number FROM note ORDER BY name"))]

    async def story(state):
        await state.write(
            lambda tx: tx.execute(text("CREATE TABLE note (name TEXT PRIMARY KEY, number BIGINT)"))
        )
        for name in ("a", "b"):
            await state.write(note(name))
        await asyncio.gather(state.write(lock("a", "b")), state.write(lock("b", "a")))
        assert await state.read(numbers) == [2, 2]

    live(postgres_url, story)


def test_a_lost_connection_is_told_and_the_next_call_has_a_new_one(postgres_url):
    def drop_everybody_else(tx):
        tx.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )

    async def story(state):
        sleeping = asyncio.create_task(
            state.write(lambda tx: tx.execute(text("SELECT pg_sleep(9)")).scalar_one())
        )
        await asyncio.sleep(0.3)
        await state.write(drop_everybody_else)
        with pytest.raises(StoreUnavailable):
            await sleeping
        for _ in range(20):
            assert await state.write(lambda tx: tx.execute(text("SELECT 7")).scalar_one()) == 7

    live(postgres_url, story)


def test_a_standby_that_cannot_be_written_to_is_told_as_such(postgres_url):
    def write(tx):
        tx.execute(text("SET TRANSACTION READ ONLY"))  # as every one of a standby is
        tx.execute(text("UPDATE project SET name = name"))

    async def story(state):
        with pytest.raises(StoreUnavailable):
            await state.write(write)

    live(postgres_url, story)


def test_a_store_that_is_not_there_is_told_as_such():
    async def story(state):
        for call in (state.write, state.read):
            with pytest.raises(StoreUnavailable):
                await call(lambda tx: tx.execute(text("SELECT 1")))

    live("postgresql://nobody@127.0.0.1:1/nothing", story)
