"""Orders told as events: made, changed and ended by the four events, on both stores."""

from datetime import timedelta
from itertools import count

import pytest

from beckon.api.reteno.order_events import read_order
from beckon.domain.contacts.model import Who
from beckon.domain.events import actions as events
from beckon.domain.events import queries as log
from beckon.domain.events.model import EventFilter
from beckon.domain.orders import actions, following, queries
from beckon.domain.orders.model import Status
from beckon.kit.values import replace
from beckon.storage.state import open_engine
from support.builders import a_contact, a_project, an_event, an_order
from support.clock import START

WORDS = {
    "externalOrderId": "77",
    "totalCost": "258.0",
    "status": "INITIALIZED",
    "date": "2020-05-14T10:11:00",
    "currency": "UAH",
    "items": [{"externalItemId": "p1", "quantity": 2, "name": "Tea", "cost": 129}],
    "coupon": "spring",
}


class Shop:
    """A project in a store of its own: what is followed must have been committed."""

    def __init__(self, engine):
        self._engine = engine
        self._moments = count(1)
        with engine.begin() as tx:
            self.project_id = a_project(tx)
            a_contact(tx, self.project_id, "ann")

    def tell(self, name, *, who=None, **words):
        """Log an event of ann, or of somebody else; give the order it names as it then is."""
        at = START + timedelta(minutes=next(self._moments))
        event = an_event("ann", name, now=at, **words)
        with self._engine.begin() as tx:
            told = event if who is None else replace(event, who=who)
            events.record(tx, self.project_id, [told], at)
        return self.follow("77")

    def take(self, order):
        with self._engine.begin() as tx:
            actions.take(tx, self.project_id, [order], START)

    def follow(self, name):
        with self._engine.begin() as tx:
            assert following.is_behind(tx)
            assert following.follow(tx, read_order) is False
        with self._engine.begin() as tx:
            assert not following.is_behind(tx)
            return queries.find_orders(tx, self.project_id, [name]).get(name)

    def events(self):
        with self._engine.begin() as tx:
            told = log.list_events(tx, self.project_id, EventFilter(), offset=0, limit=10)
            return [event.name for event in told]


@pytest.fixture
def shop(state_url):
    engine = open_engine(state_url)
    yield Shop(engine)
    engine.dispose()


@pytest.fixture
def tell(shop):
    return shop.tell


def test_an_order_is_made_changed_and_delivered(shop, tell):
    order = tell("orderCreated", **WORDS)
    assert (order.status, order.total, order.currency) == (Status.INITIALIZED, 25800, "UAH")
    assert [(item.product_id, item.name, item.price) for item in order.items] == [
        ("p1", "Tea", 12900)
    ]
    changed = tell("orderUpdated", externalOrderId=77, totalCost=300, status="IN_PROGRESS")
    assert (changed.status, changed.total, changed.items) == (
        Status.IN_PROGRESS,
        30000,
        order.items,
    )
    done = tell("orderDelivered", externalOrderId="77")
    assert (done.status, done.total, done.version) == (Status.DELIVERED, 30000, 3)
    assert shop.events() == ["orderDelivered", "orderUpdated", "orderCreated"]


def test_items_may_be_escaped_json_and_the_currency_left_out(tell):
    words = {name: value for name, value in WORDS.items() if name != "currency"}
    order = tell("orderCreated", **{**words, "items": '[{"externalItemId":"p1","quantity":1}]'})
    assert (order.currency, [item.product_id for item in order.items]) == ("XXX", ["p1"])


def test_what_was_cancelled_is_cancelled(tell):
    tell("orderCreated", **WORDS)
    assert tell("orderCancelled", externalOrderId="77").status is Status.CANCELLED


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("orderDelivered", WORDS),
        ("orderCancelled", WORDS),
        ("orderCreated", {name: value for name, value in WORDS.items() if name != "totalCost"}),
        ("orderCreated", {**WORDS, "status": "delivered"}),
        ("orderCreated", {**WORDS, "items": "{"}),
        ("orderCreated", {**WORDS, "items": [{"name": "Tea"}]}),
        ("orderCreated", {**WORDS, "externalOrderId": True}),
        ("orderCreated", {**WORDS, "externalOrderId": {"id": 77}}),
        ("orderUpdated", {**WORDS, "date": "soon"}),
    ],
)
def test_what_tells_no_order_is_an_event_and_nothing_more(tell, name, words):
    assert tell(name, **words) is None


def test_an_event_of_nobody_makes_no_order(tell):
    assert tell("orderCreated", who=Who(), **WORDS) is None


def test_events_that_orders_log_make_no_orders(shop):
    shop.take(an_order())
    assert shop.follow("order 1").version == 1
