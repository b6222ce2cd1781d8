"""Single reports: what no campaign sent, found by person or request id, opened and clicked."""

from uuid import UUID

import pytest

from beckon.domain.contacts.queries import find_ids_by_external_id
from beckon.domain.subscriptions.actions import record_activity
from beckon.domain.subscriptions.model import Activity, ActivityKind
from dashboard.stories import a_welcome, signs_up, the_message
from dashboard.visitor import Door
from support.server import now

PLACE = "/single-reports"


@pytest.fixture
def sent(project):
    """Send one message by a workflow; give its number and the address."""
    address = project.address()
    a_welcome(project.retenshun)
    signs_up(project, email=address, name="Ann")
    return str(UUID(the_message(project))), address


def notes(server, project, message, kind, *, is_machine=False, link=None):
    def note(tx):
        ((_, contact_id),) = find_ids_by_external_id(tx, project.id, ["user_1"]).items()
        one = Activity(project.id, contact_id, UUID(message), kind, now(), link, is_machine)
        record_activity(tx, [one])

    server.write(note)


def test_nothing_yet_says_what_will_stand_here(ada):
    assert "No single message yet" in ada.text(PLACE)


def test_a_message_is_found_by_person_address_and_request_id(ada, sent):
    message, address = sent
    for find in ("user_1", address, message, f"msg_{message}"):
        page = ada.text(f"{PLACE}?find={find}")
        assert f"/messages/{message}" in page, find
        assert address in page
        assert "Welcome sequence" in page
    for find in ("nobody", "nobody@example.com", "0" * 32, "%22%3E"):
        assert "Nothing found" in ada.text(f"{PLACE}?find={find}")


def test_states_and_channels_narrow_the_list(ada, sent):
    message, _ = sent
    assert message in ada.text(f"{PLACE}?state=accepted&channel=email")
    assert "Nothing found" in ada.text(f"{PLACE}?state=failed")
    assert "Nothing found" in ada.text(f"{PLACE}?channel=sms")
    for asked in ("state=lost", "channel=pigeon", "before=x"):
        assert ada.get(f"{PLACE}?{asked}").status == 400


def test_what_people_did_is_told_from_what_machines_did(server, project, ada, sent):
    message, _ = sent
    notes(server, project, message, ActivityKind.OPENED, is_machine=True)
    assert "Opened</span>" not in ada.text(PLACE)
    assert "by a machine" in ada.text(f"/messages/{message}")
    notes(server, project, message, ActivityKind.OPENED)
    assert "Opened</span>" in ada.text(PLACE)
    notes(server, project, message, ActivityKind.CLICKED, link="https://shop.example/tea")
    assert "Clicked</span>" in ada.text(PLACE)
    assert "https://shop.example/tea" in ada.text(f"/messages/{message}")


def test_a_campaigns_messages_are_not_among_them(server, project, ada, sent):
    message, _ = sent
    with server.engine.begin() as tx:
        tx.exec_driver_sql(f"UPDATE message SET campaign_id = 7 WHERE project_id = {project.id}")
    assert "No single message yet" in ada.text(PLACE)
    assert message in ada.text("/messages")


def test_another_projects_messages_are_unknown(server, other, sent):
    message, address = sent
    stranger = Door(server, other.id).signed_in()
    for find in (message, address, "user_1"):
        assert "Nothing found" in stranger.text(f"{PLACE}?find={find}")
    stranger.close()
