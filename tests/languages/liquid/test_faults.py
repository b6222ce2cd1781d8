"""What is said of a faulty template: the place, the kind, and how to mend it."""

import pytest

from beckon.languages.errors import Limits, TemplateError
from beckon.languages.liquid import compile_template

COMPILED = [
    ("{{ name", 1, 1, "parse", "end it with '}}'"),
    ("a\nb {% if", 2, 3, "parse", "lacks a tag name or its '%}'"),
    ("{% if x %}a", 1, 4, "parse", "end it with {% endif %}"),
    ("{% if x %}\n{% for i in x %}a{% endfor %}\n", 1, 4, "parse", "end it with {% endif %}"),
    ("{% if x %}\n {% for i in x %}a", 2, 5, "parse", "end it with {% endfor %}"),
    ("{% unless x %}{% else %}", 1, 4, "parse", "end it with {% endunless %}"),
    ("{% case x %}{% when 1 %}", 1, 4, "parse", "end it with {% endcase %}"),
    ("\n{% for %}{% endfor %}", 2, 4, "parse", "missing expression"),
    ("{% for x in %}{% endfor %}", 1, 4, "parse", "in 'for', before '%}'"),
    ("{% if a == %}{% endif %}", 1, 4, "parse", "in 'if', before '%}'"),
    ("{{ }}", 1, 1, "parse", "before '}}'"),
    ("{{ a b }}", 1, 6, "parse", "found word"),
    ("{{ 'abc }}", 1, 4, "parse", "unexpected"),
    ("é𝄞 {{ a ! b }}", 1, 10, "parse", "unknown operator"),
    ("{% raw %}text", 1, 4, "parse", "end it with {% endraw %}"),
    ("{% endif %}", 1, 4, "parse", "'endif' does not belong"),
    ("{% if a %}{% endfor %}{% endif %}", 1, 14, "parse", "'endfor' does not belong"),
    ("{% foo %}", 1, 4, "parse", "unknown tag 'foo'"),
    ("{% include 'a' %}", 1, 4, "parse", "'include' does not exist here"),
    ("{% render 'a' %}", 1, 4, "parse", "'render' does not exist here"),
    ("{% break %}", 1, 4, "parse", "'break' stands in no loop"),
    ("{% for i in x %}{% else %}{% break %}{% endfor %}", 1, 30, "parse", "stands in no loop"),
    ("{{ a | foo }}", 1, 8, "method", "unknown filter 'foo'"),
    ("{% if a %}{{ a | foo: 1 }}{% endif %}", 1, 18, "method", "unknown filter 'foo'"),
    ("{{ a | replace }}", 1, 8, "parse", "filter 'replace': missing"),
    ("{{ a | upcase: 1 }}", 1, 8, "parse", "filter 'upcase': too many"),
    ("{{ a | default: 1, b: 2 }}", 1, 8, "parse", "unexpected keyword argument 'b'"),
    ("{%- liquid\n echo a | foo\n -%}", 2, 11, "method", "unknown filter 'foo'"),
]

RENDERED = [
    ("\n {{ a | divided_by: 0 }}", 2, 9, "value", "can't divide by 0"),
    ("{% if a < 'x' %}{% endif %}", 1, 9, "value", "not supported between"),
    ("x {{ a | concat: 1 }}", 1, 10, "value", "concat expected an array"),
    ("x\n{% for i in (1..3) limit: 'x' %}{% endfor %}", 2, 4, "value", "expected an integer"),
    ("{{ 'now' | date: '%Y' }}", 1, 12, "value", "'now' is not known"),
    ("{% capture x %}{{ a | divided_by: 0 }}{% endcapture %}", 1, 23, "value", "divide by 0"),
]


@pytest.mark.parametrize(("source", "line", "column", "kind", "words"), COMPILED)
def test_faults_of_the_source_are_found_without_data(source, line, column, kind, words) -> None:
    with pytest.raises(TemplateError) as caught:
        compile_template(source)
    fault = caught.value
    assert (fault.line, fault.column, fault.kind, fault.phase) == (line, column, kind, "compile")
    assert words in fault.message


@pytest.mark.parametrize(("source", "line", "column", "kind", "words"), RENDERED)
def test_faults_of_the_data_name_their_place(source, line, column, kind, words) -> None:
    template = compile_template(source)
    with pytest.raises(TemplateError) as caught:
        template.render({"a": 1})
    fault = caught.value
    assert (fault.line, fault.column, fault.kind, fault.phase) == (line, column, kind, "render")
    assert words in fault.message


@pytest.mark.parametrize(
    ("limits", "source"),
    [
        (Limits(source_bytes=10), "é" * 6),
        (Limits(depth=3), "{% if a %}" * 4 + "{% endif %}" * 4),
    ],
)
def test_limits_of_the_source_are_told_when_it_is_compiled(limits, source) -> None:
    with pytest.raises(TemplateError) as caught:
        compile_template(source, limits=limits)
    assert (caught.value.kind, caught.value.phase) == ("limit", "compile")


@pytest.mark.parametrize("rare", ["", "{% capture y %}{% endcapture %}"])
@pytest.mark.parametrize(
    ("limits", "fits", "passes"),
    [
        (Limits(output_bytes=6), "{{ 'яяя' }}", "{{ 'яяя' }}a"),
        (
            Limits(loop_steps=5),
            "{% for i in (1..3) %}{% endfor %}{% for i in (1..2) %}{% endfor %}",
            "{% for i in (1..3) %}{% endfor %}{% for i in (1..3) %}{% endfor %}",
        ),
    ],
)
def test_both_engines_stop_at_the_same_limit(limits, fits, passes, rare) -> None:
    compile_template(fits + rare, limits=limits).render({})
    with pytest.raises(TemplateError) as caught:
        compile_template(passes + rare, limits=limits).render({})
    assert caught.value.kind == "limit"
