"""Two vocabularies live under one prefix: no verb and path may be claimed twice, by any face.

A path that differs only in the name of its parameter is the same path. Where one face says a word
and the other takes anything in that place, the word would win in silence, so that counts too.
"""

from itertools import combinations, product
from typing import NamedTuple

import pytest

from beckon.api.reteno.routes import ROUTES as RETENO
from beckon.api.retenshun.routes import ROUTES as RETENSHUN


class Claim(NamedTuple):
    """As much of a route as matters here."""

    method: str
    path: str


def claimed_twice(*faces):
    """List each verb and path that two routes want; a face may order its own words itself."""
    within = (pair for face in faces for pair in combinations(face, 2) if same_path(*pair))
    across = (pair for two in combinations(faces, 2) for pair in product(*two) if overlap(*pair))
    return [f"{one.method} {one.path} and {other.path}" for one, other in (*within, *across)]


def same_path(one, other):
    """Tell whether two routes are one but for the names of parameters."""
    return one.method == other.method and shape(one.path) == shape(other.path)


def overlap(one, other):
    """Tell whether one request could be meant for either."""
    mine, theirs = shape(one.path), shape(other.path)
    return (
        one.method == other.method
        and len(mine) == len(theirs)
        and all(a == b or None in (a, b) for a, b in zip(mine, theirs, strict=True))
    )


def shape(path):
    """Take a path apart; None stands for a parameter."""
    return [None if "{" in part else part for part in path.strip("/").split("/")]


# Where the word wins by design: a message's id begins with `msg_`, so it is never one of these.
APART = [
    f"GET /api/v1/messages/{{message_id}} and /api/v1/messages/{channel}"
    for channel in ("email", "sms", "viber", "mobilepush", "appinbox")
]


def test_no_route_is_claimed_twice_and_the_faces_keep_apart():
    assert claimed_twice(RETENSHUN, RETENO) == APART


@pytest.mark.parametrize(
    ("mine", "theirs", "clash"),
    [
        ("/api/v1/events", "/api/v1/events", True),
        ("/api/v1/events/{id}", "/api/v1/events/{key}/", True),
        ("/api/v1/contact/{id}", "/api/v1/contact/search", True),
        ("/api/v1/events", "/api/v1/event", False),
        ("/api/v1/events/{id}", "/api/v1/events/{id}/why", False),
    ],
)
def test_a_clash_between_faces_is_found(mine, theirs, clash):
    one, other = Claim("GET", mine), Claim("GET", theirs)
    assert bool(claimed_twice([one], [other])) is clash
    assert claimed_twice([one], [other._replace(method="PUT")]) == []


def test_a_clash_within_a_face_is_found_and_its_own_order_is_not():
    one, same, word = Claim("GET", "/a/{id}"), Claim("GET", "/a/{key}"), Claim("GET", "/a/search")
    assert claimed_twice([one, same, word]) == ["GET /a/{id} and /a/{key}"]
