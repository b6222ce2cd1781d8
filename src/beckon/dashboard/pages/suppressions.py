"""Suppressions: addresses that get nothing, or no mail to many; added and lifted by hand."""

from functools import partial
from http import HTTPStatus
from urllib.parse import urlencode

from starlette.responses import Response

from beckon.dashboard.visits import EDITORS, Page, Visit, go_to
from beckon.domain.contacts.model import Channel
from beckon.domain.subscriptions import actions, queries
from beckon.domain.subscriptions.model import Proof, Suppressed, Suppression
from beckon.domain.subscriptions.queries import UNSUBSCRIBED
from beckon.kit.addresses import check_email, check_phone
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx

ROWS = 50
REASONS = (UNSUBSCRIBED, *Suppression)
CHANNELS = (Channel.EMAIL, Channel.SMS, Channel.VIBER)
SOURCE = "dashboard"


async def show(visit: Visit) -> Response:
    """Answer GET /suppressions (?reason=&page=), the latest first."""
    return await _page(visit, "", "")


async def add(visit: Visit) -> Response:
    """Answer POST /suppressions: send nothing more to an address."""
    visit.check_editor()
    form = await visit.form("channel", "address")
    try:
        channel, address = _read(form)
    except Invalid as refused:
        return await _page(visit, form["address"], refused.message)
    await visit.house.state.write(
        partial(
            actions.suppress,
            project_id=visit.session.project.id,
            channel=channel,
            addresses=[address],
            reason=Suppression.MANUAL,
            proof=_proof(visit),
            now=visit.now,
        )
    )
    return go_to("/suppressions")


async def lift(visit: Visit) -> Response:
    """Answer POST /suppressions/lift: undo what was done by hand; bounces and complaints stay."""
    visit.check_editor()
    channel, address = _read(await visit.form("channel", "address"))
    await visit.house.state.write(
        partial(
            actions.lift,
            project_id=visit.session.project.id,
            channel=channel,
            addresses=[address],
            proof=_proof(visit),
            now=visit.now,
        )
    )
    return go_to("/suppressions")


async def _page(visit: Visit, typed: str, fault: str) -> Response:
    project_id, page = visit.session.project.id, visit.asked_page()
    reason = visit.asked("reason")
    if reason and reason not in REASONS:
        raise Invalid("reason must be one of those listed.")
    reasons = [reason] if reason else None

    def read(tx: Tx) -> tuple[list[Suppressed], int]:
        found = queries.list_suppressed(
            tx, project_id, reasons=reasons, offset=(page - 1) * ROWS, limit=ROWS
        )
        return found, queries.count_suppressed(tx, project_id, reasons=reasons)

    rows, total = await visit.house.state.read(read)
    return visit.page(
        "suppressions.html",
        status=HTTPStatus.BAD_REQUEST if fault else HTTPStatus.OK,
        rows=[(one, _may_lift(one)) for one in rows],
        total=total,
        reasons=REASONS,
        reason=reason,
        channels=CHANNELS,
        typed=typed,
        fault=fault,
        newer=_address(reason, page - 1) if page > 1 else None,
        older=_address(reason, page + 1) if page * ROWS < total else None,
        is_editor=visit.session.role in EDITORS,
    )


def _may_lift(one: Suppressed) -> bool:
    """Tell whether a hand may undo it: what the outside told stays."""
    return one.address is not None and one.reason in (None, Suppression.MANUAL)


def _read(form: dict[str, str]) -> tuple[Channel, str]:
    try:
        channel = Channel(form["channel"])
    except ValueError:
        raise Invalid("Choose a channel.") from None
    check = check_email if channel is Channel.EMAIL else check_phone
    return channel, check(form["address"], "The address")


def _proof(visit: Visit) -> Proof:
    return Proof(SOURCE, details={"by": visit.session.person.email})


def _address(reason: str, page: int) -> str:
    return f"/suppressions?{urlencode({**({'reason': reason} if reason else {}), 'page': page})}"


PAGES = (
    Page(path="/suppressions", get=show, post=add),
    Page(path="/suppressions/lift", post=lift),
)
