"""What templates print, as tables a person can check; the reference is Apache Velocity 2.5."""

import pytest

from beckon.languages.velocity import compile_template

DATA = {
    "x": 5,
    "y": 0,
    "s": "str",
    "e": "",
    "b": False,
    "bt": True,
    "d": 1.5,
    "long": 3_000_000_000,
    "l": ["a", "b", "c"],
    "m": {"k": "v", "k2": 2},
    "csv": "a,b,,c,,",
    "items": [{"name": "Tea", "price": 11.05}, {"name": "Mug", "price": 7}],
    "nul": None,
}

TEXT = [
    ("US$ 5 $5.00 100$ $.each $(function", "US$ 5 $5.00 100$ $.each $(function"),
    (
        "# x #1 #fff #top &#39; #header { } #{x} #!x #IF",
        "# x #1 #fff #top &#39; #header { } #{x} #!x #IF",
    ),
    ("${x}y $x-1 $x_ ${x}_", "5y 5-1 $x_ 5_"),
    ("{{ $x }} [$x] %$x% $x{y} $$x $x.!", "{{ 5 }} [5] %5% 5{y} $5 5.!"),
    ("$x(incl. VAT) ${x}[USD]", "5(incl. VAT) 5[USD]"),
    ("$! x|$!!x|$!5|$!$x|$!{ x }", "$ x|$!x|$5|$!5|$!{ x }"),
    ("$s.length( ) $x [0] $s .length()", "3 5 [0] str .length()"),
    ("a ## c\nb", "a b"),
    ("a #* $x #if *# b", "a  b"),
    ("#[[ $x ]] #if ]]#$x", " $x ]] #if 5"),
]

NOTHING = [
    ("$nope [$!nope] ${nope.a} $!{nope.a()}|", "$nope [] ${nope.a} |"),
    ("$s.foo() $l.zz $x.MAX_VALUE $nul.a", "$s.foo() $l.zz $x.MAX_VALUE $nul.a"),
    ("$m.put('n', 1)|$!m.put('o', 1)|", "$m.put('n', 1)||"),
    (
        "${nope|'d'} ${e|'d'} ${y|'d'} ${b|'d'} ${x|'d'} ${nope|$x} ${nope|\"$x!\"}",
        "d d d d 5 5 5!",
    ),
    ("${nope|$nope2} [$!{nope|$nope2}] ${nope.a.b|'x'} ${nope|1+1}", "${nope|$nope2} [] x 2"),
    ("${nope|${e|'c'}}", "c"),
]

ESCAPES = [
    (r"\$x \\$x \\\$x \$nope \\$nope \$!x [\$!nope]", r"$x \5 \$x \$nope \\$nope $!x [\$!nope]"),
    (r"\#if(true) \\#if(true)a#end \#nope \#end", r"#if(true) \a \#nope #end"),
    (r"C:\new\$nope a\b $\!x \$$x", r"C:\new\$nope a\b $!x $x"),
]

EXPRESSIONS = [
    ("1 + 2 == 3", "true"),
    ("2+3*4", "14"),
    ("7 % 4 * 2", "6"),
    ("$nope||$s", "true"),
    ("-7/2", "-3"),
    ("-7%3", "-1"),
    ("7/2.0", "3.5"),
    ("2147483647+1", "2147483648"),
    ("9223372036854775807+1", "9223372036854775808"),
    ("11.05*2", "22.1"),
    ('"3"*2', "6.0"),
    ('"2"*"1.25"', "2.50"),
    ('"3"/2', "1"),
    ('"12.50"/4', "3.12"),
    ('10/"3"', "3.3"),
    ('"3"+2', "32"),
    ('1+2+"a"', "3a"),
    ('"a"+1+2', "a12"),
    ('"a" + $nope', "a$nope"),
    ('-"3"', "-3"),
    ("1e3", "1000.0"),
    ("007", "7"),
    ("[3..1]", "[3, 2, 1]"),
    ('{"a": 1, $s: $x}', "{a=1, str=5}"),
    ('"a""b"', 'a"b'),
    ("'it''s $x'", "it's $x"),
    (r'"\u0041\n"', r"A\n"),
    ('"#if($x > 3)y#end"', "y"),
    ("$x == '5.0'", "true"),
    ("'5' == '5.0'", "false"),
    ("$m == '{k=v, k2=2}'", "true"),
    ("$l == ['a', 'b', 'c']", "true"),
    ("$bt == 1", "false"),
    ("$nope == ''", "false"),
    ("'10' > 9", "true"),
    ("'10' > '9'", "false"),
    ("$nope >= $nope", "false"),
    ("!$e", "true"),
    ("not $b and $x", "true"),
]

NOTHING_COMES_OF = ["7/0", "7%0.0", "$l + 1", "$bt + 1", "$s * 2", "1 + $nope", "'3' % 2", "-$s"]

PRINTING = [
    (10.0, "10.0"),
    (0.001, "0.001"),
    (0.0001, "1.0E-4"),
    (1e-7, "1.0E-7"),
    (12345678.9, "1.23456789E7"),
    (9999999.0, "9999999.0"),
    (1e10, "1.0E10"),
    (-0.0, "-0.0"),
    (float("inf"), "Infinity"),
    (float("nan"), "NaN"),
    (2**70, "1180591620717411303424"),
    (True, "true"),
    ([1, None, [True, "a"]], "[1, null, [true, a]]"),
    ({"a": {"b": []}}, "{a={b=[]}}"),
]

DIRECTIVES = [
    ("#foreach($i in $l)$foreach.count$i#if($foreach.hasNext), #end#end", "1a, 2b, 3c"),
    ("#foreach($i in $m)$i #end#foreach($k in $m.keySet())$k #end", "v 2 k k2 "),
    ("#foreach($i in $nope)x#{else}none#end", "none"),
    ("#foreach($i in $l)$velocityCount$velocityHasNext #end", "1true 2true 3false "),
    ("#foreach($i in $l)#foreach($j in [1])$velocityCount#end$velocityCount #end", "11 12 13 "),
    ("#set($i='o')#foreach($i in [1..2])#set($k=$i)#end$i$k", "o2"),
    ("#foreach($i in $l)#if($i=='b')#break#end$i#end!", "a!"),
    ("#foreach($i in $l)#foreach($j in $l)$i$j#break($foreach.parent)#end#end!", "aa!"),
    (
        "#foreach($i in $l)#foreach($j in $l)$foreach.parent.count$foreach.topmost.index #end#end",
        "10 10 10 21 21 21 32 32 32 ",
    ),
    ("#foreach($i in $l)#set($foreach.k=$i)$foreach.k#end", "abc"),
    ("#macro(h $a $b='d')$a-$b;#end#h(1)#h(1 2)#h(1,2,3)#h()", "1-d;1-2;1-2;$a-d;"),
    ("#macro(b)<$bodyContent>#end#@b()in $x#end", "<in 5>"),
    ("#set($a='x')#macro(h $a)[$!a]#end#h()$a", "[]x"),
    ("#late(1)#macro(late $n)<$n>#end", "<1>"),
    ("#set($z=1)#macro(mm)#set($z=9)#end#mm()$z", "9"),
    ("#nope($x) #nope", "#nope($x) #nope"),
    ("#macro(z)#end#set($i='o')#foreach($i in [1..2])#foreach($i in [3])#end#end$i$!foreach", "o"),
    ("#define($t)v=$x#end#set($x=9)$t", "v=9"),
    ("#define($t)v=$x#end#if($t == 'v=5')y#end", "y"),
    ("#evaluate('$x#macro(z)Z#end')#z()", "5Z"),
    ("#if($e)1#elseif($y)2#{else}3#end", "3"),
    ("a#stop b", "a"),
    ("#define($d)a#stop b#end-$d-", "-a"),
    ("#include('p') #parse('p')$!p", "[$x]#set($p=1) [5]1"),
]

WHITE_SPACE = [
    ("a\n  #set($q=1)  \nb", "a\nb"),
    ("a\n  #if(true)\n    x\n  #end\nb", "a\n    x\nb"),
    ("a\n#if(true) x #end\nb", "a\n x b"),
    ("a #if(true)\nx\n#end\nb", "a x\n\nb"),
    ("a\n  #if(true)x#end y\nb", "a\nx y\nb"),
    ("a\n  ## c\nb", "a\n  b"),
    ("a\n$!nope\nb", "a\n\nb"),
    ("#macro(h)H#end\na\n  #h()\nb", "a\nHb"),
    ("#set($q=1)#set($z=2)\nb", "\nb"),
    ("a\n#if(true)#set($q=1)\nb#end\nc", "a\nbc"),
    ("a #if(true)#set($q=1)\nb#end", "a \nb"),
    ("#foreach($i in [1..2])#set($q=1)\n#end", "\n\n"),
    ("a\r\n#set($q=1)\r\nb", "a\r\nb"),
    ("<!--#foreach($i in [1..2])-->\n$i\n<!--#end-->", "<!---->\n1\n<!---->\n2\n<!---->"),
]

METHODS = [
    ("$csv.split(',').size() $s.substring(1) $s.indexOf('z') $s.concat(5)", "4 tr -1 str5"),
    ("$csv.split(',', -1).size() $csv.split(',', 2)", "6 [a, b,,c,,]"),
    (
        "$s.contains(5) $s.replace('t', 'T') $s.replaceAll('(t)(r)', '$2$1')",
        "$s.contains(5) sTr srt",
    ),
    ("$s.charAt(0).equals('s') #if($s.charAt(0) == 's')y#end", "false y"),
    ("$s.hashCode() $bt.hashCode() $l.hashCode() $d.hashCode()", "114225 1231 126145 1073217536"),
    (
        "#set($k=[1, 'a'])$k.contains(1.0) $k.contains('1') $k.indexOf(1) $k.equals([1.0, 'a'])",
        "false false 0 false",
    ),
    ("$x.equals('5') $x.equals(5) $x.compareTo(3) $long.intValue()", "false true 1 -1294967296"),
    ("$x.toHexString(255) $x.toBinaryString(5) $x.parseInt('7f', 16)", "ff 101 127"),
    (
        "$x.class $long.class $d.class $s.class $l.class $m.class.simpleName",
        (
            "class java.lang.Integer class java.lang.Long class java.lang.Double "
            "class java.lang.String class java.util.ArrayList LinkedHashMap"
        ),
    ),
    ("$l.remove(0)$l $!l.set(0,'z')$l $l.add('d')$l", "a[b, c] b[z, c] true[z, c, d]"),
    ("#set($v=$l.subList(0,2))$v.add('z')$l$v", "true[a, b, z, c][a, b, z]"),
    ("$m.remove('k')$m $m.getOrDefault('zz','d') $m.entrySet()", "v{k2=2} d [k2=2]"),
    (
        "#set($q={1:'a','1':'b',1.0:'c',true:'d'})$q $q.get(1) $q.get('1')",
        "{1=a, 1=b, 1.0=c, true=d} a b",
    ),
    (
        "$s.format('%05d|%-4s|%.2f|%,d|%x|%e', 5, 'a', 2.355, 1234567, 255, 12345.678)",
        "00005|a   |2.36|1,234,567|ff|1.234568e+04",
    ),
    ("#set($q='😀a')$q.length() $q.charAt(0) $q.substring(2) $q.charAt(0)$q.charAt(1)", "3 ? a 😀"),
    ("$s.empty $s.length $l.size $m.size $items[1].name $l[-1]", "false 3 3 $m.size Mug c"),
    ("#set($q=' a\u00a0')[$q.trim()] [$q.strip()] $s.repeat(2)", "[a\u00a0] [a\u00a0] strstr"),
    ("$s.join('-', $l) $s.join('-', 'a', 'b') $s.valueOf($nope)", "a-b-c a-b null"),
]


@pytest.mark.parametrize(
    ("source", "expected"),
    TEXT + NOTHING + ESCAPES + DIRECTIVES + WHITE_SPACE + METHODS,
)
def test_a_template_prints(source, expected):
    template = compile_template(source, snippets={"p": "[$x]#set($p=1)"})
    assert template.render(DATA) == expected


@pytest.mark.parametrize(("expression", "expected"), EXPRESSIONS)
def test_an_expression_gives(expression, expected):
    assert compile_template(f"#set($q={expression})$q").render(DATA) == expected


@pytest.mark.parametrize("expression", NOTHING_COMES_OF)
def test_an_expression_gives_nothing(expression):
    assert compile_template(f"#set($q={expression})$!q").render(DATA) == ""


@pytest.mark.parametrize(("value", "expected"), PRINTING)
def test_a_value_prints(value, expected):
    assert compile_template("$v").render({"v": value}) == expected


def test_data_is_an_alias_unless_the_data_has_that_key():
    source = "$data.get('name') $data.name $name"
    assert compile_template(source).render({"name": "Ann"}) == "Ann Ann Ann"
    assert compile_template(source).render({"data": {"name": "Bob"}}) == "Bob Bob $name"


def test_a_custom_field_with_a_dot_is_one_key():
    assert compile_template("$data.get('PERSONAL.GENDER')").render({"PERSONAL.GENDER": "f"}) == "f"


def test_names_are_what_a_contact_must_have():
    template = compile_template(
        "Hi %FIRSTNAME|you%, $!data.get('code') $data.x.y ${z|$w}"
        "#set($own=$q)$own#foreach($i in $list)$i$foreach.count$velocityCount#end"
        "$mathTool.add($n, 1)#macro(f $p)$p#end#f($r)"
    )
    assert template.names == {"FIRSTNAME", "code", "x", "z", "w", "q", "list", "n", "r"}
