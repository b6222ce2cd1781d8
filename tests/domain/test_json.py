"""The door to JSON: what it lets pass is what was sent, and each of its rules holds at the edge."""

import json as oracle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct, field

from beckon.kit import json
from beckon.kit.json import JsonInvalid
from beckon.kit.refusals import Invalid

within_64_bits = st.integers(-(2**63), 2**63 - 1)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
# Keys that look like JSON themselves: what counts keys must not be fooled by strings.
keys = texts | st.sampled_from(['a": 1, "a', "\\", '"', '\\"', '":', "a\\", "{", " "])
floats = st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | within_64_bits | floats | keys,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=40,
)


@given(values, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_what_is_within_the_rules_passes_as_it_is(value, ascii_only, indent):
    written = oracle.dumps(value, ensure_ascii=ascii_only, indent=indent)
    assert json.read(written.encode()) == value
    assert json.stored(json.text(value)) == value
    assert oracle.loads(json.write(value)) == value


@given(st.dictionaries(keys, values, min_size=1, max_size=5), st.data())
def test_a_key_given_twice_is_always_seen(members, data):
    twice = data.draw(st.sampled_from(sorted(members)))
    pairs = [*members.items(), (twice, data.draw(values))]
    spellings = [oracle.dumps(key, ensure_ascii=data.draw(st.booleans())) for key, _ in pairs]
    written = ",".join(
        f"{key}: {oracle.dumps(value)}" for key, (_, value) in zip(spellings, pairs, strict=True)
    )
    depth = data.draw(st.integers(0, 10))
    with pytest.raises(JsonInvalid, match="same key twice"):
        json.read(f"{'[' * depth}{{{written}}}{']' * depth}".encode())


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(content):
    try:
        value = json.read(content)
    except JsonInvalid:
        return
    assert value == oracle.loads(content)


def nested(opens, middle, closes, levels):
    return (opens * levels + middle + closes * levels).encode()


@pytest.mark.parametrize(("opens", "closes"), [("[", "]"), ('{"a":', "}")])
def test_32_levels_pass_and_33_do_not(opens, closes):
    json.read(nested(opens, "1", closes, 32))
    for levels in (33, 34, 1000, 200_000):
        with pytest.raises(JsonInvalid, match="32 levels"):
            json.read(nested(opens, "1", closes, levels))


@pytest.mark.parametrize(
    ("at_the_edge", "beyond", "message"),
    [
        ("9223372036854775807", "9223372036854775808", "beyond 64 bits"),
        ("-9223372036854775808", "-9223372036854775809", "beyond 64 bits"),
        (oracle.dumps("x" * 65_536), oracle.dumps("x" * 65_537), "longer than 65536"),
        (oracle.dumps({"k" * 255: 1}), oracle.dumps({"k" * 256: 1}), "at most 255 characters"),
        (
            oracle.dumps(dict.fromkeys(map(str, range(256)))),
            oracle.dumps(dict.fromkeys(map(str, range(257)))),
            "more than 256 properties",
        ),
    ],
)
def test_each_bound_holds_at_its_edge(at_the_edge, beyond, message):
    json.read(at_the_edge.encode())
    for place in ("{}", '{{"a": [1, {}]}}'):
        with pytest.raises(JsonInvalid, match=message):
            json.read(place.format(beyond).encode())


def test_a_refusal_names_the_place():
    with pytest.raises(JsonInvalid) as refused:
        json.read(b'{"a": {"b": [1, {"c": "x\\u0000"}]}}')
    assert refused.value.message.startswith("a.b[1].c holds a NUL")


class Counted(Struct):
    """Whole numbers in the places where a body has them."""

    one: int
    many: list[int | None] = field(default_factory=list)
    named: dict[str, int] = field(default_factory=dict)
    free: object = None


@given(st.integers(-(2**53) + 1, 2**53 - 1))
def test_a_number_without_a_fraction_is_a_whole_one(number):
    told = {"one": float(number), "many": [None, float(number)], "named": {"a": float(number)}}
    shaped = json.shape(told, Counted)
    assert shaped == Counted(number, [None, number], {"a": number})
    assert isinstance(shaped.one, int)


@pytest.mark.parametrize("told", [0.5, 1e300, True, "1"])
def test_what_is_no_whole_number_is_refused(told):
    with pytest.raises(Invalid, match="one must be a whole number"):
        json.shape({"one": told, "free": 1e300}, Counted)
