"""The numbers to look at before a campaign is launched: who would get it, who not, and why.

Reads only. It asks of each person what the launch and the submission will ask.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from beckon.domain.accounts.model import ProjectId
from beckon.domain.campaigns import queries, rules
from beckon.domain.campaigns.model import Campaign
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import Channel, Contact, ContactId
from beckon.domain.messages import policies
from beckon.domain.messages import queries as messages
from beckon.domain.providers import queries as providers
from beckon.domain.segments import queries as segments
from beckon.domain.subscriptions import queries as subscriptions
from beckon.domain.subscriptions.model import Ask, Purpose
from beckon.domain.templates import queries as templates
from beckon.domain.templates.rules import SAMPLE_LINKS, find_missing, gather
from beckon.storage.schema import Tx

AT_ONCE = 1_000
LOOKED_AT_MAX = 20_000
TRIED_MAX = 200

NO_ADDRESS = "There is no address for this channel."


@dataclass(frozen=True, slots=True)
class Preflight:
    """What a launch would do now.

    `audience` counts the people meant; beyond 20,000 only so many were `looked_at`, and what
    follows counts among these. `refused` maps reasons to people. `missing` maps names without a
    value to people, among the first 200 of those who would get it. `lasts` is how long the pace
    makes it take, None without one. `warnings` say what is likely to go wrong for everybody.
    """

    audience: int
    looked_at: int
    reached: int
    held_out: int
    refused: dict[str, int] = field(default_factory=dict)
    variants: dict[str, int] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)
    lasts: timedelta | None = None
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class _Found:
    """What was counted so far."""

    looked_at: int = 0
    held_out: int = 0
    tried: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    variants: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)


def look_ahead(tx: Tx, project_id: ProjectId, campaign: Campaign, now: datetime) -> Preflight:
    """Count who would get a campaign that is launched now."""
    plan = campaign.plan
    found = _Found()
    after, ended = ContactId(0), False
    while not ended and found.looked_at < LOOKED_AT_MAX:
        ids, end = queries.list_audience_after(
            tx, project_id, plan.audience, after=after, limit=AT_ONCE
        )
        for begin in range(0, len(ids), AT_ONCE):
            _look(tx, campaign, ids[begin : begin + AT_ONCE], found, now)
        ended, after = end is None, end or after
    audience = found.looked_at if ended else _audience(tx, project_id, campaign)
    reached = sum(found.variants.values())
    minutes = reached / plan.per_minute if plan.per_minute else None
    return Preflight(
        audience=audience,
        looked_at=found.looked_at,
        reached=reached,
        held_out=found.held_out,
        refused=dict(found.refused.most_common()),
        variants=dict(found.variants),
        missing=dict(found.missing.most_common()),
        lasts=None if minutes is None else timedelta(minutes=minutes),
        warnings=tuple(_warnings(tx, project_id, campaign, audience)),
    )


def _look(
    tx: Tx, campaign: Campaign, ids: Sequence[ContactId], found: _Found, now: datetime
) -> None:
    people = sorted(
        contacts.list_contacts(tx, campaign.project_id, ids), key=lambda contact: contact.id
    )
    found.looked_at += len(people)
    reasons = _reasons(tx, campaign, people, now)
    found.refused.update(reason for reason in reasons.values() if reason is not None)
    for contact in people:
        if reasons[contact.id] is not None:
            continue
        variant = rules.assign(campaign.id, contact.id, campaign.plan)
        if variant is None:
            found.held_out += 1
            continue
        found.variants[variant.name] += 1
        if found.tried < TRIED_MAX:
            found.tried += 1
            text = templates.get_template(tx, campaign.project_id, variant.template_id).text
            found.missing.update(find_missing(text, gather(contact, {}, SAMPLE_LINKS)))


def _reasons(
    tx: Tx, campaign: Campaign, people: Sequence[Contact], now: datetime
) -> dict[ContactId, str | None]:
    """Say of each person why they would not get it; None where they would."""
    project_id, plan = campaign.project_id, campaign.plan
    reach = queries.find_reach(tx, project_id, plan.channel, [contact.id for contact in people])
    reasons: dict[ContactId, str | None] = {
        contact.id: None if reach.get(contact.id, (False, None))[0] else NO_ADDRESS
        for contact in people
    }
    open_ = [contact for contact in people if reasons[contact.id] is None]
    asks = [
        Ask(plan.channel, address, contact.id, Purpose.BULK, plan.category)
        for contact in open_
        if (address := _address(contact, plan.channel)) is not None
    ]
    said = subscriptions.find_refusals(tx, project_id, asks)
    reasons |= {ask.contact_id: reason for ask, reason in zip(asks, said, strict=True)}
    policy = messages.get_policy(tx, project_id)
    if policy.caps:
        since = now - max(cap.period for cap in policy.caps)
        ids = [contact.id for contact in open_]
        recent = messages.list_recent(tx, project_id, ids, since=since)
        for contact_id in ids:
            cap = policies.reached_cap(
                policy,
                Purpose.BULK,
                plan.channel,
                plan.category,
                recent=recent.get(contact_id, ()),
                now=now,
            )
            if cap is not None and reasons[contact_id] is None:
                reasons[contact_id] = policies.describe(cap)
    return reasons


def _address(contact: Contact, channel: Channel) -> str | None:
    match channel:
        case Channel.EMAIL:
            return contact.email
        case Channel.SMS | Channel.VIBER:
            return contact.phone
        case _:
            return None


def _audience(tx: Tx, project_id: ProjectId, campaign: Campaign) -> int:
    """Count a large audience by its segments; people in several of them count more than once."""
    return sum(
        segments.get_segment(tx, project_id, segment_id).members
        for segment_id in campaign.plan.audience.segment_ids
    )


def _warnings(tx: Tx, project_id: ProjectId, campaign: Campaign, audience: int) -> list[str]:
    plan = campaign.plan
    found = []
    if not audience:
        found.append("Nobody is in the audience now.")
    if plan.channel is Channel.EMAIL and subscriptions.find_postal_address(tx, project_id) is None:
        found.append(
            "Bulk mail must carry a postal address (CAN-SPAM); the project has none set yet."
        )
    if plan.channel is Channel.EMAIL and not subscriptions.list_domains(tx, project_id):
        found.append(
            "No sending domain is set up, so Beckon signs nothing (DKIM); Gmail and Yahoo refuse "
            "unsigned bulk mail unless the relay signs it."
        )
    if not providers.list_providers(tx, project_id, plan.channel):
        found.append(
            f"The project has no provider for {plan.channel}; the installation's own route is used."
        )
    if messages.find_hold(tx, project_id) is not None:
        found.append("All sending of this project is held; nothing leaves until it is resumed.")
    return found
