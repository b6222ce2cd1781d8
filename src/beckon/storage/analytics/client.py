"""Asks ClickHouse, writes into it, and tells its absence from a question that is too heavy.

The same client speaks to the embedded engine and to a server: both take ClickHouse's HTTP
protocol (docs/decisions/0019-own-clickhouse-client.md). Values never stand in the SQL: they
travel beside it and meet their `{name:Type}` there.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from beckon.kit import json
from beckon.kit.refusals import Kind, Refusal
from beckon.storage.analytics.address import Address
from beckon.storage.analytics.values import parameter_text, readers_of
from beckon.storage.analytics.wire import Answer, ExchangeError, Wire

Row: TypeAlias = Sequence[object]

SECONDS_MAX = 2.0
WRITE_SECONDS_MAX = 60.0
# Beyond what the engine was told: what the network and a busy machine may add.
GRACE_SECONDS = 3.0
ASK_BYTES_MAX = 1_500_000_000

_HEAVY = {
    158: "reads too many rows",
    159: "takes too long",
    160: "would take too long",
    241: "needs too much memory",
    307: "reads too much",
    396: "has too large an answer",
}
# Being set up, restarted, full or overrun: the same call may succeed later.
_PASSING = {60, 81, 202, 209, 210, 236, 242, 243, 252, 279, 285, 319, 425, 439, 516, 745, 999}
_CODE = re.compile(r"Code: (\d+)")


class AnalyticsUnavailable(Refusal):
    """The analytics store does not answer or cannot take more; the same call may succeed later."""

    kind = Kind.UNAVAILABLE
    code = "analytics_unavailable"


class QuestionTooLong(Refusal):
    """The question was stopped at its limit of time or memory."""

    kind = Kind.UNAVAILABLE
    code = "question_too_long"


class AnalyticsFaultError(Exception):
    """ClickHouse refused what we wrote: a bug of ours."""


class Analytics:
    """The analytics store. `locate` is asked for the address with each new connection.

    Safe to share within one event loop. Raises AnalyticsUnavailable where nobody answers.
    """

    def __init__(self, locate: Callable[[], Address | None]) -> None:
        self._locate = locate
        self._wire = Wire(locate)

    @property
    def is_located(self) -> bool:
        """Whether there is anybody to ask: a server of that address, or an engine that started."""
        return self._locate() is not None

    @property
    def cluster(self) -> str | None:
        """The cluster whose nodes share the tables; None for a single node."""
        address = self._locate()
        return None if address is None else address.cluster

    async def ask(
        self,
        sql: str,
        values: Mapping[str, object] | None = None,
        *,
        seconds_max: float = SECONDS_MAX,
    ) -> list[tuple[Any, ...]]:
        """Ask one read-only question; gives its rows, moments aware UTC.

        Raises QuestionTooLong after `seconds_max` or beyond 1.5 GB of the engine's memory.
        """
        settings: dict[str, object] = {
            "readonly": 2,
            "max_execution_time": seconds_max,
            "max_memory_usage": ASK_BYTES_MAX,
            "default_format": "JSONCompact",
            "wait_end_of_query": 1,
        }
        body = await self._exchange(settings, values, sql.encode(), seconds_max)
        return _rows(body)

    async def insert(
        self, table: str, columns: Sequence[str], rows: Sequence[Row], token: str
    ) -> None:
        """Write a batch. The same batch again under its token changes nothing.

        Mappings become maps, moments DateTime64; at most some ten thousand rows at a time.
        """
        settings: dict[str, object] = {
            "query": f"INSERT INTO {table} ({', '.join(columns)}) FORMAT JSONCompactEachRow",
            "insert_deduplication_token": token,
            "async_insert": 0,
            "date_time_input_format": "best_effort",
            # Old events come in by the year: a batch may touch any number of months.
            "max_partitions_per_insert_block": 0,
            "max_execution_time": WRITE_SECONDS_MAX,
        }
        body = b"\n".join([json.write(row) for row in rows])
        await self._exchange(settings, None, body, WRITE_SECONDS_MAX)

    async def run(
        self, sql: str, values: Mapping[str, object] | None = None, *, token: str | None = None
    ) -> None:
        """Run a statement that changes the store and wait until it is done.

        An INSERT … SELECT under a token is left out where it was done before.
        """
        settings: dict[str, object] = {
            "max_execution_time": WRITE_SECONDS_MAX,
            "lightweight_deletes_sync": 2,
            "mutations_sync": 2,
            "max_partitions_per_insert_block": 0,
        }
        if token is not None:
            settings["insert_deduplication_token"] = token
        await self._exchange(settings, values, sql.encode(), WRITE_SECONDS_MAX)

    async def make_database(self) -> None:
        """Make the database of the address where it is missing."""
        address = self._locate()
        if address is None:
            raise AnalyticsUnavailable("No analytics store was started here.")
        where = f" ON CLUSTER {address.cluster}" if address.cluster else ""
        statement = f"CREATE DATABASE IF NOT EXISTS {address.database}{where}"
        # From outside of it: one that is missing cannot be where the statement stands.
        await self._exchange({"database": "default"}, None, statement.encode(), WRITE_SECONDS_MAX)

    async def close(self) -> None:
        """Let the connections go."""
        await self._wire.close()

    async def _exchange(
        self,
        settings: Mapping[str, object],
        values: Mapping[str, object] | None,
        body: bytes,
        seconds_max: float,
    ) -> bytes:
        asked = {name: str(value) for name, value in settings.items()}
        asked |= {f"param_{name}": parameter_text(value) for name, value in (values or {}).items()}
        try:
            answer = await self._wire.exchange(asked, body, seconds=seconds_max + GRACE_SECONDS)
        except ExchangeError as fault:
            raise AnalyticsUnavailable(
                "The analytics store does not answer now; try again."
            ) from fault
        if answer.status != 200:
            raise _told(answer)
        return answer.body


def _rows(body: bytes) -> list[tuple[Any, ...]]:
    answer = json.stored(body)
    readers = readers_of([column["type"] for column in answer["meta"]])
    if not any(readers):
        return [tuple(row) for row in answer["data"]]
    return [
        tuple(
            value if read is None or value is None else read(value)
            for read, value in zip(readers, row, strict=True)
        )
        for row in answer["data"]
    ]


def _told(answer: Answer) -> Exception:
    text = answer.body.decode(errors="replace").strip()
    found = _CODE.search(text)
    code = int(answer.exception_code or (found.group(1) if found else 0))
    if code in _HEAVY:
        return QuestionTooLong(f"The question {_HEAVY[code]}. Ask for less, or for a shorter time.")
    if code in _PASSING or not code:
        return AnalyticsUnavailable("The analytics store cannot take this now; try again.")
    return AnalyticsFaultError(text)
