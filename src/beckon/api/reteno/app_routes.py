"""Operations of apps, their tokens and recommendations in the Reteno vocabulary."""

from functools import partial

from beckon.api.call import Access, Face, Meter, Route
from beckon.api.reteno import interactions, recoms, tokens

_route = partial(Route, face=Face.RETENO, tag="Tokens")

ROUTES = (
    _route("POST", "/api/v1/auth/token", tokens.generate_token, "Generate a token", reply=str),
    _route(
        "POST",
        "/api/v1/auth/contact/token",
        tokens.generate_contact_token,
        "Generate a token of a contact",
        body=tokens.ContactNamed,
        reply=tokens.ContactToken,
        example={"externalCustomerId": "12345"},
    ),
    _route(
        "GET",
        "/api/v1/contact/token/{app}/{token}/contactId",
        tokens.get_contact_by_token,
        "Get the contact of a push token",
        reply=tokens.ContactNumber,
        meter=Meter.TOKEN_LOOKUP,
    ),
    _route(
        "GET",
        "/api/v1/contact/token/activated/{app}/{token}",
        tokens.get_activated,
        "Tell whether a push token is active",
        reply=tokens.Activated,
    ),
    _route(
        "PUT",
        "/api/v1/contact/token/activated/{app}/{token}",
        tokens.change_activated,
        "Switch a push token on or off",
        body=tokens.Activated,
        reply=tokens.Activated,
        example={"active": True},
    ),
    _route(
        "POST",
        "/api/v1/apps/{app}/tokens",
        tokens.add_app_tokens,
        "Add push tokens of an application",
        body=tokens.AppTokens,
        reply=str,
        body_bytes_max=10 * 1_048_576,
        example={"tokens": [{"token": "push-token-of-ann", "email": "ann@example.com"}]},
    ),
    _route(
        "PUT",
        "/api/v1/interactions/{interaction_id}/status",
        interactions.register_status,
        "Tell what became of a push message",
        access=Access.OPEN,
        body=interactions.InteractionWords,
        example={"status": "OPENED", "time": "2026-03-09T12:00:00Z"},
    ),
    _route(
        "GET",
        "/api/v2/contacts/recoms/{source_id}",
        recoms.list_recoms,
        "Recommend products",
        tag="Orders",
        query=recoms.RecomsAsked,
        reply=list[recoms.RecomObject],
        is_outside=True,
    ),
)
