"""Webhooks in the dashboard: added, secret shown once, tried, told, played again, let go."""

import re

import pytest

from beckon.domain.accounts.model import Role
from beckon.domain.webhooks.queries import list_webhooks
from dashboard.visitor import Door
from support.background import Background
from support.http_sink import HttpSink, Said
from support.server import eventually, serving, sink_beside

SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]+")


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Serve with the own machine open to webhooks, and a receiver beside."""
    with Background() as background, sink_beside() as mails:
        hooks = background.run(HttpSink().__aenter__())
        folder = tmp_path_factory.mktemp("hooks")
        with serving(folder, sink=mails, private_targets=f"127.0.0.1:{hooks.port}") as running:
            yield running, hooks
        background.run(hooks.__aexit__())


@pytest.fixture
def here(opened):
    """Give a project of that server, its administrator's browser, and the receiver."""
    server, hooks = opened
    hooks.asked.clear()
    hooks._answer = lambda _: Said(200, b"thanks")
    project = server.new_project()
    visitor = Door(server, project.id).signed_in()
    yield project, visitor, hooks
    visitor.close()


def a_webhook(project, visitor, hooks, **more):
    """Add a webhook by the form; give its path and the page that shows its secret."""
    made = visitor.submit("/webhooks", url=f"{hooks.url}/hook", **more)
    assert made.status == 200, made.body.decode()
    (webhook,) = project.server.write(lambda tx: list_webhooks(tx, project.id))
    return f"/webhooks/{webhook.id}", made.body.decode()


def sends(project):
    """Send somebody a message; give the id."""
    user = {"id": "user_1", "email": project.address()}
    project.retenshun.post("/api/v1/users", user).ok()
    words = {"userId": "user_1", "channel": "EMAIL", "subject": "S", "body": "B"}
    words["transactional"] = True
    return project.retenshun.post("/api/v1/messages", words).ok()["id"]


def test_the_secret_is_shown_once_and_a_trial_says_what_was_answered(here):
    project, visitor, hooks = here
    path, page = a_webhook(project, visitor, hooks, event="message.sent")
    secret = SECRET.search(page).group()
    for listed in (visitor.text("/webhooks"), visitor.text(path)):
        assert hooks.url in listed
        assert secret not in listed
    tried = visitor.submit(f"{path}/test").body.decode()
    assert "It answered 200: thanks" in tried
    assert hooks.asked[-1].json() == {"event": "test", "data": {}}
    hooks._answer = lambda _: Said(500, b"<b>boom</b>")
    assert (
        "It answered 500: &lt;b&gt;boom&lt;/b&gt;" in visitor.submit(f"{path}/test").body.decode()
    )
    other = SECRET.search(visitor.submit(f"{path}/rotate").body.decode()).group()
    assert other != secret


def test_what_was_told_stands_in_the_log_and_is_told_again(here):
    project, visitor, hooks = here
    path, _ = a_webhook(project, visitor, hooks, event="message.sent")
    message = sends(project)
    eventually(lambda: ">Told<" in visitor.text(path), "it stands in the log")
    assert message.removeprefix("msg_") in visitor.text(path)
    replay = re.search(r'action="([^"]+/replay)"', visitor.text(path)).group(1)
    assert visitor.submit(replay).status == 303
    eventually(lambda: len(hooks.asked) == 2, "it came again")
    first, again = (asked.headers["webhook-id"] for asked in hooks.asked)
    assert first == again


def test_a_webhook_is_changed_switched_off_and_deleted(here):
    project, visitor, hooks = here
    path, _ = a_webhook(project, visitor, hooks)
    changed = visitor.submit(path, body=f"url={hooks.url}/other&event=message.clicked".encode())
    assert changed.status == 303
    (stored,) = project.server.write(lambda tx: list_webhooks(tx, project.id))
    assert (stored.url, stored.events) == (f"{hooks.url}/other", ("message.clicked",))
    assert visitor.submit(f"{path}/switch").status == 303
    assert "Switch on" in visitor.text(path)
    assert visitor.submit(f"{path}/delete").status == 303
    assert visitor.get(path).status == 404


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"url=", "The address must"),
        (b"url=https://127.0.0.1/x", "The address"),
        (b"url=ftp://example.com/x", "The address"),
        (b"url=http://example.com/x", "must begin with https"),
        (b"url=https://example.com/x&event=everything", "The events[0] must be one of"),
    ],
)
def test_what_is_refused_is_said_beside_what_was_typed(here, body, said):
    project, visitor, _ = here
    reply = visitor.submit("/webhooks", body=body)
    page = reply.body.decode()
    assert reply.status == 400
    assert said in page
    assert project.server.write(lambda tx: list_webhooks(tx, project.id)) == []


def test_members_look_and_others_know_nothing_of_it(here):
    project, visitor, hooks = here
    path, _ = a_webhook(project, visitor, hooks)
    member = Door(project.server, project.id).signed_in(Role.MEMBER)
    assert "Add webhook" not in member.text("/webhooks")
    assert "Delete" not in member.text(path)
    stranger = Door(project.server, project.server.new_project().id).signed_in()
    for ask in ("", "?before=x", f"?before={'0' * 32}"):
        assert stranger.get(f"{path}{ask}").status == 404
    for act in ("", "/test", "/rotate", "/switch", "/delete"):
        reply = stranger.submit(f"{path}{act}", url=f"{hooks.url}/theirs")
        assert reply.status == 404, act
    member.close()
    stranger.close()
