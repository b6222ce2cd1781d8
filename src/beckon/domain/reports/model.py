"""What reports ask and answer, as values. Days and weeks are those of a time zone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

FUNNEL_STEPS_MAX = 10
COHORTS_MAX = 60
DAYS_MAX = 731
TOP_MAX = 100


class Grain(StrEnum):
    """The length of a bar."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Period:
    """From a moment up to, without, another; bars begin where they do in `zone` (tz database)."""

    begins_at: datetime
    ends_at: datetime
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Bar:
    """A length of time and what was counted in it: events, and the people who did them.

    `begins_at` is aware UTC. Bars without anything are left out.
    """

    begins_at: datetime
    events: int
    people: int


@dataclass(frozen=True, slots=True)
class Active:
    """Who did anything within a day, seven days and thirty days that end with this day."""

    day: date
    daily: int
    weekly: int
    monthly: int


@dataclass(frozen=True, slots=True)
class FunnelStage:
    """How many people got to a step; `median` is from the step before, None at the first."""

    name: str
    people: int
    median: timedelta | None


@dataclass(frozen=True, slots=True)
class Cohort:
    """People whose first event fell into one length of time, and how many came back later.

    `returned[n]` counts those with an event in the n-th length after it; `returned[0]` is all.
    """

    begins_at: datetime
    returned: Sequence[int]


@dataclass(frozen=True, slots=True)
class OutcomeBar:
    """How often something came of messages within a length of time, and of how many messages."""

    begins_at: datetime
    kind: str
    outcomes: int
    messages: int


@dataclass(frozen=True, slots=True)
class DomainTally:
    """What came of a campaign's mails at one mailbox domain; each number counts messages."""

    domain: str
    accepted: int
    delivered: int
    opened: int
    clicked: int
    bounced: int


@dataclass(frozen=True, slots=True)
class LinkTally:
    """How often a link was followed, and out of how many messages."""

    link: str
    clicks: int
    messages: int


@dataclass(frozen=True, slots=True)
class Ranked:
    """A kind of event, how often it happened, and to how many people."""

    name: str
    events: int
    people: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What a period came to as a whole.

    `messages` counts, by what came of them, the messages of whom that came within the period, each
    once; `revenue` sums delivered orders placed in it, in minor units by currency.
    """

    events: int
    people: int
    messages: Mapping[str, int]
    revenue: Mapping[str, int]
