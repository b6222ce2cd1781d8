"""Templates that try to eat the machine: each ends in a clear error, soon, in little memory."""

import resource
import time

import pytest

from beckon.languages.velocity import Limits, TemplateError, compile_template

SECONDS_MAX = 2.0
GROWN_KIB_MAX = 150 * 1024

SELF_HOLDING = "#set($m={})#set($l=[$m])$!m.put('a',$l)$!m.put('b',$l)$m"
DOUBLING_LIST = "#set($l=[1])" + "#set($l=[$l,$l])" * 30 + "$l"

BOMBS = {
    "nested loops": "#foreach($i in [1..3000])#foreach($j in [1..3000])x#end#end",
    "deep loops": "".join(f"#foreach($a{n} in [1..50])" for n in range(12)) + "x" + "#end" * 12,
    "text doubled": '#set($s="ab")#foreach($i in [1..40])#set($s="$s$s")#end$s',
    "text doubled by plus": '#set($s="ab")#foreach($i in [1..40])#set($s=$s+$s)#end$s',
    "text doubled by concat": '#set($s="ab")#foreach($i in [1..40])#set($s=$s.concat($s))#end$s',
    "a hundred million entries": "#foreach($i in [1..100000000])x#end",
    "a range printed": "#set($r=[1..2000000000])$r",
    "a range copied": "#set($r=[1..2000000000])$r.toArray().size()",
    "macro calls itself": "#macro(m)#m()#m()#end#m()",
    "macros double": "".join(f"#macro(m{n})#m{n + 1}()#m{n + 1}()#end" for n in range(20))
    + "#m0()",
    "a chain of blocks": "#define($d0)xxxxxxxxxx#end"
    + "".join(f"#define($d{n + 1})$d{n}$d{n}$d{n}$d{n}#end" for n in range(20))
    + "$d20",
    "a map in itself": SELF_HOLDING,
    "a list of itself": DOUBLING_LIST,
    "hash of a list of itself": DOUBLING_LIST[:-2] + "$l.hashCode()",
    "equality of a list of itself": DOUBLING_LIST[:-2] + "#set($k=[$l])#if($k==[$l])y#end",
    "repeat": '#set($s="ab")$s.repeat(2000000000)',
    "repeat and repeat": '#set($s="ab")$s.repeat(400000).repeat(400000)',
    "a wide format": '$s.format("%2000000000d", 1)',
    "a precise format": '$s.format("%.2000000000f", 1.5)',
    "replace that grows": '#set($t=$s.repeat(400000))$t.replace("a", $t)',
    "replaceAll that grows": '#set($t=$s.repeat(100000))$t.replaceAll("a", $t)',
    "replace nothing": '#set($t=$s.repeat(400000))$t.replace("", $t)',
    "join that grows": "#set($t=$s.repeat(400000))$s.join($t, $t, $t, $t, $t, $t)",
    "indent": "$s.indent(2000000000)",
    "a pattern that explodes": '#set($t=$s.repeat(40).concat("!"))$t.matches("(a+)+$")',
    "a pattern that explodes in replaceAll": '$s.repeat(40).concat("!").replaceAll("(a|a)*b", "")',
    "polynomial pattern": '$s.repeat(3000).matches(".*.*.*.*.*=.*")',
    "many repetitions in a pattern": '$s.matches("((((a{1000}){1000}){1000}){1000})")',
    "numbers squared": "#set($n=9)#foreach($i in [1..60])#set($n=$n*$n)#end$n",
    "decimals squared": '#set($n="9.5"*1)#foreach($i in [1..60])#set($n=$n*$n)#end$n',
    "a far exponent": '#set($n="1e999999999"*10)$n',
    "a list that grows": "#set($l=[])#foreach($i in [1..90000])#set($k=$l.add('x'))"
    "#set($k=$l.addAll($l))#end",
    "lists kept": "#set($l=[])#foreach($i in [1..90000])"
    '#set($t="$i$s$s$s")#set($k=$l.add($t.repeat(1000)))#end',
    "a map that grows": "#set($m={})#foreach($i in [1..400])#foreach($j in [1..400])"
    "#set($k=$m.put($i*1000+$j,$s))#end#end",
    "much text in a loop": "#set($t=$s.repeat(400000))#foreach($i in [1..90000])$t#end",
    "much text in rows": "#set($t=$s.repeat(300000))#foreach($i in [1..99])" + "$t-" * 99 + "#end",
    "evaluate evaluates": "#set($e='#evaluate($e)#evaluate($e)')#evaluate($e)",
    "evaluate in a loop": "#foreach($i in [1..90000])#evaluate('#set($a=$i)$a')#end",
    "a large evaluate": "#set($t=$s.repeat(90000))#evaluate($t)",
    "snippet runs itself": "#parse('loop')",
    "the list walked over grows": "#set($l=[1])#foreach($i in $l)#set($k=$l.add(1))#end",
    "iterators": "#set($l=[1..90000])#foreach($i in [1..90000])#set($k=$l.iterator())#end",
    "truncate": "$display.space(2000000000)",
    "cells": "$display.cell('x', 2000000000)",
    "slow searching": "#set($t=$s.repeat(400000))#foreach($i in [1..90000])"
    "#set($k=$t.indexOf('zzz'))#end",
    "slow views": "#set($v=[])#set($k=$v.addAll([1..90000]))#set($v=$v.subList(0,90000))"
    "#foreach($i in [1..90000])#set($k=$v[0])#set($k=$v.get(1))#end",
    "views of views": "#set($v=[1,2,3])#foreach($i in [1..90000])"
    "#set($v=$v.subList(0,3))#set($k=$v.get(0))#end",
    "slow hashing": "#set($t=$s.repeat(400000))"
    "#foreach($i in [1..90000])#set($k=$t.hashCode())#end",
}


@pytest.mark.parametrize("source", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_ends_soon_in_a_clear_error(source):
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.thread_time()
    with pytest.raises(TemplateError) as caught:
        compile_template(source, snippets={"loop": "#parse('loop')"}).render({"s": "aaa"})
    assert time.thread_time() - started < SECONDS_MAX
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - grown < GROWN_KIB_MAX
    assert caught.value.kind in {"limit", "recursion", "method"}
    assert caught.value.message


DEEP = {
    "parentheses": "#set($a=" + "(" * 5000 + "1" + ")" * 5000 + ")",
    "signs": "#set($a=" + "!" * 5000 + "$b)",
    "blocks": "#if($a)" * 5000 + "#end" * 5000,
    "lists": "#set($a=" + "[" * 5000 + "]" * 5000 + ")",
    "maps": "#set($a=" + "{1:" * 5000 + "1" + "}" * 5000 + ")",
    "calls": "$a" + ".b()" * 5000,
    "calls in calls": "$a.b(" * 5000 + ")" * 5000,
    "indexes": "$a[" * 5000 + "1" + "]" * 5000,
    "alternates": "${a|" * 5000 + "1" + "}" * 5000,
    "operands": "#set($a=" + "+".join(["$b"] * 5000) + ")",
    "conditions": "#set($a=" + " && ".join(["$b"] * 5000) + ")",
    "branches": "#if($a)" + "#elseif($a)" * 5000 + "#end",
    "strings in strings": '#set($a="' * 20 + "x",
    "references": "$a$b" * 200_000,
    "a long number": "#set($a=" + "9" * 100_000 + ")",
    "a large source": "x" * 2_000_000,
    "macros in macros": "".join(f"#macro(m{n})" for n in range(500)) + "#end" * 500,
}


@pytest.mark.parametrize("source", DEEP.values(), ids=DEEP.keys())
def test_a_template_too_deep_or_too_large_is_refused_when_compiled(source):
    started = time.thread_time()
    with pytest.raises(TemplateError) as caught:
        compile_template(source)
    assert time.thread_time() - started < SECONDS_MAX
    assert caught.value.phase in {"compile", "render"}


def test_as_deep_as_allowed_compiles_and_renders():
    for deep, expected in (
        ("#if(true)" * 30 + "x" + "#end" * 30, "x"),
        ("#set($a=" + "(" * 25 + "1" + ")" * 25 + ")$a", "1"),
        ("#set($a=" + "[" * 25 + "]" * 25 + ")$a", "[" * 25 + "]" * 25),
        ("#set($a=" + "+".join(["1"] * 30) + ")$a", "30"),
        ("#foreach($i in [1..2])" * 10 + "#break" + "#end" * 10, ""),
        ("".join(f"#foreach($i{n} in [1..1])" for n in range(30)) + "$i29" + "#end" * 30, "1"),
        ("$s" + ".trim()" * 25, "x"),
        ("#set($a=" + "!" * 24 + "$s)$a", "true"),
        ("#if(" + "(" * 20 + "$s" + ("&&$s" * 25 + ")") * 20 + ")x#end", "x"),
        (
            "#foreach($a in [1..2])" * 20 + "x#break($foreach.topmost)" + "#end" * 20 + "!",
            "x!",
        ),
        ("#macro(f)" + "#foreach($a in [1..1])" * 20 + "#break" + "#end" * 20 + "#end#f()y", "y"),
    ):
        assert compile_template(deep).render({"s": "x"}) == expected


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("$s.repeat(333334)", "a text is longer than 1000000 characters"),
        ("#set($r=[1..2000000000])$r.toArray()", "holds more than 100000 entries"),
        ('$s.repeat(9).concat("!").matches("(a+)+$")', "takes too long"),
        ('#set($t=$s.repeat(300000))#set($t="$t$t$t$t")', "longer than 1000000 characters"),
    ],
)
def test_each_limit_holds_without_the_clock(source, said):
    with pytest.raises(TemplateError, match=said):
        compile_template(source, limits=Limits(seconds=60)).render({"s": "aaa"})


def test_a_larger_limit_than_python_allows_is_cut():
    with pytest.raises(TemplateError, match="nested too deeply"):
        compile_template("#if($a)" * 90 + "#end" * 90, limits=Limits(depth=1000))


def test_limits_come_from_the_caller():
    template = compile_template("#foreach($i in [1..11])x#end", limits=Limits(loop_steps=10))
    with pytest.raises(TemplateError, match="10 steps") as caught:
        template.render({})
    assert (caught.value.line, caught.value.column) == (1, 1)
    with pytest.raises(TemplateError, match="20 bytes"):
        compile_template("$t", limits=Limits(output_bytes=20)).render({"t": "ї" * 11})
    assert compile_template("$t", limits=Limits(output_bytes=20)).render({"t": "ї" * 10})
    with pytest.raises(TemplateError, match="at most 3"):
        compile_template("abcd", limits=Limits(source_bytes=3))


def test_blocks_that_print_each_other_come_to_an_end():
    source = "#define($a)[$b$b]#end#define($b)($a$a)#end$a"
    assert compile_template(source).render({}).count("$a") == 16


def test_a_long_but_honest_mail_renders():
    items = [{"n": n, "name": f"Item {n}"} for n in range(5000)]
    source = "#foreach($i in $items)$foreach.count: $i.n $i.name.toUpperCase()\n#end"
    lines = compile_template(source).render({"items": items}).splitlines()
    assert lines[-1] == "5000: 4999 ITEM 4999"
