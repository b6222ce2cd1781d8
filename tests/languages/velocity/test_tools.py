"""The tools: sums, numbers, dates and the generic ones, as tables."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from beckon.languages.velocity import compile_template

NOW = datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)

OWN = [
    (
        "$mathTool.add(1.5,1.5) $mathTool.mul('1.5',2) $mathTool.div(7,2) $mathTool.div(6,3)",
        "3 3 3.5 2",
    ),
    (
        (
            "$mathTool.sub(10,1,2) $!mathTool.div(1,0) $!mathTool.add('x',1)"
            " $mathTool.toInteger('12.7')"
        ),
        "7   12",
    ),
    (
        "$numberTool.integer(12.7) $numberTool.integer('1999.99') $numberTool.integer(-3.9)",
        "12 1999 -3",
    ),
    ("$numberTool.format('0.00',2.675) $numberTool.format('0.00',0.125)", "2.67 0.12"),
    (
        "$numberTool.format('#.00',5) $numberTool.format('#.00',0.5) $numberTool.format('#.00',0)",
        "5.00 .50 .00",
    ),
    (
        "$numberTool.format('#,##0.00',1234567.891) $numberTool.format('0%',0.256)",
        "1,234,567.89 26%",
    ),
    ("$numberTool.format('000',7) $numberTool.format('#.##',0.001)", "007 0"),
    (
        "$numberTool.format('#,##0;(#,##0)',-1234) $numberTool.format('0.0#E0',12345)",
        "(1,234) 1.23E4",
    ),
    (
        "$numberTool.format(\"'n='0\",5) $numberTool.format('-0.0',-2) $numberTool.format('x',1)",
        "n=5 --2.0 x1",
    ),
    ("$dateTool.currentDate() $dateTool.currentDate('HH:mm','GMT+3')", "31/01/2026 02:59"),
    (
        "$dateTool.currentDate('HH:mm','Europe/Kyiv') $dateTool.currentTimeStamp()",
        "01:59 1769903999000",
    ),
    ("$dateTool.addDays('01/01/2020 12:00',15)", "16/01/2020 12:00"),
    ("$dateTool.addMonths('01/01/2020 12:00', 5)", "01/06/2020 12:00"),
    ("$dateTool.addYears('12:00 2020-30-04',2,'HH:mm yyyy-dd-MM')", "12:00 2022-30-04"),
    ("$dateTool.addDays('2020-05-01T00:00',2,\"yyyy-MM-dd'T'HH:mm\",'dd-MM-yyyy')", "03-05-2020"),
    (
        "$dateTool.addMonths('31/01/2024',1) $dateTool.addYears('29/02/2024',1)",
        "29/02/2024 28/02/2025",
    ),
    (
        "$dateTool.addHours('01/01/2020 12:00',-13)|$!dateTool.addDays('31/02/2024',1)",
        "31/12/2019 23:00|",
    ),
    (
        (
            "#foreach($u in ['YEARS','MONTHS','DAYS','HOURS','MINUTES'])"
            "$dateTool.diff('01/01/2019','05/05/2020',$u) #end"
        ),
        "1 16 490 11760 705600 ",
    ),
    (
        "$dateTool.diff('17:15 05/05/2020','10:05 01/01/2019','HH:mm dd/MM/yyyy','MINUTES')",
        "706030",
    ),
    (
        "$dateTool.diff('17:15 05/05/2020','10:05 01/01/2019','MINUTES','HH:mm dd/MM/yyyy')",
        "706030",
    ),
    ("$dateTool.diff('31/01/2024','29/02/2024','MONTHS')", "0"),
    ("$dateTool.formatDate('yyyy-MM-dd HH:mm:ss',1495479520000)", "2017-05-22 18:58:40"),
    (
        "$dateTool.formatDate('d/M/yy h:mm a E D w W F G k K u X',1709164800000)",
        "29/2/24 12:00 AM Thu 60 9 5 5 AD 24 0 4 Z",
    ),
    ("$!dateTool.formatDate('yyyy-bb',0)|$!dateTool.formatDate('yyyy','x')|", "||"),
    ("$mathTool|$dateTool.nope()", "$mathTool|$dateTool.nope()"),
]

GENERIC = [
    (
        "$math.round(2.5) $math.round(3.5) $math.add('1,5',1) $math.idiv(7,2) $math.mod(-7,3)",
        "2 4 16 3 -1",
    ),
    (
        "$math.pow(2,10) $math.max(1,3,2) $math.ceil(1.2) $math.floor(-1.2) $math.abs(-3)",
        "1024 3 2 -2 3",
    ),
    ("$math.getTotal($items,'price') $math.getAverage([1,2])", "18.05 1.5"),
    ("$number.integer(12.7) $number.currency(5) $number.format('percent',0.25)", "13 $5.00 25%"),
    (
        "$date.format('yyyy-MM-dd',0) $date.toDate('yyyy-MM-dd','2024-02-29').time",
        "1970-01-01 1709164800000",
    ),
    (
        "$date.format('full_date',0)|$date.toDate('yyyy-MM-dd','2024-02-29')",
        "Thursday, January 1, 1970|Thu Feb 29 00:00:00 UTC 2024",
    ),
    ("$date.difference(0,86400000).days $date.whenIs(0)", "1 56 years ago"),
    (
        "$esc.html('<é\"€>') $esc.xml('<é>') $esc.url('a b&é')",
        "&lt;&eacute;&quot;&euro;&gt; &lt;&#233;&gt; a+b%26%C3%A9",
    ),
    (
        "$esc.javascript(\"it's\") $esc.sql(\"it's\") $esc.java('é')$esc.d$esc.h",
        "it\\'s it''s \\u00E9$#",
    ),
    ("$display.list(['a','b','c']) $display.list(['a','b'],'; ')", "a, b and c a; b"),
    (
        "$display.truncate('abcdefgh',5) $display.plural(2,'box') $display.plural(1,'box')",
        "ab... boxes box",
    ),
    (
        "$display.capitalize('abc') $display.stripTags('<b>x</b>') $display.measure('abc').width",
        "Abc x 3",
    ),
    (
        "$display.message('{0}-{1}','a',2) $display.alt($nope,'d') [$display.cell('a',3)]",
        "a-2 d [a  ]",
    ),
    (
        "$sorter.sort([3,1,2]) #foreach($i in $sorter.sort($items,'name'))$i.name #end",
        "[1, 2, 3] Mug Tea ",
    ),
    ("$sorter.sort($items,'price')", "$sorter.sort($items,'price')"),
]

DATA = {"items": [{"name": "Tea", "price": 11.05}, {"name": "Mug", "price": 7}]}


@pytest.mark.parametrize(("source", "expected"), OWN + GENERIC)
def test_a_tool_gives(source, expected):
    assert compile_template(source).render(DATA, now=NOW) == expected


def test_a_tag_that_never_ends_is_kept_at_once():
    open_tag = "<" + "a" * 500_000
    assert compile_template("$display.stripTags($x)").render({"x": open_tag}) == open_tag


def test_dates_print_in_the_zone_of_the_project_and_of_the_contact():
    template = compile_template(
        "$dateTool.currentDate('HH:mm')"
        " $dateTool.formatInContactTimezone('HH:mm', '31/01/2026 12:00:00')"
        " $dateTool.formatInContactTimezone('HH:mm', '2026-01-31T12:00:00Z')"
    )
    kyiv, london = ZoneInfo("Europe/Kyiv"), ZoneInfo("Europe/London")
    assert template.render({}, now=NOW, zone=kyiv, contact_zone=london) == "01:59 10:00 12:00"


def test_a_generic_tool_gives_way_to_data_and_is_no_value_by_itself():
    source = "$number $!date #if($math)y#end $number.integer(1.7)"
    assert compile_template(source).render({}) == "$number   2"
    assert compile_template(source).render({"number": "12-A"}) == "12-A   $number.integer(1.7)"
    assert compile_template("$math.abs(1)", generic_tools=False).render({}) == "$math.abs(1)"
