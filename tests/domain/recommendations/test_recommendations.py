"""What is recommended, from who bought what: cases to check by hand, then laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beckon.domain.recommendations.model import (
    Liked,
    Pick,
    Product,
    Recommended,
    Source,
    Tie,
    Wanted,
)
from beckon.domain.recommendations.rules import check, describe, rank, reads
from beckon.domain.templates.model import Language, Text, Words
from beckon.kit.refusals import Invalid

TIES = [
    Tie("phone", "case", 14, 0.5),
    Tie("phone", "charger", 9, 0.25),
    Tie("lamp", "charger", 2, 0.5),
    Tie("lamp", "bulb", 2, 0.5),
]
LIKED = [Liked("socks", 40), Liked("case", 20), Liked("phone", 30)]


def ranked(seeds, *, besides=(), limit=10):
    picks = rank(seeds, TIES, LIKED, besides={*seeds, *besides}, limit=limit)
    return [(pick.product_id, pick.seed) for pick in picks]


@pytest.mark.parametrize(
    ("seeds", "besides", "expected"),
    [
        (["phone"], [], [("case", "phone"), ("charger", "phone"), ("socks", None)]),
        (["phone"], ["case"], [("charger", "phone"), ("socks", None)]),
        # What goes with both counts for both, and is told with the closer one.
        (
            ["phone", "lamp"],
            [],
            [("charger", "lamp"), ("bulb", "lamp"), ("case", "phone"), ("socks", None)],
        ),
        ([], [], [("socks", None), ("phone", None), ("case", None)]),
        (["unheard of"], [], [("socks", None), ("phone", None), ("case", None)]),
    ],
)
def test_what_goes_with_what_was_bought_comes_first(seeds, besides, expected):
    assert ranked(seeds, besides=besides) == expected
    assert ranked(seeds, besides=besides, limit=1) == expected[:1]


names = st.sampled_from("abcdef")
ties = st.builds(Tie, names, names, st.integers(1, 50), st.floats(0, 1))
likes = st.builds(Liked, names, st.integers(1, 50))


@given(
    seeds=st.sets(names),
    tied=st.lists(ties, max_size=20, unique_by=lambda tie: (tie.seed, tie.product_id)),
    liked=st.lists(likes, max_size=6, unique_by=lambda one: one.product_id),
    besides=st.sets(names),
    limit=st.integers(1, 8),
)
def test_nothing_twice_nothing_that_is_there_and_no_more_than_asked(
    seeds, tied, liked, besides, limit
):
    picks = rank(seeds, tied, liked, besides=besides, limit=limit)
    chosen = [pick.product_id for pick in picks]
    assert len(chosen) == len(set(chosen)) <= limit
    assert not besides & set(chosen)
    assert {pick.seed for pick in picks} <= {None, *seeds}
    assert picks == rank(seeds, tied[::-1], liked[::-1], besides=besides, limit=limit)
    scores = [pick.score for pick in picks]
    assert scores == sorted(scores, reverse=True)


def test_a_recommendation_tells_why():
    case = Product("c", "Case", "cases", 2000, "UAH", {"url": "https://shop.example/c"})
    phone = Product("p", "Phone", None, None, "UAH")
    told = describe(Recommended(case, Pick("c", 0.5, 14, "p"), phone))
    assert told == {
        "id": "c",
        "name": "Case",
        "category": "cases",
        "price": 20,
        "currency": "UAH",
        "url": "https://shop.example/c",
        "reason": "Bought by 14 people who also bought Phone.",
    }
    assert describe(Recommended(phone, Pick("p", 0, 1)))["reason"] == "Bought by 1 person."


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(Source.TOGETHER),
        Wanted(Source.CATEGORY),
        Wanted(Source.POPULAR, limit=0),
        Wanted(Source.POPULAR, limit=51),
        Wanted(Source.TOGETHER, ["x"] * 101),
    ],
)
def test_what_nothing_can_be_drawn_from_is_refused(wanted):
    with pytest.raises(Invalid):
        check(wanted)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (Text(Language.VELOCITY, "Hi", "#foreach($r in $recommendations)$r.name#end"), True),
        (Text(Language.LIQUID, "{{ recommendations[0].name }}", "Hi"), True),
        (Text(Language.LIQUID, "Hi", "We recommend nothing"), False),
        (
            Text(
                Language.LIQUID,
                "Hi",
                "Hi",
                translations=(("uk", Words("Hi", "{{ recommendations.size }}")),),
            ),
            True,
        ),
    ],
)
def test_which_texts_speak_of_recommendations(text, expected):
    assert reads(text) is expected
