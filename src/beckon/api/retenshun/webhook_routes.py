"""The Retenshun operations on outgoing webhooks and on copy that is written."""

from functools import partial

from beckon.api.call import Face, Route
from beckon.api.retenshun import ai, webhooks
from beckon.api.retenshun.objects import Deleted, Listing, Page

_hook = partial(Route, face=Face.RETENSHUN, tag="Webhooks")
_ai = partial(Route, face=Face.RETENSHUN, tag="AI")

ROUTES = (
    _hook(
        "GET",
        "/api/v1/webhooks",
        webhooks.list_webhooks,
        "List webhooks",
        query=Listing,
        reply=webhooks.WebhookList,
    ),
    _hook(
        "POST",
        "/api/v1/webhooks",
        webhooks.create_webhook,
        "Create a webhook",
        body=webhooks.CreateWebhook,
        reply=webhooks.CreatedWebhook,
        is_outside=True,
        example={"url": "https://shop.example.com/hooks", "events": ["message.delivered"]},
    ),
    _hook(
        "GET",
        "/api/v1/webhooks/{webhook_id}",
        webhooks.get_webhook,
        "Get a webhook",
        reply=webhooks.WebhookObject,
    ),
    *(
        _hook(
            verb,
            "/api/v1/webhooks/{webhook_id}",
            webhooks.update_webhook,
            "Update a webhook",
            body=webhooks.UpdateWebhook,
            reply=webhooks.WebhookObject,
            is_outside=True,
            example={"active": False},
        )
        for verb in ("PUT", "PATCH")
    ),
    _hook(
        "DELETE",
        "/api/v1/webhooks/{webhook_id}",
        webhooks.delete_webhook,
        "Delete a webhook",
        reply=Deleted,
    ),
    _hook(
        "POST",
        "/api/v1/webhooks/{webhook_id}/rotate",
        webhooks.rotate_webhook,
        "Make a new secret",
        reply=webhooks.CreatedWebhook,
    ),
    _hook(
        "POST",
        "/api/v1/webhooks/{webhook_id}/test",
        webhooks.test_webhook,
        "Try a webhook",
        reply=webhooks.Tried,
        is_outside=True,
    ),
    _hook(
        "GET",
        "/api/v1/webhooks/{webhook_id}/deliveries",
        webhooks.list_deliveries,
        "List what was told a webhook",
        query=Page,
        reply=webhooks.DeliveryList,
    ),
    _hook(
        "POST",
        "/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay",
        webhooks.replay_delivery,
        "Tell something again",
        reply=webhooks.DeliveryObject,
    ),
    _ai(
        "POST",
        "/api/v1/ai/generate",
        ai.generate,
        "Write copy for a channel",
        body=ai.Generate,
        reply=ai.Generated,
        is_outside=True,
        example={
            "channel": "PUSH",
            "context": "User abandoned cart with 3 items",
            "tone": "friendly",
        },
    ),
    _ai("GET", "/api/v1/ai/model", ai.get_model, "Get the model that writes", reply=ai.ModelObject),
    _ai(
        "PUT",
        "/api/v1/ai/model",
        ai.set_model,
        "Let a model write",
        body=ai.SetModel,
        reply=ai.ModelObject,
        is_outside=True,
        example={"baseUrl": "https://api.openai.com/v1", "model": "gpt-5-mini", "apiKey": "sk-…"},
    ),
    _ai(
        "DELETE",
        "/api/v1/ai/model",
        ai.delete_model,
        "Let the built-in composer write again",
        reply=Deleted,
    ),
)
