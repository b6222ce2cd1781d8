"""Templates made to eat time or memory: each ends in an error in time, on both engines."""

import resource
from time import thread_time

import pytest

from beckon.languages.errors import TemplateError
from beckon.languages.liquid import compile_template

SECONDS_MAX = 2.0
GROWTH_KIB_MAX = 150 * 1024

LONG = "x" * 65_000
DATA = {"s": LONG, "l": [{"n": n} for n in range(20_000)], "a": 1}
A_MILLION = "{% capture b %}" + "{{ s }}" * 15 + "{% endcapture %}"

BOMBS = {
    "nested loops": "{% for i in (1..3000) %}{% for j in (1..3000) %}x{% endfor %}{% endfor %}",
    "loops in a row": "{% for i in (1..100000) %}{% endfor %}" * 100,
    "loops without a print": (
        "{% for i in (1..100000) %}" + "{% if 1 == 1 %}{% endif %}" * 1_500 + "{% endfor %}"
    ),
    "long static text in a loop": "{% for i in (1..100000) %}" + LONG + "{% endfor %}",
    "doubled text": "{% assign t = 'x' %}" + "{% assign t = t | append: t %}" * 40,
    "doubled capture": (
        "{% for i in (1..99) %}{% capture x %}{{ x }}{{ x }}x{% endcapture %}{% endfor %}"
    ),
    "doubled list": "{% assign l = l | concat: l %}" * 40,
    "one text many times in a list": (
        "{% assign t = s | split: ',' %}" + "{% assign t = t | concat: t %}" * 12 + "{{ t }}"
    ),
    "squared number": "{% assign n = 99999 %}" + "{% assign n = n | times: n %}" * 40,
    "replaced by itself": "{{ s | replace: 'x', s }}",
    "joined by itself": "{{ l | join: s }}",
    "a chain that grows by thirds": "{{ s " + "| base64_encode " * 60 + "}}",
    "split into letters": A_MILLION + "{% assign t = b | split: '' %}",
    "many names for long texts": (
        A_MILLION + "".join(f"{{% assign t{n} = b | split: ',' %}}" for n in range(1_000))
    ),
    "many long texts in a row": "{{ s | upcase }}" * 1_500,
    "long chains over a long text": A_MILLION + ("{{ b" + " | upcase | downcase" * 12 + " }}") * 90,
    "a huge range printed": "{{ (1..100000000) | join }}",
    "a huge range looked through": "{% if (1..10000000000) contains 'x' %}{% endif %}",
    "a huge range reversed": "{% for i in (1..1000000000) reversed limit: 1 %}{% endfor %}",
    "a huge range skipped": (
        "{% for i in (1..100000000000) offset: 90000000000 limit: 1 %}{% endfor %}"
    ),
    "a window far down, again and again": (
        "{% for i in (1..50000) %}{% for j in (1..100000) offset: 99998 limit: 1 %}"
        "{% endfor %}{% endfor %}"
    ),
    "unlike objects compared": "{{ l | uniq | size }}",
    "a long list printed, again and again": "{% for i in (1..99) %}{{ l }}{% endfor %}",
    "a long list sought in a text": (
        "{% for i in (1..90000) %}{% if 'a' contains l %}{% endif %}{% endfor %}"
    ),
    "a long list as an argument": (
        "{% for i in (1..90000) %}{% assign t = 'a' | remove: l %}{% endfor %}"
    ),
    "a cycle of many keys": (
        "{% for i in (1..1000) %}{% assign t = s | append: i %}{% cycle t: 1, 2 %}{% endfor %}"
    ),
}

SOURCE_BOMBS = {
    "an unclosed raw, often": "{% raw %}" * 100_000,
    "an endless blank": "{{" + " " * 1_000_000,
    "many unclosed parentheses": ("{{ " + "(" * 9_000 + " }}") * 100,
    "many blanks in liquid tags": ("{% liquid echo a " + " " * 9_000 + "x %}") * 100,
    "many filters": "{{ a | upcase }}" * 60_000,
    "brackets in brackets": "{{ " + "a[" * 3_000 + "b" + "]" * 3_000 + " }}",
    "an endless condition": "{% if " + " and ".join(["a"] * 1_400) + " %}{% endif %}",
}

HARMLESS = {
    "half a tag": "{{ s | prepend: '<' | strip_html | size }}",
    "a long text as a date": "{{ s | replace: 'x', '1' | date: '%Y' | size }}",
    "a wide date": "{{ 0 | date: '%999999999d' | size }}",
    "many ampersands": "{{ s | replace: 'x', '&' | escape_once | size }}",
    "a wide truncation": "{{ 'x' | truncate: 999999999999 }}",
}


@pytest.mark.parametrize("bomb", SOURCE_BOMBS.values(), ids=SOURCE_BOMBS.keys())
def test_a_source_made_to_keep_the_parser_busy_ends_in_time(bomb) -> None:
    # A quick machine may be done with it within its second; a slow one refuses it then.
    began, memory = thread_time(), peak_memory_kib()
    try:
        compile_template(bomb)
    except TemplateError as fault:
        assert fault.kind in {"limit", "recursion", "parse"}  # noqa: PT017 - it need not fail
    assert thread_time() - began < SECONDS_MAX
    assert peak_memory_kib() - memory < GROWTH_KIB_MAX


@pytest.mark.parametrize("rare", ["", "{% increment z %}"], ids=["compiled", "python-liquid"])
@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_ends_in_an_error_in_time_and_in_little_memory(bomb, rare) -> None:
    check_it_stops(lambda: compile_template(bomb + rare).render(DATA))


@pytest.mark.parametrize("source", HARMLESS.values(), ids=HARMLESS.keys())
def test_what_only_looks_dangerous_is_done_quickly(source) -> None:
    began = thread_time()
    assert compile_template(source).render(DATA)
    assert thread_time() - began < SECONDS_MAX / 4


def check_it_stops(attempt) -> None:
    began, memory = thread_time(), peak_memory_kib()
    with pytest.raises(TemplateError) as caught:
        attempt()
    assert caught.value.kind in {"limit", "recursion", "parse"}
    assert thread_time() - began < SECONDS_MAX
    assert peak_memory_kib() - memory < GROWTH_KIB_MAX


def peak_memory_kib() -> int:
    """Tell the most memory this process has ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
