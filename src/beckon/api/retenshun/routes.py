"""Every operation of the Retenshun vocabulary."""

from functools import partial

from beckon.api.call import Access, Face, Meter, Route
from beckon.api.retenshun import automations, events, messages, templates, users, users_push_tokens
from beckon.api.retenshun.campaign_routes import ROUTES as CAMPAIGN_ROUTES
from beckon.api.retenshun.channel_routes import ROUTES as CHANNEL_ROUTES
from beckon.api.retenshun.objects import (
    Deleted,
    EventObject,
    MessageObject,
    Page,
    TemplateObject,
    UserObject,
)

_route = partial(Route, face=Face.RETENSHUN)
_event = partial(_route, tag="Events")
_user = partial(_route, tag="Users")
_template = partial(_route, tag="Templates")
_automation = partial(_route, tag="Automations")
_message = partial(_route, tag="Messages")

ROUTES = (
    _event(
        "POST",
        "/api/v1/events",
        events.track,
        "Track an event",
        access=Access.ANY_KEY,
        body=events.TrackEvent,
        reply=events.Tracked,
        meter=Meter.EVENTS,
        is_intake=True,
        example={
            "userId": "user_123",
            "eventName": "purchase",
            "properties": {"amount": 49.99, "product_id": "prod_1"},
        },
    ),
    _event(
        "POST",
        "/api/v1/events/batch",
        events.track_batch,
        "Track and identify in one call",
        access=Access.ANY_KEY,
        body=events.Batch,
        reply=events.BatchTaken,
        meter=Meter.EVENTS,
        is_intake=True,
        body_bytes_max=10 * 1_048_576,
        example={
            "batch": [
                {
                    "type": "identify",
                    "user_id": "user_123",
                    "anonymous_id": "anon_abc",
                    "properties": {"email": "john@example.com", "name": "John"},
                },
                {
                    "type": "track",
                    "event": "button_clicked",
                    "user_id": "user_123",
                    "properties": {"button": "signup_cta"},
                    "timestamp": "2026-03-09T12:00:00Z",
                },
            ]
        },
    ),
    _event(
        "GET",
        "/api/v1/events",
        events.list_events,
        "List events",
        query=events.EventsAsked,
        reply=events.EventList,
    ),
    _event(
        "GET", "/api/v1/events/{event_id}", events.get_event, "Get one event", reply=EventObject
    ),
    _event(
        "DELETE", "/api/v1/events/{event_id}", events.delete_event, "Delete an event", reply=Deleted
    ),
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
        reply=users.UserEvents,
    ),
    _user(
        "GET",
        "/api/v1/users/{user_id}/export",
        users.export_user,
        "Export everything about a user",
        reply=users.UserExport,
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
    _template(
        "POST",
        "/api/v1/templates",
        templates.create_template,
        "Create a template",
        body=templates.CreateTemplate,
        reply=TemplateObject,
        body_bytes_max=3 * 1_048_576,
        string_max=1_048_576,
        example={
            "name": "Welcome Email",
            "channel": "EMAIL",
            "subject": "Welcome to {{company}}!",
            "body": "<h1>Hi {{name}}</h1><p>Thanks for joining.</p>",
            "tags": ["onboarding"],
        },
    ),
    _template(
        "GET",
        "/api/v1/templates",
        templates.list_templates,
        "List templates",
        query=templates.TemplatesAsked,
        reply=templates.TemplateList,
    ),
    _template(
        "GET",
        "/api/v1/templates/{template_id}",
        templates.get_template,
        "Get one template",
        reply=TemplateObject,
    ),
    *(
        _template(
            verb,
            "/api/v1/templates/{template_id}",
            templates.update_template,
            "Update a template",
            body=templates.UpdateTemplate,
            reply=TemplateObject,
            body_bytes_max=3 * 1_048_576,
            string_max=1_048_576,
            example={"subject": "Welcome aboard, {{name}}!"},
        )
        for verb in ("PUT", "PATCH")
    ),
    _template(
        "DELETE",
        "/api/v1/templates/{template_id}",
        templates.delete_template,
        "Delete a template",
        reply=Deleted,
    ),
    _template(
        "POST",
        "/api/v1/templates/{template_id}/render",
        templates.render_template,
        "Render a template without sending it",
        body=templates.RenderTemplate,
        reply=templates.RenderedTemplate,
        only_looks=True,
        example={"data": {"name": "John", "company": "Acme"}},
    ),
    _template(
        "POST",
        "/api/v1/templates/render",
        templates.render_text,
        "Render words that are not stored",
        body=templates.RenderText,
        reply=templates.RenderedTemplate,
        only_looks=True,
        body_bytes_max=3 * 1_048_576,
        string_max=1_048_576,
        example={"subject": "Hi", "body": "<h1>Hi {{name}}</h1>", "data": {"name": "John"}},
    ),
    _template(
        "POST",
        "/api/v1/templates/{template_id}/test",
        templates.test_template,
        "Send one message to try a template",
        body=templates.TestTemplate,
        reply=messages.MessageTaken,
        example={"userId": "user_123", "data": {"company": "Acme"}},
    ),
    _template(
        "GET",
        "/api/v1/templates/{template_id}/versions",
        templates.list_versions,
        "List what a template said before",
        query=Page,
        reply=templates.VersionList,
    ),
    _template(
        "GET",
        "/api/v1/templates/{template_id}/versions/{version}",
        templates.get_version,
        "Get one version of a template",
        reply=templates.VersionObject,
    ),
    _template(
        "GET",
        "/api/v1/templates/{template_id}/usage",
        templates.get_usage,
        "List what sends a template",
        reply=templates.Usage,
    ),
    _automation(
        "POST",
        "/api/v1/automations",
        automations.create_automation,
        "Create an automation",
        body=automations.CreateAutomation,
        reply=automations.AutomationObject,
        example={
            "name": "Welcome Sequence",
            "triggerType": "EVENT",
            "triggerEvent": "signed_up",
            "active": True,
            "steps": [
                {"type": "SEND_EMAIL", "templateId": "tpl_1", "delay": 0},
                {"type": "WAIT", "delay": 259200},
                {"type": "SEND_EMAIL", "templateId": "tpl_1"},
            ],
        },
    ),
    _automation(
        "GET",
        "/api/v1/automations",
        automations.list_automations,
        "List automations",
        query=automations.AutomationsAsked,
        reply=automations.AutomationList,
    ),
    _automation(
        "GET",
        "/api/v1/automations/{automation_id}",
        automations.get_automation,
        "Get one automation",
        reply=automations.AutomationObject,
    ),
    *(
        _automation(
            verb,
            "/api/v1/automations/{automation_id}",
            automations.update_automation,
            "Update an automation",
            body=automations.UpdateAutomation,
            reply=automations.AutomationObject,
            example={"name": "Updated Welcome", "active": False},
        )
        for verb in ("PUT", "PATCH")
    ),
    _automation(
        "DELETE",
        "/api/v1/automations/{automation_id}",
        automations.delete_automation,
        "Delete an automation",
        reply=Deleted,
    ),
    _message(
        "POST",
        "/api/v1/messages",
        messages.send_message,
        "Send a message to one user",
        body=messages.SendMessage,
        reply=messages.MessageTaken,
        body_bytes_max=3 * 1_048_576,
        string_max=1_048_576,
        example={
            "userId": "user_123",
            "channel": "EMAIL",
            "subject": "Your order shipped!",
            "body": "<p>Your order #1234 is on its way.</p>",
        },
    ),
    _message(
        "GET",
        "/api/v1/messages",
        messages.list_messages,
        "List messages",
        query=messages.MessagesAsked,
        reply=messages.MessageList,
    ),
    _message(
        "GET",
        "/api/v1/messages/{message_id}",
        messages.get_message,
        "Get one message",
        reply=MessageObject,
    ),
    *CHANNEL_ROUTES,
    *CAMPAIGN_ROUTES,
)
