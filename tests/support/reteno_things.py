"""What routes of the Reteno vocabulary are asked with, where their own examples do not do."""

from datetime import timedelta

from beckon.domain.accounts import actions as accounts
from support.server import now

STORED = {
    "email": {"from": "a@example.com", "subject": "S", "htmlText": "H"},
    "sms": {"from": "SHOP", "text": "T"},
    "viber": {"from": "SHOP", "text": "T"},
    "mobilepush": {"title": "S", "text": "T"},
    "appinbox": {"title": "S", "text": "T"},
}
PERIOD = "dateFrom=2030-01-01&dateTo=2030-02-01"

BODIES = {
    ("POST", "/api/v1/message/{stored_id}/smartsend"): {
        "recipients": [{"locator": "a@example.com"}]
    },
    ("POST", "/api/v1/group/{group_id}/contacts/attach"): {"contactIds": ["{contact_id}"]},
    ("POST", "/api/v1/group/{group_id}/contacts/detach"): {"contactIds": ["{contact_id}"]},
    ("POST", "/api/v1/broadcast"): {"messageId": "{stored_id}", "groups": ["{group_id}"]},
    ("PUT", "/api/v1/contact/{contact_id}"): {"firstName": "Taken"},
    ("DELETE", "/api/v1/past_events"): {"from": "2020-01-01", "to": "2020-01-02"},
    ("POST", "/api/v1/auth/contact/token"): {"externalCustomerId": "{user_id}"},
    ("POST", "/api/v1/apps/{app}/tokens"): {
        "tokens": [{"token": "of an app", "contactId": "{contact_id}"}]
    },
}
QUERIES = {
    ("DELETE", "/api/v1/contact"): "?externalCustomerId={user_id}",
    ("GET", "/api/v1/contacts/email"): "?ids={contact_id}",
    ("GET", "/api/v1/message/email/status"): "?ids={request_id}",
    ("GET", "/api/v1/message/sms/status"): "?ids={request_id}",
    ("GET", "/api/v1/message/viber/status"): "?ids={request_id}",
    ("GET", "/api/v2/contacts/activity"): f"?{PERIOD}",
    ("GET", "/api/v1/contactActivity"): f"?{PERIOD}",
    ("GET", "/api/v2/contacts/messages"): f"?{PERIOD}&externalCustomerId={{user_id}}",
}
FOREIGN = {
    ("DELETE", "/api/v1/contact"): 404,
    ("GET", "/api/v2/contacts/messages"): 404,
    ("POST", "/api/v1/broadcast"): 400,
    ("DELETE", "/api/v1/past_events"): 403,
    ("POST", "/api/v1/apps/{app}/tokens"): 400,
    ("GET", "/api/v2/contacts/recoms/{source_id}"): 200,  # every project has the same sources
    # The token is found by its name: somebody else's, empty where nobody is known.
    ("POST", "/api/v1/auth/contact/token"): 200,
}
"""The status where a body or a query names a thing that is somebody else's."""


def reteno_things(project):
    """Make one of each thing that only this vocabulary names; give their ids."""
    client = project.reteno
    project.server.write(
        lambda tx: accounts.allow_past_deletion(
            tx, project.id, is_allowed=True, actor="a test", now=now()
        )
    )
    contact = {
        "channels": [{"type": "email", "value": project.address()}],
        "groups": [{"name": f"group-of-{project.id}"}],
    }
    session = client.post("/api/v1/contacts", {"contacts": [contact]}).ok()["asyncSessionId"]
    (group,) = client.get("/api/v1/groups", name=f"group-of-{project.id}").ok()
    ids = {}
    for channel, words in STORED.items():
        path = f"/api/v1/messages/{channel}"
        made = client.post(path, {"name": f"stored-of-{project.id}", **words}).ok()["id"]
        client.put(f"{path}/{made}/uk", {}).ok_text()
        ids[f"{channel}_id"] = str(made)
    in_use = {"name": "In use", **STORED["email"]}
    sent = client.post("/api/v1/messages/email", in_use).ok()["id"]
    start = (now() + timedelta(days=30)).strftime("%Y-%m-%dT10:00")
    plan = {"messageId": sent, "groups": [group["id"]], "startDate": start}
    broadcast = client.post("/api/v1/broadcast", plan).ok()["broadcastId"]
    return {
        **ids,
        "source_id": "popular",
        "app": "2e2e831c-486c-41f9-8e8d-bcd6b7a51a7a",
        "stored_id": str(sent),
        "group_id": str(group["id"]),
        "session_id": session,
        "broadcast_id": broadcast,
        "language": "uk",
    }
