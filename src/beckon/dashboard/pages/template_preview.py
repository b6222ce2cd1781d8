"""A template as it is typed, filled for somebody: checked, shown, and written with help."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from starlette.responses import HTMLResponse, Response

from beckon.dashboard.pages import template_blocks
from beckon.dashboard.pages.message import PREVIEW_POLICY
from beckon.dashboard.pages.template_block_kinds import FONTS, KINDS, LOOKS
from beckon.dashboard.pages.template_form import Form, read_form, read_text, read_values
from beckon.dashboard.visits import Page, Visit, number_of
from beckon.domain.accounts.model import ProjectId
from beckon.domain.ai.composer import compose
from beckon.domain.ai.model import Brief, Copy, Length, Tongue
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import AddressKind, Channel, Contact, ContactId
from beckon.domain.messages.sms_parts import SmsParts, count_parts
from beckon.domain.templates import rules
from beckon.domain.templates.model import Note, Occasion, Rendered, Text
from beckon.kit.addresses import email_key
from beckon.kit.refusals import Invalid
from beckon.languages.errors import TemplateError
from beckon.storage.schema import Tx

FORM_BYTES_MAX = 4_194_304
CONTEXT_CHARACTERS_MAX = 2_000
TONES = ("friendly", "formal", "playful", "urgent")


@dataclass(frozen=True, slots=True)
class Look:
    """What a text came to: a mail or a note, or the fault that stands in the way."""

    mail: Rendered | None = None
    note: Note | None = None
    sms: SmsParts | None = None
    missing: Sequence[str] = field(default_factory=list)
    slips: Sequence[str] = field(default_factory=list)
    fault: str = ""


async def check(visit: Visit) -> Response:
    """Answer POST /templates/check: a piece of the editor with faults, gaps, and a note's look."""
    form = read_form(await visit.pairs(bytes_max=FORM_BYTES_MAX))
    look, contact = await _look(visit, form)
    return visit.bare_page(
        "template_check.html", look=look, channel=form.channel, contact=contact, asked=form.person
    )


async def show(visit: Visit) -> Response:
    """Answer POST /templates/preview: the mail, as a document that can do nothing."""
    form = read_form(await visit.pairs(bytes_max=FORM_BYTES_MAX))
    look, _ = await _look(visit, form)
    document = look.mail.body if look.mail else ""
    return HTMLResponse(document, headers={"content-security-policy": PREVIEW_POLICY})


async def rebuild(visit: Visit) -> Response:
    """Answer POST /templates/blocks: the blocks of the form, after what a button says."""
    visit.check_editor()
    pairs = await visit.pairs(bytes_max=FORM_BYTES_MAX)
    wanted = next((value for name, value in pairs if name == "act"), "")
    letter, at = template_blocks.act(template_blocks.read_form(pairs), wanted)
    return visit.bare_page(
        "template_blocks.html", letter=letter, at=at, kinds=KINDS, looks=LOOKS, fonts=FONTS
    )


async def write(visit: Visit) -> Response:
    """Answer POST /templates/compose: words for what was asked, to be taken over or not."""
    visit.check_editor()
    form = await visit.form("channel", "context", "tone", "tongue", "length", "seed")
    if not 0 < len(form["context"].strip()) <= CONTEXT_CHARACTERS_MAX:
        raise Invalid(f"Say in 1 to {CONTEXT_CHARACTERS_MAX} characters what the message is about.")
    try:
        brief = Brief(
            Channel(form["channel"]),
            form["context"],
            tone=form["tone"],
            length=Length(form["length"]),
            tongue=Tongue(form["tongue"]),
            seed=number_of(form["seed"]) or 0,
        )
    except ValueError:
        raise Invalid("Choose channel, length and language.") from None
    copy: Copy = compose(brief)
    return visit.bare_page("template_copy.html", copy=copy, seed=brief.seed + 1)


def find_person(tx: Tx, project_id: ProjectId, asked: str) -> Contact | None:
    """Find who is meant by an id, an e-mail address or a contact's number; None for nobody."""
    asked = asked.strip()
    if not asked:
        return None
    found = contacts.find_contact_by_external_id(tx, project_id, asked)
    if found is not None:
        return found
    by_mail = contacts.find_id_by_address(tx, project_id, AddressKind.EMAIL, email_key(asked))
    number = by_mail or number_of(asked.removeprefix("contact_"))
    people = contacts.list_contacts(tx, project_id, [ContactId(number)]) if number else []
    return people[0] if people else None


async def _look(visit: Visit, form: Form) -> tuple[Look, Contact | None]:
    project = visit.session.project
    contact = await visit.house.state.read(lambda tx: find_person(tx, project.id, form.person))
    occasion = Occasion(
        now=visit.now,
        zone=ZoneInfo(project.time_zone),
        contact_zone=ZoneInfo(contact.time_zone) if contact and contact.time_zone else None,
        language=None,
    )
    # In a thread: a template may take its whole allowance of time.
    return await asyncio.to_thread(render, form, contact, occasion), contact


def render(form: Form, contact: Contact | None, occasion: Occasion) -> Look:
    """Fill the words that were typed. Never raises for what a template or its data can hold."""
    try:
        # The words alone: what other languages say has its own page of the editor.
        text = rules.check_text(read_text(_alone(form), None))
        data = rules.gather(contact, read_values(form), rules.SAMPLE_LINKS)
        missing = rules.find_missing(text, data, occasion)
        slips = rules.find_slips(text)
        if text.channel is Channel.EMAIL:
            return Look(rules.render(text, data, occasion), None, None, missing, slips)
        note = rules.render_note(text, data, occasion)
        return Look(None, note, _parts(text, note), missing, slips)
    except Invalid as refused:
        return Look(fault=refused.message)
    except TemplateError as fault:
        return Look(fault=rules.told(fault))


def _alone(form: Form) -> Form:
    # Who begins with the body sees it, too; that a subject is missing is told where it is saved.
    return replace(form, code="", subject=form.subject.strip() or "No subject yet")


def _parts(text: Text, note: Note) -> SmsParts | None:
    return count_parts(note.text) if text.channel is Channel.SMS else None


PAGES = (
    Page(path="/templates/check", post=check),
    Page(path="/templates/preview", post=show),
    Page(path="/templates/compose", post=write),
    Page(path="/templates/blocks", post=rebuild),
)
