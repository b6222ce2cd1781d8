"""The words in which webhooks are told what happened: the envelope of the inbound webhook."""

from beckon.api.times import write_moment
from beckon.domain.contacts.model import Channel
from beckon.domain.webhooks.model import Delivery
from beckon.kit import json
from beckon.kit.clock import from_ms


def write_delivery(delivery: Delivery) -> bytes:
    """Write what is told, the same on every attempt; what is absent is null."""
    data = delivery.data
    told: dict[str, object] = {
        "userId": _user_id(delivery),
        "channel": Channel(str(data["channel"])).name,
        "timestamp": write_moment(from_ms(int(str(data["at"])))),
    }
    if "message_id" in data:
        told |= {
            "messageId": f"msg_{data['message_id']}",
            "templateId": _named("tpl", data["template_id"]),
            "campaignId": _named("camp", data["campaign_id"]),
            "automationId": _named("auto", data["workflow_id"]),
            "reason": data["reason"],
            "link": data["link"],
        }
    else:
        told["address"] = data["address"]
    return json.write({"event": delivery.event, "data": told})


def _user_id(delivery: Delivery) -> object:
    external_id = delivery.data["external_id"]
    if external_id is not None or not delivery.contact_id:
        return external_id
    return f"contact_{delivery.contact_id}"


def _named(prefix: str, number: object) -> str | None:
    return None if number is None else f"{prefix}_{number}"
