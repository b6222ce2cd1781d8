"""Sources made to be slow: each is compiled or refused in a second of the processor's time."""

from contextlib import suppress
from time import thread_time

import pytest

from beckon.languages import liquid, velocity
from beckon.languages.errors import TemplateError, snippet_of

SECONDS_MAX = 2.0  # a second here, and as much again for slower machines
BYTES = 1_000_000

VELOCITY = {
    "dollars": "$" * BYTES,
    "quiet dollars": "$!" * (BYTES // 2),
    "braces": "${" * (BYTES // 2),
    "percent signs": "%" * BYTES,
    "comments around references": "<!--$a-->" * (BYTES // 9),
    "references, as many as may be": "<!--$a-->" * 9_999,
    "a list": "#set($a = [" + "1," * (BYTES // 2),
    "strings with code": "#set($a = \"#set($b = '$c')$d\")" * (BYTES // 31),
    "#evaluate in one line": '#evaluate("$a")' * (BYTES // 15),
    "wide characters": "\U0001f600$a" * (BYTES // 6),
}
LIQUID = {
    "outputs never closed": "{{" * 300_000,
    "braces": "{" * BYTES,
    "outputs, as many as may be": "{{a}}" * 10_000,
    "loops": "{% for i in l %}x{% endfor %}" * (BYTES // 30),
    "loops, as many as may be": "{%for i in l%}x{%endfor%}" * 3_333,
    "one case": "{% case a %}" + "{% when 1 %}" * (BYTES // 12) + "{% endcase %}",
    "filters": ("{{ a" + "|sort" * 1_900 + "}}") * 100,
}


@pytest.mark.parametrize("html", [False, True])
@pytest.mark.parametrize(
    ("compile_template", "source"),
    [
        *(pytest.param(velocity.compile_template, it, id=f"v: {n}") for n, it in VELOCITY.items()),
        *(pytest.param(liquid.compile_template, it, id=f"l: {n}") for n, it in LIQUID.items()),
    ],
)
def test_no_source_takes_long(compile_template, source, html):
    began = thread_time()
    with suppress(TemplateError):
        compile_template(source, html=html)
    assert thread_time() - began < SECONDS_MAX


def test_columns_count_utf16_units_however_far_the_place_is():
    with pytest.raises(TemplateError) as caught:
        velocity.compile_template("\U0001f600" * 1_000 + "é\n" + "\U0001f600é" * 3 + "#end")
    assert (caught.value.line, caught.value.column) == (2, 10)


@pytest.mark.parametrize(
    ("source", "line", "column", "snippet"),
    [
        pytest.param("a #end", 1, 3, "a #end", id="a short line whole"),
        pytest.param("x\r\n  y\rz", 2, 3, "y", id="every kind of line end"),
        pytest.param("a" * 50 + "b" * 50, 1, 51, "…" + "a" * 30 + "b" * 30 + "…", id="a long one"),
        pytest.param("a", 2, 1, "", id="behind the last line"),
        pytest.param("\U0001f600\U0001f600b", 1, 5, "\U0001f600\U0001f600b", id="wide characters"),
    ],
)
def test_a_snippet_shows_the_place(source, line, column, snippet):
    assert snippet_of(source, line, column) == snippet
