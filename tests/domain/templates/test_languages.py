"""Texts in each language, filled for one person: what they see of data, contact and clock."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Contact, ContactId
from beckon.domain.templates.model import Language, Occasion, Text
from beckon.domain.templates.rules import gather, render
from beckon.kit.values import replace

MOMENT = datetime(2026, 4, 1, 22, 30, tzinfo=UTC)
ANN = Contact(
    id=ContactId(7),
    project_id=ProjectId(1),
    external_id="user_123",
    first_name="Ann",
    last_name="O'Neil",
    language="uk",
    time_zone="Asia/Tokyo",
    email="ann@example.com",
    phone="+380501234567",
    properties={"town": "Kyiv", "region": "Podil", "address": "1 <b>", "postcode": "04070"},
    created_at=MOMENT,
    updated_at=MOMENT,
    last_seen_at=None,
)


def filled(body, data=(), *, language=Language.VELOCITY, escapes=True, contact=None, now=None):
    """Render a body for somebody; time zones are Kyiv's and the contact's."""
    text = Text(language, "S", body, escapes=escapes)
    zone = ZoneInfo(contact.time_zone) if contact else None
    occasion = Occasion(now, ZoneInfo("Europe/Kyiv"), zone)
    return render(text, gather(contact, dict(data)), occasion).body


@pytest.mark.parametrize("language", [Language.VELOCITY, Language.LIQUID])
def test_merge_tags_speak_of_the_contact(language):
    tags = "FIRSTNAME LASTNAME EMAIL SMS EXTERNAL_CUSTOMER_ID TOWN ADDRESS COUNTY POSTCODE"
    body = "|".join(f"%{tag}%" for tag in tags.split())
    assert filled(body, language=language, contact=ANN) == (
        "Ann|O&#39;Neil|ann@example.com|+380501234567|user_123|Kyiv|1 &lt;b&gt;|Podil|04070"
    )
    assert filled("Hi %FIRSTNAME|friend%", language=language) == "Hi friend"


def test_data_stands_above_what_is_known_of_the_contact():
    body = "$!data.get('town') $!data.get('user').get('town') %TOWN%"
    assert filled(body, {"town": "Lviv"}, contact=ANN) == "Lviv Kyiv Kyiv"


def test_values_print_as_they_are_only_where_a_text_says_so():
    for language, body in ((Language.VELOCITY, "$x"), (Language.LIQUID, "{{ x }}")):
        assert filled(body, {"x": "<b>"}, language=language) == "&lt;b&gt;"
        assert filled(body, {"x": "<b>"}, language=language, escapes=False) == "<b>"


def test_the_clock_and_both_zones_are_those_of_the_occasion():
    day = "$dateTool.currentDate('yyyy-MM-dd HH:mm')"
    assert filled(day, now=MOMENT) == "2026-04-02 01:30"
    assert filled("{{ now | date: '%F %R' }}", language=Language.LIQUID, now=MOMENT) == (
        "2026-04-02 01:30"
    )
    body = "$dateTool.formatInContactTimezone('yyyy-MM-dd HH:mm', '2026-04-01T22:30:00Z')"
    assert filled(body, contact=ANN, now=MOMENT) == "2026-04-02 07:30"
    assert filled(body, contact=replace(ANN, time_zone="UTC"), now=MOMENT) == "2026-04-01 22:30"


def test_a_contact_cannot_write_template_code():
    mallory = replace(ANN, first_name="#set($x=1)$data{{ 7 | times: 6 }}")
    for language in (Language.VELOCITY, Language.LIQUID):
        assert filled("%FIRSTNAME%", language=language, contact=mallory) == mallory.first_name
