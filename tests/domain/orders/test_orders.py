"""Orders: kept once by the caller's id, told as events, and summed up to how people buy."""

from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import Profile
from beckon.domain.events import queries as events
from beckon.domain.events.model import EventFilter
from beckon.domain.orders import actions, queries, rules
from beckon.domain.orders.model import Cell, Habits, Item, Status, Summary
from beckon.kit.refusals import Invalid
from support.builders import a_contact, an_order
from support.clock import START

LATER = START + timedelta(hours=1)


def logged(tx, project_id):
    """Tell which events were logged, in order."""
    found = events.list_events(tx, project_id, EventFilter(), offset=0, limit=100)
    return [(event.name, event.key) for event in reversed(found)]


def test_an_order_is_kept_with_its_items_and_told_as_an_event(tx, project_id):
    (order,) = actions.take(tx, project_id, [an_order()], START)
    assert (order.external_id, order.version, order.total) == ("order 1", 1, 9950)
    assert order.items == (Item("p1", 2, name="Tea", category="Drinks", price=4975),)
    assert queries.get_order(tx, project_id, "order 1") == order
    assert queries.list_orders_of(tx, project_id, order.contact_id) == [order]
    assert logged(tx, project_id) == [("orderDELIVERED", "order 1")]


def test_the_last_word_about_an_order_counts_and_its_history_is_kept(tx, project_id):
    told = [Status.INITIALIZED, Status.DELIVERED, Status.IN_PROGRESS]
    for status, moment in zip(told, (START, START, LATER), strict=True):
        (order,) = actions.take(tx, project_id, [an_order(status=status)], moment)
    assert (order.status, order.version) == (Status.IN_PROGRESS, 3)
    assert (order.created_at, order.updated_at) == (START, LATER)
    assert queries.get_order(tx, project_id, "order 1") == order
    history = queries.list_statuses(tx, project_id, order.id)
    assert [status for status, _ in history] == told
    assert [name for name, _ in logged(tx, project_id)] == [f"order{status}" for status in told]


def test_what_somebody_ordered_is_summed_up_by_currency(tx, project_id):
    nobody = a_contact(tx, project_id, "bo")
    told = [
        an_order("1", total=100, currency="UAH", placed_at=START),
        an_order("2", total=250, currency="EUR", placed_at=LATER),
        an_order("3", total=30, currency="UAH", placed_at=LATER),
        an_order("4", total=7, currency="USD", status=Status.CANCELLED, placed_at=LATER),
        an_order("5", total=9, currency="UAH", placed_at=LATER + timedelta(days=1)),
    ]
    buyer = actions.take(tx, project_id, told, START)[0].contact_id
    found = queries.sum_up(tx, project_id, buyer, LATER)
    assert (found.count, found.bought) == (5, 3)
    assert found.totals == {"EUR": 250, "UAH": 130}
    assert (found.bought_at, found.last_at) == (LATER, LATER + timedelta(days=1))
    assert queries.sum_up(tx, project_id, nobody, LATER) == Summary(0, None, 0, {}, None)


def test_a_new_buyer_comes_to_be_with_the_profile_and_a_known_one_stays(tx, project_id):
    ann = a_contact(tx, project_id, "ann", email="ann@example.com")
    profile = Profile(first_name="Someone", email="new@example.com")
    new = an_order("2", buyer="bo", profile=profile)
    taken = actions.take(tx, project_id, [an_order("1", profile=profile), new], LATER)
    assert taken[0].contact_id == ann
    assert contacts.get_contact(tx, project_id, ann).first_name is None
    bo = contacts.get_contact(tx, project_id, taken[1].contact_id)
    assert (bo.external_id, bo.first_name, bo.email) == ("bo", "Someone", "new@example.com")


def test_an_order_of_nobody_is_refused_and_the_others_are_kept(tx, project_id):
    nobody = an_order("2", buyer=None)
    taken = actions.take(tx, project_id, [an_order("1"), nobody, an_order("3")], START)
    assert isinstance(taken[1], Invalid)
    assert [order.external_id for order in (taken[0], taken[2])] == ["1", "3"]
    with pytest.raises(queries.OrderUnknown):
        queries.get_order(tx, project_id, "2")


def test_told_twice_in_one_call_the_last_is_kept(tx, project_id):
    pair = [an_order(total=100), an_order(total=200)]
    first, second = actions.take(tx, project_id, pair, START)
    assert first == second
    assert (second.total, second.version) == (200, 1)


def test_another_project_has_its_own_orders(tx, project_id, other_id):
    for where in (project_id, other_id):
        actions.take(tx, where, [an_order()], START)
    one, other = (queries.get_order(tx, where, "order 1") for where in (project_id, other_id))
    assert one.id != other.id
    assert queries.list_orders(tx, other_id, [one.id]) == []


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        (19.99, "UAH", 1999),
        ("19.99", "USD", 1999),
        (0.1 + 0.2, "EUR", 30),
        (100, "JPY", 100),
        ("1.234", "KWD", 1234),
        ("2.345", "EUR", 234),
        ("2.355", "EUR", 236),
        (0, "EUR", 0),
    ],
)
def test_money_is_whole_minor_units_of_its_currency(amount, currency, minor):
    assert rules.to_minor(amount, currency, "totalCost") == minor


@pytest.mark.parametrize("amount", ["", "x", "1,5", "-1", "nan", "inf", "1e40", -0.01])
def test_what_is_no_money_is_refused(amount):
    with pytest.raises(Invalid, match="totalCost"):
        rules.to_minor(amount, "EUR", "totalCost")


@given(st.integers(0, 10**12), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_money_comes_back_as_it_went_in(minor, currency):
    amount = rules.to_major(minor, currency)
    assert isinstance(amount, Decimal)
    assert rules.to_minor(str(amount), currency, "") == minor


@given(st.floats(0, 2e12) | st.integers(0, 10**12).map(lambda minor: minor / 100))
@example(0.285)
@example(1.005)
def test_a_float_is_read_as_it_is_written(amount):
    exact = Decimal(str(amount)).quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN)
    assert rules.to_minor(amount, "EUR", "") == exact * 100


def test_only_what_was_delivered_is_bought(tx, project_id):
    placed = [
        an_order("1", total=100, placed_at=START - timedelta(days=9)),
        an_order("2", total=200, placed_at=START - timedelta(days=2)),
        an_order("3", total=400, status=Status.CANCELLED),
        an_order("4", buyer="bo", status=Status.ABANDONED),
    ]
    orders = actions.take(tx, project_id, placed, START)
    ann = orders[0].contact_id
    assert rules.habits(orders) == {ann: Habits(START - timedelta(days=2), 2, 300)}


def test_buyers_are_scored_by_fifths():
    people = {
        number: Habits(START + timedelta(days=number), 1 + (number > 5), 100 * number)
        for number in range(1, 11)
    }
    scored = rules.score(people)
    assert [scored[number].recency for number in range(1, 11)] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert [scored[number].frequency for number in range(1, 11)] == [1] * 5 + [3] * 5
    assert scored[10] == Cell(5, 3, 5)


habits = st.builds(
    Habits,
    st.timedeltas(timedelta(0), timedelta(days=900)).map(START.__add__),
    st.integers(1, 9),
    st.integers(0, 99),
)


@given(st.dictionaries(st.integers(1, 99), habits, max_size=30))
def test_who_buys_more_never_scores_less_and_equals_score_alike(people):
    scored = rules.score(people)
    assert scored.keys() == people.keys()
    for one, mine in people.items():
        assert all(1 <= score <= 5 for score in scored[one])
        for other, theirs in people.items():
            if mine.total <= theirs.total:
                assert scored[one].monetary <= scored[other].monetary
            if mine.last_at == theirs.last_at:
                assert scored[one].recency == scored[other].recency
