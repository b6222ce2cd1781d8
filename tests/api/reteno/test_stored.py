"""Stored messages over the Reteno vocabulary: kept, found, changed, translated, sent."""

from email import message_from_bytes, policy

import pytest

from support.reteno_things import STORED

MAIL = {
    "name": "Discount",
    "from": '"Shop" <info@shop.example.com>',
    "subject": "Your discount",
    "htmlText": "<p>Your discount is $!data.get('discount')</p>",
    "css": "p {color: red}",
    "tags": ["sale"],
    "languageCode": "en",
}


def add(project, channel, **words):
    path = f"/api/v1/messages/{channel}"
    return project.reteno.post(path, {"name": "M", **STORED[channel], **words}).ok()["id"]


def smart_send(project, message_id, *recipients, **more):
    body = {"recipients": list(recipients), **more}
    return project.reteno.post(f"/api/v1/message/{message_id}/smartsend", body)


def content(mail):
    return message_from_bytes(mail.content, policy=policy.default)


def words_of(mail):
    return content(mail).get_body(("plain",)).get_content().strip()


def test_a_mail_comes_back_as_it_was_told(project):
    made = add(project, "email", **MAIL)
    path = f"/api/v1/messages/email/{made}"
    shown = project.reteno.get(path).ok()
    assert {name: shown[name] for name in MAIL} == MAIL
    assert (shown["id"], shown.get("languages", [])) == (made, [])
    done = f"Message with id='{made}' has been updated"
    assert project.reteno.put(path, {"subject": "Hello", "tags": "new"}).ok_text() == done
    shown = project.reteno.get(path).ok()
    assert (shown["subject"], shown["htmlText"]) == ("Hello", MAIL["htmlText"])
    assert project.reteno.put(f"{path}/uk", {"subject": "Знижка"}).ok_text() == done
    shown = project.reteno.get(path).ok()
    assert shown["languages"] == ["uk"]
    assert shown["translations"][0]["subject"] == "Знижка"
    gone = f"Message with id='{made}' has been deleted"
    assert project.reteno.delete(f"{path}/uk").ok_text() == gone
    assert project.reteno.delete(f"{path}/uk").status == 404
    assert project.reteno.delete(path).ok_text() == gone
    assert project.reteno.get(path).status == 404


@pytest.mark.parametrize("channel", STORED)
def test_each_channel_keeps_finds_and_lets_go(project, channel):
    made = add(project, channel, name="Spring Sale", tags=["spring"])
    path = f"/api/v1/messages/{channel}"
    for part in ("sALE", "SPRING", ""):
        reply = project.reteno.get(path, search=part)
        assert [one["id"] for one in reply.ok()] == [made]
        assert reply.headers["TotalCount"] == "1"
    assert project.reteno.get(path, search="autumn").ok() == []
    shown = project.reteno.get(f"{path}/{made}").ok()
    assert {name: shown[name] for name in STORED[channel]} == STORED[channel]
    other = "sms" if channel != "sms" else "email"
    assert project.reteno.get(f"/api/v1/messages/{other}/{made}").status == 404


@pytest.mark.parametrize(
    ("channel", "change", "names"),
    [
        ("email", {"name": " "}, "name is required."),
        ("email", {"from": "nobody"}, "from is not an e-mail address"),
        ("email", {"htmlText": None}, "htmlText is required."),
        ("email", {"htmlText": "#if($a)"}, "body: line 1"),
        ("email", {"subscriptionsKeys": ["sport"]}, "there is no category 'sport'."),
        ("viber", {"img": "https://a.example/x.png"}, "img, caption and action come together"),
        ("sms", {"text": ""}, "text is required."),
        ("mobilepush", {"title": None}, "title is required."),
        ("mobilepush", {"images": ["x"] * 11}, "images must hold at most 10"),
    ],
)
def test_what_cannot_be_is_refused(project, channel, change, names):
    body = {"name": "M", **STORED[channel], **change}
    reply = project.reteno.post(f"/api/v1/messages/{channel}", body)
    assert (reply.status, names in reply.json()["message"]) == (400, True), reply.body
    assert project.reteno.get(f"/api/v1/messages/{channel}").ok() == []


def test_everybody_gets_their_own_words_and_the_bad_locator_a_row(server, project):
    made = add(project, "email", **MAIL)
    project.reteno.put(
        f"/api/v1/messages/email/{made}/uk",
        {"subject": "Знижка", "htmlText": "<p>Ваша знижка $!data.get('discount')</p>"},
    ).ok_text()
    one, two, three = (project.address() for _ in range(3))
    known = project.reteno.post(
        "/api/v1/contact", {"channels": {"type": "email", "value": three}}
    ).ok()["id"]
    rows = smart_send(
        project,
        made,
        {"locator": one, "jsonParam": '{"discount":"5%"}', "email": True, "contactId": None},
        {"email": two, "jsonParam": '{"discount":"7%"}', "languageCode": "uk"},
        {"locator": "nobody"},
        {"locator": one, "jsonParam": "[1]"},
        {"contactId": str(known), "jsonParam": None, "externalRequestId": "mine"},
        {"contactId": 10**9},
        fromName="Ann",
    ).ok()["results"]
    assert [row["status"] for row in rows] == ["OK", "OK", "ERROR", "ERROR", "OK", "ERROR"]
    assert rows[2] == {
        "id": "0",
        "locator": "nobody",
        "status": "ERROR",
        "message": "nobody is not valid email",
    }
    assert rows[3]["message"] == "jsonParam must be a JSON object."
    mail = server.mails_to(one)[0]
    assert words_of(mail) == "Your discount is 5%"
    assert content(mail)["from"] == "Ann <info@shop.example.com>"
    ukrainian = server.mails_to(two)[0]
    assert (content(ukrainian)["subject"], words_of(ukrainian)) == ("Знижка", "Ваша знижка 7%")
    assert words_of(server.mails_to(three)[0]) == "Your discount is"


def test_one_recipient_is_answered_as_an_object(project):
    made = add(project, "sms", text="Code $!data.get('code')")
    reply = smart_send(project, made, {"locator": "380501112233"}).ok()
    row = reply["results"]
    assert (reply["id"], row["id"], row["locator"], row["status"]) == (
        "0",
        "0",
        "380501112233",
        "OK",
    )
    status = project.reteno.get("/api/v1/message/status", ids=row["requestId"]).ok()["results"]
    assert status["requestId"] == row["requestId"]


def test_the_old_send_fills_template_values(server, project):
    made = add(project, "email", htmlText="<p>Hi %TEMPLATE.full_name|you%</p>")
    address = project.address()
    body = {"recipients": [address], "params": [{"key": "full_name", "value": "John Doe"}]}
    project.reteno.post(f"/api/v1/message/{made}/send", body).ok()
    assert words_of(server.mails_to(address)[0]) == "Hi John Doe"


@pytest.mark.parametrize("message_id", ["0", "x", "9" * 30])
def test_an_unknown_message_is_not_found(project, message_id):
    reply = smart_send(project, message_id, {"locator": "a@example.com"})
    assert (reply.status, "not found" in reply.json()["message"]) == (404, True)


def test_phones_get_sms_and_viber(project):
    for path, more in (
        ("sms", {"from": "SHOP"}),
        ("viber", {"from": "SHOP", "iosExpirityText": "late", "ttlSeconds": 60}),
    ):
        words = {"text": "Hi", "phoneNumbers": ["380942583691", "12"], **more}
        rows = project.reteno.post(f"/api/v1/message/{path}", words).ok()["results"]
        assert [row["status"] for row in rows] == ["OK", "ERROR"]
        assert rows[1]["message"] == "12 is not valid phone number"
    for words, names in (
        ({"from": "S", "text": "Hi"}, "phoneNumbers or groupId is required"),
        ({"from": "S", "text": "Hi", "phoneNumbers": []}, "phoneNumbers or groupId"),
        ({"from": "S", "text": "Hi", "groupId": 10**9}, "seg_1000000000"),
        ({"text": "Hi", "phoneNumbers": ["1"]}, "from is required."),
    ):
        reply = project.reteno.post("/api/v1/message/sms", words)
        assert reply.status in (400, 404)
        assert names in reply.json()["message"]
