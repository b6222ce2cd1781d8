"""What all pages have in common: whose things they show, hostile text, bad input; and Home."""

import pytest

from dashboard.stories import a_welcome, number_of, signs_up, the_message
from dashboard.visitor import Door

HOSTILE = '"><img src=x onerror=boom()>{{7*7}}'
ESCAPED = "&#34;&gt;&lt;img src=x onerror=boom()&gt;{{7*7}}"


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
    assert "every 3s" not in home
    figures = [part.partition("<")[0] for part in home.split('figure-value">')[1:]]
    assert figures == ["2", "2", "1", "0"]


def test_home_shows_no_key(project, ada):
    home = ada.text("/")
    assert "sk_live_your_key" in home
    assert project.secret.secret not in home


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
