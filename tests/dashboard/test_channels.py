"""Channels in the dashboard: added by kind, tried out, put in order; no secret comes back."""

import pytest

from beckon.domain.accounts.model import Role
from beckon.domain.contacts.model import Channel
from beckon.domain.providers.queries import list_providers
from dashboard.visitor import Door

NEW = "/channels/new?channel=sms&kind=twilio"
TWILIO = {
    "name": "Texts",
    "account_sid": "AC1",
    "auth_token": "very-secret-token",
    "from": "+15550001",
}


def providers(server, project, channel=None):
    return server.write(lambda tx: list_providers(tx, project.id, channel))


def test_without_providers_the_page_says_where_messages_go(ada):
    page = ada.text("/channels")
    assert "built-in outbox" in page
    assert "There is no secret yet" in page


def test_a_provider_is_added_by_its_form_and_its_secret_never_shown(server, project, ada):
    assert "Account SID" in ada.text(NEW)
    done = ada.submit(NEW, **TWILIO)
    assert (done.status, done.headers["location"]) == (303, "/channels")
    (made,) = providers(server, project)
    listed = ada.text("/channels")
    form = ada.text(f"/channels/{made.id}")
    for page in (listed, form):
        assert "Texts" in page
        assert "very-secret-token" not in page
    assert "Kept. Type to replace it." in form


def test_a_change_keeps_the_secret_that_is_not_typed_again(server, project, ada):
    ada.submit(NEW, **TWILIO)
    (made,) = providers(server, project)
    again = {**TWILIO, "auth_token": "", "from": "Shop", "rate_per_second": "5"}
    assert ada.submit(f"/channels/{made.id}", **again).status == 303
    (changed,) = providers(server, project)
    assert (changed.settings["from"], changed.secret_names) == ("Shop", ("auth_token",))
    assert changed.rate_per_second == 5


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({**TWILIO, "account_sid": ""}, "account_sid is required"),
        ({**TWILIO, "name": ""}, "name must have 1 to 100"),
        ({**TWILIO, "rate_per_second": "fast"}, "rate_per_second must be a whole number"),
        ({**TWILIO, "rate_per_second": "0"}, "ratePerSecond must be 1 to"),
    ],
)
def test_a_form_that_cannot_be_taken_says_why_and_keeps_what_was_typed(
    server, project, ada, form, said
):
    reply = ada.submit(NEW, **form)
    assert reply.status == 400
    page = reply.body.decode()
    assert said in page
    assert "+15550001" in page
    assert "very-secret-token" not in page
    assert providers(server, project) == []


def test_a_test_message_shows_what_came_of_it(server, project, ada):
    ada.submit("/channels/new?channel=email&kind=outbox", name="Kept")
    (made,) = providers(server, project)
    sent = ada.submit(f"/channels/{made.id}/test", to="you@example.com")
    assert "The provider took it. kept in the built-in outbox" in sent.body.decode()
    refused = ada.submit(f"/channels/{made.id}/test", to="nobody")
    assert "recipient is not an e-mail address" in refused.body.decode()


def test_providers_are_put_first_switched_off_and_deleted(server, project, ada):
    ada.submit(NEW, **TWILIO)
    ada.submit(NEW, **{**TWILIO, "name": "Spare"})
    first, spare = providers(server, project, Channel.SMS)
    ada.submit(f"/channels/{spare.id}/first")
    assert [one.name for one in providers(server, project, Channel.SMS)] == ["Spare", "Texts"]
    ada.submit(f"/channels/{first.id}/switch")
    assert "Switched off" in ada.text("/channels")
    ada.submit(f"/channels/{first.id}/switch")
    assert "Switched off" not in ada.text("/channels")
    ada.submit(f"/channels/{first.id}/delete")
    assert [one.name for one in providers(server, project)] == ["Spare"]
    assert "its secrets with it" in ada.text("/channels")


def test_the_secret_for_reports_is_shown_once(ada):
    shown = ada.submit("/channels/inbound")
    secret = shown.body.decode().partition("<code>")[2].partition("<")[0]
    assert len(secret) >= 24
    assert shown.headers["cache-control"] == "no-store"
    page = ada.text("/channels")
    assert secret not in page
    assert "A secret is set." in page


def test_a_member_looks_and_changes_nothing(server, project, door):
    member = door.signed_in(Role.MEMBER)
    page = member.text("/channels")
    assert "Add" not in page.partition("<main")[2].partition("</main")[0].replace("Address", "")
    assert member.get(NEW).status == 403
    for path in (NEW, "/channels/1", "/channels/1/test", "/channels/inbound", "/channels/1/delete"):
        assert member.submit(path, **TWILIO).status == 403
    assert providers(server, project) == []
    member.close()


@pytest.mark.parametrize(
    "query", ["", "?channel=sms", "?channel=fax&kind=twilio", "?channel=email&kind=twilio"]
)
def test_a_form_for_nothing_is_refused(ada, query):
    assert ada.get(f"/channels/new{query}").status == 400


def test_another_project_s_provider_is_unknown(server, other, ada):
    eve = Door(server, other.id).signed_in()
    eve.submit(NEW, **TWILIO)
    (theirs,) = providers(server, other)
    for path in (f"/channels/{theirs.id}", "/channels/0", "/channels/abc"):
        assert ada.get(path).status == 404
        assert ada.submit(path, **TWILIO).status == 404
    assert ada.submit(f"/channels/{theirs.id}/test", to="+380500000001").status == 404
    assert ada.submit(f"/channels/{theirs.id}/delete").status == 404
    eve.close()
