"""A body on its way to HTML: tools, links, preview line, text part; its code survives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beckon.domain.templates.compiled import compiled
from beckon.domain.templates.html_tools import MarkupError
from beckon.domain.templates.links import Link
from beckon.domain.templates.model import Language, Text
from beckon.domain.templates.parts import protect_part
from beckon.domain.templates.rules import render
from beckon.languages.errors import TemplateError
from beckon.languages.velocity import compile_template

STYLED = (
    "<!doctype html><html><head><title>T $t</title><style>td{color:red}"
    "@media (max-width:9px){td{color:blue}}</style></head><body>%s</body></html>"
)
DATA = {"t": "T", "n": "N", "a": True, "rows": [1, 2], "link": "https://x.example/?a=1&b=2"}


def velocity(body, **more):
    """Write a text in Velocity."""
    return Text(Language.VELOCITY, "S", body, **more)


def shown(text, data=None):
    """Fill a text with the sample data."""
    return render(text, DATA if data is None else data)


def test_rules_go_into_tags_and_code_survives():
    table = "<table>#foreach($r in $rows)<tr><td>$r &amp; $n</td></tr>#end</table>"
    body = shown(velocity(STYLED % table)).body
    row = '<tr><td style="color: red;">%d &amp; N</td></tr>'
    assert f"<table><tbody>{row % 1}{row % 2}</tbody></table>" in body
    assert "@media (max-width:9px){td{color:blue}}" in body
    assert "<title>T T</title>" in body


def test_what_needs_no_tool_stays_letter_for_letter():
    for body in (
        STYLED % "<td>#if($a && 1 > 0)x#end&nbsp;</td>",
        "<table><tr#if($a) class='q'#end $n><td>a<b</td></table>",
        "<p>$n<!-- #if($a) $n #end --></p>",
    ):
        text = velocity(body, inlines_css=False)
        plain = shown(velocity(body, inlines_css=False, escapes=False))
        assert shown(text).body == plain.body
        assert "VTL" not in plain.body
        assert "vtl" not in plain.body
    assert shown(velocity("<tr#if($a) class='q'#end>")).body == "<tr class='q'>"


def test_code_between_attributes_and_inlining_do_not_go_together():
    body = STYLED % "<table><tr #if($a)class='q'#end><td>x</td></tr></table>"
    with pytest.raises(MarkupError, match="inlineCss"):
        compiled(velocity(body))
    assert "<tr class='q'>" in shown(velocity(body, inlines_css=False)).body


def test_mjml_becomes_html_without_foreign_fonts():
    body = (
        "<mjml><mj-body>#if($a && 2 < 3)<mj-section><mj-column><mj-text>Hi $n</mj-text>"
        '<mj-button href="$link">Go $n</mj-button></mj-column></mj-section>#end</mj-body></mjml>'
    )
    text = velocity(body, preheader="For $n <now>")
    html = shown(text).body
    assert "Hi N" in html
    assert "Go N" in html
    assert "<mj" not in html
    assert "googleapis" not in html
    assert "For N &lt;now&gt;</div>" in html
    assert "Hi N" not in shown(text, {**DATA, "a": False}).body
    assert [link.target for link in compiled(text).links] == [None]
    for broken in (
        "<mjml><mj-body>",
        '<mjml><mj-body><mj-include path="/etc/passwd"/></mj-body></mjml>',
    ):
        with pytest.raises(MarkupError):
            compiled(velocity(broken))


def test_the_preview_line_stands_first_in_the_body_and_not_in_the_text_part():
    text = Text(
        Language.LIQUID, "S", "<body class='x'><p>Hi {{ n }}</p></body>", preheader="{{ n }} & co"
    )
    rendered = shown(text, {"n": "<i>"})
    assert rendered.body.startswith("<body class='x'><div style=\"display:none;")
    assert "&lt;i&gt; &amp; co</div><p>Hi &lt;i&gt;</p>" in rendered.body
    assert rendered.plain == "Hi <i>\n"


@pytest.mark.parametrize(
    ("language", "body", "plain"),
    [
        (
            Language.VELOCITY,
            "<p>Hi <b>$n</b>s</p>#if($a)<i>x</i>#else<i>y</i>#{end}z",
            "Hi Ns\n\nxz\n",
        ),
        (Language.VELOCITY, '<a href="$link">Go</a>', "Go <https://x.example/?a=1&b=2>\n"),
        (Language.LIQUID, "{% assign q = n %}<h1>{{ q }}</h1>&lt;3", "N\n\n<3\n"),
        (Language.LIQUID, "<ul>{% for r in rows %}<li>{{ r }}</li>{% endfor %}</ul>", "- 1\n- 2\n"),
        (Language.LIQUID, "<p>&#123;{ n }}</p>", "{{ n }}\n"),
        (Language.LIQUID, "<title>{% if a %}</title><p>x</p>{% endif %}", "x\n"),
        (Language.PLAIN, "<p>$n {{ n }} %EMAIL%</p>", "$n {{ n }} %EMAIL%\n"),
    ],
)
def test_the_text_part_is_derived_with_its_code(language, body, plain):
    assert " ".join(shown(Text(language, "S", body)).plain.split()) == " ".join(plain.split())


def test_links_are_numbered_by_their_place_in_the_source():
    body = (
        '<a href="https://a.example/?x=1&amp;y=2">a</a> <!-- <a href="https://no.example">-->'
        "#foreach($r in $rows)<a class='>' href='$link'>b</a>#end <a href=\"mailto:a@b.c\">m</a>"
        '<a href="#top">t</a> <area href="HTTPS://c.example/$n">'
    )
    text = velocity(body)
    assert compiled(text).links == (
        Link(0, "https://a.example/?x=1&y=2"),
        Link(1, None),
        Link(2, None),
    )
    assert shown(text).body.count("https://x.example/?a=1&amp;b=2") == 2
    assert "\ufdd0" not in shown(text).body


def test_an_error_tells_the_place_its_author_wrote():
    body = STYLED % '<a href="https://a.example">x</a>\n  $n.substring(9)'
    with pytest.raises(TemplateError) as told:
        shown(velocity(body))
    assert (told.value.line, told.value.column) == (2, 6)


SNIPPETS = (
    "<p>|</p>|<td class='|'>|<a href=\"|\">|<!--|-->|<style>|</style>|$n|#if($a)|#end|${n}| |x|\n"
    "|<b |>|=|&amp;|%EMAIL.x%|#set($n='é')|\\$n"
)
markup = st.lists(st.sampled_from(SNIPPETS.split("|")), max_size=25).map("".join)


@given(markup)
def test_any_markup_with_any_code_comes_back_as_it_was(source):
    try:
        protected = protect_part(Language.VELOCITY, source)
    except TemplateError:
        return
    assert protected.restored(spaced=False) == source
    assert protected.with_markup(protected.markup) == protected
    text = velocity(source, inlines_css=False, escapes=False)
    assert shown(text).body == compile_template(source).render(DATA)
