"""The examples that senders' guides print, byte for byte: data, template, letter."""

import json

import pytest

from beckon.languages.velocity import compile_template


def params(*pairs):
    return dict(pairs)


EVENT = params(("discount", "5%"), ("link", "https://example.site.com/items_for_sale"))
SMARTSEND = json.loads(
    '{"discount":"5%","link":"https://example.site.com/items_for_sale"}',
)

EXAMPLES = [
    ("Your discount is $!data.get('discount')", EVENT, "Your discount is 5%"),
    (
        "<a href=\"$!data.get('link')\">Buy</a>",
        EVENT,
        '<a href="https://example.site.com/items_for_sale">Buy</a>',
    ),
    ("Your discount is $!data.get('discount')", {}, "Your discount is "),
    ("Your discount is $!data.get('discount')", SMARTSEND, "Your discount is 5%"),
    (
        "$!data.get('customerData').get('firstName')",
        {"customerData": {"firstName": "Ann"}},
        "Ann",
    ),
    (
        "$!data.get('orderData').get(0).get('name')",
        {"orderData": [{"name": "Phone"}]},
        "Phone",
    ),
    (
        "#if($data.get('field_name').equals('0'))<p>shown</p>#end",
        {"field_name": "0"},
        "<p>shown</p>",
    ),
    ("#if($data.get('field_name').equals('0'))<p>shown</p>#end", {"field_name": "1"}, ""),
    ("#if($data.get('field_name').equals('0'))<p>shown</p>#end", {"field_name": 0}, ""),
    ("#if($data.get('field_name') == 0)<p>shown</p>#end", {"field_name": 0}, "<p>shown</p>"),
    ("#if($data.get('field_name') == '0')<p>shown</p>#end", {"field_name": 0}, "<p>shown</p>"),
    (
        "#foreach($item in $data.get('items'))$item.get('name'): $item.get('price'); #end",
        {"items": [{"name": "Phone", "price": 100}, {"name": "Case", "price": 20}]},
        "Phone: 100; Case: 20; ",
    ),
    ("#foreach($item in $data.get('items'))$item.get('name'); #end", {"items": []}, ""),
    ("#foreach($item in $data.get('items'))$item.get('name'); #end", {}, ""),
    (
        "#set($sum = $data.get('price') * $data.get('quantity'))$sum",
        {"price": 990, "quantity": 2},
        "1980",
    ),
    ("$mathTool.add($data.get('price'), 10)", {"price": 990}, "1000"),
    ("$numberTool.format('#.00', $data.get('price'))", {"price": 990}, "990.00"),
    ("$!data.get('Discount')", {"discount": "5%"}, ""),
    (
        "$contactId.toString().substring($mathTool.sub($contactId.toString().length(),1))",
        {"contactId": 123456789},
        "9",
    ),
]


@pytest.mark.parametrize(("template", "data", "letter"), EXAMPLES)
def test_a_published_example_gives_the_published_letter(template, data, letter):
    assert compile_template(template).render(data) == letter
