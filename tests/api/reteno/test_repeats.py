"""The documented 409: the same about a contact within a minute, where a project asks for it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from beckon.domain.accounts import actions as accounts
from beckon.domain.accounts.model import KeyKind
from beckon.kit.ids import new_token
from beckon.storage.kept_replies import forget_old, kept_reply
from support.http import basic
from support.server import now

PERSON = {"channels": [{"type": "email", "value": "ann@example.com"}], "firstName": "Ann"}


@pytest.fixture
def strict(project, server):
    """Have repeats refused."""
    server.write(
        lambda tx: accounts.choose_repeats(
            tx, project.id, are_refused=True, actor="a test", now=now()
        )
    )
    return project


def age(project, seconds):
    mine = update(kept_reply).where(kept_reply.c.project_id == project.id)
    project.server.write(lambda tx: tx.execute(mine.values(at=now() - timedelta(seconds=seconds))))


def test_a_project_that_asks_for_nothing_has_repeats_answered_like_the_first(project):
    replies = [project.reteno.post("/api/v1/contact", PERSON).ok() for _ in range(2)]
    assert replies[0] == replies[1]


def test_the_three_documented_calls_refuse_what_they_were_asked_a_moment_ago(strict):
    client = strict.reteno
    number = client.post("/api/v1/contact", PERSON).ok()["id"]
    for method, path, body in (
        ("POST", "/api/v1/contact", PERSON),
        ("PUT", f"/api/v1/contact/{number}", {"firstName": "Anna"}),
        ("POST", "/api/v1/contact/subscribe", {"contact": PERSON}),
    ):
        if path != "/api/v1/contact":
            assert client.request(method, path, body).status == 200
        # Spaces, a slash at the end and what counts for nothing make no other request of it.
        refused = client.request(method, f"{path}/", {**body, "unknown": 1})
        assert refused.status == 409
        assert "Duplicated request" in refused.json()["message"]
    assert client.get(f"/api/v1/contact/{number}").ok()["firstName"] == "Ann"


def test_another_body_contact_key_or_project_is_another_request(strict, other):
    client, server = strict.reteno, strict.server
    first = client.post("/api/v1/contact", PERSON).ok()["id"]
    second = client.post("/api/v1/contact", {**PERSON, "lastName": "Lee"}).ok()["id"]
    assert first == second
    bo = {"channels": {"type": "email", "value": "bo@example.com"}}
    number = client.post("/api/v1/contact", bo).ok()["id"]
    for one in (first, number):
        assert client.put(f"/api/v1/contact/{one}", {"firstName": "Ann"}).status == 200
    key = server.write(
        lambda tx: accounts.create_key(
            tx,
            strict.id,
            name="another",
            kind=KeyKind.SECRET,
            token=new_token(),
            actor="a test",
            now=now(),
        )
    )
    assert server.client(authorization=basic(key.secret)).post("/api/v1/contact", PERSON).ok()
    assert other.reteno.post("/api/v1/contact", PERSON).ok()


def test_after_a_minute_it_is_taken_again_and_what_was_noted_is_forgotten(strict):
    client = strict.reteno
    made = client.post("/api/v1/contact", PERSON).ok()
    age(strict, 50)
    assert client.post("/api/v1/contact", PERSON).status == 409
    age(strict, 60)
    assert client.post("/api/v1/contact", PERSON).ok() == made
    assert client.post("/api/v1/contact", PERSON).status == 409
    age(strict, 121)
    mine = kept_reply.c.project_id == strict.id
    rows = select(func.count()).select_from(kept_reply).where(mine)

    def forget(tx):
        before = tx.execute(rows).scalar_one()
        forget_old(tx, now())
        return before, tx.execute(rows).scalar_one()

    assert strict.server.write(forget) == (1, 0)


def test_what_was_refused_may_be_told_again(strict):
    client = strict.reteno
    for _ in range(2):
        refused = client.post("/api/v1/contact", {"firstName": "Ann"})
        assert refused.status == 400
    assert client.put("/api/v1/contact/999999", PERSON).status == 404
    assert client.put("/api/v1/contact/999999", PERSON).status == 404


def test_of_many_at_once_one_is_taken(strict):
    def add(_):
        client = strict.server.client(authorization=basic(strict.secret.secret))
        status = client.post("/api/v1/contact", PERSON).status
        client.close()
        return status

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(add, range(8))) == [200] + [409] * 7
