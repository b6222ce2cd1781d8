"""The pages behind links: what each shows, and what a form on it does.

Plain HTML, no script, no cookie, nothing from elsewhere. `look` changes nothing, `act` only what
its form asks for; the link itself is the right to do it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from http import HTTPStatus
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from beckon.api.answers import NO_SNIFF, NO_STORE, Answer
from beckon.api.links.words import WORDS, Words, pick_language
from beckon.domain.accounts import queries as accounts
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import Channel, Contact
from beckon.domain.events.model import EventId
from beckon.domain.messages import queries as messages
from beckon.domain.messages.model import MessageId
from beckon.domain.subscriptions import actions, queries
from beckon.domain.subscriptions.model import Activity, ActivityKind, Proof
from beckon.domain.subscriptions.rules import is_subscribed
from beckon.domain.subscriptions.tracking import LinkKind, Mark
from beckon.kit.refusals import Unknown
from beckon.storage.schema import Tx

ONE_CLICK = "List-Unsubscribe"
STYLE_PATH = "/p/links.css"

Form = Mapping[str, Sequence[str]]

_HTML = (b"content-type", b"text/html; charset=utf-8")
_PAGE_POLICY = (
    b"default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    b"frame-ancestors 'none'"
)
# What a mail holds is anybody's: it may show itself and do nothing.
_MAIL_POLICY = (
    b"sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    b"img-src http: https: data:; style-src 'unsafe-inline' https:; font-src https: data:; "
    b"frame-ancestors 'none'; base-uri 'none'"
)
_CHANNELS = (Channel.EMAIL, Channel.SMS, Channel.VIBER)

_environment = Environment(
    loader=PackageLoader("beckon.api.links"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Visit:
    """Who follows a link and how; `path_to` gives the paths of the message's other links."""

    mark: Mark
    language: str
    details: Mapping[str, str]
    now: datetime
    path_to: Callable[[LinkKind], str]


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose link it is, and the address the message went to."""

    contact: Contact
    channel: Channel
    address: str
    project: str
    language: str

    @property
    def words(self) -> Words:
        """The fixed words in the reader's language."""
        return {
            name: text.replace("{project}", self.project)
            for name, text in WORDS[self.language].items()
        }

    def address_of(self, channel: Channel) -> str | None:
        """Tell the address a channel would use: the message's own, else the contact's."""
        if channel is self.channel:
            return self.address
        return self.contact.email if channel is Channel.EMAIL else self.contact.phone


class ReaderUnknown(Unknown):
    """The message or its contact is no more, so nobody's choice could be changed."""

    code = "reader_unknown"


def look(tx: Tx, kind: LinkKind, visit: Visit) -> Answer:
    """Show what a link leads to. Raises Unknown where message or contact are no more."""
    if kind is LinkKind.VIEW:
        return _mail(tx, visit.mark)
    reader = _reader(tx, visit)
    if kind is LinkKind.PREFERENCES:
        return _preferences(tx, reader, visit, is_saved=False)
    return _page("confirm" if kind is LinkKind.CONFIRM else "unsubscribe", reader, visit)


def act(tx: Tx, kind: LinkKind, visit: Visit, form: Form, event_id: EventId) -> Answer:
    """Do what a form asks for, and show what came of it; a form that asks nothing does nothing."""
    reader = _reader(tx, visit)
    match kind:
        case LinkKind.UNSUBSCRIBE if ONE_CLICK in form:
            _unsubscribe(tx, reader, visit, "one-click")
            return Answer(200, b"", (NO_STORE, NO_SNIFF))
        case LinkKind.UNSUBSCRIBE if _asks(form, "unsubscribe"):
            _unsubscribe(tx, reader, visit, "unsubscribe page")
            return _page("unsubscribed", reader, visit)
        case LinkKind.UNSUBSCRIBE if _asks(form, "resubscribe"):
            _resubscribe(tx, reader, visit, reader.channel, reader.address, "unsubscribe page")
            return _page("resubscribed", reader, visit)
        case LinkKind.CONFIRM if _asks(form, "confirm"):
            actions.confirm(
                tx,
                visit.mark.project_id,
                visit.mark.contact_id,
                email=reader.address,
                proof=_proof(visit, "confirmation page", reader.words["confirm_text"]),
                event_id=event_id,
                now=visit.now,
            )
            return _page("confirmed", reader, visit)
        case LinkKind.PREFERENCES if _asks(form, "save"):
            _save(tx, reader, visit, form)
            return _preferences(tx, reader, visit, is_saved=True)
        case _:
            return look(tx, kind, visit)


def unknown(language: str) -> Answer:
    """Answer 404 for a link that is not ours."""
    return _notice("unknown", language, HTTPStatus.NOT_FOUND)


def unavailable(language: str) -> Answer:
    """Answer 503 while the store cannot be reached."""
    return _notice("unavailable", language, HTTPStatus.SERVICE_UNAVAILABLE)


def style() -> Answer:
    """Answer the one stylesheet of these pages."""
    content = files("beckon.api.links").joinpath("links.css").read_bytes()
    kept = (b"cache-control", b"public, max-age=3600")
    return Answer(200, content, ((b"content-type", b"text/css; charset=utf-8"), NO_SNIFF, kept))


def _reader(tx: Tx, visit: Visit) -> Reader:
    mark = visit.mark
    message = messages.get_message(tx, mark.project_id, MessageId(mark.message_id))
    contact = contacts.get_contact(tx, mark.project_id, message.contact_id)
    address = message.address or (
        contact.email if message.channel is Channel.EMAIL else contact.phone
    )
    if address is None:
        raise ReaderUnknown("The contact has no such address any more.")
    project = accounts.get_project(tx, mark.project_id)
    language = pick_language(contact.language, visit.language)
    return Reader(contact, message.channel, address, project.name, language)


def _mail(tx: Tx, mark: Mark) -> Answer:
    content = messages.find_copy(tx, mark.project_id, MessageId(mark.message_id))
    if content is None:
        raise ReaderUnknown("No copy of this message is kept.")
    part = message_from_bytes(content, policy=policy.default).get_body(("html", "plain"))
    if part is None:
        raise ReaderUnknown("This message cannot be shown.")
    return mail_page(part.get_content(), is_html=part.get_content_subtype() == "html")


def mail_page(text: str, *, is_html: bool) -> Answer:
    """Show the words of a mail, which may do nothing but be looked at."""
    kind = b"text/html" if is_html else b"text/plain"
    headers = (
        (b"content-type", kind + b"; charset=utf-8"),
        (b"content-security-policy", _MAIL_POLICY),
        (b"x-robots-tag", b"noindex"),
        (b"referrer-policy", b"no-referrer"),
        NO_SNIFF,
        NO_STORE,
    )
    return Answer(200, text.encode("utf-8", "replace"), headers)


def _unsubscribe(tx: Tx, reader: Reader, visit: Visit, source: str) -> None:
    mark = visit.mark
    actions.unsubscribe(
        tx,
        mark.project_id,
        reader.channel,
        [reader.address],
        proof=_proof(visit, source, reader.words["unsubscribe_text"]),
        now=visit.now,
        contact_id=mark.contact_id,
    )
    activity = Activity(
        mark.project_id, mark.contact_id, mark.message_id, ActivityKind.UNSUBSCRIBED, visit.now
    )
    actions.record_activity(tx, [activity])


def _resubscribe(
    tx: Tx, reader: Reader, visit: Visit, channel: Channel, address: str, source: str
) -> None:
    actions.resubscribe(
        tx,
        visit.mark.project_id,
        channel,
        address,
        proof=_proof(visit, source, reader.words["resubscribe_button"]),
        now=visit.now,
        contact_id=visit.mark.contact_id,
    )


def _save(tx: Tx, reader: Reader, visit: Visit, form: Form) -> None:
    mark = visit.mark
    proof = _proof(visit, "preference page", reader.words["preferences_text"])
    chosen = set(form.get("category", ()))
    shown = set(form.get("shown", ()))  # what came to be meanwhile was not chosen about
    known = queries.list_categories(tx, mark.project_id)
    choices = {one.key: one.key in chosen for one in known if one.key in shown}
    actions.choose(
        tx,
        mark.project_id,
        mark.contact_id,
        choices,
        channel=reader.channel,
        address=reader.address,
        proof=proof,
        now=visit.now,
    )
    wanted = set(form.get("channel", ()))
    for channel in _CHANNELS:
        address = reader.address_of(channel)
        if address is None or channel not in shown:
            continue
        if channel in wanted:
            _resubscribe(tx, reader, visit, channel, address, proof.source)
        else:
            actions.unsubscribe(
                tx,
                mark.project_id,
                channel,
                [address],
                proof=proof,
                now=visit.now,
                contact_id=mark.contact_id,
            )


def _preferences(tx: Tx, reader: Reader, visit: Visit, *, is_saved: bool) -> Answer:
    mark = visit.mark
    choices = queries.find_choices(tx, mark.project_id, [mark.contact_id]).get(mark.contact_id, {})
    addresses = [
        (channel, address)
        for channel in _CHANNELS
        if (address := reader.address_of(channel)) is not None
    ]
    standings = queries.find_standings(tx, mark.project_id, addresses)
    return _page(
        "preferences",
        reader,
        visit,
        is_saved=is_saved,
        channels=[
            (channel, address, is_open)
            for channel, address in addresses
            for standing in [standings.get((channel, address))]
            for is_open in [standing is None or standing.unsubscribed_at is None]
        ],
        categories=[
            (category.key, category.name, is_subscribed(category, choices))
            for category in queries.list_categories(tx, mark.project_id)
        ],
    )


def _proof(visit: Visit, source: str, wording: str) -> Proof:
    return Proof(source, wording, {**visit.details, "message": str(visit.mark.message_id)})


def _asks(form: Form, act: str) -> bool:
    return act in form.get("act", ())


def _page(name: str, reader: Reader, visit: Visit, **values: Any) -> Answer:  # noqa: ANN401 - whatever the template shows
    values |= {"reader": reader, "words": reader.words, "path_to": visit.path_to}
    return _rendered(name, reader.language, HTTPStatus.OK, kinds=LinkKind, **values)


def _notice(name: str, language: str, status: HTTPStatus) -> Answer:
    picked = pick_language(None, language)
    return _rendered("notice", picked, status, name=name, words=WORDS[picked])


def _rendered(template: str, language: str, status: HTTPStatus, **values: Any) -> Answer:  # noqa: ANN401 - likewise
    text = _environment.get_template(f"{template}.html").render(
        language=language, style_path=STYLE_PATH, **values
    )
    headers = (
        _HTML,
        (b"content-security-policy", _PAGE_POLICY),
        (b"referrer-policy", b"no-referrer"),
        (b"x-robots-tag", b"noindex"),
        NO_SNIFF,
        NO_STORE,
    )
    return Answer(int(status), text.encode(), headers)
