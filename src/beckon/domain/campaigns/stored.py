"""Plans as plain JSON values, the form in which they are kept."""

from typing import Any

from beckon.domain.campaigns.model import Audience, Plan, Variant
from beckon.domain.contacts.model import Channel
from beckon.domain.segments.model import SegmentId
from beckon.domain.templates.model import TemplateId


def to_stored(plan: Plan) -> dict[str, Any]:
    """Write a plan as plain values."""
    return {
        "channel": plan.channel,
        "segments": list(plan.audience.segment_ids),
        "excluded": list(plan.audience.excluded_ids),
        "variants": [
            {"name": one.name, "template": one.template_id, "weight": one.weight}
            for one in plan.variants
        ],
        "category": plan.category,
        "sender": plan.sender,
        "holdout": plan.holdout_percent,
        "per_minute": plan.per_minute,
        "local": plan.is_local,
    }


def from_stored(stored: dict[str, Any]) -> Plan:
    """Read what `to_stored` wrote."""
    return Plan(
        channel=Channel(stored["channel"]),
        audience=Audience(
            tuple(SegmentId(number) for number in stored["segments"]),
            tuple(SegmentId(number) for number in stored["excluded"]),
        ),
        variants=tuple(
            Variant(one["name"], TemplateId(one["template"]), one["weight"])
            for one in stored["variants"]
        ),
        category=stored["category"],
        sender=stored["sender"],
        holdout_percent=stored["holdout"],
        per_minute=stored["per_minute"],
        is_local=stored["local"],
    )
