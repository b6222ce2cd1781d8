"""Where a fault is found, when, and what the message says to do about it."""

import re

import pytest

from beckon.languages.velocity import TemplateError, compile_template

COMPILE = [
    ("#set($q=10-2)", 1, 11, "space after the minus"),
    ("#if($x = 5)a#end", 1, 8, "write `==`"),
    ("#if($x==null)a#end", 1, 9, "there is no `null`"),
    ("#if($x AND $y)a#end", 1, 8, "write `and`"),
    ("$!data.get(\u2018x\u2019)", 1, 12, "straight quotes"),
    ("#set($q=$a \u2013 $b)", 1, 12, "use `-`"),
    ("$price[USD]", 1, 8, "expected a value"),
    ("$item.price(incl. VAT)", 1, 17, "expected"),
    ("#if(true)a", 1, 11, "`#end` is missing"),
    ("l1\n#foreach($i in $l)\n  #if($i)\n", 4, 1, "`#end` is missing"),
    ("a\n#end", 2, 1, "closes nothing"),
    ("#if(true)#else#else#end", 1, 15, "closes nothing"),
    ('#set($q="abc)', 1, 15, "not closed"),
    ("#[[ unclosed", 1, 14, "not closed"),
    ("${x", 1, 4, "closes the reference"),
    ("#foreach($i)a#end", 1, 9, "write `#foreach($item in $items)`"),
    ("#nope(1+1)", 1, 8, "expected"),
    ("#set($x.foo()=1)", 1, 6, "cannot be set"),
    ('#set($q="#if(")', 1, 14, "expected a value"),
    ("😀#end", 1, 3, "closes nothing"),
]


@pytest.mark.parametrize(("source", "line", "column", "said"), COMPILE)
def test_what_is_wrong_is_found_without_data(source, line, column, said):
    with pytest.raises(TemplateError, match=re.escape(said)) as caught:
        compile_template(source)
    error = caught.value
    assert (error.kind, error.phase, error.line, error.column) == ("parse", "compile", line, column)


RENDER = [
    ("$l[9]", "index", 1, 3),
    ("a\n $!l.get(9)", "method", 2, 6),
    ("$s.substring(50)", "method", 1, 4),
    ("$s.substring('x')", "method", 1, 4),
    ("$l.get('a')", "method", 1, 4),
    ("#set($l[5]=1)", "index", 1, 8),
    ("#parse('gone')", "resource", 1, 1),
    ("#include($s)", "resource", 1, 1),
    ("#macro(f)#f()#end#f()", "recursion", 1, 10),
    ("#set($r=[1..2])$r.add(1)", "method", 1, 19),
    ("#foreach($i in $l)$l.add(1)#end", "method", 1, 1),
    ("$s.replaceAll('(', '')", "method", 1, 4),
    ("$s.format('%d', 1.5)", "method", 1, 4),
    ("$dateTool.currentDate()", "value", 1, 11),
]


@pytest.mark.parametrize(("source", "kind", "line", "column"), RENDER)
def test_what_fails_for_one_recipient_names_its_place(source, kind, line, column):
    template = compile_template(source)
    with pytest.raises(TemplateError) as caught:
        template.render({"l": ["a", "b", "c"], "s": "str"})
    error = caught.value
    assert (error.kind, error.phase, error.line, error.column) == (kind, "render", line, column)


def test_an_open_block_names_where_it_was_opened():
    with pytest.raises(TemplateError) as caught:
        compile_template("a\n  #if(true)\nb")
    assert caught.value.opened == (2, 3)


def test_a_fault_inside_evaluate_counts_from_its_literal():
    with pytest.raises(TemplateError) as caught:
        compile_template("a\n#evaluate('$x #if(')").render({})
    assert (caught.value.phase, caught.value.line, caught.value.column) == ("render", 2, 19)


def test_the_same_template_renders_for_the_next_recipient():
    template = compile_template("$l.get(1)")
    with pytest.raises(TemplateError):
        template.render({"l": []})
    assert template.render({"l": [1, 2]}) == "2"
