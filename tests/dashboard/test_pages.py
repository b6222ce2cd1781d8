"""The pages over what the API took in: what they show, to whom, and of whose."""

import json
from email import message_from_bytes
from uuid import UUID

import pytest
from sqlalchemy import select

from beckon.domain.accounts import tables
from beckon.domain.accounts.model import Role
from beckon.domain.accounts.queries import list_keys
from beckon.domain.events.model import EventFilter
from beckon.domain.events.queries import list_events
from dashboard.visitor import Door
from support.server import eventually

HOSTILE = '"><img src=x onerror=boom()>{{7*7}}'
ESCAPED = "&#34;&gt;&lt;img src=x onerror=boom()&gt;{{7*7}}"


def a_welcome(client, *, subject="Welcome, {{name}}", body="<h1>Hi {{name}}</h1>"):
    """Store an automation that answers `signup` with one mail."""
    template = client.post(
        "/api/v1/templates",
        {"name": "Welcome", "channel": "EMAIL", "subject": subject, "body": body},
    ).ok()
    client.post(
        "/api/v1/automations",
        {
            "name": "Welcome sequence",
            "active": True,
            "triggerType": "EVENT",
            "triggerEvent": "signup",
            "steps": [{"type": "SEND_EMAIL", "templateId": template["id"]}],
        },
    ).ok()


def signs_up(project, user="user_1", **properties):
    body = {"userId": user, "eventName": "signup", "properties": properties}
    return tells(project, body)


def tells(project, event):
    """Tell of an event; give its number as pages show it."""
    told = project.retenshun.post("/api/v1/events", event).ok()
    return str(UUID(told["id"].removeprefix("evt_")))


def the_message(project, state="sent"):
    """Wait for the project's one message to come to a state; give its number."""

    def listed():
        return project.retenshun.get("/api/v1/messages").ok()["messages"]

    eventually(lambda: [one["status"] for one in listed()] == [state], f"one {state} message")
    return listed()[0]["id"].removeprefix("msg_")


def number_of(page):
    """Cut the number of the first message out of the list."""
    return page.partition('href="/messages/')[2].partition('"')[0]


# Home


def test_home_ticks_off_what_is_really_there(project, door, ada):
    assert "1 of 5 done" in ada.text("/")  # the project of a test comes with keys
    signs_up(project, email=project.address())
    assert "2 of 5 done" in ada.text("/")
    a_welcome(project.retenshun)
    assert "4 of 5 done" in ada.text("/")
    signs_up(project, "user_2", email=project.address())
    the_message(project)
    home = ada.text("/")
    assert "5 of 5 done" in home
    assert "hx-get" not in home
    figures = [part.partition("<")[0] for part in home.split('figure-value">')[1:]]
    assert figures == ["2", "2", "1", "0"]


def test_home_shows_no_key(project, ada):
    home = ada.text("/")
    assert "sk_live_your_key" in home
    assert project.secret.secret not in home


# Events


def test_events_come_newest_first_and_tell_all(project, ada):
    first = signs_up(project, name="Ann")
    second = signs_up(project, "user_2", name="Bo")
    page = ada.text("/events")
    assert page.index(second) < page.index(first)
    assert "&#34;name&#34;: &#34;Bo&#34;" in page
    assert "user_2" in page


def test_new_events_come_by_the_tail_and_nothing_else_does(project, ada):
    signs_up(project)
    page = ada.text("/events")
    poll = page.partition('data-poll hx-get="')[2].partition('"')[0]
    assert ada.get(poll).status == 204
    fresh = signs_up(project, "user_2")
    rows = ada.text(poll)
    assert fresh in rows
    assert rows.count('class="event"') == 1
    assert ada.get(rows.partition('data-poll hx-get="')[2].partition('"')[0]).status == 204


def test_the_tail_of_an_empty_log_waits_for_the_first_event(project, ada):
    page = ada.text("/events")
    assert "No events yet" in page
    signs_up(project)
    assert "user_1" in ada.text(page.partition('data-poll hx-get="')[2].partition('"')[0])


def test_older_events_come_piece_by_piece_and_each_once(project, ada):
    batch = [
        {"type": "track", "event": f"event_{number}", "user_id": "user_1"} for number in range(120)
    ]
    for start in (0, 60):
        chunk = {"batch": batch[start : start + 60]}
        assert project.retenshun.post("/api/v1/events/batch", chunk).ok()["accepted"] == 60
    path, names = "/events", []
    while path:
        rows = ada.text(path)
        names += [part.partition("<")[0] for part in rows.split("</svg><span>")[1:]]
        path = rows.partition('ledger-more"><a class="btn" href="')[2].partition('"')[0]
    assert len(names) == len(set(names)) == 120


def test_too_many_at_once_are_counted_and_not_shown(project, ada):
    signs_up(project)
    poll = ada.text("/events").partition('data-poll hx-get="')[2].partition('"')[0]
    batch = [{"type": "track", "event": "e", "user_id": "user_1"} for _ in range(60)]
    project.retenshun.post("/api/v1/events/batch", {"batch": batch}).ok()
    rows = ada.text(poll)
    assert rows.count('class="event"') == 50
    assert "10 more came too fast" in rows


@pytest.mark.parametrize(
    "asked", ["name=SIGNUP", "user=user_1", "user=ANN@", "name=signup&user=user_1"]
)
def test_events_are_filtered_by_name_and_person(project, ada, asked):
    address = project.address()
    wanted = signs_up(project, email=address)
    other = tells(project, {"userId": "user_2", "eventName": "bought"})
    page = ada.text("/events?" + asked.replace("ANN@", address.upper()))
    assert wanted in page
    assert other not in page


def test_a_filter_that_nothing_matches_says_so(project, ada):
    signs_up(project)
    assert "No event matches" in ada.text("/events?user=nobody")
    assert "No event matches" in ada.text("/events?name=nothing")
    assert ada.get("/events/rows?after=0&user=nobody").status == 204


def test_moments_are_told_in_the_zone_of_the_project(project, ada):
    signs_up(project)
    page = ada.text("/events")
    title = page.partition('<time datetime="')[2].partition("data-moment")[0]
    assert "EET" in title or "EEST" in title


# Messages


def test_a_message_is_shown_as_it_looks_as_it_was_sent_and_with_its_history(project, server, ada):
    a_welcome(project.retenshun, body="<h1>Hi {{name}}</h1><p>Zoë &amp; Олена</p>")
    address = project.address()
    signs_up(project, email=address, name="Ann")
    the_message(project)
    number = number_of(ada.text("/messages"))

    page = ada.text(f"/messages/{number}")
    assert "Welcome, Ann" in page
    assert "Welcome sequence" in page
    assert address in page
    assert [word for word in ("Queued", "Sending", "Accepted") if word in page.split("History")[1]]

    preview = ada.get(f"/messages/{number}/preview")
    assert preview.body.decode().strip() == "<h1>Hi Ann</h1><p>Zoë &amp; Олена</p>"
    policy = preview.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'; style-src 'unsafe-inline'")
    assert "script-src" not in policy
    assert "allow-" not in policy

    source = ada.get(f"/messages/{number}/source")
    assert source.headers.get_content_type() == "text/plain"
    assert source.body == server.mails_to(address)[0].content
    assert message_from_bytes(source.body)["to"] == address


def test_a_message_never_written_out_says_why_and_has_no_copy(project, ada):
    a_welcome(project.retenshun)
    signs_up(project)
    the_message(project, "failed")
    listed = ada.text("/messages?state=dead")
    assert "Built-in outbox" not in listed  # a relay is set here
    assert "The contact has no e-mail address." in listed
    number = number_of(listed)
    page = ada.text(f"/messages/{number}")
    assert "The contact has no e-mail address." in page
    assert "No copy" in page
    assert "<iframe" not in page
    assert ada.get(f"/messages/{number}/preview").status == 404
    assert ada.get(f"/messages/{number}/source").status == 404


def test_messages_are_paged_there_and_back_by_state(project, ada):
    body = {
        "from": "shop@example.com",
        "subject": "Hello",
        "htmlText": "<p>Hello</p>",
    }
    for number in range(110):
        sent = {**body, "emails": [f"person{number}@paging.example.com"]}
        project.reteno.post("/api/v1/message/email", sent).ok()

    def are_accepted():
        return 'Accepted <span class="tabs-count">110<' in ada.text("/messages")

    eventually(are_accepted, "all messages to be accepted", within_seconds=30)

    def walk(path, word):
        pages = []
        while path:
            page = ada.text(path)
            pages.append([part.partition("<")[0] for part in page.split('recipient">')[1:]])
            before = page.rpartition(f'rel="{word}"')[0]
            path = before.rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
        return pages, page

    older, last = walk("/messages?state=accepted", "next")
    assert [len(page) for page in older] == [50, 50, 10]
    assert len({address for page in older for address in page}) == 110
    back = last.rpartition('rel="prev"')[0].rpartition('href="')[2].partition('"')[0]
    newer, _ = walk(back.replace("&amp;", "&"), "prev")
    assert newer == [older[1], older[0]]


# Keys


def test_a_key_is_shown_once_and_works_until_it_is_revoked(server, project, ada):
    shown = ada.submit("/api-keys", name="Shop server", type="secret")
    assert (shown.status, shown.headers["cache-control"]) == (200, "no-store")
    secret = shown.body.decode().partition("<code>")[2].partition("<")[0]
    assert secret.startswith("sk_live_")
    assert server.client(x_api_key=secret).get("/api/v1/events").status == 200
    listed = ada.text("/api-keys")
    assert "Shop server" in listed
    assert secret not in listed

    newest = server.write(lambda tx: list_keys(tx, project.id))[0]
    done = ada.submit(f"/api-keys/{newest.id}/revoke")
    assert done.headers["location"] == "/api-keys"
    assert "The key is revoked." in ada.text("/api-keys")
    assert "The key is revoked." not in ada.text("/api-keys")
    eventually(
        lambda: server.client(x_api_key=secret).get("/api/v1/events").status == 401,
        "the key to be refused",
        within_seconds=1.5,
    )


def test_what_is_done_with_keys_is_written_down(server, project, door):
    email = door.person()
    visitor = door.visitor()
    visitor.sign_in(email)
    visitor.submit("/api-keys", name="Audited", type="public")
    key = server.write(lambda tx: list_keys(tx, project.id))[0]
    visitor.submit(f"/api-keys/{key.id}/revoke")
    asked = select(tables.audit_entry).where(
        tables.audit_entry.c.project_id == project.id, tables.audit_entry.c.actor == email
    )
    entries = server.write(lambda tx: tx.execute(asked.order_by(tables.audit_entry.c.id)).all())
    assert [(entry.act, entry.details["key"]) for entry in entries] == [
        ("key.created", key.id),
        ("key.revoked", key.id),
    ]
    visitor.close()


def test_a_member_sees_keys_and_changes_none(server, project, door):
    member = door.signed_in(Role.MEMBER)
    page = member.text("/api-keys")
    assert project.secret.key.prefix in page
    assert "Revoke" not in page
    assert "Create key" not in page
    before = server.write(lambda tx: list_keys(tx, project.id))
    assert member.submit("/api-keys", name="Mine", type="secret").status == 403
    assert member.submit(f"/api-keys/{project.secret.key.id}/revoke").status == 403
    assert server.write(lambda tx: list_keys(tx, project.id)) == before
    member.close()


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": "", "type": "secret"}, "The name must have 1 to 100 characters."),
        ({"name": "x" * 101, "type": "secret"}, "The name must have 1 to 100 characters."),
        ({"name": "a\nb", "type": "secret"}, "The name must not hold control characters."),
        ({"name": "Fine", "type": "root"}, "Choose one of the two."),
        ({"name": "Fine"}, "Choose one of the two."),
    ],
)
def test_a_key_that_cannot_be_made_says_why(server, project, ada, form, said):
    reply = ada.submit("/api-keys", **form)
    assert reply.status == 400
    assert said in reply.body.decode()
    assert len(server.write(lambda tx: list_keys(tx, project.id))) == 2


# Of whose


def test_what_is_another_projects_is_unknown(server, project, other, ada):
    a_welcome(other.retenshun)
    theirs = signs_up(other, "their_user", email=other.address())
    the_message(other)
    neighbour = Door(server, other.id).signed_in()
    number = number_of(neighbour.text("/messages"))

    for path in ("", "/preview", "/source"):
        assert neighbour.get(f"/messages/{number}{path}").status == 200
        assert ada.get(f"/messages/{number}{path}").status == 404
    assert "No messages yet" in ada.text("/messages")
    for path in ("/events", "/events/rows?before=999999999", "/events?user=their_user"):
        assert theirs not in ada.text(path)
    assert ada.get("/events/rows?after=0").status == 204
    assert ada.submit(f"/api-keys/{other.secret.key.id}/revoke").status == 404
    assert other.retenshun.get("/api/v1/events").status == 200
    neighbour.close()


# Hostile text


def test_hostile_text_is_shown_and_never_runs(server, project, door):
    visitor = door.signed_in(name=HOSTILE)
    a_welcome(project.retenshun, subject="{{ evil }}", body="<p>{{ evil }}</p>")
    address = project.address()
    for name in ("signup", HOSTILE):
        project.retenshun.post(
            "/api/v1/events",
            {
                "userId": HOSTILE,
                "eventName": name,
                "properties": {"email": address, "evil": HOSTILE, HOSTILE: HOSTILE},
            },
        ).ok()
    the_message(project)
    created = visitor.submit("/api-keys", name=HOSTILE, type="public")
    number = number_of(visitor.text("/messages"))
    query = "%22%3E%3Cimg%20src=x%20onerror=boom()%3E{{7*7}}"
    pages = [
        created.body.decode(),
        *map(
            visitor.text,
            [
                "/",
                "/events",
                f"/events?name={query}&user={query}",
                "/messages",
                f"/messages/{number}",
                "/api-keys",
            ],
        ),
        visitor.sign_in(HOSTILE, "x", next=HOSTILE).body.decode(),
    ]
    for page in pages:
        assert ESCAPED in page
        assert "<img src=x" not in page
    assert "<img src=x" not in visitor.text(f"/messages?state={query}", status=400)
    assert "<img" not in visitor.text(f"/messages/{number}/preview")
    visitor.close()


# Bad input


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/messages/0", 404),
        ("/messages/%00", 404),
        ("/messages/%ff", 404),
        ("/messages/00000000-0000-0000-0000-000000000000", 404),
        ("/messages/" + "9" * 4000, 404),
        ("/messages?state=nothing", 400),
        ("/messages?before=abc", 400),
        ("/messages?before=-1", 400),
        ("/messages?after=" + "9" * 30, 400),
        ("/messages?after=9223372036854775807", 200),
        ("/messages?before=0", 200),
        ("/messages?page=abc", 200),
        ("/events?before=1e9", 400),
        ("/events?before=%D9%A1", 400),
        ("/events?name=%00", 400),
        ("/events?user=a%00b", 400),
        ("/events?name=%ff%fe", 200),
        ("/events?name=" + "x" * 5000, 200),
        ("/events?user=" + "x" * 5000, 200),
        ("/events?before=9223372036854775807", 200),
        ("/events/rows?after=9223372036854775807", 204),
        ("/events/rows?after=&before=", 200),
        ("/events?name=a&name=b&name", 200),
        ("/events?=&&&%", 200),
    ],
)
def test_bad_input_is_answered_and_never_a_fault_of_ours(project, ada, path, status):
    signs_up(project)
    assert ada.get(path).status == status


@pytest.mark.parametrize("key", ["0", "abc", "-1", "1.5", "9" * 40, "%00", "9223372036854775807"])
def test_a_key_that_is_none_cannot_be_revoked(ada, key):
    assert ada.submit(f"/api-keys/{key}/revoke").status == 404


def test_a_huge_event_is_shown_by_its_beginning(server, project, ada):
    signs_up(project, note="x" * 60_000)
    page = ada.text("/events")
    assert len(page) < 60_000
    assert "characters more" in page
    kept = server.write(lambda tx: list_events(tx, project.id, EventFilter(), offset=0, limit=1))[0]
    assert len(json.dumps(kept.properties)) > 60_000
