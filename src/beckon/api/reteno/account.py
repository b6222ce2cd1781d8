"""The account behind a key, in the Reteno vocabulary: who it is, what it costs, who may send."""

from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from beckon import __version__
from beckon.api.answers import Fault
from beckon.api.call import Call
from beckon.domain.accounts.queries import get_project
from beckon.domain.contacts.model import Channel
from beckon.domain.messages.queries import count_accepted
from beckon.domain.providers.queries import list_providers
from beckon.kit.refusals import Invalid
from beckon.kit.time_zones import local_moment

PROTOCOL = "1.0"
DAYS_MAX = 90
PERIOD_TOO_LONG = 419
"""What the original answers to a longer period; no status of HTTP itself."""

MEDIA = {
    Channel.EMAIL: "email",
    Channel.SMS: "sms",
    Channel.VIBER: "viber",
    Channel.PUSH: "mobilepush",
    Channel.WEB_PUSH: "webpush",
    Channel.IN_APP: "appinbox",
}


class AccountInfo(Struct, rename="camel"):
    """Reply to GET /account/info."""

    user_email: str
    organisation_name: str
    org_id: int


class VersionObject(Struct, rename="camel"):
    """Reply to GET /version."""

    version: str
    protocol_version: str


class Reserved(Struct):
    """Money set aside for senders: none."""

    media: list[str]


class Balance(Struct, rename="camel"):
    """Reply to GET /balance: Beckon bills nobody, so all of it is zero."""

    current_balance: float
    credit_limit: float
    currency: str
    bonus_emails: int
    bonus_smses: int
    senders_reserved_balances: Reserved


class HistoryAsked(Struct, rename="camel"):
    """Query of GET /balance/history: days of the project's zone, today where none are given."""

    date_from: str | None = None
    date_to: str | None = None


class ChannelCosts(Struct, rename="camel"):
    """What went out on a channel on a day; money is zero."""

    media_type: str
    total_sent: int
    total_parts: int
    bonus_spent: int = 0
    bonus_received: int = 0
    funds_withdrawal: float = 0
    funds_refund: float = 0
    reserved_funds_withdrawal: float = 0
    reserved_funds_refund: float = 0


class DayCosts(Struct, rename="camel"):
    """What went out on a day."""

    date: str
    channel_details: list[ChannelCosts]


class History(Struct, rename="camel"):
    """Reply to GET /balance/history."""

    currency: str
    daily_costs: list[DayCosts]


class SenderObject(Struct):
    """Whom messages may come from."""

    type: str
    value: str


CURRENCY = "USD"


def get_info(call: Call) -> AccountInfo:
    """GET /v1/account/info; the user is a made-up one that stands for the key."""
    project = get_project(call.tx, call.project_id)
    return AccountInfo(f"api-user{call.key.id}", project.organisation_name, project.id)


def get_version(_: Call) -> VersionObject:
    """GET /v1/version and /v2/version: of Beckon, and of the protocol."""
    return VersionObject(__version__, PROTOCOL)


def get_balance(_: Call) -> Balance:
    """GET /v1/balance: zeros, for nobody is billed."""
    return Balance(0, 0, CURRENCY, 0, 0, Reserved([]))


def get_history(call: Call, query: HistoryAsked) -> History:
    """GET /v1/balance/history: what went out day by day and channel by channel; costs are zero."""
    zone = ZoneInfo(get_project(call.tx, call.project_id).time_zone)
    today = call.now.astimezone(zone).date()
    first = _day(query.date_from, "dateFrom") or today
    last = _day(query.date_to, "dateTo") or today
    if last < first:
        raise Invalid("dateTo must not lie before dateFrom.")
    if (last - first).days > DAYS_MAX:
        raise Fault(PERIOD_TOO_LONG, f"The period must have at most {DAYS_MAX} days.")
    sent: Counter[tuple[date, Channel]] = Counter()
    begins, ends = _midnight(first, zone), _midnight(last + timedelta(days=1), zone)
    for channel, at, count in count_accepted(call.tx, call.project_id, begins, ends):
        sent[at.astimezone(zone).date(), channel] += count
    days = sorted({day for day, _ in sent})
    return History(
        CURRENCY,
        [
            DayCosts(
                day.isoformat(),
                [
                    ChannelCosts(MEDIA[channel], count, count)
                    for channel in Channel
                    if (count := sent[day, channel])
                ],
            )
            for day in days
        ],
    )


def list_email_senders(call: Call) -> list[SenderObject]:
    """GET /v1/interfaces/email: those the project's providers name."""
    return _senders(call, Channel.EMAIL, "email")


def list_sms_senders(call: Call) -> list[SenderObject]:
    """GET /v1/interfaces/sms: those the project's providers name."""
    return _senders(call, Channel.SMS, "sms")


def _senders(call: Call, channel: Channel, kind: str) -> list[SenderObject]:
    names = (
        provider.settings.get("from_email") or provider.settings.get("from")
        for provider in list_providers(call.tx, call.project_id, channel)
        if provider.is_active
    )
    return [SenderObject(kind, name) for name in dict.fromkeys(names) if name]


def _day(text: str | None, place: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{place} must be a day such as 2026-03-09.") from None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return local_moment(datetime(day.year, day.month, day.day), zone)  # noqa: DTZ001 - a wall clock
