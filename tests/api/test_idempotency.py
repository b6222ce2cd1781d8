"""A request that bears an Idempotency-Key is done once, however often it is told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import update

from beckon.storage.kept_replies import KEPT_FOR, kept_reply
from support.server import now

TEMPLATE = {"name": "T", "channel": "EMAIL", "subject": "S", "body": "B"}
PLACE = "/api/v1/templates"


def ask(client, key, body=TEMPLATE, path=PLACE, **headers):
    return client.request("POST", path, body, idempotency_key=key, **headers)


def count(project):
    return len(project.retenshun.get(PLACE).ok()["templates"])


def test_told_again_it_gets_the_first_reply_and_has_one_effect(project):
    first = ask(project.retenshun, "key-1")
    assert first.headers["idempotent-replayed"] is None
    for _ in range(3):
        again = ask(project.retenshun, "key-1")
        assert (again.status, again.body) == (200, first.body)
        assert again.headers["content-type"] == first.headers["content-type"]
        assert again.headers["idempotent-replayed"] == "true"
    assert count(project) == 1


def test_another_body_or_path_under_the_same_key_is_refused(project):
    made = ask(project.retenshun, "key-1").ok()
    other = ask(project.retenshun, "key-1", TEMPLATE | {"name": "Other"})
    assert (other.status, other.json()["status"]) == (422, 422)
    assert "Idempotency-Key" in other.json()["message"]
    renders = f"{PLACE}/{made['id']}/render"
    assert ask(project.retenshun, "key-1", {}, renders).status == 200, (
        "another route is another scope"
    )
    assert ask(project.retenshun, "key-1", {"data": {"a": 1}}, renders).status == 422
    assert count(project) == 1


def test_what_was_refused_is_not_remembered(project):
    assert ask(project.retenshun, "key-1", TEMPLATE | {"channel": "SMOKE"}).status == 400
    assert ask(project.retenshun, "key-1").status == 200
    assert count(project) == 1


def test_of_many_at_once_one_has_an_effect(project):
    def tell(_):
        client = project.server.client(x_api_key=project.secret.secret)
        reply = ask(client, "key-1")
        client.close()
        return reply.status, reply.body if reply.status == 200 else b""

    with ThreadPoolExecutor(20) as threads:
        replies = set(threads.map(tell, range(20)))
    assert count(project) == 1
    assert {status for status, _ in replies} <= {200, 409}
    assert len({body for status, body in replies if status == 200}) == 1


def test_the_same_key_in_another_project_is_another_key(project, other):
    first, second = ask(project.retenshun, "key-1").ok(), ask(other.retenshun, "key-1").ok()
    assert first["id"] != second["id"]
    assert (count(project), count(other)) == (1, 1)


def test_after_a_day_the_key_is_new(server, project):
    ask(project.retenshun, "key-1").ok()

    def age(tx):
        mine = update(kept_reply).where(kept_reply.c.project_id == project.id)
        tx.execute(mine.values(at=now() - KEPT_FOR - timedelta(seconds=1)))

    server.write(age)
    again = ask(project.retenshun, "key-1")
    assert again.headers["idempotent-replayed"] is None
    assert count(project) == 2


def test_a_request_that_died_half_way_may_be_told_again_later(server, project):
    ask(project.retenshun, "key-1").ok()

    def cut(tx, minutes):
        mine = update(kept_reply).where(kept_reply.c.project_id == project.id)
        tx.execute(mine.values(sealed=None, at=now() - timedelta(minutes=minutes)))

    server.write(lambda tx: cut(tx, 1))
    running = ask(project.retenshun, "key-1")
    assert (running.status, running.headers["retry-after"]) == (409, "1")
    server.write(lambda tx: cut(tx, 3))
    assert ask(project.retenshun, "key-1").status == 200


@pytest.mark.parametrize(
    "key", ["x" * 256, "with space", "tab\there", "ї".encode().decode("latin-1"), ""]
)
def test_what_is_no_key_is_refused_by_name(project, key):
    reply = ask(project.retenshun, key)
    assert reply.status == 400
    assert "Idempotency-Key" in reply.json()["message"]
    assert count(project) == 0


def test_events_are_told_apart_by_key_too(project):
    event = {"event": "seen", "userId": "user_1"}
    first = ask(project.retenshun, "key-1", event, "/api/v1/events").ok()
    again = ask(project.retenshun, "key-1", event, "/api/v1/events")
    assert again.ok() == first
    assert again.headers["idempotent-replayed"] == "true"
    assert project.retenshun.get("/api/v1/events").ok()["total"] == 1


def test_the_other_face_keeps_its_bare_replies(project):
    body = {"eventTypeKey": "seen", "keyValue": "key 1"}
    first = ask(project.reteno, "key-1", body, "/api/v2/event")
    again = ask(project.reteno, "key-1", body, "/api/v2/event")
    assert (first.status, first.body) == (again.status, again.body)
    assert again.headers["idempotent-replayed"] == "true"
    assert project.retenshun.get("/api/v1/events").ok()["total"] == 1


def test_a_public_key_gets_no_reply_that_was_a_secret_ones(project):
    made = ask(project.retenshun, "key-1").ok()
    reply = ask(project.browser, "key-1")
    assert reply.status == 403
    assert made["id"] not in reply.body.decode()


def test_kept_replies_lie_sealed(server, project):
    made = ask(project.retenshun, "key-1", TEMPLATE | {"name": "A very private name"}).ok()
    assert made["name"] == "A very private name"
    kept = server.write(lambda tx: tx.execute(kept_reply.select()).mappings().all())
    assert all(b"very private" not in bytes(row["sealed"] or b"") for row in kept)
