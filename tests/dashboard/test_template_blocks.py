"""E-mails made of blocks: written as MJML, read back, changed by buttons, switched to code."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beckon.dashboard.pages import template_blocks as blocks
from beckon.dashboard.pages.template_block_kinds import KINDS, LOOKS
from beckon.domain.contacts.model import Channel
from beckon.domain.templates import rules
from beckon.domain.templates.model import Language, Occasion, Text
from beckon.kit.refusals import Invalid
from dashboard.test_templates import MAIL, check, find, send

ITEMS = [
    {"name": f"Cup {n}", "image": "https://i", "price": "5 €", "url": "https://u"} for n in "123"
]


def letter_of(*some):
    return blocks.Letter(tuple(blocks.Block(*one) for one in some), blocks.start().looks)


def mail(body, **data):
    text = Text(Language.LIQUID, "S", body, channel=Channel.EMAIL, escapes=True, inlines_css=True)
    return rules.render(rules.check_text(text), data, Occasion())


def test_a_letter_of_every_kind_becomes_a_mail_and_comes_back():
    letter = blocks.Letter(tuple(map(blocks.new_block, KINDS)), blocks.start().looks)
    body = blocks.write(letter)
    assert blocks.read(body) == letter
    made = mail(body, items=ITEMS, unsubscribe_link="https://example.com/leave")
    assert "Cup 3" in made.plain
    assert "Have a look <https://example.com>" in made.plain
    assert "https://example.com/leave" in made.body


typed = st.text(
    st.sampled_from("ab <>&\"'{}%[]()*\n/:=§äЖ") | st.characters(codec="utf-8"), max_size=60
)


@given(st.lists(st.tuples(st.sampled_from(["heading", "text", "button", "footer"]), typed)))
def test_whatever_is_typed_is_written_and_read_as_it_was_written(some):
    said = [(kind, {one.name: text for one in KINDS[kind].asks}) for kind, text in some]
    body = blocks.write(letter_of(*said))
    again = blocks.read(body)
    assert again is None or blocks.write(again) == body


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("Tom & <b>", "<p>Tom &amp; &lt;b&gt;</p>"),
        ("one\ntwo\n\nthree", "<p>one<br />two</p><p>three</p>"),
        (
            "**now** [here](https://e.com/?a=1&b=2)",
            '<p><strong>now</strong> <a href="https://e.com/?a=1&amp;b=2">here</a></p>',
        ),
        ('Hi {{ name | default: "you" }}', '<p>Hi {{ name | default: "you" }}</p>'),
        ("[x]({{ link }})", '<p><a href="{{ link }}">x</a></p>'),
    ],
)
def test_text_is_typed_as_people_write(text, markup):
    body = blocks.write(letter_of(("text", {"text": text})))
    assert markup in body
    assert blocks.read(body).blocks[0].get("text") == text


@pytest.mark.parametrize(
    "text", ["[a](" + "{{}}" * 20_000, "{{" * 20_000, "{%" * 20_000, "{{a{%" * 20_000]
)
def test_what_never_ends_is_written_at_once(text):
    body = blocks.write(letter_of(("heading", {"text": text}), ("text", {"text": text})))
    assert body.count(text) == 2
    assert blocks.read(body).blocks[1].get("text") == text


@pytest.mark.parametrize(
    "piece", ["<strong>", '<a href="">', '<a href="{{ unsubscribe_link }}">', "</a></mj-text>"]
)
def test_a_body_of_others_that_never_ends_is_read_at_once(piece):
    body = blocks.write(letter_of(("footer", {"text": "x§", "label": "y"})))
    body = body.replace("x§", piece * 20_000)
    again = blocks.read(body)
    assert again is None or blocks.write(again) == body


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<p>Hi</p>",
        "<mjml><mj-body></mj-body></mjml>",
        blocks.write(blocks.start()).replace("28px", "29px", 1).replace("<mj-column>", "", 1) + " ",
        blocks.write(blocks.start()).replace('font-size="16px" line', 'font-size="17px" line'),
    ],
)
def test_a_body_that_was_not_made_of_blocks_is_left_alone(body):
    assert blocks.read(body) is None


def test_a_part_changed_by_hand_is_a_block_of_code():
    body = blocks.write(blocks.start()).replace('font-size="28px"', 'font-size="40px"')
    found = blocks.read(body)
    assert [one.kind for one in found.blocks] == ["code", "text", "button", "footer"]
    assert blocks.write(found) == body


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (("products", {"list": "a b", "most": "3"}), "must be a name"),
        (("products", {"list": "items", "most": "0"}), "from 1 to 999"),
        (("space", {"height": "99999"}), "from 1 to 999"),
    ],
)
def test_what_cannot_be_written_is_named(said, words):
    with pytest.raises(Invalid, match=words):
        blocks.write(letter_of(said))


@pytest.mark.parametrize(
    ("act", "kinds"),
    [
        ("add:divider:0", "divider heading text button footer"),
        ("add:divider:4", "heading text button footer divider"),
        ("copy:1", "heading text text button footer"),
        ("up:1", "text heading button footer"),
        ("down:3", "heading text button footer"),
        ("remove:0", "text button footer"),
    ],
)
def test_buttons_arrange_blocks(act, kinds):
    letter, _ = blocks.act(blocks.start(), act)
    assert " ".join(one.kind for one in letter.blocks) == kinds


@pytest.mark.parametrize(
    "act",
    ["", "add:nothing:0", "add:text:5", "remove:4", "up:x", "copy:-1", f"remove:{'9' * 5000}"],
)
def test_a_place_that_is_not_there_is_refused(ada, act):
    with pytest.raises(Invalid):
        blocks.act(blocks.start(), act)


def fields_of(page):
    """Collect what the form of blocks would send."""
    found = re.findall(r'name="((?:block|looks)\.[\w.]+)" value="([^"]*)"', page)
    areas = r'<textarea[^>]* name="(block\.[\w.]+)"[^>]*>\n(.*?)</textarea>'
    found += re.findall(areas, page, re.DOTALL)
    found.append(("looks.font", "Georgia, Times, serif"))
    return {name: unescape(value) for name, value in found}


def test_as_many_blocks_as_may_be_are_taken(server, project, ada):
    said = {**MAIL, "editor": "blocks", **{f"looks.{one.name}": one.default for one in LOOKS}}
    for place in range(blocks.BLOCKS_MAX):
        said[f"block.{place}.kind"] = "columns"
        said |= {f"block.{place}.{one.name}": one.default for one in KINDS["columns"].asks}
    made = send(ada, "/templates/new", **said)
    number = int(made.headers["location"].rpartition("/")[2])
    assert len(blocks.read(find(server, project, number).text.body).blocks) == blocks.BLOCKS_MAX


def test_a_mail_is_made_of_blocks_looked_at_saved_and_opened_again(server, project, ada):
    page = ada.text("/templates/new")
    said = {**MAIL, **fields_of(page), "editor": "blocks", "block.1.text": "Dear {{ name }}"}
    del said["body"]
    assert "Without a value: <code>name</code>" in check(ada, **said)
    added = send(ada, "/templates/blocks", **said, act="add:button:0")
    labels = re.findall(r'aria-label="([\w ]+), block \d"', added.body.decode())
    assert labels == ["Button", "Heading", "Text", "Button", "Footer"]
    made = send(ada, "/templates/new", **said)
    number = int(made.headers["location"].rpartition("/")[2])
    kept = find(server, project, number).text.body
    assert "<p>Dear {{ name }}</p>" in kept
    assert 'font-family="Georgia' in kept
    assert fields_of(ada.text(f"/templates/{number}"))["block.1.text"] == "Dear {{ name }}"
    code = send(ada, f"/templates/{number}", **said, switch="code").body.decode()
    assert "&lt;mjml&gt;" in code
    again = send(ada, f"/templates/{number}", **{**MAIL, "body": kept, "switch": "blocks"})
    assert fields_of(again.body.decode())["block.1.text"] == "Dear {{ name }}"


def test_blocks_that_cannot_be_written_are_told_and_kept(ada):
    said = {**fields_of(ada.text("/templates/new")), "editor": "blocks"}
    said = {**MAIL, **said, "looks.accent": "red"}
    reply = send(ada, "/templates/new", **said)
    assert reply.status == 400
    assert "must be a colour such as #0b6b5c" in reply.body.decode()
    assert "Good to have you" in reply.body.decode()
    assert "must be a colour" in check(ada, **said)


def test_code_of_ones_own_is_not_forced_into_blocks(ada):
    reply = send(ada, "/templates/new", **{**MAIL, "switch": "blocks"})
    assert reply.status == 400
    assert "was not made of blocks" in reply.body.decode()
    assert "Your code is" in reply.body.decode()
