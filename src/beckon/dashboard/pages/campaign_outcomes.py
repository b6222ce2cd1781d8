"""What came of a campaign: over time, at which mailbox domains, by which links; asked of analytics.

A piece of the campaign's page, so that the page itself waits for nothing and can always be shown.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup
from starlette.responses import Response

from beckon.dashboard import charts
from beckon.dashboard.charts import Mark
from beckon.dashboard.pages.campaigns import number_in_path
from beckon.dashboard.visits import Page, Visit
from beckon.domain.campaigns.model import Campaign
from beckon.domain.campaigns.queries import get_campaign
from beckon.domain.reports import campaign_analytics as asked
from beckon.domain.reports.model import DAYS_MAX, Grain, OutcomeBar, Period
from beckon.domain.reports.rules import list_starts
from beckon.storage.analytics.client import AnalyticsUnavailable, QuestionTooLong

KINDS = ("delivered", "opened", "clicked")
AFTERWARDS = timedelta(days=3)
"""How long after its last message a campaign is mostly read."""

BY_HOUR_MAX = timedelta(days=4)
BY_DAY_MAX = timedelta(days=90)
ROWS = 10


async def show(visit: Visit) -> Response:
    """Answer GET /campaigns/{id}/outcomes; there is nothing to tell before it was launched."""
    project, campaign_id = visit.session.project, number_in_path(visit)
    campaign = await visit.house.state.read(lambda tx: get_campaign(tx, project.id, campaign_id))
    if campaign.started_at is None:
        return visit.bare_page("campaign_outcomes.html", charts=[], domains=[], links=[], fault="")
    analytics, whole = visit.house.analytics, _since(campaign, visit.now, project.time_zone)
    period, grain = span_of(campaign, visit.now, project.time_zone)
    try:
        bars = await asked.list_campaign_outcomes(analytics, project.id, campaign.id, period, grain)
        domains = await asked.list_domains(analytics, project.id, campaign.id, whole, limit=ROWS)
        links = await asked.list_links(analytics, project.id, campaign.id, whole, limit=ROWS)
    except (AnalyticsUnavailable, QuestionTooLong) as away:
        return visit.bare_page(
            "campaign_outcomes.html", charts=[], domains=[], links=[], fault=away.message
        )
    return visit.bare_page(
        "campaign_outcomes.html",
        charts=[(kind, _chart(bars, kind, period, grain)) for kind in KINDS],
        domains=domains,
        links=links,
        grain=grain,
        fault="",
    )


def span_of(campaign: Campaign, now: datetime, zone: str) -> tuple[Period, Grain]:
    """Choose what the charts show of a launched campaign: by the hour while that can be read."""
    assert campaign.started_at is not None
    ends_at = min(now, (campaign.finished_at or now) + AFTERWARDS)
    lasts = max(ends_at - campaign.started_at, timedelta(hours=1))
    grain = Grain.HOUR if lasts <= BY_HOUR_MAX else Grain.DAY
    ends_at = campaign.started_at + min(lasts, BY_DAY_MAX)
    return Period(campaign.started_at, ends_at, zone), grain


def _since(campaign: Campaign, now: datetime, zone: str) -> Period:
    assert campaign.started_at is not None
    begins_at = max(campaign.started_at, now - timedelta(days=DAYS_MAX - 1))
    return Period(begins_at, now + timedelta(milliseconds=1), zone)


def _chart(bars: Sequence[OutcomeBar], kind: str, period: Period, grain: Grain) -> Markup:
    counted = {bar.begins_at: bar.messages for bar in bars if bar.kind == kind}
    zone, by_hour = ZoneInfo(period.zone), grain is Grain.HOUR
    marks = []
    for start in list_starts(period, grain):
        local = start.astimezone(zone)
        name = f"{local.day} {local:%b}{f', {local:%H:%M}' if by_hour else ''}"
        marks.append(Mark(name, counted.get(start, 0)))
    return charts.bars(marks, f"Messages {kind}, by {grain}")


PAGES = (Page(path="/campaigns/{id}/outcomes", get=show),)
