"""Questions about who bought what, asked of the analytics store. Public; project first.

An order counts from when it is placed, whether or not it was delivered, unless it was cancelled or
only a basket. Each raises AnalyticsUnavailable and QuestionTooLong as `Analytics.ask` does.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.orders.model import OrderId, Status
from beckon.domain.recommendations.model import Liked, Tie
from beckon.storage.analytics.client import Analytics

SECONDS_MAX = 10.0
LOOKS_BACK = timedelta(days=730)
POPULAR_FOR = timedelta(days=90)
TIES_MAX = 50
BOUGHT_MAX = 20

_BOUGHT = (Status.INITIALIZED, Status.IN_PROGRESS, Status.DELIVERED)
_LINES = (
    "purchase FINAL ARRAY JOIN product_ids AS product, categories AS category "
    "WHERE project_id = {project:UInt64} AND status IN {bought:Array(String)} "
    "AND placed_at >= {since:DateTime64(3, 'UTC')}"
)


async def list_bought(
    analytics: Analytics, project_id: ProjectId, contact_ids: Collection[ContactId], now: datetime
) -> dict[ContactId, list[str]]:
    """Map people to what each bought, the latest first, at most 20 products of each."""
    rows = await analytics.ask(
        "SELECT contact_id, product FROM "  # noqa: S608 - our own text
        f"(SELECT contact_id, product, max(placed_at) AS last FROM {_LINES} "
        "AND contact_id IN {people:Array(UInt64)} GROUP BY contact_id, product) "
        "ORDER BY contact_id, last DESC, product "
        f"LIMIT {BOUGHT_MAX} BY contact_id",
        {**_asked(project_id, now - LOOKS_BACK), "people": sorted(contact_ids)},
        seconds_max=SECONDS_MAX,
    )
    found: dict[ContactId, list[str]] = {}
    for contact_id, product in rows:
        found.setdefault(ContactId(contact_id), []).append(product)
    return found


async def list_ties(
    analytics: Analytics, project_id: ProjectId, seeds: Collection[str], now: datetime
) -> list[Tie]:
    """List what the buyers of each seed bought besides, the closest 50 of each.

    Closeness is the cosine of two products' sets of buyers: how many bought both, over the root of
    how many bought the one times the other. So what everybody buys goes with nothing in particular.
    """
    if not seeds:
        return []
    pairs = f"SELECT DISTINCT contact_id, product FROM {_LINES}"  # noqa: S608 - our own text
    rows = await analytics.ask(
        "WITH seeded AS (SELECT contact_id, product AS seed "  # noqa: S608 - our own text
        f"FROM ({pairs} AND product IN {{seeds:Array(String)}})), "
        f"sizes AS (SELECT product AS bought, count() AS buyers FROM ({pairs}) GROUP BY bought) "
        "SELECT pair.seed, pair.other, pair.people, "
        "pair.people / sqrt(mine.buyers * theirs.buyers) AS closeness "
        "FROM (SELECT seeded.seed AS seed, line.product AS other, count() AS people "
        f"FROM ({pairs} AND contact_id IN (SELECT contact_id FROM seeded)) AS line "
        "INNER JOIN seeded ON seeded.contact_id = line.contact_id "
        "WHERE other != seed GROUP BY seed, other) AS pair "
        "INNER JOIN sizes AS mine ON mine.bought = pair.seed "
        "INNER JOIN sizes AS theirs ON theirs.bought = pair.other "
        f"ORDER BY pair.seed, closeness DESC, pair.other LIMIT {TIES_MAX} BY pair.seed",
        {**_asked(project_id, now - LOOKS_BACK), "seeds": sorted(seeds)},
        seconds_max=SECONDS_MAX,
    )
    return [Tie(seed, product, int(people), close) for seed, product, people, close in rows]


async def list_liked(
    analytics: Analytics,
    project_id: ProjectId,
    now: datetime,
    *,
    category: str | None = None,
    limit: int,
) -> list[Liked]:
    """List what most people bought in the last 90 days, of a category or of all."""
    of_category = "" if category is None else "AND category = {category:String} "
    rows = await analytics.ask(
        f"SELECT product, uniqExact(contact_id) AS people FROM {_LINES} {of_category}"  # noqa: S608 - our own text
        "GROUP BY product ORDER BY people DESC, product LIMIT {limit:UInt64}",
        {**_asked(project_id, now - POPULAR_FOR), "category": category or "", "limit": limit},
        seconds_max=SECONDS_MAX,
    )
    return [Liked(product, int(people)) for product, people in rows]


async def find_latest_orders(
    analytics: Analytics, project_id: ProjectId, products: Sequence[str], now: datetime
) -> dict[str, OrderId]:
    """Map products to the latest order with each, which tells what it is called and costs."""
    rows = await analytics.ask(
        f"SELECT product, argMax(order_id, placed_at) FROM {_LINES} "  # noqa: S608 - our own text
        "AND product IN {products:Array(String)} GROUP BY product",
        {**_asked(project_id, now - LOOKS_BACK), "products": sorted(set(products))},
        seconds_max=SECONDS_MAX,
    )
    return {product: OrderId(order_id) for product, order_id in rows}


def _asked(project_id: ProjectId, since: datetime) -> dict[str, object]:
    return {
        "project": project_id,
        "bought": [status.value for status in _BOUGHT],
        "since": since,
    }
