"""Texts of SMS, push and in-app messages: what they may hold, and what becomes of them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beckon.domain.contacts.model import Channel
from beckon.domain.messages.sms_parts import SmsParts, count_parts
from beckon.domain.templates import rules
from beckon.domain.templates.model import Details, Language, Note, Occasion, Text, Words
from beckon.domain.templates.rules import TemplateInvalid, check_text, render_note
from beckon.domain.templates.stored import digest_of, from_stored, to_stored
from beckon.kit import json
from beckon.kit.refusals import Invalid
from beckon.languages.errors import TemplateError

PUSH = Text(
    Language.LIQUID,
    "Hi {{ name }}",
    "Your order {{ order }} & more",
    channel=Channel.PUSH,
    details=Details(
        image_url="https://example.com/{{ order }}.png",
        link_url="shop://orders/{{ order }}",
        button="See {{ order }}",
        data=(("order", "{{ order }}"), ("kind", "note")),
    ),
)
DATA = {"name": "Ann <b>", "order": 17}


def test_every_part_is_filled_and_nothing_is_html():
    assert render_note(check_text(PUSH), DATA) == Note(
        "Hi Ann <b>",
        "Your order 17 & more",
        "https://example.com/17.png",
        "shop://orders/17",
        "See 17",
        {"order": "17", "kind": "note"},
    )


def test_what_is_filled_with_nothing_is_left_out_and_lines_stay_lines():
    text = replace(PUSH, subject="{{ name }}", details=Details(link_url="{{ nowhere }}"))
    note = render_note(text, {"name": "Ann\r\nBcc: all"})
    assert (note.title, note.link_url) == ("Ann Bcc: all", None)


def test_a_translation_brings_its_own_details_or_leaves_those_of_the_text():
    uk = Words("Hi", "Order", details=Details(link_url="shop://uk"))
    text = check_text(replace(PUSH, translations=(("de", Words("Hallo", "Da")), ("uk", uk))))
    links = {
        language: render_note(text, DATA, Occasion(language=language)).link_url
        for language in ("uk", "de", "en")
    }
    assert links == {"uk": "shop://uk", "de": "shop://orders/17", "en": "shop://orders/17"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (replace(PUSH, subject=" "), "title must not be empty"),
        (replace(PUSH, body=""), "body must not be empty"),
        (replace(PUSH, plain="x"), "text: only a mail"),
        (replace(PUSH, preheader="x"), "preheader: only a mail"),
        (replace(PUSH, channel=Channel.SMS), "imageUrl: a message by SMS has none"),
        (replace(PUSH, channel=Channel.VIBER), "data: a message by VIBER has none"),
        (replace(PUSH, channel=Channel.EMAIL), "imageUrl: a message by EMAIL has none"),
        (replace(PUSH, details=Details(data=(("a b", "x"),))), "data.a b: a name has"),
        (replace(PUSH, details=Details(button="a\nb")), "button must be one line"),
    ],
)
def test_what_a_channel_has_no_place_for_is_refused(text, said):
    with pytest.raises(Invalid, match=said):
        check_text(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (replace(PUSH, subject="{% if %}"), r"^title: line 1, column \d"),
        (replace(PUSH, details=Details(link_url="{{ a")), r"^link: line 1"),
        (replace(PUSH, details=Details(data=(("k", "{{ a"),))), r"^data.k: line 1"),
    ],
)
def test_a_fault_names_its_part(text, said):
    with pytest.raises(TemplateInvalid, match=said):
        check_text(text)


@pytest.mark.parametrize("link", ["javascript:alert(1)", " JavaScript:x", "data:text/html,x"])
def test_a_value_cannot_make_code_of_a_link(link):
    text = replace(PUSH, details=Details(link_url="{{ link }}"))
    with pytest.raises(TemplateError, match="not to code"):
        render_note(text, {"link": link})


def test_an_sms_needs_no_title():
    text = Text(Language.VELOCITY, "", "Code $!data.get('code')", channel=Channel.SMS)
    assert render_note(check_text(text), {"code": 123}) == Note("", "Code 123")
    assert rules.find_missing(text, {}) == ["code"]


@pytest.mark.parametrize(
    "text",
    [PUSH, replace(PUSH, translations=(("uk", PUSH.words),)), Text(Language.PLAIN, "a", "b")],
)
def test_what_is_stored_comes_back(text):
    stored = json.stored(json.text(to_stored(text)))
    assert from_stored(stored) == text
    assert digest_of(from_stored(stored)) == digest_of(text)


def test_other_texts_have_other_digests():
    others = [PUSH, replace(PUSH, subject="x"), replace(PUSH, channel=Channel.IN_APP)]
    others.append(replace(PUSH, details=Details(button="See {{ order }}")))
    assert len({digest_of(text) for text in others}) == len(others)


def test_links_of_the_message_stand_above_what_was_given():
    data = rules.gather(None, {"unsubscribe_link": "https://evil.example"}, rules.SAMPLE_LINKS)
    assert data["unsubscribe_link"] == rules.SAMPLE_LINKS["unsubscribe_link"]
    assert data["UNSUBSCRIBE_LINK"].startswith("https://example.com/sample-")


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("", SmsParts("GSM-7", 0, 1)),
        ("a" * 160, SmsParts("GSM-7", 160, 1)),
        ("a" * 161, SmsParts("GSM-7", 161, 2)),
        ("a" * 306, SmsParts("GSM-7", 306, 2)),
        ("a" * 307, SmsParts("GSM-7", 307, 3)),
        ("€" * 80, SmsParts("GSM-7", 160, 1)),
        ("a" * 152 + "€" + "a" * 152, SmsParts("GSM-7", 306, 3)),
        ("є" * 70, SmsParts("UCS-2", 70, 1)),
        ("є" * 71, SmsParts("UCS-2", 71, 2)),
        ("a" * 159 + "є", SmsParts("UCS-2", 160, 3)),
        ("\U0001f600" * 35, SmsParts("UCS-2", 70, 1)),
        ("a" * 66 + "\U0001f600" * 2, SmsParts("UCS-2", 70, 1)),
        ("a" * 66 + "\U0001f600" + "a" * 66, SmsParts("UCS-2", 134, 3)),
    ],
)
def test_parts_of_an_sms(text, counted):
    assert count_parts(text) == counted


@given(st.text("aé€{Їж\U0001f600", max_size=400))
def test_parts_hold_their_units_and_not_many_more_are_taken_than_needed(text):
    counted = count_parts(text)
    alone, joined = (160, 153) if counted.encoding == "GSM-7" else (70, 67)
    assert (counted.parts == 1) == (counted.units <= alone)
    if counted.parts > 1:
        assert counted.units <= joined * counted.parts
        assert (joined - 1) * (counted.parts - 1) < counted.units
