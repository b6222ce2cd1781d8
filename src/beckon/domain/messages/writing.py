"""Writes a draft out for one person. Pure: no clock, no store; slow templates hurt nobody else."""

from beckon.domain.contacts.model import Channel
from beckon.domain.messages.mail import write_mail
from beckon.domain.messages.model import Draft, Letter, Unwritable, Written
from beckon.domain.templates import rules as templates
from beckon.kit.addresses import check_mailbox
from beckon.kit.refusals import Invalid
from beckon.languages.errors import TemplateError

NO_ADDRESS = {Channel.EMAIL: "The contact has no e-mail address."}


def write(draft: Draft) -> Written | Unwritable:
    """Render a draft and write its letter; a second attempt hands over the first one's bytes."""
    if draft.address is None:
        return Unwritable(draft, NO_ADDRESS[draft.channel])
    if draft.content is not None:
        return Written(_letter(draft, draft.address, draft.content), draft.subject or "")
    if draft.text is None:
        return Unwritable(draft, "The text of this message is gone.")
    try:
        rendered = templates.render(draft.text, draft.data, draft.occasion)
        sender = check_mailbox(draft.sender, "sender")
        content = write_mail(
            draft.id,
            sender=sender,
            recipient=draft.address,
            subject=rendered.subject,
            plain=rendered.plain,
            html=rendered.body,
            at=draft.created_at,
        )
    except TemplateError as fault:
        return Unwritable(draft, f"The template failed for this contact: {fault}")
    except (Invalid, UnicodeError) as fault:
        return Unwritable(draft, f"The message cannot be written: {fault}")
    return Written(_letter(draft, draft.address, content), rendered.subject)


def _letter(draft: Draft, address: str, content: bytes) -> Letter:
    return Letter(
        id=draft.id,
        project_id=draft.project_id,
        channel=draft.channel,
        sender=check_mailbox(draft.sender, "sender").address,
        recipient=address,
        content=content,
        fence=draft.fence,
    )
