"""What a project wants of its sending: hold, caps, quiet hours, address, how long it keeps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus

from starlette.responses import Response

from beckon.dashboard.visits import Page, Visit, go_to, number_of
from beckon.domain.accounts import actions as accounts
from beckon.domain.accounts import queries as projects
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel
from beckon.domain.messages import actions, queries
from beckon.domain.messages.policies import Cap, Policy, QuietHours
from beckon.domain.messages.queries import Hold
from beckon.domain.subscriptions import actions as consent
from beckon.domain.subscriptions import queries as subscriptions
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx

BLANK_CAPS = 2
CAPS_SHOWN_MAX = 20
PERIODS = {"hours": timedelta(hours=1), "days": timedelta(days=1)}
BY_HAND = "Held by hand in the dashboard."


@dataclass(frozen=True, slots=True)
class Shown:
    """What is set. `is_everybody`: what holds is for all projects, and an operator's to lift."""

    policy: Policy
    hold: Hold | None
    is_everybody: bool
    postal_address: str | None
    retention_days: int | None


async def show(visit: Visit) -> Response:
    """Answer GET /settings."""
    return await _page(visit, {}, "")


async def save_policy(visit: Visit) -> Response:
    """Answer POST /settings: caps and quiet hours."""
    visit.check_admin()
    form = dict(await visit.pairs())
    project_id = visit.session.project.id

    def store(tx: Tx) -> None:
        policy = read_policy(form, queries.get_policy(tx, project_id))
        actions.set_policy(tx, project_id, policy, visit.now)
        visit.note(tx, "sending.policy_changed", changed=["caps", "quiet_hours"])

    return await _try(visit, form, store)


async def save_keeping(visit: Visit) -> Response:
    """Answer POST /settings/keeping: the postal address, and how long events are kept."""
    visit.check_admin()
    form = await visit.form("postal_address", "retention_days")
    project_id = visit.session.project.id

    def store(tx: Tx) -> None:
        days = form["retention_days"].strip()
        accounts.set_retention(tx, project_id, _whole(days, "Days") if days else None)
        consent.set_postal_address(tx, project_id, form["postal_address"], visit.now)
        visit.note(tx, "sending.policy_changed", changed=["retention_days", "postal_address"])

    return await _try(visit, form, store)


async def hold(visit: Visit) -> Response:
    """Answer POST /settings/hold: nothing leaves from now."""
    visit.check_editor()
    reason = (await visit.form("reason"))["reason"].strip()[:200] or BY_HAND

    def store(tx: Tx) -> None:
        actions.hold(tx, visit.session.project.id, reason, visit.now)
        visit.note(tx, "sending.held", reason=reason)

    await visit.house.state.write(store)
    return go_to("/settings")


async def resume(visit: Visit) -> Response:
    """Answer POST /settings/resume: what waits goes on its way."""
    visit.check_editor()

    def store(tx: Tx) -> None:
        if actions.resume(tx, visit.session.project.id):
            visit.note(tx, "sending.resumed")

    await visit.house.state.write(store)
    visit.house.after_write()
    return go_to("/settings")


def read_policy(form: Mapping[str, str], old: Policy) -> Policy:
    """Read caps and quiet hours as they were typed; a row without a number is no cap.

    Raises Invalid in words of the form.
    """
    caps = []
    for number in range(CAPS_SHOWN_MAX):
        count = form.get(f"count.{number}", "").strip()
        if not count:
            continue
        unit = PERIODS.get(form.get(f"unit.{number}", ""))
        if unit is None:
            raise Invalid("Choose hours or days.")
        channel = form.get(f"channel.{number}", "")
        if channel and channel not in tuple(Channel):
            raise Invalid("Choose a channel, or every.")
        caps.append(
            Cap(
                _whole(count, "How many"),
                _whole(form.get(f"period.{number}", ""), "In so many") * unit,
                Channel(channel) if channel else None,
                form.get(f"category.{number}", "").strip() or None,
            )
        )
    begin, end = form.get("quiet_begin", ""), form.get("quiet_end", "")
    quiet = QuietHours(_minute(begin), _minute(end)) if begin or end else None
    return replace(old, caps=tuple(caps), quiet=quiet)


async def _try(visit: Visit, form: Mapping[str, str], store: Callable[[Tx], None]) -> Response:
    try:
        await visit.house.state.write(store)
    except Invalid as refused:
        return await _page(visit, form, refused.message)
    return go_to("/settings")


async def _page(visit: Visit, typed: Mapping[str, str], fault: str) -> Response:
    project_id = visit.session.project.id
    shown = await visit.house.state.read(lambda tx: _read(tx, project_id))
    caps = [_row(cap) for cap in shown.policy.caps]
    blank = {"count": "", "period": "", "unit": "days", "channel": "", "category": ""}
    rows = [*caps, *[blank] * BLANK_CAPS][:CAPS_SHOWN_MAX]
    quiet = shown.policy.quiet
    return visit.page(
        "settings.html",
        status=HTTPStatus.BAD_REQUEST if fault else HTTPStatus.OK,
        shown=shown,
        caps=[
            {name: typed.get(f"{name}.{number}", value) for name, value in row.items()}
            for number, row in enumerate(rows)
        ],
        quiet_begin=typed.get("quiet_begin", _clock(quiet.begin) if quiet else ""),
        quiet_end=typed.get("quiet_end", _clock(quiet.end) if quiet else ""),
        postal_address=typed.get("postal_address", shown.postal_address or ""),
        retention_days=typed.get("retention_days", shown.retention_days or ""),
        channels=list(Channel),
        fault=fault,
        is_admin=visit.may_administer,
    )


def _read(tx: Tx, project_id: ProjectId) -> Shown:
    return Shown(
        queries.get_policy(tx, project_id),
        queries.find_hold(tx, project_id),
        project_id not in queries.list_holds_any_project(tx),
        subscriptions.find_postal_address(tx, project_id),
        projects.find_retention(tx, project_id),
    )


def _row(cap: Cap) -> dict[str, str]:
    unit = "hours" if cap.period % PERIODS["days"] else "days"
    return {
        "count": str(cap.count),
        "period": f"{cap.period / PERIODS[unit]:g}",
        "unit": unit,
        "channel": cap.channel or "",
        "category": cap.category or "",
    }


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _minute(text: str) -> int:
    hours, _, minutes = text.strip().partition(":")
    read = [number_of(hours), number_of(minutes)]
    if read[0] is None or read[1] is None or read[0] > 23 or read[1] > 59:
        raise Invalid("Quiet hours need both times, as in 22:00 and 08:00.")
    return read[0] * 60 + read[1]


def _whole(text: str, what: str) -> int:
    number = number_of(text.strip())
    if number is None or number > 100_000:
        raise Invalid(f"{what}: write a whole number.")
    return number


PAGES = (
    Page(path="/settings", get=show, post=save_policy),
    Page(path="/settings/keeping", post=save_keeping),
    Page(path="/settings/hold", post=hold),
    Page(path="/settings/resume", post=resume),
)
