"""Writes a draft out for one person. Pure: no clock, no store; slow templates hurt nobody else."""

from beckon.domain.contacts.model import Channel
from beckon.domain.messages.assembly import assemble
from beckon.domain.messages.model import Draft, Letter, Unwritable, Written
from beckon.domain.templates.compiled import compiled as compiled_form
from beckon.domain.templates.html_tools import MarkupError
from beckon.domain.templates.rules import pick
from beckon.kit.addresses import check_mailbox
from beckon.kit.refusals import Invalid
from beckon.languages.errors import TemplateError

NO_ADDRESS = {
    Channel.EMAIL: "The contact has no e-mail address.",
    Channel.SMS: "The contact has no phone number.",
    Channel.VIBER: "The contact has no phone number.",
    Channel.PUSH: "The contact has no device that takes push messages.",
    Channel.WEB_PUSH: "The contact has no browser that takes push messages.",
    Channel.IN_APP: "The contact is gone.",
}


def write(draft: Draft) -> Written | Unwritable:
    """Render a draft and write its letter; a second attempt hands over the first one's bytes."""
    if draft.address is None:
        return Unwritable(draft, NO_ADDRESS[draft.channel])
    if draft.content is not None:
        return Written(_letter(draft, draft.address, draft.content), draft.subject or "", draft)
    if draft.text is None:
        return Unwritable(draft, "The text of this message is gone.")
    try:
        compiled = compiled_form(pick(draft.text, draft.occasion.language))
        filled = compiled.fill(draft.data, draft.occasion)
        content = assemble(
            draft.id,
            compiled,
            filled,
            sender=check_mailbox(draft.sender, "sender"),
            recipient=draft.address,
            at=draft.created_at,
        )
    except (TemplateError, MarkupError) as fault:
        return Unwritable(draft, f"The template failed for this contact: {fault}")
    except (Invalid, UnicodeError) as fault:
        return Unwritable(draft, f"The message cannot be written: {fault}")
    return Written(_letter(draft, draft.address, content), filled.subject, draft)


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
