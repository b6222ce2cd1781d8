"""The kinds of blocks an e-mail is made of: what each asks, and the MJML it becomes.

In a pattern `§name§` marks the place of what was typed under that name.
"""

from collections.abc import Mapping
from typing import NamedTuple

CODE = "code"


class Ask(NamedTuple):
    """Something to type: its name, what it is called, how it is written into the MJML."""

    name: str
    label: str
    manner: str = "line"
    default: str = ""


class Kind(NamedTuple):
    """A kind of block: what it is called, its icon, what is asked, its MJML."""

    title: str
    icon: str
    asks: tuple[Ask, ...]
    pattern: str


_SECTION = '<mj-section background-color="#ffffff" padding="8px 24px">\n<mj-column>\n'
_END = "\n</mj-column>\n</mj-section>"
_TEXT = '<mj-text padding="0">§{0}§</mj-text>'

KINDS: Mapping[str, Kind] = {
    "heading": Kind(
        "Heading",
        "forms",
        (Ask("text", "Heading", default="Good to have you"),),
        _SECTION
        + '<mj-text padding="8px 0" font-size="28px" font-weight="700" line-height="1.25">'
        + "§text§</mj-text>"
        + _END,
    ),
    "text": Kind(
        "Text",
        "file-text",
        (Ask("text", "Text", "rich", "Write as you would to one person."),),
        _SECTION + _TEXT.format("text") + _END,
    ),
    "image": Kind(
        "Picture",
        "photo",
        (
            Ask("src", "Address of the picture", "address", "https://example.com/picture.png"),
            Ask("alt", "What it shows, for who cannot see it", "address"),
            Ask("href", "Leads to", "link"),
        ),
        _SECTION
        + '<mj-image src="§src§" alt="§alt§"§href§ padding="0" border-radius="8px" />'
        + _END,
    ),
    "button": Kind(
        "Button",
        "target",
        (
            Ask("label", "Words", default="Have a look"),
            Ask("href", "Leads to", "link", "https://example.com"),
        ),
        _SECTION + '<mj-button§href§ align="left" padding="8px 0">§label§</mj-button>' + _END,
    ),
    "columns": Kind(
        "Two columns",
        "arrows-split",
        (
            Ask("picture_1", "Left: address of a picture", "picture"),
            Ask("text_1", "Left: text", "rich", "On the left."),
            Ask("picture_2", "Right: address of a picture", "picture"),
            Ask("text_2", "Right: text", "rich", "On the right."),
        ),
        '<mj-section background-color="#ffffff" padding="8px 12px">\n'
        '<mj-column padding="0 12px">\n§picture_1§'
        + _TEXT.format("text_1")
        + '\n</mj-column>\n<mj-column padding="0 12px">\n§picture_2§'
        + _TEXT.format("text_2")
        + _END,
    ),
    "products": Kind(
        "Products",
        "shopping-cart",
        (
            Ask("list", "The list that holds them", "name", "items"),
            Ask("most", "At most", "number", "3"),
            Ask("label", "Words of the link", default="Have a look"),
        ),
        "{% for item in §list§ limit: §most§ %}\n"
        '<mj-section background-color="#ffffff" padding="8px 12px">\n'
        '<mj-column width="30%" padding="0 12px">\n'
        '<mj-image src="{{ item.image }}" alt="{{ item.name }}" padding="0" />\n'
        '</mj-column>\n<mj-column width="70%" padding="0 12px">\n'
        '<mj-text padding="0"><strong>{{ item.name }}</strong><br />{{ item.price }}<br />'
        '<a href="{{ item.url }}">§label§</a></mj-text>' + _END + "\n{% endfor %}",
    ),
    "divider": Kind(
        "Line",
        "minus",
        (),
        _SECTION
        + '<mj-divider border-width="1px" border-color="#e3e6e2" padding="8px 0" />'
        + _END,
    ),
    "space": Kind(
        "Space",
        "arrow-down",
        (Ask("height", "Height in pixels", "number", "24"),),
        _SECTION + '<mj-spacer height="§height§px" />' + _END,
    ),
    "footer": Kind(
        "Footer",
        "info-circle",
        (
            Ask("text", "Who writes, and from where", "rich", "You get this because you asked."),
            Ask("label", "Words of the link to leave", default="Unsubscribe"),
        ),
        '<mj-section padding="16px 24px">\n<mj-column>\n'
        '<mj-text padding="0" font-size="13px" color="#5f6a63">§text§'
        '<a href="{{ unsubscribe_link }}">§label§</a></mj-text>' + _END,
    ),
    CODE: Kind("Code (MJML)", "code", (Ask("code", "MJML", "code"),), "§code§"),
}

LOOKS = (
    Ask("accent", "Colour of buttons and links", "colour", "#0b6b5c"),
    Ask("ground", "Colour around the letter", "colour", "#f4f5f3"),
    Ask("font", "Font", "font", "Helvetica, Arial, sans-serif"),
)
FONTS = (
    "Helvetica, Arial, sans-serif",
    "Georgia, Times, serif",
    "Verdana, Geneva, sans-serif",
    "Courier New, Courier, monospace",
)

HEAD = """<mjml>
<mj-head>
<mj-attributes>
<mj-all font-family="§font§" />
<mj-text font-size="16px" line-height="1.6" color="#17201c" />
<mj-button background-color="§accent§" color="#ffffff" font-size="16px" border-radius="8px" />
</mj-attributes>
<mj-style inline="inline">a { color: §accent_too§ } p { margin: 0 0 12px }</mj-style>
</mj-head>
<mj-body background-color="§ground§">"""
FOOT = "</mj-body>\n</mjml>\n"
