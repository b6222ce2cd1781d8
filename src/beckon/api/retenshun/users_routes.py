"""Every operation on users in the Retenshun vocabulary."""

from functools import partial

from beckon.api.call import Access, Face, Meter, Route
from beckon.api.retenshun import events, messages, users, users_orders, users_push_tokens
from beckon.api.retenshun.objects import Deleted, Page, UserObject

_user = partial(Route, face=Face.RETENSHUN, tag="Users")

ROUTES = (
    _user(
        "POST",
        "/api/v1/identify",
        events.identify,
        "Say who somebody is",
        access=Access.ANY_KEY,
        body=events.Identify,
        reply=events.Identified,
        meter=Meter.EVENTS,
        example={"userId": "user_123", "properties": {"email": "john@example.com", "name": "John"}},
    ),
    _user(
        "POST",
        "/api/v1/users",
        users.create_user,
        "Create or update a user",
        body=users.CreateUser,
        reply=UserObject,
        example={"id": "user_123", "email": "john@example.com", "properties": {"plan": "pro"}},
    ),
    _user(
        "GET",
        "/api/v1/users",
        users.list_users,
        "List users",
        query=users.UsersAsked,
        reply=users.UserList,
    ),
    _user(
        "POST",
        "/api/v1/users/batch",
        users.create_users,
        "Create or update up to 1,000 users",
        body=users.Users,
        reply=users.UsersTaken,
        body_bytes_max=10 * 1_048_576,
        example={"users": [{"id": "user_123", "email": "john@example.com"}]},
    ),
    _user("GET", "/api/v1/users/{user_id}", users.get_user, "Get one user", reply=UserObject),
    _user(
        "DELETE",
        "/api/v1/users/{user_id}",
        users.delete_user,
        "Delete a user, or erase all about them",
        query=users.HowToDelete,
        reply=Deleted,
    ),
    _user(
        "GET",
        "/api/v1/users/{user_id}/events",
        users.list_user_events,
        "List what a user did",
        query=users.UserEventsAsked,
        reply=events.EventList,
    ),
    _user(
        "GET",
        "/api/v1/users/{user_id}/messages",
        messages.list_user_messages,
        "List messages to a user",
        query=messages.UserMessagesAsked,
        reply=messages.MessageList,
    ),
    _user(
        "GET",
        "/api/v1/users/{user_id}/orders",
        users_orders.list_user_orders,
        "List what a user ordered",
        query=Page,
        reply=users_orders.OrderList,
    ),
    _user(
        "GET",
        "/api/v1/users/{user_id}/export",
        users.export_user,
        "Export everything about a user",
        reply=users.UserExport,
        is_outside=True,
    ),
    _user(
        "POST",
        "/api/v1/users/{user_id}/push-tokens",
        users_push_tokens.add_push_token,
        "Add a push token",
        access=Access.ANY_KEY,
        body=users_push_tokens.AddPushToken,
        reply=users_push_tokens.PushTokenObject,
        example={"token": "fcm-token-of-the-app", "platform": "android"},
    ),
    _user(
        "GET",
        "/api/v1/users/{user_id}/push-tokens",
        users_push_tokens.list_push_tokens,
        "List push tokens",
        reply=users_push_tokens.PushTokenList,
    ),
    _user(
        "DELETE",
        "/api/v1/users/{user_id}/push-tokens",
        users_push_tokens.remove_push_token_by_name,
        "Remove a push token by itself",
        access=Access.ANY_KEY,
        body=users_push_tokens.RemovePushToken,
        reply=Deleted,
        example={"token": "fcm-token-of-the-app"},
    ),
    _user(
        "DELETE",
        "/api/v1/users/{user_id}/push-tokens/{token_id}",
        users_push_tokens.remove_push_token,
        "Remove a push token",
        access=Access.ANY_KEY,
        reply=Deleted,
    ),
    *(
        _user(
            verb,
            "/api/v1/users/{user_id}",
            users.update_user,
            "Update a user",
            body=users.UpdateUser,
            reply=UserObject,
            example={"email": "new@example.com", "properties": {"plan": "enterprise"}},
        )
        for verb in ("PUT", "PATCH")
    ),
)
