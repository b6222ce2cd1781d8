"""Orders and event types in the dashboard: listed, and told in full."""

import pytest

from beckon.domain.accounts.model import Role
from beckon.domain.contacts.model import Who
from beckon.domain.orders import actions
from beckon.domain.orders.model import Item, NewOrder, Status
from dashboard.stories import a_welcome, signs_up
from dashboard.visitor import Door
from support.server import now

HOSTILE = '"><img src=x onerror=boom()>'


def sells(server, project, number="ORD-1", status=Status.DELIVERED, **more):
    order = NewOrder(
        number,
        Who(external_id="user_1"),
        status,
        129050,
        "UAH",
        now(),
        (Item("sku-1", 2.0, "Shoes", "Sport", 64525),),
        **more,
    )
    (kept,) = server.write(lambda tx: actions.take(tx, project.id, [order], now()))
    return kept.id


def test_without_orders_the_page_says_where_they_come_from(ada):
    assert "No orders yet" in ada.text("/orders")


def test_orders_are_listed_and_found(server, project, ada):
    sells(server, project)
    sells(server, project, "ORD-2", Status.CANCELLED)
    page = ada.text("/orders")
    assert "1,290.50 UAH" in page
    assert page.index("ORD-2") < page.index("ORD-1")
    assert "ORD-1" not in ada.text("/orders?status=CANCELLED")
    assert "ORD-2" not in ada.text("/orders?search=ORD-1")
    assert "No such order" in ada.text("/orders?search=ORD")
    assert ada.get("/orders?status=LOST").status == 400


def test_orders_are_paged_by_number(server, project, ada):
    for number in range(52):
        sells(server, project, f"O-{number:02}")
    first = ada.text("/orders")
    older = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    second = ada.text(older.replace("&amp;", "&"))
    assert "O-01" in second
    assert "O-01" not in first
    assert "O-02" not in second


def test_an_order_shows_all_its_fields_and_states(server, project, ada):
    sells(server, project, status=Status.INITIALIZED)
    number = sells(server, project, details={"deliveryAddress": "Kyiv, Khreshchatyk 1"})
    page = ada.text(f"/orders/{number}")
    for told in ("Kyiv, Khreshchatyk 1", "&#34;totalCost&#34;: 1290.5", "sku-1", "Initialized"):
        assert told in page
    row = page.partition("<strong>Shoes</strong>")[2].partition("</tr>")[0]
    assert [
        told for told in ("Sport", ">2<", "645.25 UAH", "1,290.50 UAH") if told not in row
    ] == []


def test_event_types_tell_what_they_start_and_what_they_told(project, ada):
    assert "No event types yet" in ada.text("/event-types")
    a_welcome(project.retenshun)
    signs_up(project, plan="pro", deep={"a": 1})
    signs_up(project, plan="free")
    page = ada.text("/event-types")
    assert "Welcome sequence" in page
    path = page.partition('href="/event-types/')[2].partition('"')[0]
    one = ada.text(f"/event-types/{path}")
    assert "latest 2 events" in one
    assert '<code>plan</code></td><td class="is-number">2</td>' in one
    assert "{&#34;a&#34;:1}" in one
    assert "Welcome sequence" in one


def test_what_an_event_must_tell_is_asked_of_it_from_then_on(server, project, ada):
    tell = {"eventTypeKey": "signup", "keyValue": "ann@example.com", "params": []}
    project.reteno.post("/api/v2/event", tell).ok()
    kind = ada.text("/event-types").partition('href="/event-types/')[2].partition('"')[0]
    path = f"/event-types/{kind}"
    saved = ada.submit(path, required="plan\n\n  from \nplan")
    assert saved.headers["location"] == path
    page = ada.text(path)
    assert "It holds for events from now on." in page
    assert ">from\nplan</textarea>" in page
    refused = project.reteno.post("/api/v2/event", {**tell, "eventTypeKey": "SignUp"})
    assert refused.status == 400
    assert refused.json()["message"] == (
        "The event should have the following params: "
        '[{"name":"from","required":true},{"name":"plan","required":true}]'
    )
    long = ada.submit(path, required="x" * 101)
    assert long.status == 400
    assert "1 to 100 characters" in long.body.decode()
    assert ">from\nplan</textarea>" in ada.text(path)
    ada.submit(path, required="")
    project.reteno.post("/api/v2/event", tell).ok()
    eve = Door(server, project.id).signed_in(Role.VIEWER)
    assert "textarea" not in eve.text(path)
    eve.close()


def test_another_projects_orders_and_types_are_unknown(server, project, other, ada):
    theirs = sells(server, other)
    eve = Door(server, other.id).signed_in()
    kind = eve.text("/event-types").partition('href="/event-types/')[2].partition('"')[0]
    assert eve.get(f"/event-types/{kind}").status == 200
    eve.close()
    assert ada.get(f"/orders/{theirs}").status == 404
    assert ada.get(f"/event-types/{kind}").status == 404
    assert ada.submit(f"/event-types/{kind}", required="plan").status == 404
    assert "No orders yet" in ada.text("/orders")
    for path in ("/orders/abc", "/event-types/abc", "/event-types/0"):
        assert ada.get(path).status == 404


@pytest.mark.parametrize("path", ["/orders", "/event-types"])
def test_hostile_words_of_programs_are_shown_and_never_run(server, project, ada, path):
    number = sells(server, project, HOSTILE, details={HOSTILE: HOSTILE})
    event = {"eventName": HOSTILE, "userId": "user_1", "properties": {HOSTILE: HOSTILE}}
    project.retenshun.post("/api/v1/events", event).ok()
    page = ada.text(path)
    assert "&lt;img src=x" in page
    assert "<img src=x" not in page
    assert "<img src=x" not in ada.text(f"/orders/{number}")
    kinds = [part.partition('"')[0] for part in page.split('href="/event-types/')[1:]]
    for kind in kinds:
        assert "<img src=x" not in ada.text(f"/event-types/{kind}")
