"""Merge tags in text and strings, and what the HTML option escapes."""

import pytest

from beckon.languages.velocity import compile_template

PERSON = {"FIRSTNAME": "Ann", "SMS": "", "PERSONAL.BONUS": 7, "TEMPLATE.key": "k", "TOWN": None}

TAGS = [
    ("Hi %FIRSTNAME%!", "Hi Ann!"),
    ("%FIRSTNAME|you% %LASTNAME|you% %SMS|none% %TOWN|% %EMAIL%|", "Ann you none  |"),
    ("%PERSONAL.BONUS|0% %PERSONAL.OTHER|0% %TEMPLATE.key%", "7 0 k"),
    (
        "50% off, 100%% sure, %D0%9F %0|% %NOBODY% %FIRSTNAME",
        "50% off, 100%% sure, %D0%9F %0|% %NOBODY% %FIRSTNAME",
    ),
    ("<!-- %SMS% --><a href='?n=%FIRSTNAME%'>", "<!--  --><a href='?n=Ann'>"),
    ("#set($v='%FIRSTNAME|% %LASTNAME|x%')$v #set($v=\"$v-%FIRSTNAME%\")$v", "Ann x Ann x-Ann"),
    ("%LASTNAME|$x #if%", "$x #if"),
    ("#if('%FIRSTNAME%' == 'Ann')y#end", "y"),
]


@pytest.mark.parametrize(("source", "expected"), TAGS)
def test_a_merge_tag_prints(source, expected):
    assert compile_template(source).render(PERSON) == expected


def test_merge_tags_can_be_left_as_text():
    template = compile_template("%FIRSTNAME|x% #set($v='%SMS%')$v", merge_tags=False)
    assert template.render(PERSON) == "%FIRSTNAME|x% %SMS%"


HTML = [
    ("<b>$v</b> %FIRSTNAME|<i>x</i>% $!v.length()", "<b>&lt;&amp;&quot;&#39; é&gt;</b> <i>x</i> 7"),
    (
        '<a href="https://x/$v?n=$v&m=%SMS%">$v</a>',
        (
            '<a href="https://x/&lt;&amp;&quot;&#39; é&gt;?n=%3C%26%22%27%20%C3%A9%3E&m=a%26b">'
            "&lt;&amp;&quot;&#39; é&gt;</a>"
        ),
    ),
    (
        "<a title=\"a?b=$v\" href='$v'>?$v",
        (
            '<a title="a?b=&lt;&amp;&quot;&#39; é&gt;" '
            "href='&lt;&amp;&quot;&#39; é&gt;'>?&lt;&amp;&quot;&#39; é&gt;"
        ),
    ),
    ("$nope $!nope ${nope|'<'}", "$nope  &lt;"),
    ('#set($q="<$v>")$q', "&lt;&lt;&amp;&quot;&#39; é&gt;&gt;"),
    ("#define($d)<p>$v</p>#end$d", "<p>&lt;&amp;&quot;&#39; é&gt;</p>"),
    (
        "#macro(f $a)<p>$a$bodyContent</p>#end#@f($v)<br>#end",
        "<p>&lt;&amp;&quot;&#39; é&gt;<br></p>",
    ),
]


@pytest.mark.parametrize(("source", "expected"), HTML)
def test_html_escapes_values_and_nothing_else(source, expected):
    data = {"v": "<&\"' é>", "SMS": "a&b"}
    assert compile_template(source, html=True).render(data) == expected


def test_without_the_option_values_print_raw():
    assert compile_template("<b>$v</b>").render({"v": "<&"}) == "<b><&</b>"
