"""What routes of the Reteno vocabulary are asked with, where their own examples do not do."""

from datetime import timedelta

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
}
QUERIES = {
    ("DELETE", "/api/v1/contact"): "?externalCustomerId={user_id}",
    ("GET", "/api/v1/contacts/email"): "?ids={contact_id}",
    ("GET", "/api/v1/message/email/status"): "?ids={request_id}",
    ("GET", "/api/v1/message/sms/status"): "?ids={request_id}",
    ("GET", "/api/v1/message/viber/status"): "?ids={request_id}",
    ("GET", "/api/v2/contacts/activity"): f"?{PERIOD}",
    ("GET", "/api/v2/contacts/messages"): f"?{PERIOD}&externalCustomerId={{user_id}}",
}
FOREIGN = {
    ("DELETE", "/api/v1/contact"): 404,
    ("GET", "/api/v2/contacts/messages"): 404,
    ("POST", "/api/v1/broadcast"): 400,
}
"""The status where a body or a query names a thing that is somebody else's."""


def reteno_things(project):
    """Make one of each thing that only this vocabulary names; give their ids."""
    client = project.reteno
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
        "stored_id": str(sent),
        "group_id": str(group["id"]),
        "session_id": session,
        "broadcast_id": broadcast,
        "language": "uk",
    }
