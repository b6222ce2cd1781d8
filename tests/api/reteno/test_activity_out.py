"""The activity export by webhook: rows in Reteno's words, in strict order, until it is a 200."""

from base64 import b64encode
from datetime import timedelta

import pytest
from sqlalchemy import update

from beckon.domain.webhooks import tables
from support.background import Background
from support.http_sink import HttpSink, Said
from support.server import eventually, now, serving, sink_beside


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Serve with the own machine open to webhooks, and a receiver beside."""
    with Background() as background, sink_beside() as mails:
        hooks = background.run(HttpSink().__aenter__())
        folder = tmp_path_factory.mktemp("exports")
        targets = f"127.0.0.1:{hooks.port}"
        with serving(folder, sink=mails, private_targets=targets) as running:
            yield running, hooks
        background.run(hooks.__aexit__())


@pytest.fixture
def here(opened):
    server, hooks = opened
    hooks.asked.clear()
    return server.new_project(), hooks


def an_export(project, hooks, **more):
    words = {"url": f"{hooks.url}/export", "format": "activity", **more}
    return project.retenshun.post("/api/v1/webhooks", words).ok()


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
    hooks._answer = lambda _: Said(200, b"")
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
    assert row["iid"] == request_id.replace("-", "")
    day = now().isoformat()[:10]
    assert row["activityDateTime"][:7] == day[:7]


def test_what_fails_holds_up_what_follows_and_only_200_is_success(here, opened):
    project, hooks = here
    hooks._answer = lambda _: Said(202, b"")
    an_export(project, hooks)
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
