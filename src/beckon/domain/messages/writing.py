"""Writes a draft out for one person. Pure: no clock, no store; slow templates hurt nobody else."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from beckon.domain.contacts.model import Channel
from beckon.domain.messages.assembly import Track, assemble
from beckon.domain.messages.model import Draft, Letter, State, Unwritable, Written
from beckon.domain.messages.notes import write_note
from beckon.domain.templates.compiled import compiled as compiled_form
from beckon.domain.templates.html_tools import MarkupError
from beckon.domain.templates.model import Text
from beckon.domain.templates.rules import pick, render_note
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

Sign: TypeAlias = Callable[[bytes], bytes]
"""A whole mail → the same with its signatures in front."""


@dataclass(frozen=True, slots=True)
class Dressing:
    """What a message carries beyond its words.

    `values` is what templates may print of links; `headers` and `track` go into the mail, `pixel`
    behind its HTML; `sign` signs what is finished.
    """

    values: Mapping[str, object] = field(default_factory=dict)
    headers: Sequence[tuple[str, str]] = ()
    track: Track | None = None
    pixel: str = ""
    sign: Sign | None = None


Dress: TypeAlias = Callable[[Draft], Dressing]

PLAIN = Dressing()


def write(draft: Draft, dress: Dress | None = None) -> Written | Unwritable:
    """Render a draft and write its letter; a second attempt hands over the first one's bytes."""
    if draft.address is None:
        return Unwritable(draft, NO_ADDRESS[draft.channel], State.SUPPRESSED)
    if draft.content is not None:
        return Written(_letter(draft, draft.address, draft.content), draft.subject or "", draft)
    if draft.text is None:
        return Unwritable(draft, "The text of this message is gone.")
    write_content = _write_mail if draft.channel is Channel.EMAIL else _write_note
    try:
        dressing = dress(draft) if dress else PLAIN
        content, subject = write_content(draft, draft.address, draft.text, dressing)
        letter = _letter(draft, draft.address, content)
    except (TemplateError, MarkupError) as fault:
        return Unwritable(draft, f"The template failed for this contact: {fault}")
    except (Invalid, UnicodeError) as fault:
        return Unwritable(draft, f"The message cannot be written: {fault}")
    return Written(letter, subject, draft)


def _write_mail(draft: Draft, address: str, text: Text, dressing: Dressing) -> tuple[bytes, str]:
    compiled = compiled_form(pick(text, draft.occasion.language))
    filled = compiled.fill({**draft.data, **dressing.values}, draft.occasion)
    if dressing.pixel:
        filled = replace(filled, body=[*filled.body, dressing.pixel])
    mail = assemble(
        draft.id,
        compiled,
        filled,
        sender=check_mailbox(draft.sender, "sender"),
        recipient=address,
        at=draft.created_at,
        track=dressing.track,
        headers=dressing.headers,
    )
    return (dressing.sign(mail) if dressing.sign else mail), filled.subject


def _write_note(draft: Draft, _address: str, text: Text, dressing: Dressing) -> tuple[bytes, str]:
    note = render_note(text, {**draft.data, **dressing.values}, draft.occasion)
    content = write_note(
        title=note.title,
        text=note.text,
        image_url=note.image_url,
        link_url=note.link_url,
        button=note.button,
        data=note.data,
    )
    return content, note.title


def _letter(draft: Draft, address: str, content: bytes) -> Letter:
    is_mail = draft.channel is Channel.EMAIL
    return Letter(
        id=draft.id,
        project_id=draft.project_id,
        channel=draft.channel,
        sender=check_mailbox(draft.sender, "sender").address if is_mail else draft.sender,
        recipient=address,
        content=content,
        fence=draft.fence,
    )
