"""A message that did not go is sent again from its page, by whoever may."""

from uuid import UUID

from beckon.domain.accounts.model import AuditFilter
from beckon.domain.accounts.queries import list_audit
from beckon.domain.messages.queries import list_changes
from dashboard.stories import a_welcome, signs_up, the_message


def test_what_was_kept_back_can_be_sent_again(server, project, ada):
    a_welcome(project.retenshun)
    signs_up(project)  # nobody knows an address
    number = the_message(project, "suppressed")
    assert "Send now" in ada.text(f"/messages/{number}")
    assert ada.submit(f"/messages/{number}/again").status == 303
    states = server.write(
        lambda tx: [one.state for one in list_changes(tx, project.id, UUID(number))]
    )
    assert states.count("queued") == 2
    asked = AuditFilter(act="message.requeued")
    (noted,) = server.write(lambda tx: list_audit(tx, project.id, asked))
    assert noted.details == {"message": f"msg_{UUID(number).hex}"}


def test_what_went_is_not_sent_twice_and_strangers_are_unknown(project, other, ada):
    a_welcome(project.retenshun)
    signs_up(project, email="ann@example.com")
    number = the_message(project)
    assert "Send again" not in ada.text(f"/messages/{number}")
    assert ada.submit(f"/messages/{number}/again").status == 409
    assert ada.submit(f"/messages/{UUID(int=1)}/again").status == 404
