"""Broadcasts, activity, what went out, past events, and the account's own calls."""

from datetime import timedelta
from urllib.parse import urlsplit

from support.reteno_things import STORED
from support.server import eventually, now, today


def a_list(project, *addresses):
    for address in addresses:
        words = {"channels": {"type": "email", "value": address}, "groups": {"name": "All"}}
        project.reteno.post("/api/v1/contact", words).ok()
    return project.reteno.get("/api/v1/groups", name="All").ok()[0]["id"]


def a_mail(project):
    body = {"name": "News", **STORED["email"]}
    return project.reteno.post("/api/v1/messages/email", body).ok()["id"]


def test_a_broadcast_reaches_the_list_and_is_told_of(server, project):
    address = project.address()
    group, mail = a_list(project, address), a_mail(project)
    made = project.reteno.post("/api/v1/broadcast", {"messageId": mail, "groups": [group]}).ok()
    assert (made["messageId"], made["groupId"], made["title"]) == (str(mail), str(group), "News")
    server.mails_to(address)
    day = today()
    period = {"dateFrom": day, "dateTo": day}

    def rows():
        return project.reteno.get("/api/v2/contacts/activity", **period).ok()

    eventually(rows, "the delivery to be told")
    (row,) = rows()
    assert (row["activityStatus"], row["mediaType"], row["email"]) == (
        "DELIVERED",
        "email",
        address,
    )
    assert row["broadcastId"] == int(made["broadcastId"])
    behind = project.reteno.get("/api/v2/contacts/activity", **period, offset=row["offset"])
    assert behind.ok() == []
    listed = project.reteno.get("/api/v2/contacts/messages", **period, email=address).ok()
    assert [one["activityStatus"] for one in listed] == ["DELIVERED"]
    history = project.reteno.get("/api/v1/balance/history").ok()["dailyCosts"]
    assert [one["totalSent"] for day in history for one in day["channelDetails"]] == [1]


def test_a_start_in_the_past_is_held_and_one_to_come_can_be_cancelled(project):
    group, mail = a_list(project, project.address()), a_mail(project)
    body = {"messageId": str(mail), "groups": group, "batchSize": 120, "batchIntervalUnit": "HOUR"}
    late = project.reteno.post("/api/v1/broadcast", {**body, "startDate": "2020-01-01T10:00"}).ok()
    start = (now() + timedelta(days=30)).strftime("%Y-%m-%dT10:00")
    soon = project.reteno.post("/api/v1/broadcast", {**body, "startDate": start}).ok()
    assert soon["startDate"] == start
    path = f"/api/v1/broadcast/{soon['broadcastId']}"
    assert project.reteno.get(path).ok() == soon
    assert project.reteno.delete(path).body == b""
    assert project.reteno.get(path).status == 404
    listed = project.reteno.get("/api/v1/broadcasts").ok()
    assert [one["broadcastId"] for one in listed] == [late["broadcastId"]]


def test_past_events_start_nothing_and_tell_of_each(project):
    address = project.address()
    words = {"eventTypeKey": "bought", "keyValue": address, "params": []}
    moment = now().strftime("%Y-%m-%dT00:00")
    events = [{**words, "occurred": one} for one in (moment, "2020-02-30", "", "2999-01-01")]
    taken = project.reteno.post("/api/v1/past_events", {"events": events}).ok()
    assert taken == {
        "results": [
            {"status": "ACCEPTED"},
            {"status": "INCORRECT_OCCURRED_DATE_FORMAT"},
            {"status": "OCCURRED_DATE_IS_REQUIRED"},
            {"status": "OCCURRED_TIME_IN_FUTURE"},
        ],
        "successCount": 1,
        "errorCount": 3,
    }
    assert project.retenshun.get("/api/v1/events").ok()["total"] == 1
    for body in ({"events": []}, {"events": [words] * 501}, {"events": [{"keyValue": "x"}]}):
        assert project.reteno.post("/api/v2/past_events", body).status == 400
    nested = {**words, "occurred": moment, "params": [{"name": "a", "value": {"b": 1}}]}
    assert project.reteno.post("/api/v1/past_events", {"events": [nested]}).status == 400
    assert (
        project.reteno.post("/api/v2/past_events", {"events": [nested]}).ok()["successCount"] == 1
    )


def test_the_account_tells_honest_zeros(project):
    assert project.reteno.get("/api/v1/version").ok()["protocolVersion"] == "1.0"
    assert project.reteno.get("/api/v2/version/").status == 200
    assert project.reteno.get("/api/v1/balance").ok()["currentBalance"] == 0
    for query, status in (
        ({"dateFrom": "2026-02-01", "dateTo": "2026-01-01"}, 400),
        ({"dateFrom": "2026-01-01", "dateTo": "2026-06-01"}, 419),
        ({"dateFrom": "soon"}, 400),
    ):
        reply = project.reteno.get("/api/v1/balance/history", **query)
        assert (reply.status, reply.json()["status"]) == (status, status)
    assert project.reteno.get("/api/v1/interfaces/email").ok() == []


def test_the_older_export_gives_the_same_rows(server, project):
    address = project.address()
    body = {"name": "News", "tags": ["spring"], **STORED["email"]}
    mail = project.reteno.post("/api/v1/messages/email", body).ok()["id"]
    words = {"recipients": [{"locator": address, "externalRequestId": "mine"}]}
    project.reteno.post(f"/api/v1/message/{mail}/smartsend", words).ok()
    server.mails_to(address)
    day = today()
    period = {"dateFrom": day, "dateTo": day}

    def rows(**more):
        return project.reteno.get("/api/v1/contactActivity", **period, **more).ok()

    eventually(rows, "the delivery to be told")
    (row,) = rows(messageTag="spring", email=address, activityStatus="DELIVERED")
    assert row == project.reteno.get("/api/v2/contacts/activity", **period).ok()[0]
    assert (row["externalRequestId"], row["messageTag"], row["messageName"]) == (
        "mine",
        "spring",
        "News",
    )
    path = urlsplit(row["viewMessageLink"]).path
    assert server.client().get(path).status == 200
    assert rows(messageTag="autumn") == rows(startindex=2) == []


def test_sms_broadcasts_are_listed_as_callouts(project):
    words = {
        "channels": {"type": "sms", "value": "380501234567"},
        "groups": {"name": "Phones"},
    }
    project.reteno.post("/api/v1/contact", words).ok()
    (group,) = project.reteno.get("/api/v1/groups", name="Phones").ok()
    stored = {"name": "Text", **STORED["sms"]}
    sms = project.reteno.post("/api/v1/messages/sms", stored).ok()["id"]
    for message, title in ((sms, "Callout"), (a_mail(project), "Mail")):
        plan = {"messageId": message, "groups": group["id"], "title": title}
        project.reteno.post("/api/v1/broadcast", plan).ok()

    def callouts():
        return project.reteno.get("/api/v1/callouts/sms").ok()

    eventually(lambda: callouts()[0]["delivered"] == 1, "the SMS to be sent")
    (row,) = callouts()
    assert (row["calloutName"], row["groupName"], row["sent"], row["errors"]) == (
        "Callout",
        "Phones",
        1,
        0,
    )
