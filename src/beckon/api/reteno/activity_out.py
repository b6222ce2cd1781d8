"""The words in which an activity export is told: a list of rows as `/v2/contacts/activity` has."""

from collections.abc import Callable
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from beckon.api.reteno.account import MEDIA
from beckon.api.reteno.periods import write_local
from beckon.domain.contacts.model import Channel
from beckon.domain.messages.model import MessageId
from beckon.domain.subscriptions.tracking import Mark
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


class _Told(Struct):
    """What was kept of it; of who unsubscribed there is no message. Moments are milliseconds."""

    channel: Channel
    at: int
    time_zone: str
    address: str | None
    external_id: str | None
    message_id: UUID | None = None
    template_id: int | None = None
    campaign_id: int | None = None
    workflow_id: int | None = None
    request_id: str | None = None
    sender: str | None = None
    name: str | None = None
    tags: tuple[str, ...] = ()
    made_at: int = 0
    reason: str | None = None
    link: str | None = None
    is_dead: bool = False


def write_activity(delivery: Delivery, view_link: Callable[[Mark], str]) -> bytes:
    """Write one thing, the same on every attempt; times are the project's, without a zone.

    `hardBounce` tells, of what came back, that the address is dead and nothing more goes there.
    `view_link` makes the address of a mail's page.
    """
    told = json.shape(dict(delivery.data), _Told)
    row: dict[str, object] = {
        "iid": told.message_id,
        "externalRequestId": told.request_id,
        "contactId": delivery.contact_id or None,
        "externalCustomerId": told.external_id,
        LOCATORS.get(told.channel, "locator"): told.address,
        "mediaType": MEDIA[told.channel],
        "activityStatus": _status(delivery.event, told.channel),
        "activityDateTime": write_local(from_ms(told.at), ZoneInfo(told.time_zone)),
        "messageId": told.template_id,
        "messageInstanceId": told.template_id,
        "messageName": told.name,
        "messageTag": ", ".join(told.tags) or None,
        "from": told.sender,
        "broadcastId": told.campaign_id,
        "workflowId": told.workflow_id,
        "clickEventLink": told.link,
    }
    if delivery.event in (Happened.BOUNCED, Happened.FAILED):
        row |= {"statusDescription": told.reason, "hardBounce": told.is_dead}
    if told.message_id is not None and told.channel is Channel.EMAIL:
        made_at = from_ms(told.made_at)
        who = (MessageId(told.message_id), delivery.project_id, delivery.contact_id)
        row["viewMessageLink"] = view_link(Mark(*who, made_at))
    return json.write([{name: value for name, value in row.items() if value is not None}])


def _status(event: Happened, channel: Channel) -> str:
    is_passed_on = event is Happened.SENT and channel in PUSHES
    return "SENT" if is_passed_on else STATUSES[event]
