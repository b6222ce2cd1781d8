"""One webhook: its form, a trial, and the log of what was told it."""

from collections.abc import Sequence
from http import HTTPStatus
from uuid import UUID

from starlette.responses import Response

from beckon.dashboard import flashes
from beckon.dashboard.pages.webhooks import asked_id, find_id, read_wish
from beckon.dashboard.visits import Page, Visit, go_to
from beckon.domain.webhooks import actions, queries, rules
from beckon.domain.webhooks.model import Delivery, Happened, Outcome, Webhook, WebhookId
from beckon.domain.webhooks.queries import DeliveryUnknown
from beckon.kit import json
from beckon.kit.ids import new_uuid
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx

ROWS = 50
TRIAL = {"event": "test", "data": {}}
ANSWER_CHARACTERS_MAX = 300


async def show(visit: Visit) -> Response:
    """Answer GET /webhooks/{id} (?before=): the form, and what was told, newest first."""
    return await _page(visit, asked_id(visit))


async def change(visit: Visit) -> Response:
    """Answer POST /webhooks/{id}: another address, or other happenings."""
    webhook_id = find_id(visit)
    url, chosen = await read_wish(visit)

    def store(tx: Tx) -> None:
        actions.change(
            tx,
            visit.session.project.id,
            webhook_id,
            url=url,
            events=events,
            is_active=None,
            actor=visit.session.person.email,
            now=visit.now,
        )

    try:
        events = rules.check_events(chosen, "The events")
        await visit.house.outside.check_target(url, "The address")
        await visit.house.state.write(store)
    except Invalid as refused:
        return await _page(visit, webhook_id, typed=(url, chosen), fault=refused.message)
    response = go_to(f"/webhooks/{webhook_id}")
    flashes.leave(response, flashes.WEBHOOK_SAVED)
    return response


async def try_out(visit: Visit) -> Response:
    """Answer POST /webhooks/{id}/test: tell it one event named `test`, now."""
    webhook_id, project_id = find_id(visit), visit.session.project.id
    found = await visit.house.state.read(lambda tx: queries.get_webhook(tx, project_id, webhook_id))
    hook = actions.open_hook(found, visit.house.vault)
    outcome = await visit.house.outside.tell(hook, new_uuid(), json.write(TRIAL), visit.now)
    return await _page(visit, webhook_id, told=_told(outcome))


async def replay(visit: Visit) -> Response:
    """Answer POST /webhooks/{id}/deliveries/{uuid}/replay: tell it again, under the same id."""
    webhook_id, delivery_id = find_id(visit), _uuid(visit.request.path_params["uuid"])
    project_id = visit.session.project.id
    await visit.house.state.write(
        lambda tx: actions.replay(tx, project_id, webhook_id, delivery_id, visit.now)
    )
    visit.house.after_write()
    response = go_to(f"/webhooks/{webhook_id}")
    flashes.leave(response, flashes.DELIVERY_QUEUED)
    return response


async def _page(
    visit: Visit,
    webhook_id: WebhookId,
    *,
    typed: tuple[str, Sequence[str]] | None = None,
    fault: str = "",
    told: tuple[str, str] | None = None,
) -> Response:
    project_id = visit.session.project.id
    before = visit.asked("before")

    def read(tx: Tx) -> tuple[Webhook, list[Delivery]]:
        webhook = queries.get_webhook(tx, project_id, webhook_id)
        place = None
        if before:
            last = queries.get_delivery(tx, project_id, webhook_id, _uuid(before))
            place = (last.created_at, last.id)
        found = queries.list_deliveries_before(
            tx, project_id, webhook_id, before=place, limit=ROWS + 1
        )
        return webhook, found

    webhook, found = await visit.house.state.read(read)
    shown = found[:ROWS]
    url, chosen = typed or (webhook.url, webhook.events)
    return visit.page(
        "webhook.html",
        status=HTTPStatus.BAD_REQUEST if fault else HTTPStatus.OK,
        webhook=webhook,
        happenings=list(Happened),
        url=url,
        chosen=chosen,
        fault=fault,
        told=told,
        deliveries=[(one, json.text(dict(one.data))) for one in shown],
        is_tail=not before and told is None and not fault,
        is_moving=any(one.due_at is not None for one in shown),
        newer=f"/webhooks/{webhook_id}" if before else None,
        older=f"/webhooks/{webhook_id}?before={shown[-1].id}" if len(found) > ROWS else None,
        may_edit=visit.may_administer,
    )


def _told(outcome: Outcome) -> tuple[str, str]:
    if outcome.status is None:
        return "danger", f"Nobody answered: {outcome.error}"
    said = (outcome.answer or "").strip()[:ANSWER_CHARACTERS_MAX]
    answer = f"It answered {outcome.status}{f': {said}' if said else '.'}"
    return ("success" if outcome.is_success else "warning"), answer


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise DeliveryUnknown("There is no such delivery.") from None


PAGES = (
    Page(path="/webhooks/{id}", get=show, post=change),
    Page(path="/webhooks/{id}/test", post=try_out),
    Page(path="/webhooks/{id}/deliveries/{uuid}/replay", post=replay),
)
