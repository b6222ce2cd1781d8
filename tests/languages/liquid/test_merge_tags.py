"""Merge tags in Liquid templates: which stretches of text are one, and what they print."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beckon.languages.errors import TemplateError
from beckon.languages.liquid import compile_template

DATA = {
    "FIRSTNAME": "Ann",
    "LASTNAME": "",
    "EMAIL": "a+b@example.com",
    "PERSONAL.BONUS": 7,
    "TOWN": None,
    "SMS": "%FIRSTNAME%{{ EMAIL }}",
}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Hi %FIRSTNAME%!", "Hi Ann!"),
        ("%LASTNAME|friend% %TOWN|here% %POSTCODE|none%", "friend here none"),
        ("%PERSONAL.BONUS|0% %TEMPLATE.code|x%", "7 x"),
        ('%LASTNAME|it\'s% %LASTNAME|say "hi"%', 'it\'s say "hi"'),
        ("%LASTNAME|{no markup}%", "{no markup}"),
        ('<a href="/?e=%EMAIL%">', '<a href="/?e=a+b@example.com">'),
        ("%FIRSTNAME%%FIRSTNAME%", "AnnAnn"),
        ("%SMS%", "%FIRSTNAME%{{ EMAIL }}"),
        ("{{ FIRSTNAME }}%FIRSTNAME%", "AnnAnn"),
        ("50% off, 100%% sure, %D0%9F, %0|%", "50% off, 100%% sure, %D0%9F, %0|%"),
        ("%NOBODY% %firstname% %FIRSTNAME", "%NOBODY% %firstname% %FIRSTNAME"),
        ("50%FIRSTNAME%", "50Ann"),
        ("%NOBODY%FIRSTNAME%", "%NOBODYAnn"),
        ("%FIRSTNAME|a\nb%", "%FIRSTNAME|a\nb%"),
        ("{% raw %}%FIRSTNAME%{% endraw %}", "%FIRSTNAME%"),
    ],
)
def test_a_tag_prints_its_value_or_its_fallback(source: str, text: str) -> None:
    assert compile_template(source).render(DATA) == text


def test_values_are_escaped_in_html_and_fallbacks_are_not() -> None:
    template = compile_template("%SMS|<b>%%TOWN|<b>%", html=True)
    assert template.render({"SMS": "<i>"}) == "&lt;i&gt;<b>"
    assert template.names == {"SMS", "TOWN"}


def test_tags_can_be_switched_off() -> None:
    assert compile_template("%FIRSTNAME%", merge_tags=False).render(DATA) == "%FIRSTNAME%"


def test_a_fallback_of_both_quotes_is_refused_with_its_place() -> None:
    with pytest.raises(TemplateError) as caught:
        compile_template("a\nb %TOWN|'\"%")
    assert (caught.value.line, caught.value.column) == (2, 3)


@given(st.lists(st.sampled_from(("%FIRSTNAME%", "%", "FIRSTNAME", "a", "\n"))).map("".join))
def test_only_the_tags_of_a_text_are_replaced(text: str) -> None:
    # A name whose value is its own tag changes nothing.
    assert compile_template(text).render({"FIRSTNAME": "%FIRSTNAME%"}) == text
