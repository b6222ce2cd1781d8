"""Templates of push, in-app and SMS messages over HTTP, and how heavy words are taken."""

import threading
import time
from statistics import quantiles

import pytest

PUSH = {
    "name": "Order",
    "channel": "PUSH",
    "title": "Order {{ order }}",
    "body": "On its way & soon there",
    "imageUrl": "https://example.com/{{ order }}.png",
    "link": "shop://orders/{{ order }}",
    "button": "See",
    "data": {"order": "{{ order }}"},
    "translations": {"uk": {"title": "Замовлення {{ order }}", "body": "Вже їде"}},
}
PEOPLE = 50  # each gets a megabyte
EVENTS_PER_MEASURE = 200
EVENT_SECONDS_MAX = 0.5  # at the 99th of 100; before, those that came in between waited seconds


@pytest.fixture
def client(project):
    """Speak with a secret key."""
    return project.retenshun


def test_a_push_template_keeps_what_push_messages_have(client):
    made = client.post("/api/v1/templates", PUSH).ok()
    told = {
        field: made[field] for field in ("title", "subject", "imageUrl", "link", "button", "data")
    }
    assert told == {
        **{field: PUSH[field] for field in told if field != "subject"},
        "subject": PUSH["title"],
    }
    path = f"/api/v1/templates/{made['id']}"
    assert client.get(f"{path}/versions/1").ok()["translations"] == {
        "uk": {"subject": "Замовлення {{ order }}", "body": "Вже їде"}
    }
    changed = client.request("PATCH", path, {"button": "", "data": {"a": "b"}}).ok()
    assert (changed["button"], changed["data"], changed["link"]) == (None, {"a": "b"}, PUSH["link"])
    assert changed["version"] == 2


def test_a_push_template_is_previewed_as_a_note(client):
    path = f"/api/v1/templates/{client.post('/api/v1/templates', PUSH).ok()['id']}/render"
    assert client.post(path, {"data": {"order": 7}, "language": "uk"}).ok() == {
        "subject": "Замовлення 7",
        "body": "Вже їде",
        "text": "Вже їде",
        "missing": [],
        "imageUrl": "https://example.com/7.png",
        "link": "shop://orders/7",
        "button": "See",
        "data": {"order": "7"},
    }
    assert client.post(path, {}).ok()["missing"] == ["order"]


@pytest.mark.parametrize(
    ("body", "sms"),
    [
        ("Code {{ code }}", {"encoding": "GSM-7", "units": 9, "parts": 1}),
        ("Код {{ code }} " + "я" * 66, {"encoding": "UCS-2", "units": 75, "parts": 2}),
    ],
)
def test_an_sms_is_previewed_with_its_size(client, body, sms):
    words = {"channel": "SMS", "body": body, "data": {"code": 1234}}
    rendered = client.post("/api/v1/templates/render", words).ok()
    assert rendered["sms"] == sms
    assert rendered["subject"] == ""


def test_links_made_for_each_message_are_samples_in_previews(client):
    words = {"subject": "S", "body": '<a href="{{ unsubscribe_link }}">%UNSUBSCRIBE_LINK%</a>'}
    rendered = client.post("/api/v1/templates/render", words).ok()
    assert rendered["body"].count("https://example.com/sample-unsubscribe-link") == 2
    assert rendered["missing"] == []


def test_probable_slips_are_told_in_previews(client):
    words = {"language": "velocity", "subject": "S", "body": "x\n#* to the end"}
    rendered = client.post("/api/v1/templates/render", words).ok()
    (told,) = rendered["warnings"]
    assert told.startswith("body: line 2, column 1: this comment is never closed")
    assert "warnings" not in client.post("/api/v1/templates/render", {**words, "body": "x"}).ok()


def test_probable_slips_are_told_when_a_template_is_saved(client):
    words = {"name": "N", "channel": "EMAIL", "language": "velocity", "subject": "S", "body": "x"}
    saved = client.post("/api/v1/templates", words).ok()
    assert "warnings" not in saved
    place = f"/api/v1/templates/{saved['id']}"
    (told,) = client.put(place, {"body": "x #endif"}).ok()["warnings"]
    assert told.startswith("body: line 1, column 3: this is text; a block ends with `#end`")
    assert "warnings" not in client.get(place).ok()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"title": None}, "title is required"),
        ({"text": "x"}, "text: only a mail has one"),
        ({"channel": "SMS"}, "imageUrl: a message by SMS has none"),
        ({"channel": "EMAIL"}, "imageUrl: a message by EMAIL has none"),
        ({"data": {"a": 1}}, "data"),
        ({"link": "{{ a"}, "link: line 1, column 1"),
        ({"translations": {"uk": {"body": "x"}}}, "translations.uk.title must not be empty"),
    ],
)
def test_what_a_channel_has_no_place_for_is_refused(client, changed, said):
    refused = client.post("/api/v1/templates", {**PUSH, **changed})
    assert refused.status == 400
    assert said in refused.json()["message"]
    assert client.get("/api/v1/templates").ok()["total"] == 0


def test_the_list_tells_channels_and_who_wrote_apart(client):
    push = client.post("/api/v1/templates", {**PUSH, "ai": True}).ok()
    mail = {"name": "M", "channel": "EMAIL", "subject": "S", "body": "B"}
    mail = client.post("/api/v1/templates", mail).ok()
    for asked, found in [
        ({"channel": "PUSH"}, [push]),
        ({"channel": "SMS"}, []),
        ({"ai": "true"}, [push]),
        ({"ai": "false"}, [mail]),
        ({"ai": "true", "channel": "EMAIL"}, []),
    ]:
        listed = client.get("/api/v1/templates", **asked).ok()
        assert (listed["templates"], listed["total"]) == (found, len(found))


def test_a_template_goes_by_its_own_channel_only(client, project):
    client.post("/api/v1/users", {"id": "u", "email": project.address()}).ok()
    made = client.post("/api/v1/templates", PUSH).ok()["id"]
    refused = client.post(
        "/api/v1/messages", {"userId": "u", "channel": "EMAIL", "templateId": made}
    )
    assert refused.status == 400
    assert "is for PUSH" in refused.json()["message"]
    refused = client.post("/api/v1/messages", {"userId": "u", "channel": "SMS", "body": "Hi"})
    assert "no phone number" in refused.json()["message"]


def test_a_megabyte_to_many_people_holds_up_no_event(project):
    words = {
        "from": "shop@example.com",
        "subject": "S",
        "htmlText": "<p>" + "word $!name " * 3_000 + "x" * 990_000,
        "emails": [f"p{number}@example.com" for number in range(PEOPLE)],
    }
    sent = threading.Thread(target=lambda: project.reteno.post("/api/v1/message/email", words).ok())
    client, seconds = project.retenshun, []
    sent.start()
    while sent.is_alive() or len(seconds) < EVENTS_PER_MEASURE:
        began = time.perf_counter()
        client.post("/api/v1/events", {"userId": "u", "eventName": "seen"}).ok()
        seconds.append(time.perf_counter() - began)
    sent.join()
    assert quantiles(seconds, n=100)[98] < EVENT_SECONDS_MAX
