"""P8: how long a segment's estimate takes, six kinds of rule, against SQL written by hand.

One million contacts and ten million events, made by the engine itself; both ask the same engine
in turns. `--contacts` and `--events` make it smaller.
"""

import argparse
import asyncio
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from support.report import keep, show

from beckon.domain.accounts.model import ProjectId
from beckon.domain.segments.compiling import compile_count
from beckon.domain.segments.facts import AsOf
from beckon.domain.segments.parsing import parse
from beckon.domain.segments.questions import Question
from beckon.storage.analytics.address import read_address
from beckon.storage.analytics.client import Analytics, AnalyticsUnavailable
from beckon.storage.analytics.prepare import prepare
from beckon.storage.analytics.supervisor import Supervisor

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ROUNDS = 15
RATIO_MAX = 1.3
SECONDS_MAX = 0.5
CHUNK = 1_000_000

CONTACTS = """
INSERT INTO contact (project_id, contact_id, version, external_id, email, created_at, updated_at,
  last_seen_at, addressed, confirmed, subscribed, strings, numbers, booleans, times, lists)
SELECT 1, number + 1, 1, concat('user_', toString(number)),
  concat(toString(number), '@example.com'), at - 1000000, at, at, ['email'], ['email'], ['email'],
  map('plan', ['free', 'gold', 'pro', 'team'][1 + cityHash64(number) % 4], 'city', 'Kyiv'),
  map('age', toFloat64(18 + cityHash64(number, 1) % 60)), map('vip', number % 9 = 0),
  map('birthday', at), map()
FROM (SELECT number, toDateTime64('2026-05-01 00:00:00', 3, 'UTC') AS at
  FROM numbers({start:UInt64}, {count:UInt64}))
"""

EVENTS = """
INSERT INTO event (project_id, name, contact_id, at, id, position, strings, numbers)
SELECT 1, multiIf(dice < 60, 'view', dice < 80, 'cart', dice < 90, 'purchase', 'login'),
  1 + cityHash64(number, 2) % {contacts:UInt64},
  toDateTime64('2026-06-01 00:00:00', 3, 'UTC') - cityHash64(number, 3) % 31536000,
  generateUUIDv4(), number, map('sku', toString(number % 1000)),
  map('total', toFloat64(cityHash64(number, 4) % 20000) / 100)
FROM (SELECT number, cityHash64(number, 5) % 100 AS dice
  FROM numbers({start:UInt64}, {count:UInt64}))
"""

# What somebody would write who knows the tables and the meaning: only living contacts count, and a
# property may be a list.
LIVING = "SELECT contact_id FROM contact FINAL WHERE project_id = 1"
PURCHASES = "FROM event WHERE project_id = 1 AND name = 'purchase'"
UP_TO_NOW = "at <= toDateTime64('2026-06-01 00:00:00', 3, 'UTC')"
RECENT = f"at > toDateTime64('2026-03-03 00:00:00', 3, 'UTC') AND {UP_TO_NOW}"

TOTAL = {"event": "purchase", "measure": "sum", "property": "total"}
LAST_VIEW = {"event": "view", "measure": "last"}

RULES = {
    "property": [
        {"field": "plan", "operator": "eq", "value": "gold"},
        {"field": "age", "operator": "gte", "value": 40},
    ],
    "count in a window": [{"event": "purchase", "operator": "gte", "value": 2, "within": "90d"}],
    "did not": [{"event": "purchase", "operator": "not_exists", "within": "90d"}],
    "sum": [{**TOTAL, "operator": "gt", "value": 150, "within": "90d"}],
    "recency": [{**LAST_VIEW, "operator": "lt", "value": {"ago": "60d"}}],
    "sequence": [
        {"sequence": [{"event": "cart"}, {"event": "purchase", "within": "7d"}], "within": "90d"}
    ],
}

BY_HAND = {
    "property": f"""SELECT count() FROM ({LIVING}
        AND (strings['plan'] = 'gold' OR has(lists['plan'], 'gold')) AND numbers['age'] >= 40)""",
    "count in a window": f"""SELECT count() FROM ({LIVING} AND contact_id IN (
        SELECT contact_id {PURCHASES} AND {RECENT} GROUP BY contact_id HAVING count() >= 2))""",
    "did not": f"""SELECT count() FROM ({LIVING} AND contact_id NOT IN (
        SELECT contact_id {PURCHASES} AND {RECENT}))""",
    "sum": f"""SELECT count() FROM ({LIVING} AND contact_id IN (
        SELECT contact_id {PURCHASES} AND {RECENT}
        GROUP BY contact_id HAVING sum(numbers['total']) > 150))""",
    "recency": f"""SELECT count() FROM ({LIVING} AND contact_id IN (
        SELECT contact_id FROM event WHERE project_id = 1 AND name = 'view' AND {UP_TO_NOW}
        GROUP BY contact_id HAVING max(at) < toDateTime64('2026-04-02 00:00:00', 3, 'UTC')))""",
    "sequence": f"""SELECT count() FROM ({LIVING} AND contact_id IN (SELECT contact_id FROM (
        SELECT contact_id, groupArrayIf(at, name = 'cart') AS carts,
          groupArrayIf(at, name = 'purchase') AS bought
        FROM event WHERE project_id = 1 AND name IN ('cart', 'purchase') AND {RECENT}
        GROUP BY contact_id)
      WHERE arrayExists(b -> arrayExists(a -> a < b AND b <= a + INTERVAL 7 DAY, carts), bought)
    ))""",
}


async def main():
    """Fill an engine, ask it in turns, print and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=10_000_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        supervisor = Supervisor(Path(folder))
        supervisor.start()
        analytics = Analytics(lambda: read_address(Path(folder)))
        try:
            await fill(analytics, asked.contacts, asked.events)
            rows = [await measure(analytics, kind) for kind in RULES]
        finally:
            await analytics.close()
            await supervisor.stop()
    show(f"P8: estimates, {asked.contacts:,} contacts, {asked.events:,} events", rows)
    keep("p08_segments", {"contacts": asked.contacts, "events": asked.events, "kinds": rows})
    missed = [
        row["rule"]
        for row in rows
        if row["ratio"] > RATIO_MAX or row["ours ms"] > SECONDS_MAX * 1e3
    ]
    print(f"target {RATIO_MAX} and {SECONDS_MAX} s missed by: {', '.join(missed) or 'none'}")


async def fill(analytics, contacts, events):
    """Make the people and what they did, a million rows at a time."""
    while True:
        try:
            await prepare(analytics)
            break
        except AnalyticsUnavailable:
            await asyncio.sleep(0.1)
    for statement, total in ((CONTACTS, contacts), (EVENTS, events)):
        for start in range(0, total, CHUNK):
            values = {"start": start, "count": min(CHUNK, total - start), "contacts": contacts}
            used = {key: value for key, value in values.items() if f"{{{key}:" in statement}
            await analytics.run(statement, used)


async def measure(analytics, kind):
    """Ask one kind of rule both ways in turns; the best time of each."""
    ours = compile_count(parse(RULES[kind]), ProjectId(1), AsOf(NOW, UTC))
    best = [float("inf"), float("inf")]
    answers = [None, None]
    for _ in range(ROUNDS):
        for place, question in enumerate((ours, Question(BY_HAND[kind], {}))):
            began = time.perf_counter()
            answers[place] = await analytics.ask(question.sql, question.values, seconds_max=60)
            best[place] = min(best[place], time.perf_counter() - began)
    assert answers[0] == answers[1], (kind, answers)
    return {
        "rule": kind,
        "people": answers[0][0][0],
        "ours ms": best[0] * 1e3,
        "by hand ms": best[1] * 1e3,
        "ratio": best[0] / best[1],
    }


if __name__ == "__main__":
    assert NOW - timedelta(days=90) == datetime(2026, 3, 3, tzinfo=UTC)
    asyncio.run(main())
