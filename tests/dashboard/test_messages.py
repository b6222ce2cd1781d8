"""Messages: the list, one of them, its preview and its source."""

import json
from email import message_from_bytes

from dashboard.stories import a_welcome, number_of, signs_up, the_message
from support.server import eventually


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
    the_message(project, "suppressed")
    listed = ada.text("/messages?state=suppressed")
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


def test_a_short_message_is_shown_as_on_a_phone(project, ada):
    ada.submit("/channels/new?channel=sms&kind=outbox", name="Kept")
    words = {
        "from": "Shop",
        "text": "Your <b>parcel</b> is here.",
        "phoneNumbers": ["380501234567"],
    }
    project.reteno.post("/api/v1/message/sms", words).ok()
    eventually(lambda: "Accepted" in ada.text("/messages"), "accepted")
    listed = ada.text("/messages")
    assert "An SMS" in listed
    number = number_of(listed)
    page = ada.text(f"/messages/{number}")
    assert '<div class="preview-short"><p>Your &lt;b&gt;parcel&lt;/b&gt; is here.' in page
    assert "Headers" not in page
    source = ada.get(f"/messages/{number}/source")
    assert json.loads(source.body)["text"] == "Your <b>parcel</b> is here."
    assert ".json" in source.headers["content-disposition"]
