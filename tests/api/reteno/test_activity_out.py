"""The activity export by webhook: rows in Reteno's words, in strict order, until it is a 200."""

from base64 import b64encode
from datetime import timedelta

import pytest
from sqlalchemy import update

from beckon.domain.accounts.tables import project as project_table
from beckon.domain.webhooks import tables
from support.background import Background
from support.http_sink import HttpSink, Said
from support.reteno_things import STORED
from support.server import NOBODY, eventually, now, serving, sink_beside
from support.smtp_sink import refuse


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Serve with the own machine open to webhooks, and a receiver beside."""
    with Background() as background, sink_beside() as mails:
        hooks = background.run(HttpSink().__aenter__())
        folder = tmp_path_factory.mktemp("exports")
        targets = f"127.0.0.1:{hooks.port}, {NOBODY}"
        with serving(folder, sink=mails, private_targets=targets) as running:
            yield running, hooks, mails
        background.run(hooks.__aexit__())


@pytest.fixture
def here(opened):
    server, hooks, _ = opened
    hooks._answer = lambda _: Said(200, b"")
    hooks.asked.clear()
    return server.new_project(), hooks


def an_export(project, hooks, **more):
    words = {"url": f"{hooks.url}/export", "format": "activity", **more}
    made = project.retenshun.post("/api/v1/webhooks", words).ok()
    assert hooks.asked.pop().method == "GET"
    return made


def a_mail(project, server):
    address = project.address()
    words = {"from": "a@example.com", "subject": "S", "htmlText": "<p>H</p>", "emails": [address]}
    row = project.reteno.post("/api/v1/message/email", words).ok()["results"]
    assert row["status"] == "OK"
    server.mails_to(address)
    return address, row["requestId"]


def told(hooks):
    return [asked.json()[0]["email"] for asked in hooks.asked]


def test_a_delivery_is_told_as_a_list_of_one_row_with_the_login(here, opened):
    project, hooks = here
    made = an_export(project, hooks, login="me:secret")
    assert made["format"] == "activity"
    assert "me:secret" not in project.retenshun.get("/api/v1/webhooks").body.decode()
    address, request_id = a_mail(project, opened[0])
    eventually(lambda: hooks.asked, "the export")
    (asked,) = hooks.asked
    (row,) = asked.json()
    assert asked.headers["authorization"] == f"Basic {b64encode(b'me:secret').decode()}"
    assert (row["email"], row["mediaType"], row["activityStatus"]) == (
        address,
        "email",
        "DELIVERED",
    )
    assert row["iid"] == request_id
    assert row["from"] == "a@example.com"
    day = now().isoformat()[:10]
    assert row["activityDateTime"][:7] == day[:7]


def test_a_row_tells_what_the_activity_list_tells_of_the_same(here, opened):
    project, hooks = here
    zone = update(project_table).where(project_table.c.id == project.id)
    opened[0].write(lambda tx: tx.execute(zone.values(time_zone="Asia/Tokyo")))
    an_export(project, hooks)
    stored = {**STORED["email"], "name": "Discount", "tags": ["sale", "spring"]}
    number = project.reteno.post("/api/v1/messages/email", stored).ok()["id"]
    address = project.address()
    recipient = {"locator": address, "externalRequestId": "order-7"}
    path = f"/api/v1/message/{number}/smartsend"
    assert project.reteno.post(path, {"recipients": [recipient]}).ok()["results"]["status"] == "OK"
    opened[0].mails_to(address)
    eventually(lambda: hooks.asked, "the export")
    (row,) = hooks.asked[0].json()
    assert (row["messageName"], row["messageTag"]) == ("Discount", "sale, spring")
    assert (row["externalRequestId"], row["messageId"]) == ("order-7", number)
    assert "hardBounce" not in row
    day = timedelta(days=1)
    period = {"dateFrom": f"{now() - day:%Y-%m-%d}", "dateTo": f"{now() + day:%Y-%m-%d}"}
    (listed,) = project.reteno.get("/api/v2/contacts/activity", **period).ok()
    del listed["offset"]
    assert row == listed


def test_only_an_address_that_is_dead_is_a_hard_bounce(here, opened):
    project, hooks = here
    an_export(project, hooks)
    told = {}
    for reply in ("550 5.1.1 No such user", "554 5.7.1 Not from you"):
        address = project.address()
        opened[2].faults[address] = refuse(reply)
        words = {"from": "a@example.com", "subject": "S", "htmlText": "<p>H</p>"}
        project.reteno.post("/api/v1/message/email", {**words, "emails": [address]}).ok()
        eventually(lambda: len(hooks.asked) > len(told), "the export")
        (row,) = hooks.asked[-1].json()
        assert (row["activityStatus"], row["email"]) == ("UNDELIVERED", address)
        assert reply.split()[1] in row["statusDescription"]
        told[reply[:3]] = row["hardBounce"]
    assert told == {"550": True, "554": False}


def test_an_address_where_nobody_answers_gets_no_export(here):
    project, _ = here
    words = {"url": f"http://{NOBODY}/export", "format": "activity"}
    refused = project.retenshun.post("/api/v1/webhooks", words)
    assert refused.status == 400
    assert refused.json()["message"].startswith("url")
    assert project.retenshun.get("/api/v1/webhooks").ok()["total"] == 0


def test_what_fails_holds_up_what_follows_and_only_200_is_success(here, opened):
    project, hooks = here
    an_export(project, hooks)
    hooks._answer = lambda _: Said(202, b"")
    first, _ = a_mail(project, opened[0])
    eventually(lambda: hooks.asked, "the first try")
    second, _ = a_mail(project, opened[0])
    third, _ = a_mail(project, opened[0])

    def log():
        (hook,) = project.retenshun.get("/api/v1/webhooks").ok()["webhooks"]
        path = f"/api/v1/webhooks/{hook['id']}/deliveries"
        return project.retenshun.get(path).ok()["deliveries"]

    eventually(lambda: len(log()) == 3, "all three to wait")
    assert {one["status"] for one in log()} == {"pending"}
    assert told(hooks) == [first]
    hooks._answer = lambda _: Said(200, b"")
    delivery = tables.webhook_delivery
    with opened[0].engine.begin() as tx:  # a minute later
        waiting = (delivery.c.project_id == project.id, delivery.c.due_at.is_not(None))
        tx.execute(update(delivery).where(*waiting).values(due_at=now() - timedelta(seconds=1)))
    eventually(lambda: len(hooks.asked) == 4, "the others to be told")
    assert told(hooks) == [first, first, second, third]
    eventually(lambda: {one["status"] for one in log()} == {"delivered"}, "all to be taken")


@pytest.mark.parametrize("change", [{"format": "xml"}, {"login": "nobody"}, {"login": "a:b\n"}])
def test_what_no_export_can_be_is_refused(here, change):
    project, hooks = here
    reply = project.retenshun.post(
        "/api/v1/webhooks", {"url": f"{hooks.url}/x", "format": "activity", **change}
    )
    assert reply.status == 400
    assert reply.json()["message"].startswith(next(iter(change)))
