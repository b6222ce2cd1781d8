"""Slips: what is read otherwise than it was meant is told, and nothing else is."""

import pytest

from beckon.languages.velocity.slips import find_slips


@pytest.mark.parametrize(
    ("source", "said", "column"),
    [
        ("Hi # foreach($i in $l)", "no blank may stand after `#`", 4),
        ("#if($a)x#elseb#end", "`#{else}` before a letter", 9),
        ("a #endif", "ends with `#end`", 3),
        ("a #IF b", "lower case", 3),
        ("a#* never", "never closed", 2),
        ("<!--#*end-->", "never closed", 5),
        ("<!--##elseif($a)-->", "is a comment", 5),
        ('<a href="https://x.com/##top">', "is a comment", 24),
        ("$!data.get ('name')", "before `(`", 11),
        ("$item.price-1", "calculate with #set", 12),
    ],
)
def test_a_slip_is_told_with_its_place(source, said, column):
    (slip,) = find_slips(source)
    assert said in slip.message
    assert (slip.line, slip.column) == (1, column)


@pytest.mark.parametrize(
    "source",
    [
        "#if($a)b#{else}c#end #fff # x #1 &#39; #header { }",
        "a #* closed *# ## a comment\nb #[[ #* ]]#",
        "$item.price (incl. VAT) $name (x) ${item.price} (1)",
        "$data.get('a').get('b') $x-1 US$ 5",
        '#set($a = "#*")$a',
    ],
)
def test_what_is_meant_as_it_stands_is_left_alone(source):
    assert find_slips(source) == []


def test_slips_come_in_the_order_of_their_places():
    found = find_slips("a\n# end\n$a.b (1)")
    assert [(slip.line, slip.column) for slip in found] == [(2, 1), (3, 5)]
