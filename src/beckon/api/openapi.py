"""Describes every route as an OpenAPI 3.1 document, made from the routes themselves."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from beckon.api.call import Access, Face, Route
from beckon.api.told import FREE, FREE_VALUE, REFERENCE, Told, tell, tighten
from beckon.kit import json

SESSION = "session"
SIGNED_IN: list[dict[str, list[str]]] = [{SESSION: []}]
NOBODY: list[dict[str, list[str]]] = [{}]

SECURITY: dict[Face, list[dict[str, list[str]]]] = {
    Face.RETENSHUN: [{"apiKey": []}, {"bearer": []}],
    Face.RETENO: [{"basic": []}],
    Face.SEGMENT: [{"writeKey": []}, {"apiKey": []}, {"bearer": []}],
}

SCHEMES = {
    SESSION: {
        "type": "apiKey",
        "in": "cookie",
        "name": "beckon",
        "description": "The cookie of POST /api/v1/auth/login; `__Host-beckon` over https.",
    },
    "apiKey": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    "bearer": {"type": "http", "scheme": "bearer", "description": "The key as a bearer token."},
    "basic": {
        "type": "http",
        "scheme": "basic",
        "description": "Any user name, the secret key as the password.",
    },
    "writeKey": {
        "type": "http",
        "scheme": "basic",
        "description": "The key as the user name, no password; or `writeKey` in the body.",
    },
}

IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "For 24 hours the same key and body get the first reply and do nothing.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}

NOTHING_TOLD = Told({}, {})

REFUSALS = {
    "400": "A value is missing or cannot be taken; the message names field and rule.",
    "401": "The key is missing, unknown or revoked.",
    "403": "This kind of key may not do that.",
    "404": "Nothing of that name in this project.",
    "405": "Not with this verb; Allow tells which.",
    "409": "Not in the present state.",
    "413": "The body is too large.",
    "415": "The body is not application/json.",
    "422": "The Idempotency-Key was used for another request.",
    "429": "Too many requests; Retry-After tells how long to wait.",
    "502": "Whoever was asked outside failed.",
    "504": "Whoever was asked outside did not answer in time.",
    "503": "The store is away for a moment; Retry-After tells how long to wait.",
}


class Error(Struct):
    """The one form of every error; `status` repeats the HTTP status."""

    error: str
    message: str
    status: int


def describe(
    routes: Sequence[Route], told: Mapping[Face, Told], *, version: str, server: str
) -> dict[str, Any]:
    """Describe the routes, and by `told` what their types do not say.

    Source: OpenAPI Specification 3.1.
    """
    kinds = sorted(
        {kind for route in routes for kind in (route.body, route.reply, route.query) if kind}
        - {str}
        | {Error},
        key=str,
    )
    references, components = json.schemas_of(kinds)
    schema_of = dict(zip(kinds, references, strict=True))
    for face, words in told.items():
        bodies = {route.body for route in routes if route.face is face and route.body}
        tell(components, [_named(schema_of[body]) for body in sorted(bodies, key=str)], words)
    components[FREE] = FREE_VALUE
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        words = told.get(route.face, NOTHING_TOLD)
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(
            route, schema_of, components, words
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Beckon",
            "version": version,
            "description": (
                "Customer engagement in two vocabularies: one key serves both. Retenshun calls "
                "take it as x-api-key or bearer token, Reteno calls as the password of Basic."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server}],
        "tags": [{"name": tag} for tag in dict.fromkeys(map(_tag, routes))],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": SCHEMES},
    }


def _operation(
    route: Route, schema_of: dict[Any, dict[str, Any]], components: dict[str, Any], told: Told
) -> dict[str, Any]:
    access = _access(route)
    described: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "description": f"{_first_line(route)} {access}",
        "tags": [_tag(route)],
        "security": _security(route),
        "responses": {"200": _success(route, schema_of), **_refusals(route, schema_of)},
    }
    parameters = [*_path_parameters(route), *_query_parameters(route, schema_of, components, told)]
    if _is_told_apart(route):
        parameters.append(IDEMPOTENCY_KEY)
    if parameters:
        described["parameters"] = parameters
    if route.body is not None:
        media: dict[str, Any] = {"schema": schema_of[route.body] | told.calls.get(route.path, {})}
        if route.example is not None:
            media["example"] = route.example
        described["requestBody"] = {"required": True, "content": {"application/json": media}}
    return described


def _is_told_apart(route: Route) -> bool:
    return route.method == "POST" and route.access is not Access.OPEN


def _access(route: Route) -> str:
    match route.access:
        case Access.ANY_KEY:
            return "A public or a secret key."
        case Access.SECRET_KEY:
            return "A secret key."
        case Access.SESSION:
            return f"Somebody signed in, {route.role} or above; no key."
        case Access.OPEN:
            return "Anybody."


def _security(route: Route) -> list[dict[str, list[str]]]:
    if route.access is Access.SESSION:
        return SIGNED_IN
    return NOBODY if route.access is Access.OPEN else SECURITY[route.face]


def _tag(route: Route) -> str:
    return f"{route.face.capitalize()}: {route.tag}"


def _first_line(route: Route) -> str:
    assert route.handle.__doc__, route.name
    return route.handle.__doc__.strip().partition("\n")[0]


def _success(route: Route, schema_of: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    if route.reply is None:
        return {"description": "Done; the body is empty."}
    if route.reply is str:
        return {
            "description": "Done, in bare words.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    return {
        "description": "Done.",
        "content": {"application/json": {"schema": schema_of[route.reply]}},
    }


def _refusals(route: Route, schema_of: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    told = {"400", "401", "403", "404", "405", "409", "429", "503"}
    if route.body is not None:
        told |= {"413", "415"}
    if _is_told_apart(route):
        told |= {"422"}
    if route.is_outside:
        told |= {"502", "504"}
    meant = {status: REFUSALS[status] for status in told}
    meant |= {str(status): words for status, words in route.refuses.items()}
    return {
        status: {
            "description": words,
            "content": {"application/json": {"schema": schema_of[Error]}},
        }
        for status, words in sorted(meant.items())
    }


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", route.path)
    ]


def _query_parameters(
    route: Route, schema_of: dict[Any, dict[str, Any]], components: dict[str, Any], told: Told
) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    kind = _named(schema_of[route.query])
    described = components[kind]
    required = described.get("required", ())
    return [
        _query_parameter(
            field,
            schema,
            told.own.get(f"{kind}.{field}", told.queries.get(field, {})),
            is_required=field in required,
        )
        for field, schema in described["properties"].items()
    ]


def _query_parameter(
    field: str, schema: dict[str, Any], rules: dict[str, Any], *, is_required: bool
) -> dict[str, Any]:
    """Describe a word of a query: it is never null, and empty is as good as not given."""
    kinds = [kind for kind in schema.get("anyOf", [schema]) if kind.get("type") != "null"]
    known = {"default": schema["default"]} if schema.get("default") is not None else {}
    told = {**(kinds[0] if len(kinds) == 1 else {"anyOf": kinds}), **known}
    tighten(told, {"minLength": 1, **rules} if is_required else rules)
    described = {"name": field, "in": "query", "required": is_required, "schema": told}
    return described if is_required else {**described, "allowEmptyValue": True}


def _named(reference: dict[str, Any]) -> str:
    name: str = reference["$ref"].removeprefix(REFERENCE)
    return name
