"""Fuzzes the Velocity compiler and renderer, guided by coverage, until its time is over.

    python tests/fuzz/fuzz_velocity.py [--seconds 600] [--seed 1]

Only a TemplateError may come out of a template, and within two seconds of CPU time. With atheris
installed it drives; else templates that reached a new line of the engine are mutated further.
Prints what it did; ends with 1 and the template's `repr` at the first failure.
"""

import argparse
import random
import sys
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path

from beckon.languages import velocity
from beckon.languages.velocity import Limits, TemplateError, compile_template

ENGINE = str(Path(velocity.__file__).parent)
LIMITS = Limits(loop_steps=2_000, output_bytes=100_000, seconds=0.5)
SECONDS_MAX = 2.0
LENGTH_MAX = 400
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

WORDS = sorted({word for seed in SEEDS for word in seed.replace("(", " ( ").split()})
SIGNS = [*"$#{}()[]\"'|.,\\%!*+-/<>=&:;@~^? \n\t0159aZ_é😀", "#end", "]]#", "*#", "##", "\r\n"]


def run(source: str) -> None:
    """Compile and render; whatever is not a TemplateError is a finding."""
    started = time.thread_time()
    try:
        template = compile_template(
            source,
            html=len(source) % 2 == 1,
            limits=LIMITS,
            snippets={"p": "[$x#set($p=1)]", "q": "$q#parse('q')"},
        )
        output = template.render(DATA, now=NOW)
        assert output.__class__ is str
    except TemplateError:
        pass
    seconds = time.thread_time() - started
    assert seconds < SECONDS_MAX, f"took {seconds:.1f} s"


def mutated(source: str, other: str, dice: random.Random) -> str:
    """Change a template in one to four places."""
    for _ in range(dice.randint(1, 4)):
        at, length = dice.randint(0, len(source)), dice.choice([0, 1, 1, 2, 5, 20])
        cut = dice.randint(0, len(other))
        piece = dice.choice(
            (
                dice.choice(SIGNS),
                dice.choice(WORDS),
                other[cut : cut + dice.randint(1, 30)],
                source[at : at + length] * 2,
                "",
            )
        )
        source = source[:at] + piece + source[at + length :]
    return source[:LENGTH_MAX]


class Coverage:
    """The lines of the engine reached so far."""

    def __init__(self) -> None:
        self.seen: set[tuple[object, int]] = set()
        self.is_new = False

    def trace(self, frame, event, _argument):
        """Follow calls into the engine only; the rest runs at full speed."""
        if not frame.f_code.co_filename.startswith(ENGINE):
            return None
        if event == "line":
            place = frame.f_code, frame.f_lineno
            if place not in self.seen:
                self.seen.add(place)
                self.is_new = True
        return self.trace

    def reaches_new_lines(self, source: str) -> bool:
        self.is_new = False
        sys.settrace(self.trace)
        try:
            run(source)
        finally:
            sys.settrace(None)
        return self.is_new


def fuzz(seconds: float, seed: int) -> int:
    """Mutate until the time is over; 1 at the first finding."""
    dice, coverage = random.Random(seed), Coverage()
    kept, tried = list(SEEDS), 0
    for source in SEEDS:
        coverage.reaches_new_lines(source)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        source = mutated(dice.choice(kept), dice.choice(kept), dice)
        tried += 1
        try:
            # Tracing slows ten times: most templates run without it.
            if tried % 4:
                run(source)
            elif coverage.reaches_new_lines(source):
                kept.append(source)
        except Exception:  # noqa: BLE001 - any other exception is what is looked for
            traceback.print_exc()
            print(f"after {tried} templates, seed {seed}: {source!r}")  # noqa: T201 - a script
            return 1
    lines = len(coverage.seen)
    print(f"{tried} templates, {len(kept)} kept, {lines} lines reached, no failure")  # noqa: T201 - a script
    return 0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seconds", type=float, default=600)
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    try:
        import atheris  # noqa: PLC0415 - optional, and it takes over the process
    except ImportError:
        sys.exit(fuzz(given.seconds, given.seed))
    options = [sys.argv[0], f"-max_total_time={given.seconds:.0f}", f"-seed={given.seed}"]
    atheris.instrument_all()
    atheris.Setup(options, lambda data: run(data.decode("utf-8", "replace")))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
