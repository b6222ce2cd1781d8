"""Campaigns in the form in which they are kept; plans as plain JSON values."""

from typing import Any

from beckon.domain.accounts.model import ProjectId
from beckon.domain.campaigns.model import Audience, Campaign, CampaignId, Plan, Status, Variant
from beckon.domain.contacts.model import Channel
from beckon.domain.segments.model import SegmentId
from beckon.domain.templates.model import TemplateId, TemplateVersionId
from beckon.storage.schema import Line


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


def campaign_of(row: Line) -> Campaign:
    """Read one row of the table."""
    return Campaign(
        CampaignId(row.id),
        ProjectId(row.project_id),
        row.name,
        Status(row.status),
        None if row.paused_from is None else Status(row.paused_from),
        from_stored(row.plan),
        row.scheduled_at,
        bool(row.is_held),
        row.reason,
        {name: TemplateVersionId(version_id) for name, version_id in (row.versions or {}).items()},
        row.recipients,
        row.held_out,
        bool(row.is_snapshot_whole),
        row.created_at,
        row.updated_at,
        row.started_at,
        row.finished_at,
    )
