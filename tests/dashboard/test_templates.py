"""Templates in the dashboard: listed, written, checked as they are typed, gone back, tried out."""

from urllib.parse import urlencode

import pytest

from beckon.domain.templates import queries
from dashboard.stories import a_welcome
from dashboard.visitor import Door

HOSTILE = '"><img src=x onerror=boom()>'
MAIL = {
    "name": "Welcome",
    "channel": "email",
    "language": "liquid",
    "subject": "Hello {{ name }}",
    "body": "<p>Your code is {{ code }}.</p>",
    "escapes": "on",
    "inlines_css": "on",
}
SMS = {"name": "Text", "channel": "sms", "language": "liquid", "body": "Hi {{ name }}"}


def send(visitor, path, **fields):
    """Send a form; `body` is a field of it here."""
    return visitor.submit(path, body=urlencode(fields).encode())


def write(visitor, **fields):
    """Write a template; give its number."""
    made = send(visitor, "/templates/new", **{**MAIL, **fields})
    assert made.status == 303, made.body.decode()
    return int(made.headers["location"].rpartition("/")[2])


def find(server, project, number):
    return server.write(lambda tx: queries.get_template(tx, project.id, number))


def check(visitor, **fields):
    reply = send(visitor, "/templates/check", **{**MAIL, **fields})
    assert reply.status == 200
    return reply.body.decode()


def test_an_empty_list_says_what_templates_are_for(ada):
    assert "No templates yet" in ada.text("/templates")


def test_templates_are_listed_by_channel_and_name(ada):
    write(ada)
    write(ada, **SMS)
    page = ada.text("/templates")
    assert ">Welcome</a>" in page
    assert ">Text</a>" in page
    assert ">Text</a>" not in ada.text("/templates?channel=email")
    found = ada.text("/templates?search=WELC")
    assert ">Welcome</a>" in found
    assert ">Text</a>" not in found
    assert "No such template" in ada.text("/templates?search=zzz")
    both = ada.text("/templates?search=E&channel=sms")
    assert ">Text</a>" in both
    assert ">Welcome</a>" not in both
    assert ada.get("/templates?channel=pigeon").status == 400


def test_a_template_is_written_and_each_change_is_a_version(server, project, ada):
    number = write(ada, tags="a, b")
    made = find(server, project, number)
    assert (made.text.subject, made.tags, made.version) == ("Hello {{ name }}", ("a", "b"), 1)
    send(ada, f"/templates/{number}", **{**MAIL, "body": "<p>\r\nNew</p>", "escapes": ""})
    changed = find(server, project, number)
    assert (changed.text.body, changed.text.escapes, changed.version) == (
        "<p>\nNew</p>",
        False,
        2,
    )
    assert "{{ code }}" in ada.text(f"/templates/{number}?version=1")
    send(ada, f"/templates/{number}/restore", version=1)
    restored = find(server, project, number)
    assert (restored.version, restored.text) == (3, made.text)


def test_each_language_has_its_own_words(server, project, ada):
    number = write(ada)
    assert "{{ code }}" in ada.text(f"/templates/{number}?language=UK")
    uk = {**MAIL, "code": "uk", "subject": "Вітаю", "body": "<p>Код</p>"}
    assert send(ada, f"/templates/{number}", **uk).status == 303
    text = find(server, project, number).text
    assert text.subject == "Hello {{ name }}"
    assert dict(text.translations)["uk"].subject == "Вітаю"
    assert 'value="Вітаю"' in ada.text(f"/templates/{number}?language=uk")
    send(ada, f"/templates/{number}", **{**MAIL, "subject": "Hi"})
    assert dict(find(server, project, number).text.translations)["uk"].subject == "Вітаю"
    send(ada, f"/templates/{number}/languages", code="uk")
    assert find(server, project, number).text.translations == ()
    assert ada.get(f"/templates/{number}?language=%3Cb%3E").status == 400


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "name must have 1 to 200"),
        ({"subject": " "}, "subject must not be empty"),
        ({"body": "{{ name"}, "line 1, column"),
        ({"language": "basic"}, "Choose a template language"),
        ({"channel": "push", "subject": "T", "body": ""}, "body must not be empty"),
        ({"channel": "push", "subject": "T", "data": "[1]"}, "data must be a JSON object"),
        ({"channel": "push", "subject": "T", "data": '{"a": 1}'}, "names with texts"),
    ],
)
def test_words_that_cannot_be_taken_are_told_and_kept_in_the_form(ada, fields, said):
    reply = send(ada, "/templates/new", **{**MAIL, "tags": "kept", **fields})
    assert reply.status == 400
    page = reply.body.decode()
    assert said in page
    assert 'value="kept"' in page
    assert "No templates yet" in ada.text("/templates")


@pytest.mark.parametrize("channel", ["", "fax", "\u0663"])
@pytest.mark.parametrize("fault", [{}, {"name": ""}, {"switch": "code"}, {"switch": "blocks"}])
def test_a_template_of_no_channel_is_refused_in_words(ada, channel, fault):
    reply = send(ada, "/templates/new", **{**MAIL, **fault, "channel": channel})
    assert reply.status == 400
    assert "Choose a channel" in reply.body.decode()


def test_what_is_typed_is_checked_and_filled_for_somebody(project, ada):
    user = {"id": "user_1", "email": "ann@example.com", "properties": {"name": "Ann"}}
    number = project.retenshun.post("/api/v1/users", user).ok()["contactId"]
    for person in ("user_1", "ann@example.com", str(number), f"contact_{number}"):
        page = check(ada, person=person, values='{"code": "SPRING"}')
        assert "Hello Ann" in page
        assert "Your code is SPRING." in page
        assert "Every place is filled." in page
    page = check(ada, person="nobody")
    assert "Nobody of that id" in page
    assert "<code>code</code>" in page
    assert "<code>name</code>" in page


def test_a_fault_is_told_with_its_line_and_column(ada):
    assert "line 2, column" in check(ada, body="<p>\n{{ name | nonsense: }}</p>")
    assert "must be a JSON object" in check(ada, values="[1]")
    assert "not valid JSON" in check(ada, values="{")
    assert "line 1" in check(ada, language="velocity", subject="x", body="#if(")


def test_the_parts_of_a_text_message_are_counted(ada):
    page = check(ada, channel="sms", subject="", body="x" * 161)
    assert "2 parts" in page
    assert "161 characters in GSM-7" in page
    assert "UCS-2" in check(ada, channel="sms", subject="", body="Привіт")


def test_a_push_message_is_shown_as_a_device_would(ada):
    page = check(
        ada, channel="push", subject="Sale", body="Now", image_url="https://x.example/a.png"
    )
    assert "<strong>Sale</strong>" in page
    assert "https://x.example/a.png" in page
    assert "<img" not in page


def test_the_preview_is_a_document_that_can_do_nothing(ada):
    shown = send(ada, "/templates/preview", **{**MAIL, "values": '{"code": "<script>"}'})
    assert "Your code is &lt;script&gt;." in shown.body.decode()
    assert shown.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


def test_help_with_words_offers_some(ada):
    asked = {
        "channel": "email",
        "context": "20% off with the code SPRING",
        "tone": "friendly",
        "length": "short",
        "tongue": "en",
        "seed": "0",
    }
    page = send(ada, "/templates/compose", **asked).body.decode()
    assert "SPRING" in page
    assert 'data-seed="1"' in page
    assert send(ada, "/templates/compose", **{**asked, "context": " "}).status == 400
    assert send(ada, "/templates/compose", **{**asked, "tongue": "xx"}).status == 400


def test_a_test_message_is_really_sent(server, project, ada):
    number, address = write(ada), project.address()
    assert send(ada, f"/templates/{number}/test", to=address).status == 303
    assert b"Subject: Hello" in server.mails_to(address)[0].content
    assert send(ada, f"/templates/{number}/test", to="nobody").status == 400
    push = write(ada, channel="push", name="Push", subject="T", body="B")
    assert send(ada, f"/templates/{push}/test", to="nobody").status == 400


def test_a_template_in_use_says_so_and_stays(server, project, ada):
    a_welcome(project.retenshun)
    number = project.retenshun.get("/api/v1/templates").ok()["templates"][0]["id"][4:]
    page = ada.text(f"/templates/{number}")
    assert ">Welcome sequence</a>" in page
    assert send(ada, f"/templates/{number}/delete").status == 409
    free = write(ada)
    assert send(ada, f"/templates/{free}/delete").status == 303
    assert ada.get(f"/templates/{free}").status == 404


def test_another_projects_template_is_unknown(server, project, other, ada):
    eve = Door(server, other.id).signed_in()
    theirs = write(eve)
    eve.close()
    assert ada.get(f"/templates/{theirs}").status == 404
    for path in ("", "/restore", "/languages", "/delete", "/test"):
        fields = {**MAIL, "version": 1, "to": "a@example.com"}
        assert send(ada, f"/templates/{theirs}{path}", **fields).status == 404
    assert ada.get("/templates/abc").status == 404
    number = write(ada)
    assert ada.get(f"/templates/{number}?version=9").status == 404
    assert send(ada, f"/templates/{number}/restore", version="x").status == 404


def test_hostile_words_are_shown_and_never_run(ada):
    number = write(
        ada,
        name=HOSTILE,
        tags=HOSTILE,
        subject=HOSTILE,
        body=f"</textarea>{HOSTILE}",
        preheader=HOSTILE,
        plain=f"</textarea>{HOSTILE}",
    )
    push = write(
        ada,
        channel="push",
        name="P",
        subject=HOSTILE,
        body=HOSTILE,
        button=HOSTILE,
        image_url="https://x.example/" + HOSTILE.replace(" ", "%20"),
    )
    for path in ("/templates", f"/templates/{number}", f"/templates/{push}"):
        assert "<img src=x" not in ada.text(path), path
    for fields in ({"body": f"<p>{HOSTILE}</p>"}, {"channel": "push", "body": HOSTILE}):
        page = check(ada, subject=HOSTILE, person=HOSTILE, **fields)
        assert "<img src=x" not in page
    composed = send(
        ada,
        "/templates/compose",
        channel="email",
        context=HOSTILE,
        tone=HOSTILE,
        length="long",
        tongue="en",
        seed="0",
    )
    assert b"<img src=x" not in composed.body
