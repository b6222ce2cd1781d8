"""Every operation of the Retenshun vocabulary."""

from functools import partial

from beckon.api.call import Access, Face, Meter, Route
from beckon.api.retenshun import (
    automations,
    events,
    messages,
    template_trials,
    template_versions,
    templates,
)
from beckon.api.retenshun.account_routes import ROUTES as ACCOUNT_ROUTES
from beckon.api.retenshun.automations_routes import ROUTES as AUTOMATIONS
from beckon.api.retenshun.automations_trials import ROUTES as TRIALS
from beckon.api.retenshun.campaign_routes import ROUTES as CAMPAIGN_ROUTES
from beckon.api.retenshun.channel_routes import ROUTES as CHANNEL_ROUTES
from beckon.api.retenshun.consent_routes import ROUTES as CONSENT_ROUTES
from beckon.api.retenshun.objects import (
    Deleted,
    EventObject,
    Page,
    TemplateObject,
)
from beckon.api.retenshun.segment_routes import ROUTES as SEGMENT_ROUTES
from beckon.api.retenshun.sending_routes import ROUTES as SENDING_ROUTES
from beckon.api.retenshun.users_routes import ROUTES as USER_ROUTES
from beckon.api.retenshun.webhook_routes import ROUTES as WEBHOOK_ROUTES

_route = partial(Route, face=Face.RETENSHUN)
_event = partial(_route, tag="Events")
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
    *USER_ROUTES,
    _template(
        "POST",
        "/api/v1/templates",
        templates.create_template,
        "Create a template",
        body=templates.CreateTemplate,
        prepare=templates.prepare_create,
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
            prepare=templates.prepare_update,
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
        template_trials.render_template,
        "Render a template without sending it",
        body=template_trials.RenderTemplate,
        reply=template_trials.RenderedTemplate,
        only_looks=True,
        example={"data": {"name": "John", "company": "Acme"}},
    ),
    _template(
        "POST",
        "/api/v1/templates/render",
        template_trials.render_text,
        "Render words that are not stored",
        body=template_trials.RenderText,
        prepare=template_trials.prepare_render,
        reply=template_trials.RenderedTemplate,
        only_looks=True,
        body_bytes_max=3 * 1_048_576,
        string_max=1_048_576,
        example={"subject": "Hi", "body": "<h1>Hi {{name}}</h1>", "data": {"name": "John"}},
    ),
    _template(
        "POST",
        "/api/v1/templates/{template_id}/test",
        template_trials.test_template,
        "Send one message to try a template",
        body=template_trials.TestTemplate,
        reply=messages.MessageTaken,
        example={"userId": "user_123", "data": {"company": "Acme"}},
    ),
    _template(
        "GET",
        "/api/v1/templates/{template_id}/versions",
        template_versions.list_versions,
        "List what a template said before",
        query=Page,
        reply=template_versions.VersionList,
    ),
    _template(
        "GET",
        "/api/v1/templates/{template_id}/versions/{version}",
        template_versions.get_version,
        "Get one version of a template",
        reply=template_versions.VersionObject,
    ),
    _template(
        "GET",
        "/api/v1/templates/{template_id}/usage",
        template_versions.get_usage,
        "List what sends a template",
        reply=template_versions.Usage,
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
    *AUTOMATIONS,
    *TRIALS,
    _message(
        "POST",
        "/api/v1/messages",
        messages.send_message,
        "Send a message to one user",
        body=messages.SendMessage,
        prepare=messages.prepare_message,
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
        "Get one message and its ledger",
        reply=messages.MessageDetail,
    ),
    _message(
        "POST",
        "/api/v1/messages/{message_id}/requeue",
        messages.requeue_message,
        "Send a message again that failed or is held",
        reply=messages.MessageDetail,
    ),
    *CHANNEL_ROUTES,
    *CAMPAIGN_ROUTES,
    *CONSENT_ROUTES,
    *SEGMENT_ROUTES,
    *SENDING_ROUTES,
    *WEBHOOK_ROUTES,
    *ACCOUNT_ROUTES,
)
