"""Sending policy and domains in the dashboard: read as typed, refused in words, for admins only."""

from datetime import timedelta

import pytest

from beckon.domain.accounts.model import Role
from beckon.domain.accounts.queries import find_retention
from beckon.domain.contacts.model import Channel
from beckon.domain.messages.policies import Cap, QuietHours
from beckon.domain.messages.queries import find_hold, get_policy
from beckon.domain.subscriptions.queries import find_postal_address, list_domains

XSS = '"><script>alert(1)</script>'
CAP = {"count.0": "3", "period.0": "7", "unit.0": "days", "channel.0": "email", "category.0": ""}


def policy(server, project):
    return server.write(lambda tx: get_policy(tx, project.id))


def test_caps_and_quiet_hours_are_kept_and_shown_again(server, project, ada):
    second = {"count.1": "1", "period.1": "36", "unit.1": "hours", "category.1": "news"}
    done = ada.submit("/settings", **CAP, **second, quiet_begin="22:00", quiet_end="08:30")
    assert done.status == 303
    kept = policy(server, project)
    assert kept.caps == (
        Cap(3, timedelta(days=7), Channel.EMAIL),
        Cap(1, timedelta(hours=36), None, "news"),
    )
    assert kept.quiet == QuietHours(22 * 60, 8 * 60 + 30)
    page = ada.text("/settings")
    for shown in ('value="3"', 'value="36"', 'value="news"', 'value="22:00"', 'value="08:30"'):
        assert shown in page


def test_a_cap_without_a_number_is_no_cap(server, project, ada):
    ada.submit("/settings", **CAP)
    ada.submit("/settings", **{**CAP, "count.0": ""})
    assert policy(server, project).caps == ()


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({**CAP, "count.0": "many"}, "How many: write a whole number"),
        ({**CAP, "count.0": "0"}, "caps[0].count must be 1 to"),
        ({**CAP, "period.0": "1000"}, "caps[0].period must be"),
        ({**CAP, "unit.0": "moons"}, "Choose hours or days"),
        ({**CAP, "channel.0": "pigeon"}, "Choose a channel"),
        ({"quiet_begin": "22:00"}, "need both times"),
        ({"quiet_begin": "22:00", "quiet_end": "22:00"}, "must differ"),
        ({"quiet_begin": "99:99", "quiet_end": "8:00"}, "need both times"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_kept(server, project, ada, form, said):
    reply = ada.submit("/settings", **form)
    assert reply.status == 400
    assert said in reply.body.decode()
    assert policy(server, project).caps == ()


def test_sending_is_held_and_resumed(server, project, ada):
    ada.submit("/settings/hold", reason=f"A wrong price {XSS}")
    assert server.write(lambda tx: find_hold(tx, project.id)) is not None
    page = ada.text("/settings")
    assert "Nothing leaves" in page
    assert "A wrong price" in page
    assert "<script>alert" not in page
    ada.submit("/settings/resume")
    assert server.write(lambda tx: find_hold(tx, project.id)) is None


def test_the_postal_address_and_the_keeping_are_set(server, project, ada):
    ada.submit("/settings/keeping", postal_address=f"1 Road {XSS}", retention_days="90")
    assert server.write(lambda tx: find_postal_address(tx, project.id)) == f"1 Road {XSS}"
    assert server.write(lambda tx: find_retention(tx, project.id)) == 90
    assert "<script>alert" not in ada.text("/settings")
    assert ada.submit("/settings/keeping", postal_address="", retention_days="soon").status == 400
    ada.submit("/settings/keeping", postal_address="", retention_days="")
    assert server.write(lambda tx: find_retention(tx, project.id)) is None


def test_a_domain_shows_its_records_and_never_its_key(server, project, ada):
    assert ada.submit("/domains", domain="Mail.Example.com", algorithm="ed25519").status == 303
    (made,) = server.write(lambda tx: list_domains(tx, project.id))
    page = ada.text("/domains")
    assert made.record_name in page
    assert made.public_key in page
    assert ada.submit("/domains", domain=XSS).status == 400
    assert "<script>alert" not in ada.submit("/domains", domain=XSS).body.decode()
    ada.submit("/domains/remove", domain="mail.example.com")
    assert server.write(lambda tx: list_domains(tx, project.id)) == []


def test_only_administrators_change_what_holds_for_all(server, project, door):
    member = door.signed_in(Role.MEMBER)
    for path in ("/settings", "/settings/keeping", "/domains", "/domains/remove"):
        assert member.submit(path, domain="example.com", **CAP).status == 403
    assert policy(server, project).caps == ()
    assert server.write(lambda tx: list_domains(tx, project.id)) == []
    assert member.get("/settings").status == 200
    member.close()
