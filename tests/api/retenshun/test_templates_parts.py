"""Templates beyond the documented sample: languages, versions, uses, previews, tests."""

from email import message_from_bytes, policy

import pytest

from support.like import MESSAGE_ID, MOMENT

TEMPLATES = "/api/v1/templates"
WORDS = {
    "name": "Order",
    "channel": "EMAIL",
    "subject": "Hi $!name",
    "body": "<p>Hi $!name</p>",
    "text": "Hi, $!name",
    "preheader": "For $!name",
    "language": "velocity",
    "translations": {"uk": {"subject": "Привіт, $!name", "body": "<p>Привіт, $!name</p>"}},
}


@pytest.fixture
def client(project):
    """Speak with a secret key."""
    return project.retenshun


@pytest.fixture
def path(client):
    """Name a stored template."""
    return f"{TEMPLATES}/{client.post(TEMPLATES, WORDS).ok()['id']}"


def test_versions_stay_as_they_were(client, path):
    client.put(path, {"subject": "Hello $!name", "text": "", "translations": {}}).ok()
    client.put(path, {"name": "Renamed"}).ok()
    assert client.get(f"{path}/versions").ok() == {
        "versions": [
            {"version": 2, "subject": "Hello $!name", "createdAt": MOMENT},
            {"version": 1, "subject": "Hi $!name", "createdAt": MOMENT},
        ],
        "total": 2,
        "page": 1,
        "limit": 50,
    }
    first = {
        "version": 1,
        "subject": "Hi $!name",
        "title": "Hi $!name",
        "body": "<p>Hi $!name</p>",
        "text": "Hi, $!name",
        "preheader": "For $!name",
        "language": "velocity",
        "translations": WORDS["translations"],
        "escapeHtml": True,
        "inlineCss": True,
        "imageUrl": None,
        "link": None,
        "button": None,
        "data": {},
        "createdAt": MOMENT,
    }
    assert client.get(f"{path}/versions/1").ok() == first
    second = {**first, "version": 2, "text": None, "translations": {}}
    second |= {"subject": "Hello $!name", "title": "Hello $!name"}
    assert client.get(f"{path}/versions/2").ok() == second
    for number in ("3", "0", "x", "1" * 30):
        assert client.get(f"{path}/versions/{number}").status == 404


def test_usage_lists_the_automations_that_send_it(client, path):
    assert client.get(f"{path}/usage").ok() == {"automations": []}
    step = {"type": "SEND_EMAIL", "templateId": path.rpartition("/")[2]}
    words = {"name": "A", "triggerType": "EVENT", "triggerEvent": "seen", "steps": [step]}
    made = client.post("/api/v1/automations", {**words, "active": False}).ok()["id"]
    used = [{"id": made, "name": "A", "active": False}]
    assert client.get(f"{path}/usage").ok() == {"automations": used}


def test_a_preview_tells_what_is_missing_and_speaks_the_users_language(client, path):
    client.post("/api/v1/users", {"id": "u1", "properties": {"language": "uk-UA"}}).ok()
    rendered = client.post(f"{path}/render", {"userId": "u1"}).ok()
    assert rendered["subject"] == "Привіт,"
    assert rendered["missing"] == ["name"]
    rendered = client.post(f"{path}/render", {"data": {"name": "<b>"}}).ok()
    assert rendered["missing"] == []
    assert rendered["subject"] == "Hi <b>"
    assert rendered["text"] == "Hi, <b>"
    assert rendered["body"].startswith('<div style="display:none;')
    assert rendered["body"].endswith("For &lt;b&gt;</div><p>Hi &lt;b&gt;</p>")
    rendered = client.post(f"{path}/render", {"language": "uk", "data": {"name": "Ann"}}).ok()
    assert rendered["body"] == "<p>Привіт, Ann</p>"


def test_words_that_are_not_stored_are_rendered_too(client):
    words = {"subject": "S", "body": "{{ n }}{{ m }}", "data": {"n": "<b>"}}
    assert client.post(f"{TEMPLATES}/render", words).ok() == {
        "subject": "S",
        "body": "&lt;b&gt;",
        "text": "<b>\n",
        "missing": ["m"],
    }
    raw = client.post(f"{TEMPLATES}/render", {**words, "escapeHtml": False}).ok()
    assert raw["body"] == "<b>"
    refused = client.post(f"{TEMPLATES}/render", {**words, "body": "a\n {% if x %}"})
    assert refused.status == 400
    assert refused.json()["message"].startswith("body: line 2, column 5: ")


def test_a_test_is_one_real_message(server, project, client, path):
    to = project.address()
    client.post("/api/v1/users", {"id": "u1", "properties": {"name": "Ann"}}).ok()
    assert client.post(f"{path}/test", {"userId": "u1"}).status == 400
    assert client.post(f"{path}/test", {}).status == 400
    assert client.post(f"{path}/test", {"email": "nobody"}).status == 400
    sent = client.post(f"{path}/test", {"userId": "u1", "email": to}).ok()
    assert sent == {"id": MESSAGE_ID, "status": "sent"}
    (mail,) = server.mails_to(to)
    assert message_from_bytes(mail.content, policy=policy.default)["subject"] == "Hi Ann"
    alone = project.address()
    client.post(f"{path}/test", {"email": alone, "data": {"name": "Bob"}}).ok()
    (mail,) = server.mails_to(alone)
    assert message_from_bytes(mail.content, policy=policy.default)["subject"] == "Hi Bob"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"language": "cobol"}, "language must be one of"),
        ({"body": "x\n#if($a)"}, "body: line 2, column 8: "),
        ({"text": "#end"}, "text: line 1, column 1: "),
        ({"preheader": "a\nb"}, "preheader must be one line"),
        ({"subject": "a\r\nBcc: x@example.com"}, "subject must be one line"),
        ({"body": "<mjml><mj-body>"}, "body: the MJML is never closed"),
        ({"body": "a\ufdd0b"}, "body must not hold noncharacters"),
        ({"translations": {"u k": {"subject": "S", "body": "B"}}}, "translations: 'u k'"),
        (
            {"translations": {"uk": {"subject": "S", "body": "#end"}}},
            "translations.uk.body: line 1, column 1: ",
        ),
        ({"translations": {"uk": {"subject": " ", "body": "B"}}}, "translations.uk.subject"),
    ],
)
def test_what_cannot_be_sent_cannot_be_stored(client, change, told):
    reply = client.post(TEMPLATES, {**WORDS, **change})
    assert reply.status == 400
    assert reply.json()["message"].startswith(told)
