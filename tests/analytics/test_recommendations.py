"""Recommendations asked of the analytics store, over orders that were really told."""

from datetime import timedelta

from beckon.domain.accounts import actions as accounts
from beckon.domain.contacts.model import Profile, Who
from beckon.domain.contacts.queries import find_ids_by_external_id
from beckon.domain.orders import actions
from beckon.domain.orders.model import Item, NewOrder, Status
from beckon.domain.recommendations import queries
from beckon.domain.recommendations.model import Source, Wanted


def an_order(name, who, *products, at, status=Status.DELIVERED):
    items = [
        Item(product, 1, product.title(), "toys" if product == "ball" else "home", 500)
        for product in products
    ]
    return NewOrder(name, Who(external_id=who), status, 500, "UAH", at, items, Profile())


def test_people_get_what_goes_with_what_they_bought(simulate, clock):
    async def story(world):
        now = clock.now()
        long_ago = now - timedelta(days=800)
        orders = [
            an_order("1", "ann", "lamp", "bulb", at=now),
            an_order("2", "bob", "lamp", at=now, status=Status.INITIALIZED),
            an_order("3", "bob", "bulb", at=now),
            an_order("4", "eve", "lamp", at=now),
            an_order("5", "eve", "ball", at=now, status=Status.CANCELLED),
            an_order("6", "kim", "ball", "rope", at=now),
            an_order("7", "kim", "lamp", at=long_ago),
        ]

        def tell(tx):
            project = accounts.create_project(
                tx, organisation="O", name="P", time_zone="UTC", now=now
            )
            actions.take(tx, project, orders, now)
            return project, find_ids_by_external_id(tx, project, ["ann", "eve", "kim"])

        project, ids = await world.state.write(tell)
        await world.forward_all()

        async def ask(wanted, who=None):
            found = await queries.recommend(
                world.state, world.analytics, project, wanted, ids.get(who), now
            )
            return [(one.product.name, one.pick.seed, one.pick.people) for one in found]

        # Two of the three who bought a lamp bought a bulb; cancelled and long past does not count.
        bulb = ("Bulb", "lamp", 2)
        assert (await ask(Wanted(Source.PERSONAL), "eve"))[0] == bulb
        assert await ask(Wanted(Source.TOGETHER, ["lamp"])) == [bulb]
        assert await ask(Wanted(Source.TOGETHER, ["lamp"]), "ann") == []
        assert await ask(Wanted(Source.POPULAR, limit=1)) == [("Lamp", None, 3)]
        assert await ask(Wanted(Source.CATEGORY, category="toys")) == [("Ball", None, 1)]
        kims = await ask(Wanted(Source.PERSONAL), "kim")
        assert kims == [("Lamp", None, 3), ("Bulb", None, 2)]
        assert await ask(Wanted(Source.PERSONAL, limit=1), "ann") == [("Ball", None, 1)]

    simulate(story)
