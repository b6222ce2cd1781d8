"""What a project wants of its own sending: how often, at which hours. Values and pure decisions.

Caps and quiet hours never hold up what somebody waits for: transactional and confirmation mail.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from beckon.domain.contacts.model import Channel
from beckon.domain.messages.rules import RESENT, STALE_AFTER
from beckon.domain.subscriptions.model import Purpose
from beckon.kit.refusals import Invalid
from beckon.kit.time_zones import local_moment

CAPS_MAX = 20
CAP_COUNT_MAX = 1000
PERIOD_MAX = timedelta(days=90)
STALE_MAX = timedelta(days=30)
DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many messages to one person in a sliding period; None counts every kind."""

    count: int
    period: timedelta
    channel: Channel | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Minutes of each person's own day, from `begin` to before `end`; may go over midnight."""

    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Policy:
    """What a project wants of its sending; `stale_after` is how late is too late to go unasked."""

    caps: tuple[Cap, ...] = ()
    quiet: QuietHours | None = None
    stale_after: timedelta = STALE_AFTER

    @property
    def longest(self) -> timedelta:
        """How far back the caps look."""
        return max((cap.period for cap in self.caps), default=timedelta())


@dataclass(frozen=True, slots=True)
class Recent:
    """A message a person had, as far as caps ask."""

    channel: Channel
    category: str | None
    at: datetime


def check(policy: Policy) -> Policy:
    """Give the policy back. Raises Invalid, naming the field and the rule."""
    if len(policy.caps) > CAPS_MAX:
        raise Invalid(f"caps: at most {CAPS_MAX} are possible.")
    for index, cap in enumerate(policy.caps):
        if not 1 <= cap.count <= CAP_COUNT_MAX:
            raise Invalid(f"caps[{index}].count must be 1 to {CAP_COUNT_MAX}.")
        if not timedelta(minutes=1) <= cap.period <= PERIOD_MAX:
            raise Invalid(f"caps[{index}].period must be a minute to {PERIOD_MAX.days} days.")
    if policy.quiet is not None:
        for name, minute in (("begin", policy.quiet.begin), ("end", policy.quiet.end)):
            if not 0 <= minute < DAY_MINUTES:
                raise Invalid(f"quiet.{name} must be a minute of the day, 0 to 1439.")
        if policy.quiet.begin == policy.quiet.end:
            raise Invalid("quiet: begin and end must differ, or nothing is ever sent.")
    if not timedelta(minutes=1) <= policy.stale_after <= STALE_MAX:
        raise Invalid(f"stale_after must be a minute to {STALE_MAX.days} days.")
    return policy


def quiet_until(policy: Policy, purpose: Purpose, zone: tzinfo, now: datetime) -> datetime | None:
    """Tell when the quiet hours of a person in this zone end; None where it may go now."""
    quiet = policy.quiet
    if quiet is None or purpose in RESENT:
        return None
    local = now.astimezone(zone)
    minute = local.hour * 60 + local.minute
    is_overnight = quiet.begin > quiet.end
    is_quiet = (
        minute >= quiet.begin or minute < quiet.end
        if is_overnight
        else quiet.begin <= minute < quiet.end
    )
    if not is_quiet:
        return None
    day = local.date() + timedelta(days=1 if minute >= quiet.end else 0)
    wall = datetime(day.year, day.month, day.day, quiet.end // 60, quiet.end % 60)  # noqa: DTZ001 - a wall clock's time
    return local_moment(wall, zone)


def reached_cap(
    policy: Policy,
    purpose: Purpose,
    channel: Channel,
    category: str | None,
    *,
    recent: Sequence[Recent],
    now: datetime,
) -> Cap | None:
    """Tell which cap one more message would go over; None where none would."""
    if purpose in RESENT:
        return None
    for cap in policy.caps:
        if cap.channel not in (None, channel) or cap.category not in (None, category):
            continue
        counted = sum(
            one.at > now - cap.period
            and cap.channel in (None, one.channel)
            and cap.category in (None, one.category)
            for one in recent
        )
        if counted >= cap.count:
            return cap
    return None


def describe(cap: Cap) -> str:
    """Say for a person why a cap kept a message back."""
    kinds = " ".join(word for word in (cap.category, cap.channel) if word)
    hours = cap.period / timedelta(hours=1)
    return f"cap: at most {cap.count} {kinds or 'messages'} in {hours:g} hours were reached."


def to_stored(policy: Policy) -> dict[str, object]:
    """Give the form the store keeps."""
    return {
        "caps": [
            {
                "count": cap.count,
                "period_seconds": cap.period // timedelta(seconds=1),
                "channel": cap.channel,
                "category": cap.category,
            }
            for cap in policy.caps
        ],
        "quiet": None if policy.quiet is None else [policy.quiet.begin, policy.quiet.end],
        "stale_after_seconds": policy.stale_after // timedelta(seconds=1),
    }


def from_stored(kept: Mapping[str, object]) -> Policy:
    """Read the form the store keeps."""
    caps, quiet, stale = kept["caps"], kept["quiet"], kept["stale_after_seconds"]
    assert isinstance(caps, list)
    assert isinstance(stale, int)
    return Policy(
        caps=tuple(
            Cap(
                cap["count"],
                timedelta(seconds=cap["period_seconds"]),
                None if cap["channel"] is None else Channel(cap["channel"]),
                cap["category"],
            )
            for cap in caps
        ),
        quiet=QuietHours(*quiet) if isinstance(quiet, list) else None,
        stale_after=timedelta(seconds=stale),
    )
