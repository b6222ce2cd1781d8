"""What Liquid templates print: tables a person can check, for text and for HTML."""

from datetime import UTC, datetime

import pytest

from beckon.languages.liquid import compile_template

ORDER = {
    "name": "Ann",
    "bare": "",
    "zero": 0,
    "no": False,
    "nil": None,
    "price": 12.5,
    "html": "<b>&'\"",
    "items": [{"title": "Tea", "n": 2}, {"title": "Cup", "n": 1}],
    "tags": ["a", "b"],
    "user": {"town": "Kyiv", "first": "F"},
    "key": "town",
    "partial": "p",
}

PRINTED = [
    ("{{ name }}", "Ann"),
    ("{{ nope }}|{{ nope.deeper }}|{{ items[9].title }}", "||"),
    ("{{ user.town }} {{ user['town'] }} {{ user[key] }}", "Kyiv Kyiv Kyiv"),
    ("{{ items[0].title }} {{ items[-1].title }} {{ items.size }}", "Tea Cup 2"),
    ("{{ tags.first }} {{ tags.last }} {{ user.first }}", "a b F"),
    ("{{ price }} {{ no }} {{ nil }} {{ tags }} {{ (1..3) }}", "12.5 false  ab 1..3"),
    ("{{ partial }}", "p"),
    ("a {{- name -}} b", "aAnnb"),
    ("a\r\nb", "a\r\nb"),
    ("{% raw %}{{ name }}{% endraw %}", "{{ name }}"),
    ("{% raw -%} a {% endraw %} b", " a b"),
    ("{% raw %} a {% endraw -%} b", " a  b"),
    ("{% comment %}{{ name }}{% endcomment %}x", "x"),
]

FILTERED = [
    ("{{ nope | default: 'friend' }}", "friend"),
    ("{{ bare | default: 'x' }}{{ no | default: 'y' }}{{ zero | default: 'z' }}", "xy0"),
    ("{{ no | default: 'y', allow_false: true }}", "false"),
    ("{{ name | upcase }} {{ name | downcase | append: '!' }}", "ANN ann!"),
    ("{{ 5 | plus: 2 }} {{ 7 | divided_by: 2 }} {{ 7 | divided_by: 2.0 }}", "7 3 3.5"),
    ("{{ 'a,b' | split: ',' | join: ' and ' }}", "a and b"),
    ("{{ 'banana' | replace: 'a', 'o' }}", "bonono"),
    ("{{ items | map: 'title' | join }}", "Tea Cup"),
    ("{{ 'a' | split: '' | concat: tags | uniq | join }}", "a b"),
    ("{{ 0 | date: '%Y-%m-%d %H:%M' }}", "1970-01-01 00:00"),
    ("{{ 'March 14, 2016' | date: '%d.%m.%y' }}", "14.03.16"),
    ("{{ 'no date' | date: '%Y' }}", "no date"),
    ("{{ nil | date: '%Y' }}{{ nope | date: '%Y' }}", ""),
    ("{{ 99999999999999999999 | date: '%Y' }}", "99999999999999999999"),
    ("{{ '2020-01-02T00:00:00Z' | date: '%s %%s' }}", "1577923200 %s"),
]

CONTROLLED = [
    ("{% if bare %}yes{% endif %}{% if zero %}yes{% endif %}", "yesyes"),
    ("{% if nil %}1{% elsif no %}2{% else %}3{% endif %}", "3"),
    ("{% unless no %}a{% else %}b{% endunless %}", "a"),
    ("{% if name == 'Ann' and price > 12 %}a{% endif %}", "a"),
    ("{% if tags contains 'b' or nope %}a{% endif %}", "a"),
    (
        "{% if bare == empty and bare == blank %}a{% endif %}{% if name != empty %}b{% endif %}",
        "ab",
    ),
    ("{% if 1 == true %}a{% else %}b{% endif %}", "b"),
    ("{% case zero %}{% when 1, 0 %}a{% when 2 %}b{% else %}c{% endcase %}", "a"),
    ("{% case name %}{% when 'Bob' %}a{% else %}c{% endcase %}", "c"),
    ("{% if true %}\n {% assign x = 3 %}{% endif %}{{ x }}", "3"),
    ("{% for i in items %}{{ forloop.index }}:{{ i.title }} {% endfor %}", "1:Tea 2:Cup "),
    ("{% for i in nope %}x{% else %}none{% endfor %}", "none"),
    ("{% for i in (1..5) offset: 1 limit: 3 reversed %}{{ i }}{% endfor %}", "432"),
    ("{% for i in (1..3) limit: 0 %}{{ i }}{% endfor %}", "123"),
    ("{% for i in (1..3) offset: -2 limit: 2 %}{{ i }}{% endfor %}", "123"),
    ("{% for i in (1..9) %}{% if i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}", "12"),
    ("{% for i in (1..3) %}{% if i == 2 %}{% continue %}{% endif %}{{ i }}{% endfor %}", "13"),
    ("{% for p in user %}{{ p[0] }}={{ p[1] }};{% endfor %}", "town=Kyiv;first=F;"),
    (
        (
            "{% for i in (1..2) %}{% for j in (1..2) %}{{ forloop.parentloop.index }}{% endfor %}"
            "{{ forloop.rindex }} {% endfor %}"
        ),
        "112 221 ",
    ),
    (
        "{% for i in tags %}{{ forloop.first }}{{ forloop.last }} {% endfor %}",
        "truefalse falsetrue ",
    ),
]

RARE = [
    ("{% capture x %}[{{ name }}]{% endcapture %}{{ x }}{{ x }}", "[Ann][Ann]"),
    ("{% for i in (1..3) %}{% cycle 'a', 'b' %}{% endfor %}", "aba"),
    ("{% case zero %}{% when 0, zero %}a{% endcase %}", "aa"),
    ("{% case zero %}{% when 0, 0.0 %}a{% endcase %}", "aa"),
    ("{% case blank %}{% when '', ' ' %}a{% endcase %}", "aa"),
    ("{% increment n %}{% increment n %}", "01"),
    ("{% liquid assign x = 1\n echo x %}", "1"),
    (
        (
            "{% for i in (1..2) limit: 1 %}{{ i }}{% endfor %}"
            "{% for i in (1..2) offset: continue %}{{ i }}{% endfor %}"
        ),
        "12",
    ),
    (
        "{% tablerow i in (1..2) %}{{ i }}{% endtablerow %}",
        '<tr class="row1">\n<td class="col1">1</td><td class="col2">2</td></tr>\n',
    ),
]

ESCAPED = [
    ("{{ html }}", "&lt;b&gt;&amp;&#39;&#34;"),
    ("{{ html | raw }}{{ html | safe }}", "<b>&'\"" * 2),
    ("{{ html | escape }}", "&lt;b&gt;&amp;&#39;&#34;"),
    ("{{ '<i>' }}{{ nope | default: '<i>' }}", "<i><i>"),
    ("{{ html | append: '<i>' }}", "&lt;b&gt;&amp;&#39;&#34;<i>"),
    ("{% assign x = html %}{{ x }}", "&lt;b&gt;&amp;&#39;&#34;"),
    ("{% capture x %}<i>{{ html }}{% endcapture %}{{ x }}", "<i>&lt;b&gt;&amp;&#39;&#34;"),
    ("{{ html | split: '&' | first }}", "&lt;b&gt;"),
    ("{{ html | upcase | url_encode | url_decode }}", "&lt;B&gt;&amp;&#39;&#34;"),
    ("{{ price }}{{ tags }}{{ no }}", "12.5abfalse"),
]


@pytest.mark.parametrize(("source", "text"), [*PRINTED, *FILTERED, *CONTROLLED])
def test_common_templates_are_compiled_and_print(source: str, text: str) -> None:
    template = compile_template(source)
    assert template.engine == "compiled"
    assert template.render(ORDER) == text


@pytest.mark.parametrize(("source", "text"), RARE)
def test_rare_templates_are_left_to_python_liquid_and_print(source: str, text: str) -> None:
    template = compile_template(source)
    assert template.engine == "python-liquid"
    assert template.render(ORDER) == text


@pytest.mark.parametrize(("source", "text"), ESCAPED)
def test_html_escapes_values_and_nothing_of_the_author(source: str, text: str) -> None:
    assert compile_template(source, html=True).render(ORDER) == text


def test_text_is_never_escaped() -> None:
    assert compile_template("{{ html }}").render(ORDER) == ORDER["html"]


def test_the_clock_comes_in_as_a_value() -> None:
    moment = datetime(2026, 4, 1, 12, tzinfo=UTC)
    compiled = compile_template("{{ 'now' | date: '%Y' }}")
    named = compile_template("{{ now | date: '%d' }}{{ today | date: '%b' }}")
    assert compiled.render({}, now=moment) == "2026"
    assert named.render({}, now=moment) == "01Apr"
    assert named.render({}) == ""


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("{{ a.b }}{{ c | default: d }}", {"a", "c", "d"}),
        ("{{ a[b.c] }}", {"a", "b"}),
        ("{% assign x = y %}{{ x }}", {"y"}),
        ("{{ x }}{% assign x = y %}", {"x", "y"}),
        ("{% for i in l limit: n %}{{ i }}{{ forloop.index }}{% endfor %}{{ i }}", {"l", "n", "i"}),
        ("{% if a == b and c %}{{ d }}{% endif %}", {"a", "b", "c", "d"}),
        ("{% case a %}{% when b %}{{ c }}{% endcase %}", {"a", "b", "c"}),
        ("{% for i in a %}{{ i }}{% else %}{{ i }}{% endfor %}", {"a", "i"}),
        ("{% capture x %}{{ a }}{% endcapture %}{{ x }}{% cycle b, 'c' %}", {"a", "b"}),
        ("{{ now }}{{ 'x' | date: today }}", set()),
        ("no names", set()),
    ],
)
def test_a_template_tells_the_names_it_reads(source: str, names: set[str]) -> None:
    assert compile_template(source).names == names


def test_one_template_serves_many_recipients_without_a_trace() -> None:
    template = compile_template("{% assign x = name | default: x %}{{ x }}")
    assert [template.render({"name": name}) for name in ("Ann", None, "Bob")] == ["Ann", "", "Bob"]
