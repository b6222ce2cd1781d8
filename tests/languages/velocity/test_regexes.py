"""Java's regular expressions against a table, and against Python's engine where they agree."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beckon.languages.velocity import compile_template

REPLACED = [
    ("a1b22", r"\d+", "#", "a#b#"),
    ("a1b22", r"(\w)(\d)", "$2$1", "1a2b2"),
    ("2024-02-29", r"(?<y>\d+)-(?<m>\d+)", "${m}/${y}", "02/2024-29"),
    ("Straße", r"\p{Lu}", "_", "_traße"),
    ("Привіт", r"[\p{IsCyrillic}&&[^П]]", "x", "Пxxxxx"),
    ("aaa", "a*?", "-", "-a-a-a-"),
    ("aaa", "a*+a", "-", "aaa"),
    ("a.b", r"\Q.\E", "!", "a!b"),
    ("foobar", "foo(?=bar)", "x", "xbar"),
    ("foobar", "(?<!x)bar", "y", "fooy"),
    ("abab", r"(ab)\1", "x", "x"),
    ("ABC", "(?i)b", "x", "AxC"),
    ("a\nb", "(?m)^", ">", ">a\n>b"),
    ("price $5", r"\$", "\\$", "price $5"),
    ("x", "", "-", "-x-"),
    ("a b", "[ -~&&[^ab]]", "_", "a_b"),
    ("aXbX", "(?s).{2}$", "", "aX"),
]


@pytest.mark.parametrize(("text", "pattern", "replacement", "expected"), REPLACED)
def test_replace_all(text, pattern, replacement, expected):
    template = compile_template("$t.replaceAll($p, $r)")
    assert template.render({"t": text, "p": pattern, "r": replacement}) == expected


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [("aab", "(a*)*b", "true"), ("aac", "(a*)*b", "false"), ("", "(a?)*", "true")],
)
def test_a_turn_that_takes_nothing_ends_a_loop(text, pattern, expected):
    assert compile_template("$t.matches($p)").render({"t": text, "p": pattern}) == expected


SPLIT = [
    ("a,b,,c,,", ",", 0, "[a, b, , c]"),
    ("a,b,,c,,", ",", -1, "[a, b, , c, , ]"),
    ("a,b,,c,,", ",", 3, "[a, b, ,c,,]"),
    ("a.b", ".", 0, "[]"),
    ("a.b", r"\.", 0, "[a, b]"),
    ("abc", "", 0, "[a, b, c]"),
    ("", ",", 0, "[]"),
    ("a1b2", r"(?<=\d)", 0, "[a1, b2]"),
    ("boo:and:foo", "o", 0, "[b, , :and:f]"),
]


@pytest.mark.parametrize(("text", "pattern", "most", "expected"), SPLIT)
def test_split(text, pattern, most, expected):
    template = compile_template("$t.split($p, $n)")
    assert template.render({"t": text, "p": pattern, "n": most}) == expected


atoms = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "(a|b)", "(?:ab)", r"\w", "^", "$"])
repeated = st.tuples(atoms, st.sampled_from(["", "?", "{1,2}", "{2}"])).map("".join)
patterns = (
    st.lists(repeated, min_size=1, max_size=5)
    .map("".join)
    .filter(lambda pattern: not re.search(r"[\^$][?{]", pattern))
)


@given(patterns, st.text("abc\n", max_size=8))
def test_matches_as_python_does_where_both_mean_the_same(pattern, text):
    # In Python `$` before a last line end and `.` mean what they mean in Java.
    expected = "true" if re.fullmatch(pattern, text) else "false"
    assert compile_template("$t.matches($p)").render({"t": text, "p": pattern}) == expected
