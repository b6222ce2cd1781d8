"""Holds every reply that a test sees to what the description of the API promises of it."""

import json
from functools import cache
from http import HTTPStatus

from jsonschema_rs import Draft202012Validator, Registry

from beckon.api.answers import Fault
from beckon.api.call import Face
from beckon.api.openapi import describe
from beckon.api.reteno.routes import ROUTES as RETENO
from beckon.api.reteno.told import TOLD as RETENO_TOLD
from beckon.api.retenshun.routes import ROUTES as RETENSHUN
from beckon.api.retenshun.told import TOLD as RETENSHUN_TOLD
from beckon.api.router import Router
from beckon.api.segment.routes import ROUTES as SEGMENT
from beckon.api.segment.told import TOLD as SEGMENT_TOLD

ROUTES = (*RETENSHUN, *RETENO, *SEGMENT)
ROUTER = Router(ROUTES)
DESCRIPTION = "urn:beckon"

# What anybody may be answered on the way to an operation, before it is known which one is meant.
ON_THE_WAY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.REQUEST_URI_TOO_LONG, 431}


@cache
def described():
    """Describe the API as the server does."""
    told = {
        Face.RETENSHUN: RETENSHUN_TOLD,
        Face.RETENO: RETENO_TOLD,
        Face.SEGMENT: SEGMENT_TOLD,
    }
    return describe(ROUTES, told, version="1", server="/")


@cache
def validator(path, method, status, media):
    """Compile what is promised; None where no words are."""
    promised = described()["paths"][path][method]["responses"]
    assert str(status) in promised, f"{method} {path} is not said to answer {status}"
    content = promised[str(status)].get("content")
    if content is None:
        return None
    assert media in content, f"{method} {path} answers {status} in {media}, not in {set(content)}"
    registry = Registry([(DESCRIPTION, described())])
    return Draft202012Validator(_within(content[media]["schema"]), registry=registry)


def check(method, path, reply):
    """Fail for a reply that the description does not promise; what is no operation passes."""
    try:
        route, _ = ROUTER.find(method, path.partition("?")[0])
    except Fault:
        return
    if method in ("HEAD", "OPTIONS") or reply.status in ON_THE_WAY:
        return
    media = (reply.headers["content-type"] or "").partition(";")[0]
    held = validator(route.path, route.method.lower(), reply.status, media)
    if held is None:
        assert reply.body == b"", f"{method} {path} is said to answer nothing: {reply.body!r}"
    elif media == "application/json" and reply.body:
        faults = [
            f"{'/'.join(map(str, fault.instance_path))}: {fault.message}"
            for fault in held.iter_errors(json.loads(reply.body))
        ]
        assert not faults, f"{method} {path} {reply.status}: {faults[:3]}"


def _within(value):
    """Let references lead into the whole description."""
    if isinstance(value, dict):
        return {
            key: f"{DESCRIPTION}{item}" if key == "$ref" else _within(item)
            for key, item in value.items()
        }
    return [_within(item) for item in value] if isinstance(value, list) else value
