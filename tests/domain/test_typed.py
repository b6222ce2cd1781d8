"""Properties by type: cases a person can check, then laws for any JSON object."""

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beckon.kit.typed import (
    END_OF_MOMENTS,
    FIRST_MOMENT,
    ITEMS_MAX,
    PATH_CHARACTERS_MAX,
    PATHS_MAX,
    STRING_CHARACTERS_MAX,
    Typed,
    flatten,
    moment_of,
    number_of,
    text_of,
)


def day(year, month, date, *time):
    return datetime(year, month, date, *time, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("gold", Typed(strings={"p": "gold"})),
        (12, Typed(strings={"p": "12"}, numbers={"p": 12.0})),
        (12.0, Typed(strings={"p": "12"}, numbers={"p": 12.0})),
        (-0.5, Typed(strings={"p": "-0.5"}, numbers={"p": -0.5})),
        ("12.50", Typed(strings={"p": "12.50"}, numbers={"p": 12.5})),
        ("007", Typed(strings={"p": "007"})),
        ("1e3", Typed(strings={"p": "1e3"})),
        (" 1", Typed(strings={"p": " 1"})),
        ("٣", Typed(strings={"p": "٣"})),
        (True, Typed(strings={"p": "true"}, booleans={"p": True})),
        ("false", Typed(strings={"p": "false"}, booleans={"p": False})),
        ("False", Typed(strings={"p": "False"})),
        (None, Typed()),
        (math.inf, Typed()),
        ("2026-03-01", Typed(strings={"p": "2026-03-01"}, times={"p": day(2026, 3, 1)})),
        (
            "2026-03-01T01:30:00.123456+02:00",
            Typed(
                strings={"p": "2026-03-01T01:30:00.123456+02:00"},
                times={"p": day(2026, 2, 28, 23, 30, 0, 123_000)},
            ),
        ),
        ("2026-02-30", Typed(strings={"p": "2026-02-30"})),
        ("1899-12-31", Typed(strings={"p": "1899-12-31"})),
        (["a", 1, None, True], Typed(lists={"p": ["a", "1", "true"]})),
        ([], Typed(lists={"p": []})),
        ({}, Typed()),
        ({"a": {"b": 1}}, Typed(strings={"p.a.b": "1"}, numbers={"p.a.b": 1.0})),
        (
            [{"sku": "a", "n": 1}, {"sku": "b"}],
            Typed(lists={"p.sku": ["a", "b"], "p.n": ["1"]}),
        ),
    ],
)
def test_each_kind_of_value_has_its_place(value, expected):
    assert flatten({"p": value}) == expected


def test_of_two_values_at_one_path_the_first_stays():
    assert flatten({"a.b": 5, "a": {"b": "x"}}) == Typed({"a.b": "5"}, {"a.b": 5.0})


def test_what_is_beyond_the_bounds_is_left_out():
    many = flatten({f"p{number}": number for number in range(PATHS_MAX + 1)})
    assert len(many.strings) == len(many.numbers) == PATHS_MAX
    assert flatten({"p" * (PATH_CHARACTERS_MAX + 1): 1}) == Typed()
    assert flatten({"p": ["x"] * (ITEMS_MAX + 1)}).lists["p"] == ["x"] * ITEMS_MAX
    assert flatten({"p": "x" * 5000}).strings["p"] == "x" * STRING_CHARACTERS_MAX


def test_a_numeral_of_many_digits_is_no_number():
    assert number_of("9" * 33) is None
    assert number_of("-0") == 0.0
    assert math.copysign(1, number_of("-0")) == 1


@pytest.mark.parametrize("text", ["2026-W01-1", "20260301", "2026-03-01T24:00", "2026-03-01T10"])
def test_what_only_some_readers_take_is_no_moment(text):
    assert moment_of(text) is None


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.dates().map(str)
    | st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat)
    | st.decimals(allow_nan=False, allow_infinity=False, places=2).map(str)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)
objects = st.dictionaries(st.text(max_size=4), values, max_size=6)


@given(objects)
def test_every_reading_stands_beside_a_text_and_no_path_is_both_one_and_many(properties):
    typed = flatten(properties)
    readings = {**typed.numbers, **typed.booleans, **typed.times}
    assert readings.keys() <= typed.strings.keys()
    assert not typed.strings.keys() & typed.lists.keys()


@given(objects)
def test_readings_are_what_a_column_can_hold(properties):
    typed = flatten(properties)
    assert all(map(math.isfinite, typed.numbers.values()))
    for moment in typed.times.values():
        assert FIRST_MOMENT <= moment < END_OF_MOMENTS
        assert moment.microsecond % 1000 == 0


@given(objects)
def test_flattening_the_flat_texts_changes_no_text(properties):
    once = flatten(properties).strings
    assert flatten(once).strings == once


@given(st.integers(-(2**53) + 1, 2**53 - 1))
def test_a_whole_number_has_one_text_however_it_was_written(number):
    assert text_of(number) == text_of(float(number)) == str(number)
    assert number_of(str(number)) == number
