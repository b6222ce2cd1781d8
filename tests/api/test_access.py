"""Whose key may do what: a matrix over every route of both vocabularies.

A route without a row here fails the first test, so nobody can forget to say who may call it.
"""

import time

import pytest

from beckon.api.call import Access, Face
from beckon.api.segment.routes import ROUTES as SEGMENT
from support import reteno_things
from support.bodies import BODIES, ROUTES, filled, some_things
from support.http import basic

FORM = {"error": "Unauthorized", "message": "Invalid or missing API key", "status": 401}


# Queries that name things; other routes are asked without one.
QUERIES = {
    ("GET", "/api/v1/events"): "?userId={user_id}",
    ("GET", "/api/v1/messages"): "?userId={user_id}",
    ("GET", "/api/v1/message/status"): "?ids={request_id}",
    ("GET", "/api/v1/segments/{segment_id}/explain"): "?userId={user_id}",
    **reteno_things.QUERIES,
    ("GET", "/api/v1/client/inbox"): "?userId={user_id}&userHash={user_hash}",
    ("GET", "/api/v1/client/inbox/count"): "?userId={user_id}&userHash={user_hash}",
}
KEYS = (Access.ANY_KEY, Access.SECRET_KEY)
ROWS = [
    place
    for place, route in ROUTES.items()
    if route.access in KEYS and (route.body is None or place in BODIES)
]

# Bodies that name a thing of the project: the status when it is somebody else's.
FOREIGN = {
    ("POST", "/api/v1/messages"): 404,
    ("POST", "/api/v1/templates/render"): 404,
    ("POST", "/api/v1/segments/explain"): 404,
    ("POST", "/api/v1/automations"): 400,
    ("POST", "/api/v1/campaigns"): 400,
    # A reader's proof counts in one project alone.
    ("GET", "/api/v1/client/inbox"): 403,
    ("GET", "/api/v1/client/inbox/count"): 403,
    ("POST", "/api/v1/client/inbox/read"): 403,
    ("POST", "/api/v1/client/inbox/{message_id}/events"): 403,
    **reteno_things.FOREIGN,
}

# What the right key gets where the thing at hand is not in the right state, or is none.
LET_IN = {
    ("POST", "/api/v1/automations/{automation_id}/hook"): 409,
    ("GET", "/api/v1/automations/{automation_id}/dry-runs/{dry_run_id}"): 404,
    ("POST", "/api/v1/automations/{automation_id}/dry-runs/{dry_run_id}/cancel"): 404,
    ("POST", "/api/v1/client/inbox/{message_id}/events"): 404,
    ("POST", "/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay"): 404,
    ("POST", "/api/v1/webhooks/{webhook_id}/test"): 502,  # nobody answers there
}

EVERY = pytest.mark.parametrize("place", ROWS, ids=" ".join)


def test_every_route_has_a_row():
    by_key = [place for place, route in ROUTES.items() if route.access in KEYS]
    assert sorted(ROWS) == sorted(by_key), "a route with a body needs an example or a row"


@pytest.fixture
def things(project):
    """Give the ids of one of each thing in a project."""
    return some_things(project)


@pytest.fixture(scope="module")
def kept(server):
    """Give a project with its things to those who are let do nothing with them."""
    project = server.new_project()
    return project, some_things(project)


def ask(client, place, things):
    """Ask what a row says of a route."""
    method, path = place
    address = (path + QUERIES.get(place, "")).format(**things)
    return client.request(method, address, filled(BODIES.get(place), things))


def credentials(face, secret):
    """Give the headers that carry a key in a vocabulary."""
    if face is Face.SEGMENT:
        return {"authorization": basic("", user=secret)}
    return {"authorization": basic(secret)} if face is Face.RETENO else {"x-api-key": secret}


def own_client(project, place, secret=None):
    """Speak the vocabulary of a route."""
    headers = credentials(ROUTES[place].face, secret or project.secret.secret)
    return project.server.client(**{name.replace("-", "_"): key for name, key in headers.items()})


@EVERY
def test_the_right_key_may(project, things, place):
    reply = ask(own_client(project, place), place, things)
    assert reply.status == LET_IN.get(place, 200), reply.body


@EVERY
@pytest.mark.before_the_store
def test_no_key_a_wrong_one_or_one_in_other_words_may_not(server, kept, place):
    project, things = kept
    face = ROUTES[place].face
    secret = project.secret.secret
    wrong = [
        {},
        credentials(face, ""),
        credentials(face, secret[:-1]),
        credentials(face, secret + "x"),
        credentials(face, secret.upper()),
        credentials(face, "sk_live_" + "x" * 27),
        credentials(face, "x" * 5000),
        credentials(face, project.secret.key.prefix),
    ]
    if face is Face.RETENO:
        wrong += [
            {"x-api-key": secret},
            {"authorization": f"Bearer {secret}"},
            {"authorization": basic("", user=secret)},
            {"authorization": "Basic !!!"},
            {"authorization": f"Basic {secret}"},
        ]
    else:
        wrong += [
            {"authorization": basic(secret)},
            {"authorization": secret},
            {"authorization": f"Token {secret}"},
            {"authorization": f"Digest {secret}"},
        ]
    for headers in wrong:
        named = {name.replace("-", "_"): value for name, value in headers.items()}
        reply = ask(server.client(**named), place, things)
        assert (reply.status, reply.json()) == (401, FORM), headers
        assert (reply.headers["www-authenticate"] is not None) is (face is Face.RETENO)


@EVERY
@pytest.mark.before_the_store
def test_a_key_in_the_address_is_not_read(server, kept, place):
    project, things = kept
    client = server.client()
    method, path = place
    address = f"{path.format(**things)}?x-api-key={project.secret.secret}"
    assert client.request(method, address, filled(BODIES.get(place), things)).status == 401


@EVERY
@pytest.mark.before_the_store
def test_a_public_key_may_only_track_and_identify(project, things, place):
    client = own_client(project, place, project.public.secret)
    reply = ask(client, place, things)
    if ROUTES[place].access is Access.ANY_KEY:
        assert reply.status == LET_IN.get(place, 200)
    else:
        assert reply.status == 403
        assert reply.json()["error"] == "Forbidden"


def test_a_public_key_may_exactly_this():
    assert {place for place, route in ROUTES.items() if route.access is Access.ANY_KEY} == {
        ("POST", "/api/v1/events"),
        ("POST", "/api/v1/events/batch"),
        ("POST", "/api/v1/identify"),
        ("POST", "/api/v1/users/{user_id}/push-tokens"),
        ("DELETE", "/api/v1/users/{user_id}/push-tokens"),
        ("DELETE", "/api/v1/users/{user_id}/push-tokens/{token_id}"),
        ("GET", "/api/v1/client/news"),
        ("GET", "/api/v1/client/inbox"),
        ("GET", "/api/v1/client/inbox/count"),
        ("POST", "/api/v1/client/inbox/read"),
        ("POST", "/api/v1/client/inbox/{message_id}/events"),
        *(("POST", route.path) for route in SEGMENT),
    }


@pytest.mark.parametrize(
    "place", [("POST", "/api/v1/events"), ("GET", "/api/v1/account/info")], ids=" ".join
)
def test_a_revoked_key_ends_within_a_second(project, things, place):
    client = own_client(project, place)
    assert ask(client, place, things).status == 200
    project.revoke(project.secret.key.id)
    end = time.monotonic() + 1
    while ask(client, place, things).status == 200:
        assert time.monotonic() < end, "still taken a second later"
    for _ in range(3):
        assert ask(client, place, things).json() == FORM


@EVERY
def test_what_belongs_to_others_is_not_there(project, other, things, place):
    """404 for foreign ids in the path, nothing told and nothing changed for those elsewhere."""
    before = seen_by(project, things)
    reply = ask(own_client(other, place), place, things)
    assert reply.status == FOREIGN.get(place, 404 if "{" in place[1] else 200)
    told = reply.body.decode()
    if reply.status == 200:
        assert not any(name in told for name in things.values() if len(name) > 6), told
    assert seen_by(project, things) == before


def seen_by(project, things):
    """Tell what a project sees of its things; how its message stands may change by itself."""
    client = project.retenshun
    return (
        [client.get(f"/api/v1/{kind}").ok() for kind in ("events", "templates", "automations")],
        client.get(f"/api/v1/users/{things['user_id']}").ok(),
        client.get(f"/api/v1/messages/{things['message_id']}").ok()["id"],
        client.get("/api/v1/messages").ok()["total"],
    )
