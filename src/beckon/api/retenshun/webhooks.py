"""Outgoing webhooks in the Retenshun vocabulary: made, changed, tried, and what was told them."""

from msgspec import UNSET, Struct, UnsetType

from beckon.api.call import Call, Edge
from beckon.api.retenshun.objects import Deleted, Listing, Page, read_number, read_uuid
from beckon.api.times import write_moment, write_moment_or_none
from beckon.domain.webhooks import actions, queries, rules
from beckon.domain.webhooks.model import Delivery, Hook, NewWebhook, Webhook, WebhookId
from beckon.kit import json
from beckon.kit.ids import new_bytes
from beckon.kit.refusals import Invalid, Kind, Refusal
from beckon.storage.schema import Tx

ACTIVITY = "activity"
FORMATS = ("events", ACTIVITY)


class WebhookSilent(Refusal):
    """The receiver gave no answer."""

    kind = Kind.UPSTREAM
    code = "webhook_silent"


class CreateWebhook(Struct):
    """Body of POST /webhooks; no `events` means all.

    `format` is `events`, or `activity` for the export in Reteno's words: in strict order, tried
    until the receiver answers 200, with `login` (`user:password`) as Basic where one is given.
    """

    url: str
    events: list[str] = []
    active: bool = True
    format: str = "events"
    login: str | None = None


class UpdateWebhook(Struct):
    """Body of PUT /webhooks/:id; what is not given stays."""

    url: str | UnsetType = UNSET
    events: list[str] | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class WebhookObject(Struct, rename="camel"):
    """A webhook; `fault` says why it was switched off by itself."""

    id: str
    url: str
    events: list[str]
    active: bool
    format: str
    fault: str | None
    created_at: str
    updated_at: str


class CreatedWebhook(WebhookObject, rename="camel"):
    """Reply to making one and to rotating: the one time the secret is shown."""

    secret: str


class WebhookList(Struct):
    """Reply to GET /webhooks."""

    webhooks: list[WebhookObject]
    total: int


class Tried(Struct):
    """Reply to POST /webhooks/:id/test: what the receiver answered."""

    status: int


class DeliveryObject(Struct, rename="camel"):
    """One thing told; `answer` is the beginning of what the receiver said."""

    id: str
    event: str
    status: str
    attempts: int
    last_status: int | None
    last_error: str | None
    answer: str | None
    next_attempt_at: str | None
    created_at: str
    ended_at: str | None


class DeliveryList(Struct):
    """Reply to GET /webhooks/:id/deliveries."""

    deliveries: list[DeliveryObject]
    total: int
    page: int
    limit: int


def list_webhooks(call: Call, query: Listing) -> WebhookList:
    """GET /webhooks, oldest first."""
    found = queries.list_webhooks(call.tx, call.project_id)
    return WebhookList([_webhook(one) for one in query.cut(found)], len(found))


def get_webhook(call: Call, webhook_id: str) -> WebhookObject:
    """GET /webhooks/:id."""
    return _webhook(queries.get_webhook(call.tx, call.project_id, _number(webhook_id)))


async def create_webhook(edge: Edge, body: CreateWebhook) -> CreatedWebhook:
    """POST /webhooks: https and a public address; the secret is shown once.

    The address of an export must answer a GET, whatever it says. Source: Reteno, webhooks.
    """
    events = rules.check_events(body.events, "events")
    if body.format not in FORMATS:
        raise Invalid(f"format must be one of {', '.join(FORMATS)}.")
    login = rules.check_login(body.login, "login")
    await edge.services.check_target(body.url, "url")
    secret = new_secret()
    if body.format == ACTIVITY:
        await _check_answers(edge, Hook(body.url.strip(), secret, login))

    def create(tx: Tx) -> Webhook:
        return actions.create(
            tx,
            edge.project_id,
            NewWebhook(
                body.url.strip(),
                events,
                is_active=body.active,
                is_activity=body.format == ACTIVITY,
                login=login,
            ),
            secret=secret,
            vault=edge.services.vault,
            actor=edge.actor,
            now=edge.now,
        )

    return _created(await edge.services.state.write(create), secret)


async def update_webhook(edge: Edge, webhook_id: str, body: UpdateWebhook) -> WebhookObject:
    """PUT and PATCH /webhooks/:id; switching it on again forgets its fault."""
    number = _number(webhook_id)
    url = None if body.url is UNSET else body.url.strip()
    events = None if body.events is UNSET else rules.check_events(body.events, "events")
    if url is not None:
        await edge.services.check_target(url, "url")

    def change(tx: Tx) -> Webhook:
        return actions.change(
            tx,
            edge.project_id,
            number,
            url=url,
            events=events,
            is_active=None if body.active is UNSET else body.active,
            actor=edge.actor,
            now=edge.now,
        )

    return _webhook(await edge.services.state.write(change))


def delete_webhook(call: Call, webhook_id: str) -> Deleted:
    """DELETE /webhooks/:id, its log with it."""
    actions.remove(call.tx, call.project_id, _number(webhook_id), actor=call.actor, now=call.now)
    return Deleted()


def rotate_webhook(call: Call, webhook_id: str) -> CreatedWebhook:
    """POST /webhooks/:id/rotate: another secret from now on, shown once."""
    secret = new_secret()
    changed = actions.rotate(
        call.tx,
        call.project_id,
        _number(webhook_id),
        secret=secret,
        vault=call.services.vault,
        actor=call.actor,
        now=call.now,
    )
    return _created(changed, secret)


async def test_webhook(edge: Edge, webhook_id: str) -> Tried:
    """POST /webhooks/:id/test: one event named `test`, now; 502 where nobody answers."""
    number = _number(webhook_id)
    found = await edge.services.state.read(
        lambda tx: queries.get_webhook(tx, edge.project_id, number)
    )
    body = json.write([] if found.is_activity else {"event": "test", "data": {}})
    hook = actions.open_hook(found, edge.services.vault)
    outcome = await edge.services.tell(hook, edge.new_id(), body, edge.now)
    if outcome.status is None:
        raise WebhookSilent(f"The webhook: {outcome.error}")
    return Tried(outcome.status)


def list_deliveries(call: Call, webhook_id: str, query: Page) -> DeliveryList:
    """GET /webhooks/:id/deliveries, newest first, of the last 30 days."""
    query.check()
    number = _number(webhook_id)
    queries.get_webhook(call.tx, call.project_id, number)
    found = queries.list_deliveries(
        call.tx, call.project_id, number, offset=query.offset, limit=query.limit
    )
    total = queries.count_deliveries(call.tx, call.project_id, number)
    return DeliveryList([_delivery(one) for one in found], total, query.page, query.limit)


def replay_delivery(call: Call, webhook_id: str, delivery_id: str) -> DeliveryObject:
    """POST /webhooks/:id/deliveries/:deliveryId/replay: tell it again under the same id."""
    number, told = _number(webhook_id), read_uuid("whd", delivery_id, "delivery")
    return _delivery(actions.replay(call.tx, call.project_id, number, told, call.now))


def new_secret() -> str:
    """Make a secret in the form of Standard Webhooks."""
    return rules.write_secret(new_bytes(rules.SECRET_BYTES))


async def _check_answers(edge: Edge, hook: Hook) -> None:
    outcome = await edge.services.look(hook)
    if outcome.status is None:
        raise Invalid(f"url must answer a GET before anything is told there: {outcome.error}")


def _webhook(one: Webhook) -> WebhookObject:
    return WebhookObject(
        f"wh_{one.id}",
        one.url,
        list(one.events),
        one.is_active,
        ACTIVITY if one.is_activity else "events",
        one.fault,
        write_moment(one.created_at),
        write_moment(one.updated_at),
    )


def _created(one: Webhook, secret: str) -> CreatedWebhook:
    shown = _webhook(one)
    return CreatedWebhook(
        shown.id,
        shown.url,
        shown.events,
        shown.active,
        shown.format,
        shown.fault,
        shown.created_at,
        shown.updated_at,
        secret,
    )


def _delivery(one: Delivery) -> DeliveryObject:
    return DeliveryObject(
        f"whd_{one.id.hex}",
        one.event,
        one.state,
        one.attempts,
        one.answered,
        one.error,
        one.answer,
        write_moment_or_none(one.due_at),
        write_moment(one.created_at),
        write_moment_or_none(one.ended_at),
    )


def _number(webhook_id: str) -> WebhookId:
    return WebhookId(read_number("wh", webhook_id, "webhook"))
