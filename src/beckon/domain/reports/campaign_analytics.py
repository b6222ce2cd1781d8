"""Questions about what came of one campaign, asked of the analytics store as those of `analytics`.

What machines opened or clicked is left out.
"""

from beckon.domain.accounts.model import ProjectId
from beckon.domain.campaigns.model import CampaignId
from beckon.domain.reports import rules
from beckon.domain.reports.analytics import SECONDS_MAX, STARTS, WITHIN, bounds_of
from beckon.domain.reports.model import DomainTally, Grain, LinkTally, OutcomeBar, Period
from beckon.storage.analytics.client import Analytics

_OF_CAMPAIGN = f"{WITHIN} AND campaign_id = {{campaign:UInt64}} AND is_machine = 0"


async def list_campaign_outcomes(
    analytics: Analytics,
    project_id: ProjectId,
    campaign_id: CampaignId,
    period: Period,
    grain: Grain,
) -> list[OutcomeBar]:
    """List what came of a campaign's messages by time and kind."""
    rules.check_bars(period, grain)
    rows = await analytics.ask(
        f"SELECT toDateTime({STARTS[grain]}, 'UTC') AS bar, kind, count(), "  # noqa: S608 - our own text
        f"uniqExact(message_id) FROM outcome WHERE {_OF_CAMPAIGN} "
        "GROUP BY bar, kind ORDER BY bar, kind",
        {**bounds_of(project_id, period), "campaign": campaign_id},
        seconds_max=SECONDS_MAX,
    )
    return [OutcomeBar(*row) for row in rows]


async def list_domains(
    analytics: Analytics,
    project_id: ProjectId,
    campaign_id: CampaignId,
    period: Period,
    *,
    limit: int,
) -> list[DomainTally]:
    """List the mailbox domains a campaign went to, those that took most of it first."""
    rules.check_period(period)
    rules.check_limit(limit)
    kinds = ("accepted", "delivered", "opened", "clicked", "bounced")
    counts = ", ".join(f"uniqExactIf(message_id, kind = '{kind}') AS {kind}" for kind in kinds)
    rows = await analytics.ask(
        f"SELECT domain, {counts} FROM outcome WHERE {_OF_CAMPAIGN} AND domain <> '' "  # noqa: S608 - our own text
        "GROUP BY domain ORDER BY accepted DESC, domain LIMIT {limit:UInt64}",
        {**bounds_of(project_id, period), "campaign": campaign_id, "limit": limit},
        seconds_max=SECONDS_MAX,
    )
    return [DomainTally(*row) for row in rows]


async def list_links(
    analytics: Analytics,
    project_id: ProjectId,
    campaign_id: CampaignId,
    period: Period,
    *,
    limit: int,
) -> list[LinkTally]:
    """List the links of a campaign that people followed, the most followed first."""
    rules.check_period(period)
    rules.check_limit(limit)
    rows = await analytics.ask(
        "SELECT link, count(), uniqExact(message_id) AS messages FROM outcome "  # noqa: S608 - our own text
        f"WHERE {_OF_CAMPAIGN} AND kind = 'clicked' AND link <> '' "
        "GROUP BY link ORDER BY messages DESC, link LIMIT {limit:UInt64}",
        {**bounds_of(project_id, period), "campaign": campaign_id, "limit": limit},
        seconds_max=SECONDS_MAX,
    )
    return [LinkTally(*row) for row in rows]
