"""Laws that hold for any template and any data."""

import json
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from beckon.languages.velocity import Limits, TemplateError, compile_template

SMALL = Limits(loop_steps=2_000, output_bytes=100_000, seconds=0.5)

plain_text = st.text(st.characters(exclude_characters="$#%\\", exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
names = st.sampled_from(["x", "y", "s", "l", "m", "data", "nope"])
data = st.dictionaries(names, values)

FRAGMENTS = r"""
    $x $!y ${s} $l[0] $m.k $m['k'] $s.length() $l.get(0) $nope ${x|'d'} $!{m.k|$y} $ # \ %
    ( ) [ ] { } #set($x=1) #set($y=$x+1) #set($m.k=$l) #set($l[0]="$x") #if($x) #if($x=='a')
    #elseif($y) #else #{else} #end #foreach($i in $l) #foreach($i in [1..3]) #foreach($i in $m)
    $i $foreach.count $velocityCount #break #stop #macro(f $a $b="c") #f($x) #f(1) #@f()
    $bodyContent #define($d) $d #evaluate($s) #evaluate("$x") #include('p') #parse('p') ## #* *#
    #[[ ]]# \$x \$x \#if \#end "a" '' " ' a b 1 -1 1.5 == != <= && || ! + - * / , .. | .
    %FIRSTNAME% %FIRSTNAME|x% %A.b|$x% $math.add(1,$x) $mathTool.div($x,0)
    $numberTool.format('#.00',$x) $dateTool.addDays($s,1) $esc.html($s) $display.list($l)
    $sorter.sort($l) $s.substring(1) $s.split(',') $s.replaceAll('(a+)+','$1') $s.matches('a*')
    $l.add($l) $m.put('k',$m) $m.entrySet() $s.format('%5.2f',$x) $x.compareTo($y)
    $foreach.parent.count #break($foreach) $l.subList(0,1) $l.iterator() $s.hashCode()
    $m.hashCode()
"""
fragments = st.sampled_from([*FRAGMENTS.split(), "\n", " ", "\r\n"])
templates = st.lists(fragments, max_size=25).map("".join)


def outcome(source, given_data, **options):
    """Compile and render; a TemplateError is an answer like any other."""
    try:
        template = compile_template(source, limits=SMALL, snippets={"p": "[$x]"}, **options)
        return template.render(given_data)
    except TemplateError as error:
        return error


def is_answer(result):
    """Tell whether this is output, or an error that says what is wrong and where."""
    if isinstance(result, str):
        return True
    has_place = result.kind != "parse" or (result.line >= 1 and result.column >= 1)
    return isinstance(result, TemplateError) and bool(result.message) and has_place


@given(plain_text)
def test_text_without_marks_comes_out_unchanged(text):
    assert compile_template(text).render({}) == text


@given(plain_text, plain_text)
def test_a_raw_block_comes_out_unchanged(before, after):
    raw = "$x #if(true) \\$y %FIRSTNAME% ## #*"
    assert compile_template(f"{before}#[[{raw}]]#{after}").render({"x": 1}) == before + raw + after


@given(st.text(max_size=60))
def test_no_text_makes_the_compiler_fail_otherwise_than_with_a_template_error(source):
    assert is_answer(outcome(source, {}))


@settings(max_examples=400, deadline=None)
@given(templates, data)
def test_no_template_and_no_data_fail_otherwise_than_with_a_template_error(source, given_data):
    assert is_answer(outcome(source, given_data))


@settings(deadline=None)
@given(templates, data)
def test_rendering_is_the_same_every_time_and_leaves_the_data_alone(source, given_data):
    before = repr(given_data)
    first, second = outcome(source, given_data), outcome(source, given_data)
    assert str(first) == str(second)
    assert repr(given_data) == before


@settings(max_examples=300, deadline=None)
@given(templates, data)
def test_variables_in_locals_and_in_a_dictionary_print_the_same(source, given_data):
    # A macro anywhere makes the engine keep its variables in a dictionary.
    first = outcome(f"|{source}", given_data)
    other = outcome(f"#macro(never_called)#end|{source}", given_data)
    if isinstance(first, TemplateError):
        assert isinstance(other, TemplateError)
        assert (other.message, other.line) == (first.message, first.line)
    else:
        assert other == first


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_value_prints_as_it_is_and_is_never_read_as_a_template(text):
    source = "$v|$!v|${v}|$data.v|$data.get('v')|$data['v']"
    assert compile_template(source).render({"v": text}) == "|".join([text] * 6)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_value_in_html_holds_no_markup(text):
    printed = compile_template("$v", html=True).render({"v": text})
    assert not set(printed) & set("<>\"'")


@given(st.integers(-(2**40), 2**40), st.integers(-(2**40), 2**40).filter(bool))
def test_division_and_remainder_belong_together_and_cut_toward_zero(a, b):
    printed = compile_template("#set($q=$a/$b)#set($r=$a%$b)$q $r").render({"a": a, "b": b})
    quotient, remainder = map(int, printed.split())
    assert quotient * b + remainder == a
    assert quotient == int(Decimal(a) / Decimal(b))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_double_prints_digits_that_read_back_as_itself(value):
    printed = compile_template("$v").render({"v": value})
    assert float(printed) == value
    assert "." in printed


@given(st.lists(st.integers() | st.booleans() | st.text(max_size=3), max_size=6))
def test_a_loop_visits_every_entry_once_and_in_order(items):
    source = "#foreach($i in $l)$foreach.index:$i;#end"
    expected = "".join(
        f"{at}:{json.dumps(i) if isinstance(i, bool) else i};" for at, i in enumerate(items)
    )
    assert compile_template(source).render({"l": items}) == expected


@given(st.sets(st.sampled_from(["a", "b", "c", "d"])))
def test_names_tells_what_a_template_reads(used):
    source = "".join(f"$!{name}" for name in used) + "#set($own=1)$own$foreach.count"
    assert compile_template(source).names == frozenset(used)
