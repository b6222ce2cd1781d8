"""Mails put together from pieces, read back by the standard library's parser."""

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from html.parser import HTMLParser
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beckon.domain.messages.assembly import assemble
from beckon.domain.messages.quoted import encode_piece
from beckon.domain.templates.compiled import compiled
from beckon.domain.templates.model import Language, Occasion, Text
from beckon.kit.addresses import Mailbox
from beckon.kit.refusals import Invalid

SENDER = Mailbox("Крамниця", "shop@example.com")
AT = datetime(2026, 4, 1, 12, 30, tzinfo=UTC)
KYIV = "Привіт, світе! Чай, горнята й чайники. " * 20


def mail(text, data=None, **more):
    """Fill and assemble one mail; check its form; give its bytes."""
    form = compiled(text)
    filled = form.fill(data or {}, Occasion())
    content = assemble(
        UUID(int=7), form, filled, sender=SENDER, recipient="ann@example.com", at=AT, **more
    )
    lines = content.split(b"\r\n")
    assert not re.search(rb"[\r\n]", b"".join(lines))
    assert max(map(len, lines)) <= 998
    names = [line.partition(b":")[0] for line in lines[: lines.index(b"")] if line[:1] != b" "]
    assert len(names) == len(set(names))
    return content


def read(content):
    """Read a mail: subject, text part, HTML part, as their words."""
    parsed = message_from_bytes(content, policy=policy.default)
    assert not parsed.defects
    words = []
    for part in parsed.iter_parts():
        assert not part.defects
        if part["content-transfer-encoding"] == "quoted-printable":
            assert max(map(len, part.get_payload().splitlines())) <= 76
        words.append(lined(part.get_content()))
    return (parsed["subject"], *words)


def lined(words):
    """Spell every line end as the parser does."""
    return re.sub(r"\r\n|\r", "\n", words)


def hrefs(html):
    """List the targets of links as a browser reads them."""
    found = []
    reader = HTMLParser()
    reader.handle_starttag = lambda _tag, attributes: found.extend(
        value for name, value in attributes if name == "href"
    )
    reader.feed(html)
    return found


def test_short_ascii_goes_out_as_people_read_it():
    text = Text(Language.LIQUID, "Hi {{ n }}", "<p>Hi {{ n }}</p>\n<p>1=1</p>\n")
    content = mail(text, {"n": "Ann"})
    assert b"\r\n\r\n<p>Hi Ann</p>\r\n<p>1=1</p>\r\n" in content
    assert read(content) == ("Hi Ann", "Hi Ann\n\n1=1\n\n", "<p>Hi Ann</p>\n<p>1=1</p>\n\n")


@pytest.mark.parametrize("value", ["Ann", "Оксана", "a" * 5000, "=", "x \ny\t\r\nz ", "\x0b", ""])
@pytest.mark.parametrize("around", ["", "x" * 2000, KYIV, "a \n. \n" * 50])
def test_what_is_read_is_what_was_filled_in(value, around):
    body = f"{around}{{{{ v }}}}{around}{{{{ v }}}}"
    text = Text(Language.LIQUID, "S {{ v }}", body, plain=body, escapes=False)
    _, plain, html = read(mail(text, {"v": value}))
    assert plain == html == lined(body.replace("{{ v }}", value)) + "\n"


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="{}%\ufdd0"))


@given(words, words, words, words)
def test_any_text_with_any_values(first, second, one, two):
    body = f"{first}{{{{ one }}}}{second}{{{{ two }}}}{first}"
    text = Text(Language.LIQUID, "{{ one }}{{ two }}", body, plain=body, escapes=False)
    subject, plain, html = read(mail(text, {"one": one, "two": two}))
    expected = lined(body.replace("{{ one }}", one, 1).replace("{{ two }}", two, 1)) + "\n"
    if "{{" not in one:
        assert html == plain == expected
    assert "".join(subject.split()) == "".join(
        re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", one + two).split()
    )


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_pieces_stand_alone(pieces):
    encoded = [encode_piece(piece) for piece in pieces]
    for one in encoded:
        assert one == b"" or one.endswith(b"\r\n")
        for line in one.split(b"\r\n"):
            assert len(line) <= 76
            assert line.isascii()
            assert not line.endswith((b" ", b"\t"))
            assert not re.search(rb"=(?![0-9A-F]{2}|$)", line)
            # No character is cut in two: what stands in one line can be read alone.
            quoted = re.sub(rb"=([0-9A-F]{2})", lambda hit: bytes([int(hit[1], 16)]), line)
            quoted.removesuffix(b"=").decode()


LINKED = (
    '<a href="https://a.example/?x=1&amp;y=%D0%9F">a</a>'
    '#foreach($r in $rows)<a href="$r.u">$r.n</a><b>$r.n</b><i>$r.n</i>'
    '<a href="https://t.example/$r.n">t</a>#end<a href="mailto:a@b.c">m</a>'
)
ROWS = {
    "rows": [{"u": "https://x.example/?a=1&b=2", "n": "Чай"}, {"u": "http://y.example", "n": "n"}]
}


@pytest.mark.parametrize("pad", ["", "ы" * 300, "line\n" * 10])
def test_links_lead_where_they_are_told_to(pad):
    text = Text(Language.VELOCITY, "S", pad + LINKED)
    asked = []

    def track(number, target):
        asked.append((number, target))
        return f"https://t.example/c/{number}?to={len(asked)}&x=ы"

    _, _, html = read(mail(text, ROWS, track=track))
    assert asked == [
        (0, "https://a.example/?x=1&y=%D0%9F"),
        (1, "https://x.example/?a=1&b=2"),
        (2, "https://t.example/Чай"),
        (1, "http://y.example"),
        (2, "https://t.example/n"),
    ]
    assert hrefs(html) == [
        *(f"https://t.example/c/{number}?to={n}&x=ы" for n, (number, _) in enumerate(asked, 1)),
        "mailto:a@b.c",
    ]
    assert "<b>Чай</b><i>Чай</i>" in html


@pytest.mark.parametrize(
    ("language", "body", "count"),
    [
        (Language.LIQUID, "{% capture c %}LINK{% endcapture %}{{ c }}", 1),
        (Language.LIQUID, "{% for r in (1..90) %}{{ r }}LINK{% endfor %}", 90),
        (Language.VELOCITY, "#define($d)LINK#end$d$d", 2),
        (Language.VELOCITY, "#macro(m)LINK#end#m()#m()", 2),
        (Language.VELOCITY, "#foreach($r in [1..9])$r $r $r $r ${r}LINK#end", 9),
    ],
)
@pytest.mark.parametrize("value", ["Ann", "\ufdd00-1\ufdd1", "\ufdd1\ufdd2"])
def test_a_link_is_found_however_often_its_place_is_printed(language, body, count, value):
    hole = {Language.LIQUID: "{{ v }}", Language.VELOCITY: "$v"}[language]
    link = f'<a href="https://a.example/">{hole}</a>'
    text = Text(language, "S", body.replace("LINK", link))
    _, _, html = read(mail(text, {"v": value}, track=lambda n, to: f"https://t.example/{n}?{to}"))
    assert hrefs(html) == ["https://t.example/0?https://a.example/"] * count
    _, _, html = read(mail(text, {"v": value}))
    assert hrefs(html) == ["https://a.example/"] * count
    assert html.count(value) == count


def test_without_tracking_links_stay_as_they_are():
    _, plain, html = read(mail(Text(Language.VELOCITY, "S", LINKED), ROWS))
    assert [link for link in hrefs(html) if "a.example" in link] == [
        "https://a.example/?x=1&y=%D0%9F"
    ]
    assert html.count('<a href="https://x.example/?a=1&amp;b=2">Чай</a>') == 1
    assert "\ufdd0" not in html + plain


def test_further_headers_are_there_once_and_cannot_break_out():
    text = Text(Language.PLAIN, "S", "B")
    unsubscribe = [
        ("List-Unsubscribe", "<https://example.com/u/1>, <mailto:u@example.com>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ]
    parsed = message_from_bytes(mail(text, headers=unsubscribe), policy=policy.default)
    assert [(name, parsed[name]) for name, _ in unsubscribe] == unsubscribe
    for bad in (
        ("X", "a\r\nBcc: x"),
        ("X", "a\nb"),
        ("X", "é"),
        ("X Y", "a"),
        ("To", "a"),
        ("X:", ""),
    ):
        with pytest.raises(Invalid):
            mail(text, headers=[bad])


def test_a_subject_cannot_add_headers():
    text = Text(Language.LIQUID, "Hi {{ n }}", "B")
    content = mail(text, {"n": "x\r\nBcc: eve@example.com\r\n\r\n<b>"})
    parsed = message_from_bytes(content, policy=policy.default)
    assert parsed["subject"] == "Hi x Bcc: eve@example.com <b>"
    assert parsed["bcc"] is None
