"""Writes a draft out for one person. Pure: no clock, no store; slow templates hurt nobody else."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from beckon.domain.contacts.model import Channel
from beckon.domain.messages.assembly import Track, assemble
from beckon.domain.messages.model import Draft, Letter, State, Unwritable, Written
from beckon.domain.messages.notes import write_note
from beckon.domain.templates.compiled import CompiledText, Filled
from beckon.domain.templates.compiled import compiled as compiled_form
from beckon.domain.templates.html_tools import MarkupError
from beckon.domain.templates.plain_text import to_plain_text
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
    try:
        dressing = dress(draft) if dress else PLAIN
        compiled = compiled_form(pick(draft.text, draft.occasion.language))
        filled = compiled.fill({**dressing.values, **draft.data}, draft.occasion)
        content = (
            _write_mail(draft, draft.address, compiled, filled, dressing)
            if draft.channel is Channel.EMAIL
            else _write_note(compiled, filled)
        )
        letter = _letter(draft, draft.address, content)
    except (TemplateError, MarkupError) as fault:
        return Unwritable(draft, f"The template failed for this contact: {fault}")
    except (Invalid, UnicodeError) as fault:
        return Unwritable(draft, f"The message cannot be written: {fault}")
    return Written(letter, filled.subject, draft)


def _write_mail(
    draft: Draft, address: str, compiled: CompiledText, filled: Filled, dressing: Dressing
) -> bytes:
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
    return dressing.sign(mail) if dressing.sign else mail


def _write_note(compiled: CompiledText, filled: Filled) -> bytes:
    words = compiled.without_marks("".join(filled.body))
    text = to_plain_text(words) if filled.plain is None else "".join(filled.plain)
    return write_note(title=filled.subject, text=text)


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
