"""Operations on messages in the Reteno vocabulary: stored, single, broadcast, and their history."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from beckon.api.call import Call, Face, Meter, Route
from beckon.api.reteno import (
    activity,
    broadcasts,
    history,
    messages,
    sending,
    smartsend,
    statuses,
    stored,
    stored_words,
)
from beckon.api.reteno.wire import Rows
from beckon.domain.contacts.model import Channel

TEXT_BYTES_MAX = 3 * 1_048_576
STRING_MAX = 1_048_576

_route = partial(Route, face=Face.RETENO, tag="Single messages")
_stored = partial(Route, face=Face.RETENO, tag="Stored messages", meter=Meter.STORED_MESSAGES)
_history = partial(Route, face=Face.RETENO, tag="Broadcasts and activity")

SENDER = '"Shop" <info@example.com>'
EXAMPLES = {
    Channel.EMAIL: {"name": "Discount", "from": SENDER, "subject": "Hi", "htmlText": "<p>Hi</p>"},
    Channel.SMS: {"name": "Discount", "from": "SHOP", "text": "Hi"},
    Channel.VIBER: {"name": "Discount", "from": "SHOP", "text": "Hi"},
    Channel.PUSH: {"name": "Discount", "title": "Hi", "text": "5% today"},
    Channel.IN_APP: {"name": "Discount", "title": "Hi", "text": "5% today"},
}
_CHANGES = {
    Channel.EMAIL: {"subject": "Hello"},
    Channel.SMS: {"text": "Hello"},
    Channel.VIBER: {"text": "Hello"},
    Channel.PUSH: {"title": "Hello"},
    Channel.IN_APP: {"title": "Hello"},
}


def _stored_routes(name: str, channel: Channel) -> Iterator[Route]:
    """Give the seven operations on stored messages of one channel."""
    path = f"/api/v1/messages/{name}"
    own = f"{name}_id"
    one, translation = f"{path}/{{{own}}}", f"{path}/{{{own}}}/{{language}}"
    words = partial(
        _stored,
        body=stored_words.StoredWords,
        body_bytes_max=TEXT_BYTES_MAX,
        string_max=STRING_MAX,
    )

    def of(handle: Callable[..., Any]) -> Callable[..., Any]:
        def bound(call: Call, **words: Any) -> object:  # noqa: ANN401 - the handler's own words
            number = {"message_id": words.pop(own)} if own in words else {}
            return handle(call, channel=channel, **number, **words)

        bound.__doc__ = handle.__doc__
        return bound

    yield _stored(
        "GET",
        path,
        of(stored.search_messages),
        f"Search {name} messages",
        query=stored.MessagesAsked,
        reply=list[stored_words.StoredObject],
    )
    yield words(
        "POST",
        path,
        of(stored.add_message),
        f"Add a {name} message",
        prepare=of(stored.prepare_add),
        reply=stored.MessageTaken,
        example=EXAMPLES[channel],
    )
    yield _stored(
        "GET",
        one,
        of(stored.get_message),
        f"Get a {name} message",
        reply=stored_words.StoredObject,
    )
    yield words(
        "PUT",
        one,
        of(stored.update_message),
        f"Update a {name} message",
        prepare=of(stored.prepare_update),
        reply=str,
        example=_CHANGES[channel],
    )
    yield _stored("DELETE", one, of(stored.delete_message), f"Delete a {name} message", reply=str)
    yield words(
        "PUT",
        translation,
        of(stored.put_translation),
        f"Add or update a translation of a {name} message",
        prepare=of(stored.prepare_translation),
        reply=str,
        example=_CHANGES[channel],
    )
    yield _stored(
        "DELETE",
        translation,
        of(stored.delete_translation),
        f"Delete a translation of a {name} message",
        reply=str,
    )


ROUTES = (
    *(
        route
        for name, channel in stored_words.CHANNELS.items()
        for route in _stored_routes(name, channel)
    ),
    _stored(
        "GET",
        "/api/v1/messages/email/{email_id}/viewLink",
        stored.view_link,
        "Get the link that shows an e-mail message in a browser",
        reply=stored.ViewLink,
    ),
    _route(
        "POST",
        "/api/v1/message/{stored_id}/smartsend",
        smartsend.smart_send,
        "Send a stored message, with data for each recipient",
        body=smartsend.SmartSendWords,
        reply=sending.SendResult,
        body_bytes_max=10 * 1_048_576,
        string_max=STRING_MAX,
        example={
            "recipients": [{"locator": "john@example.com", "jsonParam": '{"discount": "5%"}'}]
        },
    ),
    _route(
        "POST",
        "/api/v1/message/{stored_id}/send",
        smartsend.send_prepared,
        "Send a stored message, with the same data for everybody",
        body=smartsend.SendWords,
        reply=sending.SendResult,
        example={
            "recipients": ["john@example.com"],
            "params": [{"key": "discount", "value": "5%"}],
        },
    ),
    _route(
        "POST",
        "/api/v1/message/email",
        messages.send_email,
        "Send an e-mail",
        body=messages.EmailWords,
        prepare=messages.prepare_email,
        reply=sending.SendResult,
        body_bytes_max=TEXT_BYTES_MAX,
        string_max=STRING_MAX,
        example={
            "from": SENDER,
            "subject": "Hi",
            "htmlText": "<p>Hi</p>",
            "emails": ["john@example.com"],
        },
    ),
    _route(
        "POST",
        "/api/v1/message/sms",
        messages.send_sms,
        "Send an SMS",
        body=messages.SmsWords,
        prepare=messages.prepare_sms,
        reply=sending.SendResult,
        example={"from": "SHOP", "text": "Hi", "phoneNumbers": ["380942583691"]},
    ),
    _route(
        "POST",
        "/api/v1/message/viber",
        messages.send_viber,
        "Send a Viber message",
        body=messages.ViberWords,
        prepare=messages.prepare_viber,
        reply=sending.SendResult,
        example={
            "from": "SHOP",
            "text": "Hi",
            "iosExpirityText": "Hi",
            "phoneNumbers": ["380942583691"],
        },
    ),
    *(
        _route(
            "GET",
            f"/api/v1/message/{part}status",
            statuses.get_status,
            f"Get the status of {what}messages",
            query=statuses.StatusAsked,
            reply=statuses.StatusResult,
            repeats=frozenset({"ids"}),
        )
        for part, what in (
            ("", ""),
            ("email/", "e-mail "),
            ("sms/", "SMS "),
            ("viber/", "Viber "),
        )
    ),
    _history(
        "GET",
        "/api/v1/broadcasts",
        broadcasts.list_broadcasts,
        "List broadcasts",
        query=broadcasts.BroadcastsAsked,
        reply=list[broadcasts.BroadcastObject],
    ),
    _history(
        "POST",
        "/api/v1/broadcast",
        broadcasts.create_broadcast,
        "Send a stored message to segments",
        body=broadcasts.BroadcastWords,
        reply=broadcasts.BroadcastObject,
        example={"messageId": "7", "groups": [12], "title": "Spring sale"},
    ),
    _history(
        "GET",
        "/api/v1/broadcast/{broadcast_id}",
        broadcasts.get_broadcast,
        "Get a broadcast",
        reply=broadcasts.BroadcastObject,
    ),
    _history(
        "DELETE",
        "/api/v1/broadcast/{broadcast_id}",
        broadcasts.delete_broadcast,
        "Cancel a scheduled broadcast",
    ),
    _history(
        "GET",
        "/api/v2/contacts/activity",
        activity.list_rows,
        "Export what became of messages",
        query=activity.ActivityAsked,
        reply=list[activity.ActivityRow],
    ),
    _history(
        "GET",
        "/api/v2/contacts/messages",
        history.list_messages,
        "List the messages of a contact",
        query=history.HistoryAsked,
        reply=list[history.MessageRow],
        meter=Meter.HISTORY,
    ),
    _history(
        "GET",
        "/api/v1/contactActivity",
        activity.list_old_rows,
        "Export what became of messages, the older form",
        query=activity.OldActivityAsked,
        reply=list[activity.ActivityRow],
    ),
    _history(
        "GET",
        "/api/v1/callouts/sms",
        broadcasts.list_callouts,
        "List SMS broadcasts and what became of them",
        query=Rows,
        reply=list[broadcasts.CalloutObject],
    ),
)
