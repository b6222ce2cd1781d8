"""Every operation of the Reteno vocabulary."""

from functools import partial

from beckon.api.call import Face, Meter, Route
from beckon.api.reteno import account, events, orders, past_events, workflows
from beckon.api.reteno.app_routes import ROUTES as APPS
from beckon.api.reteno.contact_routes import ROUTES as CONTACTS
from beckon.api.reteno.message_routes import ROUTES as MESSAGES
from beckon.api.reteno.scopes import reaching

EVENT_BYTES_MAX = 20 * 1024
BATCH_BYTES_MAX = 10 * 1_048_576

_route = partial(Route, face=Face.RETENO)

_ROUTES = (
    _route(
        "GET",
        "/api/v1/account/info",
        account.get_info,
        "Get account info",
        tag="Account",
        reply=account.AccountInfo,
    ),
    *(
        _route(
            "GET",
            f"/api/{version}/version",
            account.get_version,
            "Get the version",
            tag="Account",
            reply=account.VersionObject,
        )
        for version in ("v1", "v2")
    ),
    _route(
        "GET",
        "/api/v1/balance",
        account.get_balance,
        "Get the balance",
        tag="Account",
        reply=account.Balance,
    ),
    _route(
        "GET",
        "/api/v1/balance/history",
        account.get_history,
        "Get what went out day by day",
        tag="Account",
        query=account.HistoryAsked,
        reply=account.History,
        refuses={account.PERIOD_TOO_LONG: f"The period is longer than {account.DAYS_MAX} days."},
    ),
    *(
        _route(
            "GET",
            f"/api/v1/interfaces/{kind}",
            handle,
            f"List {kind} senders",
            tag="Account",
            reply=list[account.SenderObject],
        )
        for kind, handle in (
            ("email", account.list_email_senders),
            ("sms", account.list_sms_senders),
        )
    ),
    _route(
        "POST",
        "/api/v1/event",
        events.generate_v1,
        "Generate an event (values are text)",
        tag="Events with parameters",
        body=events.EventWords,
        meter=Meter.EVENTS,
        is_intake=True,
        takes_token=True,
        body_bytes_max=EVENT_BYTES_MAX,
        example={
            "eventTypeKey": "testEvent",
            "keyValue": "john@example.com",
            "params": [{"name": "discount", "value": "5%"}],
        },
    ),
    _route(
        "POST",
        "/api/v2/event",
        events.generate_v2,
        "Generate an event (values are any JSON)",
        tag="Events with parameters",
        body=events.EventWords,
        meter=Meter.EVENTS,
        is_intake=True,
        takes_token=True,
        body_bytes_max=EVENT_BYTES_MAX,
        example={
            "eventTypeKey": "create_contact",
            "keyValue": "john@example.com",
            "params": [
                {"name": "email", "value": "john@example.com"},
                {"name": "order", "value": {"items": [{"name": "Phone", "price": 100}]}},
            ],
        },
    ),
    _route(
        "POST",
        "/api/v3/event",
        events.generate_v3,
        "Generate an event (parameters in one object)",
        tag="Events with parameters",
        body=events.FlatEventWords,
        meter=Meter.EVENTS,
        is_intake=True,
        takes_token=True,
        body_bytes_max=EVENT_BYTES_MAX,
        example={
            "eventTypeKey": "order_placed",
            "params": {"email": "john@example.com", "total": 100},
        },
    ),
    *(
        _route(
            "POST",
            f"/api/{version}/past_events",
            handle,
            f"Send events of the past ({values})",
            tag="Events with parameters",
            body=past_events.PastEvents,
            reply=past_events.PastEventsTaken,
            meter=Meter.PAST_EVENTS,
            takes_token=True,
            body_bytes_max=BATCH_BYTES_MAX,
            example={
                "events": [
                    {
                        "eventTypeKey": "purchase",
                        "keyValue": "john@example.com",
                        "params": [{"name": "total", "value": 100}],
                        "occurred": "2023-08-14T10:25",
                    }
                ]
            },
        )
        for version, handle, values in (
            ("v1", past_events.send_v1, "values are text"),
            ("v2", past_events.send_v2, "values are any JSON"),
        )
    ),
    _route(
        "DELETE",
        "/api/v1/past_events",
        past_events.delete_period,
        "Delete the events of a period",
        tag="Events with parameters",
        body=past_events.Period,
        meter=Meter.PAST_EVENTS_DELETE,
        takes_token=True,
        example={"from": "2023-08-14T10:25", "to": "2023-10-12T12:33"},
    ),
    _route(
        "POST",
        "/api/v1/orders",
        orders.add_orders,
        "Add or update orders",
        tag="Orders",
        body=orders.OrdersWords,
        reply=orders.OrdersTaken,
        body_bytes_max=BATCH_BYTES_MAX,
        example={
            "orders": [
                {
                    "externalOrderId": "100500",
                    "externalCustomerId": "12345",
                    "totalCost": 1000,
                    "status": "INITIALIZED",
                    "date": "2017-03-08T09:30:00+02:00",
                    "email": "mail@example.com",
                    "currency": "USD",
                    "items": [{"externalItemId": "200600", "name": "Super Device", "quantity": 1}],
                }
            ]
        },
    ),
    _route(
        "GET",
        "/api/v1/workflows",
        workflows.search_workflows,
        "Search workflows",
        tag="Workflows",
        query=workflows.WorkflowsAsked,
        reply=list[workflows.WorkflowObject],
    ),
    *CONTACTS,
    *MESSAGES,
    *APPS,
)

ROUTES = tuple(reaching(route) for route in _ROUTES)
