"""The words in which an activity export is told: a list of rows as `/v2/contacts/activity` has."""

from beckon.api.reteno.account import MEDIA
from beckon.domain.contacts.model import Channel
from beckon.domain.webhooks.model import Delivery, Happened
from beckon.kit import json
from beckon.kit.clock import from_ms

STATUSES = {
    Happened.SENT: "DELIVERED",
    Happened.DELIVERED: "DELIVERED",
    Happened.OPENED: "READ",
    Happened.CLICKED: "CLICKED",
    Happened.BOUNCED: "UNDELIVERED",
    Happened.FAILED: "UNDELIVERED",
    Happened.COMPLAINED: "SPAM",
    Happened.UNSUBSCRIBED: "UNSUBSCRIBED",
}
PUSHES = (Channel.PUSH, Channel.WEB_PUSH)
LOCATORS = {
    Channel.EMAIL: "email",
    Channel.SMS: "sms",
    Channel.VIBER: "viber",
    Channel.PUSH: "mobilepush",
    Channel.WEB_PUSH: "webpush",
}


def write_activity(delivery: Delivery) -> bytes:
    """Write one thing, the same on every attempt; times are UTC, without naming it."""
    data = delivery.data
    channel = Channel(str(data["channel"]))
    at = from_ms(int(str(data["at"])))
    row = {
        "iid": data.get("message_id"),
        "contactId": delivery.contact_id or None,
        "externalCustomerId": data["external_id"],
        LOCATORS.get(channel, "locator"): data["address"],
        "mediaType": MEDIA[channel],
        "activityStatus": _status(delivery.event, channel),
        "activityDateTime": at.replace(tzinfo=None, microsecond=0).isoformat(),
        "messageId": data.get("template_id"),
        "broadcastId": data.get("campaign_id"),
        "workflowId": data.get("workflow_id"),
        "statusDescription": data.get("reason"),
        "clickEventLink": data.get("link"),
    }
    if delivery.event in (Happened.BOUNCED, Happened.FAILED):
        row["hardBounce"] = delivery.event is Happened.BOUNCED
    return json.write([{name: value for name, value in row.items() if value is not None}])


def _status(event: Happened, channel: Channel) -> str:
    is_passed_on = event is Happened.SENT and channel in PUSHES
    return "SENT" if is_passed_on else STATUSES[event]
