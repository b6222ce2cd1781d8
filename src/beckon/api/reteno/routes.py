"""Every operation of the Reteno vocabulary."""

from functools import partial

from beckon.api.call import Face, Meter, Route
from beckon.api.reteno import account, consent, contacts, events, messages, workflows

EVENT_BYTES_MAX = 20 * 1024

_route = partial(Route, face=Face.RETENO)

ROUTES = (
    _route(
        "GET",
        "/api/v1/account/info",
        account.get_info,
        "Get account info",
        tag="Account",
        reply=account.AccountInfo,
    ),
    _route(
        "POST",
        "/api/v1/contact",
        contacts.add_contact,
        "Add or update a contact",
        tag="Contacts",
        body=contacts.ContactWords,
        reply=contacts.ContactTaken,
        example={
            "firstName": "John",
            "lastName": "Smith",
            "channels": [
                {"type": "email", "value": "john@example.com"},
                {"type": "sms", "value": "380942583691"},
            ],
            "externalCustomerId": "12345",
        },
    ),
    _route(
        "GET",
        "/api/v1/contact/{contact_id}",
        contacts.get_contact,
        "Get one contact",
        tag="Contacts",
        reply=contacts.ContactObject,
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
        "GET",
        "/api/v1/workflows",
        workflows.search_workflows,
        "Search workflows",
        tag="Workflows",
        query=workflows.WorkflowsAsked,
        reply=list[workflows.WorkflowObject],
    ),
    _route(
        "POST",
        "/api/v1/message/email",
        messages.send_email,
        "Send an e-mail",
        tag="Single messages",
        body=messages.EmailWords,
        prepare=messages.prepare_email,
        reply=messages.SendResult,
        body_bytes_max=3 * 1_048_576,
        string_max=1_048_576,
        example={
            "from": '"Shop" <info@example.com>',
            "subject": "Hi",
            "htmlText": "<p>Hi</p>",
            "emails": ["john@example.com"],
        },
    ),
    _route(
        "GET",
        "/api/v1/message/status",
        messages.get_status,
        "Get the status of messages",
        tag="Single messages",
        query=messages.StatusAsked,
        reply=messages.StatusResult,
    ),
    *(
        _route(
            "POST",
            f"/api/v1/emails/unsubscribed/{verb}",
            handle,
            summary,
            tag="Contacts",
            body=consent.EmailWords,
            example={"emails": ["john@example.com"]},
        )
        for verb, handle, summary in (
            ("add", consent.add_unsubscribed, "Unsubscribe addresses"),
            ("delete", consent.delete_unsubscribed, "Subscribe addresses again"),
        )
    ),
    _route(
        "GET",
        "/api/v1/subscriptions",
        consent.list_categories,
        "List subscription categories",
        tag="Contacts",
        reply=list[consent.CategoryWords],
    ),
    _route(
        "GET",
        "/api/v1/contact/{contact_id}/subscriptions",
        consent.get_categories,
        "Get a contact's subscription categories",
        tag="Contacts",
        reply=list[consent.CategoryOfContact],
    ),
    _route(
        "PUT",
        "/api/v1/contact/{contact_id}/subscriptions",
        consent.set_categories,
        "Set a contact's subscription categories",
        tag="Contacts",
        body=consent.CategoryChoice,
        example={"subscriptions": ["news"]},
    ),
)
