"""Webhooks: addresses of one's own that are told what happens. Administrators change them."""

from collections.abc import Callable, Sequence
from http import HTTPStatus

from starlette.responses import Response

from beckon.dashboard import flashes
from beckon.dashboard.visits import Page, Visit, go_to, number_of
from beckon.domain.webhooks import actions, queries, rules
from beckon.domain.webhooks.model import Happened, NewWebhook, Webhook, WebhookId
from beckon.domain.webhooks.queries import WebhookUnknown
from beckon.kit.ids import new_bytes
from beckon.kit.refusals import Conflict, Invalid
from beckon.storage.schema import Tx

EVENT = "event"


async def show(visit: Visit) -> Response:
    """Answer GET /webhooks."""
    return await _list(visit, "", ())


async def create(visit: Visit) -> Response:
    """Answer POST /webhooks: the one page that ever shows its secret."""
    visit.check_admin()
    url, chosen = await read_wish(visit)
    secret = rules.write_secret(new_bytes(rules.SECRET_BYTES))

    def make(tx: Tx) -> Webhook:
        return actions.create(
            tx,
            visit.session.project.id,
            NewWebhook(url, events),
            secret=secret,
            vault=visit.house.vault,
            actor=visit.session.person.email,
            now=visit.now,
        )

    try:
        events = rules.check_events(chosen, "The events")
        await visit.house.outside.check_target(url, "The address")
        made = await visit.house.state.write(make)
    except (Invalid, Conflict) as refused:
        return await _list(visit, url, chosen, refused.message)
    return _secret(visit, made, secret)


async def rotate(visit: Visit) -> Response:
    """Answer POST /webhooks/{id}/rotate: another secret, shown this once."""
    webhook_id = find_id(visit)
    secret = rules.write_secret(new_bytes(rules.SECRET_BYTES))
    changed = await visit.house.state.write(
        lambda tx: actions.rotate(
            tx,
            visit.session.project.id,
            webhook_id,
            secret=secret,
            vault=visit.house.vault,
            actor=visit.session.person.email,
            now=visit.now,
        )
    )
    return _secret(visit, changed, secret)


async def switch(visit: Visit) -> Response:
    """Answer POST /webhooks/{id}/switch: on where it was off, and off where it was on."""
    webhook_id = find_id(visit)

    def change(tx: Tx) -> None:
        project_id = visit.session.project.id
        actions.change(
            tx,
            project_id,
            webhook_id,
            url=None,
            events=None,
            is_active=not queries.get_webhook(tx, project_id, webhook_id).is_active,
            actor=visit.session.person.email,
            now=visit.now,
        )

    return await _done(visit, change, flashes.WEBHOOK_SAVED, f"/webhooks/{webhook_id}")


async def delete(visit: Visit) -> Response:
    """Answer POST /webhooks/{id}/delete."""
    webhook_id = find_id(visit)

    def remove(tx: Tx) -> None:
        actor = visit.session.person.email
        actions.remove(tx, visit.session.project.id, webhook_id, actor=actor, now=visit.now)

    return await _done(visit, remove, flashes.WEBHOOK_DELETED, "/webhooks")


def find_id(visit: Visit) -> WebhookId:
    """Read which webhook a path names, for an administrator. Raises WebhookUnknown, NotAllowed."""
    visit.check_admin()
    return asked_id(visit)


def asked_id(visit: Visit) -> WebhookId:
    """Read which webhook a path names. Raises WebhookUnknown."""
    number = number_of(visit.request.path_params["id"])
    if number is None:
        raise WebhookUnknown("There is no such webhook.")
    return WebhookId(number)


async def read_wish(visit: Visit) -> tuple[str, list[str]]:
    """Read the form of a webhook: its address, trimmed, and the names that were ticked."""
    pairs = await visit.pairs()
    url = next((value for name, value in pairs if name == "url"), "")
    return url.strip(), [value for name, value in pairs if name == EVENT]


async def _list(visit: Visit, url: str, chosen: Sequence[str], fault: str = "") -> Response:
    project_id = visit.session.project.id
    found = await visit.house.state.read(lambda tx: queries.list_webhooks(tx, project_id))
    return visit.page(
        "webhooks.html",
        status=HTTPStatus.BAD_REQUEST if fault else HTTPStatus.OK,
        webhooks=found,
        happenings=list(Happened),
        url=url,
        chosen=chosen,
        fault=fault,
        may_edit=visit.may_administer,
    )


async def _done(visit: Visit, act: Callable[[Tx], None], flash: str, path: str) -> Response:
    await visit.house.state.write(act)
    response = go_to(path)
    flashes.leave(response, flash)
    return response


def _secret(visit: Visit, webhook: Webhook, secret: str) -> Response:
    return visit.page("webhook_secret.html", webhook=webhook, secret=secret)


PAGES = (
    Page(path="/webhooks", get=show, post=create),
    Page(path="/webhooks/{id}/rotate", post=rotate),
    Page(path="/webhooks/{id}/switch", post=switch),
    Page(path="/webhooks/{id}/delete", post=delete),
)
