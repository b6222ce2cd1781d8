"""Suppressions in the dashboard: listed with reasons, added and lifted by hand."""

import pytest

from beckon.domain.contacts.model import Channel
from beckon.domain.subscriptions import actions
from beckon.domain.subscriptions.model import Proof, Suppression
from dashboard.visitor import Door
from support.server import now


def suppress(server, project, address, reason):
    server.write(
        lambda tx: actions.suppress(
            tx,
            project.id,
            Channel.EMAIL,
            [address],
            reason=reason,
            proof=Proof("test"),
            now=now(),
        )
    )


def test_an_address_is_added_and_lifted(ada):
    assert ada.submit("/suppressions", channel="email", address="Ann@Example.com").status == 303
    page = ada.text("/suppressions")
    assert "ann@example.com" in page.lower()
    assert "By hand" in page
    ada.submit("/suppressions/lift", channel="email", address="ann@example.com")
    assert "Nobody here" in ada.text("/suppressions")


def test_a_bounce_cannot_be_lifted(server, project, ada):
    suppress(server, project, "gone@example.com", Suppression.BOUNCE)
    page = ada.text("/suppressions")
    assert "gone@example.com" in page
    assert ">Lift<" not in page
    ada.submit("/suppressions/lift", channel="email", address="gone@example.com")
    assert "gone@example.com" in ada.text("/suppressions?reason=bounce")
    assert "gone@example.com" not in ada.text("/suppressions?reason=complaint")


def test_other_projects_addresses_are_not_listed(server, project, other, ada):
    suppress(server, other, "theirs@example.com", Suppression.BOUNCE)
    assert "theirs@example.com" not in ada.text("/suppressions")


@pytest.mark.parametrize(
    ("channel", "address", "said"),
    [
        ("email", '"><script>alert(1)</script>', "is not an e-mail address"),
        ("sms", "none", "international phone number"),
        ("pigeon", "ann@example.com", "Choose a channel"),
    ],
)
def test_what_is_no_address_is_refused(ada, channel, address, said):
    reply = ada.submit("/suppressions", channel=channel, address=address)
    assert reply.status == 400
    assert said in reply.body.decode()
    assert "<script>alert" not in reply.body.decode()


def test_an_unknown_reason_or_page_is_refused(ada):
    assert ada.get("/suppressions?reason=weather").status == 400
    assert ada.get("/suppressions?page=x").status == 400


@pytest.mark.parametrize(
    "path",
    ["/audit", "/campaigns", "/news", "/segments", "/suppressions", "/templates", "/workflows"],
)
def test_a_page_beyond_all_lists_is_refused(ada, path):
    assert ada.get(f"{path}?page={2**63 - 1}").status == 400
    assert ada.get(f"{path}?page=1000000").status == 200


def test_nobody_who_is_not_signed_in_sees_them(server, project):
    stranger = Door(server, project.id).visitor()
    assert stranger.get("/suppressions").status == 303
    stranger.close()
