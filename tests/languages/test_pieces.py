"""What both languages tell of a template besides its output: its pieces, its code and its text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beckon.languages import liquid, velocity

VELOCITY = [
    "plain",
    "a $x b#if($x)c${x}d#else e#end f",
    "#foreach($i in [1..3])<td>$i</td><td>$x</td><td>#end z",
    "#macro(m $a)<$a>#end#m(1) #define($d)q#end$d %FIRSTNAME|you%",
    "50% off #fff $5 \\$x ## no\n#[[$r]]#",
    '#set($s="$x %EMAIL%")\n$s #* c *# $!{x}y #{end',
]
LIQUID = [
    "plain",
    "a {{ x }} b{% if x %}c{{ x }}d{% else %} e{% endif %} f",
    "{% for i in (1..90) %}<td>{{ i }}</td>{{ x }}{% endfor %} z",
    "%FIRSTNAME|you% 50% off {% raw %}{{ r }}{% endraw %}{% comment %}a {{ b }} c{% endcomment %}",
    "{% capture c %}a{{ x }}{% endcapture %}{{ c }} {{- x -}} {",
]
CASES = [(velocity, source) for source in VELOCITY[:-1]] + [(liquid, source) for source in LIQUID]
DATA = {"x": "<ы>", "FIRSTNAME": "Ann"}


@pytest.mark.parametrize(("language", "source"), CASES)
def test_pieces_are_the_output_and_statics_are_among_them(language, source):
    template = language.compile_template(source, html=True)
    pieces = template.render_pieces(DATA)
    assert "".join(pieces) == template.render(DATA)
    again = {id(piece) for piece in template.render_pieces(DATA)}
    known = {id(text) for text in template.statics}
    assert {id(piece) for piece in pieces if piece in template.statics} <= known & again


def test_most_text_is_static():
    for language, hole in ((velocity, "${x}"), (liquid, "{{ x }}")):
        template = language.compile_template("a" * 500 + hole + "b" * 500 + hole + "c" * 500)
        assert sorted(map(len, template.statics)) == [500, 500, 500]
        assert sum(piece in template.statics for piece in template.render_pieces(DATA)) == 3


@pytest.mark.parametrize(("language", "source"), CASES)
def test_text_outside_code_holds_no_code(language, source):
    plain, at = [], 0
    for start, end in language.code_spans(source):
        assert at <= start < end
        plain.append(source[at:start])
        at = end
    plain.append(source[at:])
    bare = "".join(plain)
    assert language.compile_template(bare).render({}) == bare


def test_code_is_found_where_it_stands():
    source = "<p>#if($a)$b.c('x')</p> #fff 5% %EMAIL|x% ${d}e#end $1"
    assert [source[start:end] for start, end in velocity.code_spans(source)] == [
        "#if($a)$b.c('x')",
        "%EMAIL|x%",
        "${d}",
        "#end",
    ]
    source = "<p>{% if a %}{{ b }}</p> {x} 5% %EMAIL|x% {% endif %}!"
    assert [source[start:end] for start, end in liquid.code_spans(source)] == [
        "{% if a %}{{ b }}",
        "%EMAIL|x%",
        "{% endif %}",
    ]


@given(st.text(alphabet="<p ax'\"=>{}%$#|!\\\n", max_size=40))
def test_any_source_that_compiles_can_be_cut(source):
    for language in (velocity, liquid):
        try:
            language.compile_template(source)
        except velocity.TemplateError:
            continue
        spans = language.code_spans(source)
        assert spans == sorted(spans)
        assert all(0 <= start < end <= len(source) for start, end in spans)
