"""Markup made to hurt is done with, or refused, in the time that any other of its size takes."""

import time
from contextlib import suppress

import pytest

from beckon.domain.templates.compiled import compile_text
from beckon.domain.templates.html_tools import MarkupError
from beckon.domain.templates.model import Language, Text
from beckon.domain.templates.rules import NOWHERE

SECONDS_MAX = 5.0  # of our processor time; before, each took minutes and held the interpreter
BYTES = 60_000


@pytest.mark.parametrize(
    "piece",
    ["<!--", "<!---->", "<a ", "<a", "<a href=", '<a "', "<table ", "<style ", "<mjml ", "<body "],
)
def test_endless_markup_is_read_once(piece: str) -> None:
    body = piece * (BYTES // len(piece))
    began = time.process_time()

    try:
        compile_text(Text(Language.LIQUID, "s", body, preheader="p"))
    except MarkupError:
        assert piece == "<mjml "

    assert time.process_time() - began < SECONDS_MAX


@pytest.mark.parametrize("word", ["VTL" + "X" * BYTES, "{{ vtl }}" * 100])
def test_a_word_like_our_placeholders_costs_nothing_and_stays(word: str) -> None:
    began = time.process_time()

    made = compile_text(Text(Language.PLAIN, "s", f"<p>{word}</p>"))

    assert "".join(made.body.fill({}, NOWHERE)) == f"<p>{word}</p>"
    assert time.process_time() - began < SECONDS_MAX


@pytest.mark.parametrize(
    "body",
    [
        "<html><style>a{b:c}</style>" + "<div>" * 60_000,
        "<mjml><mj-body>" + "<mj-section>" * 50_000 + "</mjml>",
    ],
)
def test_what_has_too_many_tags_is_refused_at_once(body: str) -> None:
    with pytest.raises(MarkupError, match="has at most"):
        compile_text(Text(Language.LIQUID, "s", body, inlines_css=True))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            "<html><style>a{b:c}</style>" + "<div>" * 19_000 + "</div>" * 19_000, id="deep HTML"
        ),
        pytest.param(
            "<mjml><mj-body>"
            + "<mj-wrapper>" * 9_000
            + "</mj-wrapper>" * 9_000
            + "</mj-body></mjml>",
            id="deep MJML",
        ),
        pytest.param(
            "<html><style>"
            + "".join(f"i:nth-child({n}) * * *{{b:c}}" for n in range(9_000))
            + "</style>"
            + "<i>" * 400
            + "x" * 400_000,
            id="rules without end",
        ),
    ],
)
def test_what_brings_a_tool_down_costs_its_template_an_error_and_nobody_else(body: str) -> None:
    began = time.process_time()
    with suppress(MarkupError):
        compile_text(Text(Language.LIQUID, "s", body))
    assert time.process_time() - began < SECONDS_MAX
    page = "<html><style>p{color:red}</style><body><p>{{ name }}</p></body></html>"
    made = compile_text(Text(Language.LIQUID, "s", page))
    assert '<p style="color: red;">Ann</p>' in "".join(made.body.fill({"name": "Ann"}, NOWHERE))
