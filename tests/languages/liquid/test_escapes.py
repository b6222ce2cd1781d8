"""Attempts to leave the template: towards Python, files, the clock, or another recipient."""

import pytest

from beckon.languages.errors import TemplateError
from beckon.languages.liquid import compile_template

DATA = {
    "s": "text",
    "n": 7,
    "l": [1, 2],
    "d": {"k": "v"},
    "attack": "{{ secret }}{% assign s = 'x' %}",
    "key": "__class__",
    "secret": "SECRET",
}

NOTHING = [
    "{{ s.__class__ }}",
    "{{ s.__class__.__mro__[1].__subclasses__ }}",
    "{{ s['__class__'] }}",
    "{{ s[key] }}{{ d[key] }}{{ l[key] }}{{ n[key] }}",
    "{{ d.keys }}{{ d.items }}{{ d.get }}{{ d.__getitem__ }}",
    "{{ s.format }}{{ s.upper }}{{ l.append }}{{ l.__len__ }}",
    "{{ n.real }}{{ n.__add__ }}",
    "{{ nope.__class__ }}{{ nope.__init__.__globals__ }}",
    "{{ __builtins__ }}{{ __import__ }}{{ globals }}{{ self }}{{ context }}{{ environment }}",
    "{{ get }}{{ meter }}{{ UNDEFINED }}{{ o }}{{ t }}{{ v0 }}{{ k0 }}{{ rest }}{{ item }}",
    "{% for i in l %}{{ forloop.__class__ }}{{ forloop.it }}{{ forloop.step }}{% endfor %}",
    "{% for i in (1..1) %}{{ forloop._index }}{{ forloop['_keys'] }}{% endfor %}",
    "{% tablerow i in l %}{{ tablerowloop.__class__ }}{% endtablerow %}",
    "{{ s | split: 'e' | map: '__class__' | join: '' }}",
    "{{ 'x' | where: '__class__', 'x' }}",
    "{{ s | split: 'e' | sort: '__class__' | find: '__doc__', 1 }}",
    "{{ now }}{{ today }}",
]

SHOWN = [
    ("{{ empty | reverse | upcase }}{{ blank | reverse | upcase }}", "[][]"),
    ("{{ l | map: 'k' | upcase }}", "[NONE]"),
    ("{{ l | map: 'k' }}", ""),
    ("{{ (1..3) | append: '' }}", "range(1, 4)"),
]

REFUSED = [
    "{{ empty.__class__ }}",
    "{{ (1..2).start }}",
    "{% include '/etc/passwd' %}",
    "{% render '../../etc/passwd' %}",
    "{% liquid render 'x' %}",
    "{% import os %}",
    "{% extends 'x' %}",
    "{% macro x %}{% endmacro %}",
    "{{ s | attr: '__class__' }}",
    "{{ s | eval }}",
    "{{ s | system: 'id' }}",
    "{{ s.__class__() }}",
    "{{ 'now' | date: '%Y' }}",
    "{{ s | upcase: environment: 1 }}",
    "{{ s | escape: environment: d }}",
    "{{ s | date: '%Y', context: d }}",
]

AS_TEXT = [
    ("{{ attack }}", DATA["attack"]),
    ("{{ 'a' | append: attack }}", "a" + DATA["attack"]),
    ("{% capture x %}{{ attack }}{% endcapture %}{{ x }}", DATA["attack"]),
    ("{{ \"');import os;('\" }}", "');import os;('"),
    ("\\{{ n }}\\n'''\"\"\"{{ n }}", "\\7\\n'''\"\"\"7"),
    ("{% assign __class__ = 'x' %}{{ __class__ }}", "x"),
    ("{% assign get = 'x' %}{% assign o = 'y' %}{{ get }}{{ o }}", "xy"),
    ("{% for lambda in l %}{{ lambda }}{% endfor %}", "12"),
    ("{{ s | replace: 't', '{0.__class__}' }}", "{0.__class__}ex{0.__class__}"),
    ("{{ '%s%n' | append: '%(a)s' }}", "%s%n%(a)s"),
]


@pytest.mark.parametrize("source", NOTHING)
def test_python_cannot_be_reached(source) -> None:
    text = compile_template(source).render(DATA)
    for word in ("<class", "<built-in", "<bound", "object at", "module", "202"):
        assert word not in text
    assert text.strip() == "" or source.startswith("{% tablerow")


@pytest.mark.parametrize(("source", "text"), SHOWN)
def test_no_address_of_an_object_is_shown(source, text) -> None:
    assert compile_template(source).render({"l": [{}]}) == text
    assert compile_template(source + "{% increment z %}").render({"l": [{}]}) == text + "0"


@pytest.mark.parametrize("source", REFUSED)
def test_what_would_reach_outside_is_refused(source) -> None:
    with pytest.raises(TemplateError):
        compile_template(source).render(DATA)


@pytest.mark.parametrize(("source", "text"), AS_TEXT)
def test_values_and_literals_are_never_code(source, text) -> None:
    assert compile_template(source).render(DATA) == text


def test_data_is_left_as_it_was() -> None:
    data = {"l": [3, 1, 2], "d": {"k": [1]}}
    source = (
        "{% assign l = l | sort | concat: d.k | reverse %}{{ l }}"
        "{% for i in l reversed %}{% assign d = i %}{% endfor %}{{ d }}"
    )
    assert compile_template(source).render(data) == "13211"
    assert data == {"l": [3, 1, 2], "d": {"k": [1]}}
