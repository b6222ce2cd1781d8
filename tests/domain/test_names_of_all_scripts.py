"""Names, ids and addresses of every script come in as they are, and go to where they say."""

import pytest

from beckon.domain.contacts.rules import check_id, check_name
from beckon.domain.events.rules import check_name as check_event_name
from beckon.kit.addresses import ascii_domain, email_key
from beckon.kit.refusals import Invalid

NAMES = ["山田　太郎", "Anne\u00a0Marie", "👩‍👧", "نامه‌ای", "\u200fעדה"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_any_script_is_taken(name):
    assert check_name(name, "name") == name.strip()
    assert check_id(name, "id") == name
    assert check_event_name(name, "event") == name.strip()


@pytest.mark.parametrize("bad", ["a\nb", "a\x00", "a\x85b", "a\u2028b"])
def test_a_line_end_or_control_character_is_not(bad):
    for check in (check_name, check_id, check_event_name):
        with pytest.raises(Invalid, match="control"):
            check(bad, "name")


def test_two_addresses_stay_two():
    assert email_key("straße@example.com") != email_key("strasse@example.com")
    assert email_key(" Ann@Example.COM ") == email_key("ann@example.com")


def test_a_domain_goes_where_it_says():
    assert ascii_domain("faß.de") == "xn--fa-hia.de"
    assert ascii_domain("example.com") == "example.com"
