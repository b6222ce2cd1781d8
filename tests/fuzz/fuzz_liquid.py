"""Fuzzes the Liquid compiler, the renderers and the way between them, guided by coverage.

python tests/fuzz/fuzz_liquid.py [--seconds 600] [--seed 1]
"""

from datetime import UTC, datetime
from pathlib import Path

from guided import Aim, main

from beckon.languages import liquid
from beckon.languages.errors import Limits
from beckon.languages.liquid import compile_template

LIMITS = Limits(loop_steps=2_000, output_bytes=100_000, seconds=0.5)
NOW = datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)

DATA = {
    "x": 5,
    "y": 0,
    "d": 1.5,
    "big": 2**70,
    "s": "a,b,,Їж 😀",
    "num": "12.50",
    "date": "31/01/2024",
    "e": "",
    "b": True,
    "nul": None,
    "l": [3, 1, 2, None, "a"],
    "m": {"k": "v", "k2": {"z": [1, {"deep": 1}]}, "": 0},
    "items": [{"name": "Tea", "price": 11.05, "qty": 2}, {"name": "Mug", "price": 7, "qty": 1}],
    "data": {"name": "Ann", "zero": "0"},
    "FIRSTNAME": "{{ x }}",
}

SEEDS = """
Hello {{ name | default: 'you' | upcase }}, {{ m.k2.z[1].deep }} {{ items[0]['name'] }}!
{% if x > 3 and y == 0 or b %}a{% elsif s contains ',' %}b{% else %}c{% endif %}
{% for i in items limit: 2 offset: 1 reversed %}{{ forloop.index }}{{ i.name }}
{% else %}none{% endfor %}
{%- for i in (1..x) -%} {{ i }}{% if forloop.last %}{% break %}{% endif %}{%- endfor -%}
{% for i in l %}{% for j in m %}{{ forloop.parentloop.index0 }}{{ j[0] }}{% endfor %}{% endfor %}
{% assign q = x | plus: 2 | times: 3.5 | modulo: 4 %}{{ q }}
{% capture t %}<{{ s }}>{% endcapture %}{{ t | escape }}
{% case x %}{% when 1, 5 %}one{% when nil %}none{% else %}more{% endcase %}
{% unless e == blank %}x{% else %}y{% endunless %}{% comment %}{{ a }}{% endcomment %}
{% raw %}{{ x }}{% endraw %}
{% increment n %}{% decrement n %}{% cycle 'a', 'b' %}{% tablerow i in l cols: 2 %}{{ i }}
{% endtablerow %}
{% liquid assign a = 1
echo a
if a == 1
echo 'one'
endif %}{{ empty }} {{ nul }} {% # inline %}
{{ s | split: ',' | sort | reverse | join: '-' }} {{ l | compact | first }}
{{ items | map: 'name' | uniq }}
{{ items | where: 'name', 'Tea' | size }} {{ items | sum: 'price' }}
{{ l | concat: l | slice: 1, 2 }}
{{ d | round: 1 }} {{ d | ceil }} {{ num | divided_by: 3 }} {{ big | times: big }}
{{ x | at_least: 7 }}
{{ s | replace: 'a', 'b' | remove_first: ',' | truncate: 5, '…' | truncatewords: 1 }}
{{ s | url_encode }}
{{ date | date: '%d.%m.%Y %H:%M %j %s' }} {{ 'now' | date: '%Y' }} {{ now | date: '%A' }}
{{ s | strip_html | newline_to_br }}
{{ s | base64_encode | base64_decode }} {{ s | raw }} {{ m | json }} {{ l[-1] }} {{ m[s] }}
{{ (1..3) | last }}
%FIRSTNAME|there% %PERSONAL.BONUS|0% 50% <a href="https://x/?n={{ x }}">{{ s }}</a>
{{ 'a' | append: "b" | prepend: 'c' | capitalize }} {{ false | default: true, allow_false: true }}
""".strip().splitlines()

SIGNS = [
    *"{}%|:,.'\"()[]-<>=! \n\t0159aZ_é😀#",
    "{{",
    "}}",
    "{%",
    "%}",
    "{%-",
    "-%}",
    "{% endfor %}",
    "\r\n",
]


def run(source: str) -> None:
    """Compile and render, in HTML or not."""
    template = compile_template(source, html=len(source) % 2 == 1, limits=LIMITS)
    output = template.render(DATA, now=NOW)
    assert isinstance(output, str)
    liquid.code_spans(source)


if __name__ == "__main__":
    main(Aim(run, Path(liquid.__file__).parent, SEEDS, SIGNS), __doc__)
