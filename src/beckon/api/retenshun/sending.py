"""Sending as a whole in the Retenshun vocabulary: what a project wants of it, held, let go."""

import re
from datetime import timedelta

from msgspec import UNSET, Struct, UnsetType

from beckon.api.call import Call
from beckon.api.retenshun.objects import read_channel
from beckon.api.times import write_moment_or_none
from beckon.domain.accounts import actions as accounts
from beckon.domain.accounts.queries import find_retention
from beckon.domain.messages import actions, queries
from beckon.domain.messages.policies import Cap, Policy, QuietHours
from beckon.domain.subscriptions import actions as subscriptions
from beckon.domain.subscriptions.queries import find_postal_address
from beckon.kit.refusals import Invalid

REASON_CHARACTERS_MAX = 500
HELD_BY_API = "Held by a call of the API."
SECONDS_MAX = 10**9

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


class CapWords(Struct, rename="camel"):
    """At most `count` messages to one person in `periodSeconds`; no channel counts all of them."""

    count: int
    period_seconds: int
    channel: str | None = None
    category: str | None = None


class QuietWords(Struct):
    """Wall clocks of each person's own day, as 21:00 and 08:00; may go over midnight."""

    begin: str
    end: str


class PolicyObject(Struct, rename="camel"):
    """Reply to GET and PUT /sending/policy. Transactional mail passes caps and quiet hours by.

    What is planned more than `staleAfterSeconds` back is held and shown. Events are kept for
    `retentionDays`, or for good.
    """

    caps: list[CapWords]
    quiet_hours: QuietWords | None
    stale_after_seconds: int
    retention_days: int | None
    postal_address: str | None


class PolicyWords(Struct, rename="camel"):
    """Body of PUT /sending/policy; what is left out stays, null removes."""

    caps: list[CapWords] | UnsetType = UNSET
    quiet_hours: QuietWords | UnsetType | None = UNSET
    stale_after_seconds: int | UnsetType = UNSET
    retention_days: int | UnsetType | None = UNSET
    postal_address: str | UnsetType | None = UNSET


class HoldObject(Struct):
    """Reply to GET /sending/hold, POST /sending/hold and /sending/resume."""

    held: bool
    reason: str | None
    since: str | None


class HoldWords(Struct):
    """Body of POST /sending/hold."""

    reason: str = HELD_BY_API


def get_policy(call: Call) -> PolicyObject:
    """GET /sending/policy."""
    policy = queries.get_policy(call.tx, call.project_id)
    quiet = policy.quiet
    return PolicyObject(
        caps=[
            CapWords(
                cap.count,
                cap.period // timedelta(seconds=1),
                None if cap.channel is None else cap.channel.name,
                cap.category,
            )
            for cap in policy.caps
        ],
        quiet_hours=None if quiet is None else QuietWords(_clock(quiet.begin), _clock(quiet.end)),
        stale_after_seconds=policy.stale_after // timedelta(seconds=1),
        retention_days=find_retention(call.tx, call.project_id),
        postal_address=find_postal_address(call.tx, call.project_id),
    )


def update_policy(call: Call, body: PolicyWords) -> PolicyObject:
    """PUT /sending/policy: all of it or, where a part is refused, nothing."""
    known = queries.get_policy(call.tx, call.project_id)
    policy = Policy(
        caps=known.caps if body.caps is UNSET else _caps(body.caps),
        quiet=known.quiet if body.quiet_hours is UNSET else _quiet(body.quiet_hours),
        stale_after=known.stale_after
        if body.stale_after_seconds is UNSET
        else _seconds(body.stale_after_seconds, "staleAfterSeconds"),
    )
    actions.set_policy(call.tx, call.project_id, policy, call.now)
    if body.retention_days is not UNSET:
        accounts.set_retention(call.tx, call.project_id, body.retention_days)
    if body.postal_address is not UNSET:
        subscriptions.set_postal_address(call.tx, call.project_id, body.postal_address, call.now)
    changed = [name for name in body.__struct_fields__ if getattr(body, name) is not UNSET]
    audit(call, "sending.policy_changed", changed=changed)
    return get_policy(call)


def get_hold(call: Call) -> HoldObject:
    """GET /sending/hold: whether anything leaves, and why not."""
    hold = queries.find_hold(call.tx, call.project_id)
    if hold is None:
        return HoldObject(held=False, reason=None, since=None)
    return HoldObject(held=True, reason=hold.reason, since=write_moment_or_none(hold.since))


def hold_sending(call: Call, body: HoldWords) -> HoldObject:
    """POST /sending/hold: nothing leaves until it is resumed; what is just leaving still does."""
    reason = body.reason.strip()
    if not 0 < len(reason) <= REASON_CHARACTERS_MAX:
        raise Invalid(f"reason must have 1 to {REASON_CHARACTERS_MAX} characters.")
    actions.hold(call.tx, call.project_id, reason, call.now)
    audit(call, "sending.held", reason=reason)
    return get_hold(call)


def resume_sending(call: Call) -> HoldObject:
    """POST /sending/resume; where everybody is held, that still stands and is told."""
    if actions.resume(call.tx, call.project_id):
        audit(call, "sending.resumed")
    return get_hold(call)


def audit(call: Call, act: str, **details: object) -> None:
    """Write down who did it."""
    accounts.audit(call.tx, call.project_id, call.actor, act, call.now, **details)


def _caps(given: list[CapWords]) -> tuple[Cap, ...]:
    return tuple(
        Cap(
            cap.count,
            _seconds(cap.period_seconds, f"caps[{index}].periodSeconds"),
            read_channel(cap.channel, f"caps[{index}].channel"),
            cap.category,
        )
        for index, cap in enumerate(given)
    )


def _quiet(given: QuietWords | None) -> QuietHours | None:
    if given is None:
        return None
    return QuietHours(
        _minute(given.begin, "quietHours.begin"), _minute(given.end, "quietHours.end")
    )


def _seconds(given: int, field: str) -> timedelta:
    if not 0 <= given <= SECONDS_MAX:
        raise Invalid(f"{field} must be a number of seconds from 0 to {SECONDS_MAX}.")
    return timedelta(seconds=given)


def _minute(given: str, field: str) -> int:
    match = _CLOCK.fullmatch(given)
    if match is None:
        raise Invalid(f"{field} must be a time of day such as 21:00.")
    return int(match[1]) * 60 + int(match[2])


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
