"""Fuzzes the Velocity compiler and renderer, guided by coverage, until its time is over.

python tests/fuzz/fuzz_velocity.py [--seconds 600] [--seed 1]
"""

from datetime import UTC, datetime
from pathlib import Path

from guided import Aim, main

from beckon.languages import velocity
from beckon.languages.velocity import Limits, compile_template, find_slips

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
    "FIRSTNAME": "#set($x=1)",
}

SEEDS = """
Hello $!data.get('name'), ${s|'you'}!
#if($x > 3 && $y == 0 || !$b)a#elseif($s.equals('0'))b#{else}c#end
#foreach($i in $items)$foreach.count: $i.name $!i.get('price')#if($foreach.hasNext), #end#end
#foreach($i in [1..3])#foreach($j in $m.entrySet())$i$j.key$velocityCount#end#else none#end
#set($q = $x * 2 + 7 % 3 - -1 / 2.5)$q #set($m.k = "v$x")$m #set($l[0] = [1, 'a', {"k": $x}])$l
#macro(f $a $b="d")<$a-$b$bodyContent>#end#f(1 2)#@f($x)in $y#end #f()
#define($d)v=$x$d#end$d #evaluate("#set($z=$x)$z") #parse('p') #include('p' 'q')
#[[ raw $x ]]# ## comment
#* block *# \\$x \\\\$x \\#if \\$nope $\\!x $$x $!{nope}
%FIRSTNAME|there% %PERSONAL.BONUS|0% 50% #set($v='%SMS|% %TOWN|x%')$v
$s.split(',').size() $s.substring(1,3) $s.replaceAll('(\\p{L}+)', '<$1>')
$s.matches('[a-z&&[^b]]+.*')
$s.format("%5.2f|%-8s|%08d|%x|%e|%,d|%b|%c", $d, $s, $x, $x, $d, $x, $b, $x) $s.indexOf("b", 2)
$l.subList(0,2) $l.add(1) $l.remove(0) $l.contains($x) $l.hashCode() $l.iterator().next()
$l.sort(null)
$m.put(1, $m) $m.getOrDefault("zz", $l) $m.keySet() $m.values().toArray() $m.equals($m)
$m.remove("k")
$mathTool.div($x, 0) $mathTool.add("1.5", $d) $numberTool.format('#,##0.00;(#)', $num)
$numberTool.integer($d)
$dateTool.addMonths($date, 1) $dateTool.diff($date, '01/01/2020', 'MONTHS')
$dateTool.currentDate('EEEE d/M/yy', 'Europe/Kyiv')
$dateTool.formatDate("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", 1709164800000) $date.format('full', 0)
$date.whenIs(0)
$esc.html($s) $esc.url($s) $esc.java($s) $display.list($l, '; ', ' & ')
$display.truncate($s, 3, '..', true)
$sorter.sort($items, ["name:desc", "price"]) $math.roundTo(2, $d)
$math.getTotal($items, "price") $number.format('percent', $d)
#foreach($i in $l)#foreach($j in $l)#break($foreach.parent)#end#end #stop
$big.multiply($big).pow(3) $x.toHexString(-1) $d.compareTo(2.5) $x.parseInt("7f", 16)
$num.valueOf($x)
$s.matches('(a+)+b') $s.replaceFirst('(?i)A(?<n>.)', '${n}$0') $s.split('(?<=,)', 2)
$s.matches('\\Qa\\E.*+')
<a href="https://x/?n=$x&m=$!m.k">$s</a><!--#if($x==5)-->y<!--#end-->
""".strip().splitlines()

SIGNS = [*"$#{}()[]\"'|.,\\%!*+-/<>=&:;@~^? \n\t0159aZ_é😀", "#end", "]]#", "*#", "##", "\r\n"]


def run(source: str) -> None:
    """Compile and render, in HTML or not, and look for slips."""
    template = compile_template(
        source,
        html=len(source) % 2 == 1,
        limits=LIMITS,
        snippets={"p": "[$x#set($p=1)]", "q": "$q#parse('q')"},
    )
    find_slips(source)
    output = template.render(DATA, now=NOW)
    assert output.__class__ is str


if __name__ == "__main__":
    main(Aim(run, Path(velocity.__file__).parent, SEEDS, SIGNS), __doc__)
