"""Recommends: asks the analytics store who bought what, and the state store what that is.

No transaction is open while the analytics store is asked.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.orders.model import Order, OrderId
from beckon.domain.orders.queries import list_orders
from beckon.domain.recommendations import analytics as asking
from beckon.domain.recommendations.model import (
    Liked,
    Pick,
    Product,
    Recommended,
    Source,
    Tie,
    Wanted,
)
from beckon.domain.recommendations.rules import check, rank
from beckon.storage.analytics.client import Analytics
from beckon.storage.state import State


async def recommend(
    state: State,
    analytics: Analytics,
    project_id: ProjectId,
    wanted: Wanted,
    contact_id: ContactId | None,
    now: datetime,
) -> list[Recommended]:
    """Recommend products, at most `wanted.limit`; nothing that the contact, if any, bought.

    Raises Invalid where the source lacks what it draws from.
    """
    check(wanted)
    if wanted.source is Source.PERSONAL:
        people = [] if contact_id is None else [contact_id]
        found = await recommend_to(
            state, analytics, project_id, people, now, limit=wanted.limit, besides=wanted.products
        )
        return next(iter(found.values()), [])
    bought = await _bought(analytics, project_id, contact_id, now)
    besides = {*bought, *wanted.products}
    ties: Sequence[Tie] = ()
    liked: Sequence[Liked] = ()
    if wanted.source is Source.TOGETHER:
        ties = await asking.list_ties(analytics, project_id, wanted.products, now)
    else:
        reach = wanted.limit + len(besides)
        liked = await asking.list_liked(
            analytics, project_id, now, category=wanted.category, limit=reach
        )
    picks = rank(wanted.products, ties, liked, besides=besides, limit=wanted.limit)
    return (await _describe(state, analytics, project_id, [picks], now))[0]


async def recommend_to(
    state: State,
    analytics: Analytics,
    project_id: ProjectId,
    people: Collection[ContactId],
    now: datetime,
    *,
    limit: int,
    besides: Collection[str] = (),
) -> dict[ContactId, list[Recommended]]:
    """Recommend to each of some people what goes with what they bought, then what is popular."""
    if not people:
        return {}
    bought = await asking.list_bought(analytics, project_id, people, now)
    seeds = {product for mine in bought.values() for product in mine}
    ties = await asking.list_ties(analytics, project_id, seeds, now)
    reach = limit + asking.BOUGHT_MAX + len(besides)
    liked = await asking.list_liked(analytics, project_id, now, limit=reach)
    of_seed: dict[str, list[Tie]] = {}
    for tie in ties:
        of_seed.setdefault(tie.seed, []).append(tie)
    picks = []
    for one in people:
        mine = bought.get(one, [])
        close = [tie for seed in mine for tie in of_seed.get(seed, ())]
        picks.append(rank(mine, close, liked, besides={*mine, *besides}, limit=limit))
    described = await _describe(state, analytics, project_id, picks, now)
    return dict(zip(people, described, strict=True))


async def _bought(
    analytics: Analytics, project_id: ProjectId, contact_id: ContactId | None, now: datetime
) -> Sequence[str]:
    if contact_id is None:
        return ()
    found = await asking.list_bought(analytics, project_id, [contact_id], now)
    return found.get(contact_id, ())


async def _describe(
    state: State,
    analytics: Analytics,
    project_id: ProjectId,
    picks: Sequence[Sequence[Pick]],
    now: datetime,
) -> list[list[Recommended]]:
    names = {one.product_id for some in picks for one in some}
    names |= {one.seed for some in picks for one in some if one.seed is not None}
    if not names:
        return [[] for _ in picks]
    latest = await asking.find_latest_orders(analytics, project_id, sorted(names), now)
    ids = sorted(set(latest.values()))
    orders = await state.read(partial(list_orders, project_id=project_id, ids=ids))
    products = _products(latest, {order.id: order for order in orders})
    return [
        [
            Recommended(products[one.product_id], one, products.get(one.seed or ""))
            for one in some
            if one.product_id in products
        ]
        for some in picks
    ]


def _products(latest: Mapping[str, OrderId], orders: Mapping[OrderId, Order]) -> dict[str, Product]:
    """Read what products are from their latest orders; where one is gone, nothing is known."""
    found = {}
    for name, order_id in latest.items():
        order = orders.get(order_id)
        items = [item for item in order.items if item.product_id == name] if order else []
        if order is None or not items:
            continue
        item = items[0]
        found[name] = Product(
            name, item.name, item.category, item.price, order.currency, item.details
        )
    return found
