"""Bad input is refused clearly and stores nothing: on every route with a body, in every field.

What holds after each refusal: a 4xx in the one error form, words that name the field and the rule
and nothing of what stands behind, no row more than before, and a server that goes on answering.
"""

import gzip
import json
import re

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec import inspect
from sqlalchemy import func, select

from beckon.storage.schema import metadata
from support.bodies import BODIES, ROUTES, filled, some_things

EVERY = pytest.mark.parametrize("place", BODIES, ids=" ".join)
BEHIND = re.compile(
    r"(?i)Traceback|File \"|/src/|\.py\b|sqlite|psycopg|sqlalchemy|msgspec|SELECT |INSERT | at 0x"
)


def nested(levels):
    """Nest lists so many levels deep inside the body itself."""
    return b"[" * (levels - 1) + b"]" * (levels - 1)


def inside(content):
    """Put raw JSON into a field that no body knows; nothing is looked at only where it is used."""
    return b'{"extra":' + content + b"}"


NOT_JSON = {
    "nothing": (b"", "The body is not valid JSON"),
    "blanks": (b"  \n", "The body is not valid JSON"),
    "truncated": (b'{"a": "b', "The body is not valid JSON"),
    "an open brace": (b"{", "The body is not valid JSON"),
    "two documents": (b"{} {}", "The body is not valid JSON"),
    "a comma too many": (b'{"a": 1,}', "The body is not valid JSON"),
    "a comment": (b"{} // so", "The body is not valid JSON"),
    "single quotes": (b"{'a': 1}", "The body is not valid JSON"),
    "a form": (b"event=seen&user_id=u", "The body is not valid JSON"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "The body is not valid JSON"),
    "compressed": (gzip.compress(b"{}"), "The body"),
    "UTF-16": ('{"a": "b"}'.encode("utf-16"), "The body"),
    "Latin-1": (inside(b'"caf\xe9"'), "The body must be UTF-8."),
    "a surrogate in UTF-8": (inside(b'"\xed\xa0\x80"'), "The body must be UTF-8."),
    "overlong UTF-8": (inside(b'"\xc0\xaf"'), "The body must be UTF-8."),
    "a lone surrogate": (inside(b'"\\ud800"'), "The body is not valid JSON"),
    "surrogates the wrong way round": (inside(b'"\\udc00\\ud800"'), "The body is not valid JSON"),
    "a raw line end": (inside(b'"a\nb"'), "The body is not valid JSON"),
    "NaN": (inside(b"NaN"), "The body is not valid JSON"),
    "Infinity": (inside(b"-Infinity"), "The body is not valid JSON"),
    "a leading zero": (inside(b"012"), "The body is not valid JSON"),
    "hexadecimal": (inside(b"0x1F"), "The body is not valid JSON"),
}

BEYOND_THE_RULES = {
    "a number beyond every float": (inside(b"1e999"), ""),
    "a whole number beyond 64 bits": (inside(b"9223372036854775808"), "extra is beyond 64 bits"),
    "one below 64 bits": (inside(b"-9223372036854775809"), "extra is beyond 64 bits"),
    "a very long number": (inside(b"9" * 5000), ""),
    "NUL in a string": (inside(b'"a\\u0000b"'), "extra holds a NUL character"),
    "NUL in a key": (b'{"a\\u0000b": 1}', "A key in The body"),
    "a key of 256 characters": (b'{"%s": 1}' % (b"k" * 256), "A key in The body"),
    "the same key twice": (b'{"a": 1, "a": 2}', "the same key twice"),
    "the same key twice, spelt differently": (b'{"a": 1, "\\u0061": 2}', "the same key twice"),
    "the same key twice, deeper": (inside(b'[{"a": {"b": 1, "b": 1}}]'), "the same key twice"),
    "33 levels": (inside(nested(33)), "JSON may nest at most 32 levels deep."),
    "33 levels of objects": (
        b'{"a":' * 33 + b"1" + b"}" * 33,
        "JSON may nest at most 32 levels deep.",
    ),
    "100,000 levels": (nested(100_000), "JSON may nest at most 32 levels deep."),
    "257 properties": (
        inside(json.dumps({str(n): n for n in range(257)}).encode()),
        "extra has more than 256 properties.",
    ),
}

NOT_AN_OBJECT = {
    name: (content, "The body must be an object")
    for name, content in {
        "a list": b"[]",
        "a list of objects": b"[{}]",
        "a string": b'"text"',
        "a number": b"7",
        "true": b"true",
        "null": b"null",
    }.items()
}

WRONG = {**NOT_JSON, **BEYOND_THE_RULES, **NOT_AN_OBJECT}


@pytest.fixture
def things(project):
    """Give the ids of one of each thing in a project."""
    return some_things(project)


def address(place, things):
    """Fill in the ids of a path."""
    return place[1].format(**things)


def client_for(project, place):
    """Speak the vocabulary of a route."""
    return getattr(project, ROUTES[place].face)


def rows(server, project):
    """Count what a project has in each table, what the engine writes by itself aside."""
    moving = ("message_change", "message_copy", "webhook_delivery")
    with server.engine.begin() as tx:
        return {
            name: tx.execute(
                select(func.count()).select_from(table).where(table.c.project_id == project.id)
            ).scalar_one()
            for name, table in metadata.tables.items()
            if "project_id" in table.c and name not in moving
        }


def check_refusal(reply, names, case):
    """Hold a refusal against the rules; `names` is what its message must hold."""
    assert 400 <= reply.status < 500, f"{case}: {reply.status} {reply.body!r}"
    told = reply.json()
    assert set(told) == {"error", "message", "status"}, case
    assert told["status"] == reply.status, case
    assert names in told["message"], f"{case}: {told['message']}"
    assert not BEHIND.search(told["message"]), f"{case}: {told['message']}"


@EVERY
@pytest.mark.before_the_store
def test_what_is_no_json_or_beyond_its_rules_is_refused_everywhere(server, project, things, place):
    client, path = client_for(project, place), address(place, things)
    before = rows(server, project)
    for case, (content, names) in WRONG.items():
        if len(content) <= ROUTES[place].body_bytes_max:
            check_refusal(client.request(place[0], path, content), names, case)
    assert rows(server, project) == before
    good = client.request(place[0], path, filled(BODIES[place], things))
    # 404, 409, 502: the right words about a thing that is none, or that nobody answers for.
    assert good.status in (200, 404, 409, 502)


@EVERY
@pytest.mark.before_the_store
def test_a_string_is_as_long_as_the_rule_says(project, things, place):
    client, path = client_for(project, place), address(place, things)
    limit = ROUTES[place].string_max
    if limit < ROUTES[place].body_bytes_max:
        content = inside(b'"%s"' % (b"x" * (limit + 1)))
        reply = client.request(place[0], path, content)
        check_refusal(reply, f"extra is longer than {limit} characters", "too long")


KINDS = {
    inspect.StrType: {"string"},
    inspect.LiteralType: {"string"},
    inspect.IntType: {"number"},
    inspect.BoolType: {"bool"},
    inspect.NoneType: {"null"},
    inspect.ListType: {"list"},
    inspect.DictType: {"object"},
    inspect.StructType: {"object"},
    inspect.AnyType: {"string", "number", "bool", "null", "list", "object"},
}


def accepted_kinds(kind: inspect.Type) -> set[str]:
    """Tell which JSON kinds a field's type takes."""
    if isinstance(kind, inspect.UnionType):
        return set().union(*map(accepted_kinds, kind.types))
    return KINDS[type(kind)]


SAMPLES = {
    "string": "text",
    "number": 7,
    "bool": True,
    "null": None,
    "list": ["text"],
    "object": {"a": 1},
}


@EVERY
@pytest.mark.before_the_store
def test_a_field_of_another_kind_is_refused_by_name(server, project, things, place):
    client, path = client_for(project, place), address(place, things)
    body = filled(BODIES[place], things)
    before = rows(server, project)
    for field in inspect.type_info(ROUTES[place].body).fields:
        for kind in SAMPLES.keys() - accepted_kinds(field.type):
            wrong = {**body, field.encode_name: SAMPLES[kind]}
            case = f"{field.encode_name} as {kind}"
            check_refusal(client.request(place[0], path, wrong), field.encode_name, case)
    assert rows(server, project) == before


@EVERY
@pytest.mark.before_the_store
def test_a_field_that_is_missing_is_named(server, project, things, place):
    client, path = client_for(project, place), address(place, things)
    body = filled(BODIES[place], things)
    before = rows(server, project)
    for field in inspect.type_info(ROUTES[place].body).fields:
        if field.required:
            less = {key: value for key, value in body.items() if key != field.encode_name}
            reply = client.request(place[0], path, less)
            check_refusal(reply, f"{field.encode_name} is required.", field.encode_name)
    assert rows(server, project) == before


# Values of the right kind that still cannot be taken: route, field, value, what the message names.
EVENTS, IDENTIFY = ("POST", "/api/v1/events"), ("POST", "/api/v1/identify")
USERS, TEMPLATES = ("POST", "/api/v1/users"), ("POST", "/api/v1/templates")
MESSAGES = ("POST", "/api/v1/messages")
LATER, IMPOSSIBLE = "2999-01-01T00:00:00Z", "2026-13-01T00:00:00Z"

VALUES = [
    (EVENTS, {"event": ""}, "event must have 1 to 255 bytes"),
    (EVENTS, {"event": "  "}, "event must have 1 to 255 bytes"),
    (EVENTS, {"event": "x" * 256}, "event must have 1 to 255 bytes"),
    (EVENTS, {"event": "ї" * 128}, "event must have 1 to 255 bytes"),
    (EVENTS, {"event": "a\u2028b"}, "event must have 1 to 255 bytes"),
    (EVENTS, {"event": None}, "event is required."),
    (EVENTS, {"user_id": ""}, "userId must have 1 to 255 bytes."),
    (EVENTS, {"user_id": "x" * 256}, "userId must have 1 to 255 bytes."),
    (EVENTS, {"user_id": "a\tb"}, "userId must not hold control characters."),
    (EVENTS, {"user_id": None}, "userId or anonymousId is required."),
    (EVENTS, {"anonymousId": "ї" * 128}, "anonymousId must have 1 to 255 bytes."),
    (EVENTS, {"timestamp": LATER}, "timestamp lies more than five minutes in the future."),
    (EVENTS, {"timestamp": IMPOSSIBLE}, "timestamp must be an ISO 8601 date and time"),
    (EVENTS, {"timestamp": "2026-03-09T12:00:00"}, "timestamp must carry a time and a zone"),
    (EVENTS, {"timestamp": "2026-03-09"}, "timestamp must carry a time and a zone"),
    (EVENTS, {"timestamp": ""}, "timestamp must be an ISO 8601 date and time"),
    (EVENTS, {"timestamp": "0001-01-01T00:00:00+14:00"}, "timestamp must be an ISO 8601"),
    (EVENTS, {"messageId": ""}, "messageId must have 1 to 255 characters."),
    (EVENTS, {"messageId": "x" * 256}, "messageId must have 1 to 255 characters."),
    (IDENTIFY, {"userId": None}, "userId or anonymousId is required."),
    (IDENTIFY, {"email": "nobody"}, "email is not an e-mail address"),
    (IDENTIFY, {"properties": {"email": "a@b@c"}}, "properties.email is not an e-mail address"),
    (IDENTIFY, {"properties": {"email": 7}}, "properties.email must be a string."),
    (IDENTIFY, {"properties": {"phone": "12"}}, "properties.phone must be an international"),
    (IDENTIFY, {"properties": {"name": ["x"]}}, "properties.name must be a string."),
    (IDENTIFY, {"properties": {"name": "x" * 61}}, "properties.name must have at most 60"),
    (IDENTIFY, {"properties": {"firstName": "a\nb"}}, "properties.firstName must have"),
    (IDENTIFY, {"properties": {"timezone": "../../etc/passwd"}}, "properties.timezone must be"),
    (IDENTIFY, {"properties": {"timezone": "Mars"}}, "timezone must be a tz database name"),
    (USERS, {"id": None}, "id is required."),
    (USERS, {"id": ""}, "id must have 1 to 255 bytes."),
    (USERS, {"id": "a", "userId": "b"}, "id and userId are two spellings"),
    (USERS, {"email": "nobody"}, "email is not an e-mail address"),
    (TEMPLATES, {"name": " "}, "name must have 1 to 200 characters"),
    (TEMPLATES, {"name": "x" * 201}, "name must have 1 to 200 characters"),
    (TEMPLATES, {"channel": "email"}, "channel must be one of EMAIL, "),
    (TEMPLATES, {"subject": None}, "subject is required."),
    (TEMPLATES, {"subject": "x" * 999}, "subject must be one line of at most 998 characters."),
    (TEMPLATES, {"body": "x" * 1_048_577}, "body is longer than 1048576 characters"),
    (TEMPLATES, {"body": "ї" * 600_000}, "body must have at most 1048576 bytes."),
    (TEMPLATES, {"tags": ["x"] * 51}, "tags: at most 50 tags."),
    (TEMPLATES, {"tags": ["ok", ""]}, "tags[1] must have 1 to 200 characters."),
    (TEMPLATES, {"tags": ["ok", 7]}, "tags[1] must be a string"),
    (TEMPLATES, {"language": "php"}, "language must be one of liquid"),
    (MESSAGES, {"channel": ""}, "channel must be one of EMAIL, "),
    (MESSAGES, {"subject": "x\u0085y"}, "subject must be one line"),
]


@pytest.mark.parametrize(("place", "change", "names"), VALUES)
def test_a_value_that_cannot_be_is_refused_by_name(server, project, things, place, change, names):
    body = {**filled(BODIES[place], things), **change}
    before = rows(server, project)
    check_refusal(client_for(project, place).post(address(place, things), body), names, change)
    assert rows(server, project) == before


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/users/%00",
        "/api/v1/users/a%00b",
        "/api/v1/users/%ff",
        "/api/v1/users/%ed%a0%80",
        "/api/v1/users/contact_999999999999999999",
        "/api/v1/users/contact_9999999999999999999",
        "/api/v1/users/contact_-1",
        "/api/v1/users/contact_%D9%A1",
        f"/api/v1/users/{'x' * 5000}",
        "/api/v1/templates/tpl_999999999999999999",
        "/api/v1/templates/tpl_0x1",
        "/api/v1/templates/%00",
        "/api/v1/automations/auto_99999999999999999999",
        "/api/v1/automations/1",
        "/api/v1/events/evt_" + "0" * 32,
        "/api/v1/events/evt_" + "g" * 32,
        "/api/v1/events/%00",
        "/api/v1/messages/msg_" + "_" * 32,
        "/api/v1/messages/%E2%98%83",
        "/api/v1/events?userId=%00",
        "/api/v1/events?eventName=%00",
        "/api/v1/events?from=%00",
        "/api/v1/events?to=9999-12-31",
        "/api/v1/events?from=0001-01-01",
        "/api/v1/events?from=0001-01-01T00:00:00%2B14:00",
        "/api/v1/messages?userId=%00",
        "/api/v1/messages?channel=%00",
        "/api/v1/events?page=1000000000&limit=1000",
        f"/api/v1/events?userId={'x' * 5000}",
    ],
)
@pytest.mark.before_the_store
def test_odd_addresses_never_break_anything(project, path):
    reply = project.retenshun.get(path)
    assert reply.status < 500, reply.body
    if reply.status >= 400:
        check_refusal(reply, "", path)
    else:
        assert "?" in path


@pytest.mark.parametrize("ids", ["%00", "%ff", ",,,", "x" * 5000, ",".join(["x"] * 1001)])
def test_odd_request_ids_never_break_anything(project, ids):
    reply = project.reteno.get(f"/api/v1/message/status?ids={ids}")
    assert reply.status in (200, 400), reply.body


def test_what_is_just_within_the_rules_comes_back_as_it_was_sent(project):
    properties = {
        "deep": json.loads(nested(31)),
        "many": {str(n): n for n in range(256)},
        "long": "x" * 65_536,
        "k" * 255: 2**63 - 1,
        "low": -(2**63),
        "small": 5e-324,
        "text": "zero\u200bwidth \U0001f468\u200d\U0001f469 \u202eright to left \x01 \x7f",
        "empty": {"": "", "null": None, "list": []},
    }
    event = {"event": "ї" * 127, "user_id": "x" * 255, "properties": properties}
    made = project.retenshun.post("/api/v1/events", event).ok()
    stored = project.retenshun.get(f"/api/v1/events/{made['id']}").ok()
    assert stored["properties"] == properties
    assert (stored["eventName"], stored["userId"]) == ("ї" * 127, "x" * 255)


def test_a_person_has_at_most_256_properties(project):
    def put(first, last):
        properties = {f"p{n}": n for n in range(first, last)}
        words = {"id": "user_1", "properties": properties}
        return project.retenshun.post("/api/v1/users", words)

    assert put(0, 200).status == 200
    check_refusal(put(200, 257), "properties: a contact has at most 256 properties.", "257")
    assert len(project.retenshun.get("/api/v1/users/user_1").ok()["properties"]) == 200
    assert put(200, 256).status == 200


@pytest.fixture(scope="module")
def arena(server):
    """Give one project, with things in it, to all generated bodies."""
    project = server.new_project()
    return project, some_things(project)


# What says that somebody outside did not answer.
OUTSIDE = {("POST", "/api/v1/ai/generate"): (502, 503)}

texts = st.text(max_size=20) | st.sampled_from(
    ["EMAIL", "EVENT", "track", "identify", "SEND_EMAIL", "WAIT", "ann@example.com", "user_1",
     "tpl_1", "2026-01-01T00:00:00Z", "{{ a }}", "{% if a %}", "\x00", "null", "380501234567"]
)  # fmt: skip
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
names = st.sampled_from(
    sorted({
        field.encode_name
        for place in BODIES
        for field in inspect.type_info(ROUTES[place].body).fields
    } | {"type", "value", "name", "templateId", "delay", "email"})
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names | texts, inner, max_size=6),
    max_leaves=12,
)
bodies = st.dictionaries(names, values, max_size=8)


@EVERY
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(change=bodies, keeps=st.booleans())
@example(change={"timestamp": "9999-12-31T23:59:59-14:00"}, keeps=True)
def test_no_body_whatever_breaks_the_server(arena, place, change, keeps):
    project, things = arena
    body = {**(filled(BODIES[place], things) if keeps else {}), **change}
    reply = client_for(project, place).request(place[0], address(place, things), body)
    assert reply.status in (200, 400, 404, 409, *OUTSIDE.get(place, ())), (reply.status, reply.body)
    if reply.status in (400, 404, 409):
        check_refusal(reply, "", body)
