"""One person: what is known, how they may be reached, what happened, and what may be done."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus

from starlette.responses import Response

from beckon.dashboard import flashes
from beckon.dashboard.pages.contact_form import (
    form_from,
    form_of,
    names_of,
    others_of,
    read_fields,
    read_profile,
)
from beckon.dashboard.pages.contact_orders import Bought, read_bought
from beckon.dashboard.pages.contact_timeline import Kind, read_timeline
from beckon.dashboard.visits import EDITORS, Page, Visit, go_to, number_of
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import actions, queries
from beckon.domain.contacts.model import Channel, Contact, ContactId, Device, Field
from beckon.domain.contacts.queries import ContactUnknown
from beckon.domain.privacy import actions as privacy
from beckon.domain.privacy import queries as privacy_queries
from beckon.domain.segments import actions as segment_actions
from beckon.domain.segments import queries as segments
from beckon.domain.segments.model import Segment, SegmentId, SegmentKind
from beckon.domain.subscriptions import actions as subscription_actions
from beckon.domain.subscriptions import queries as subscriptions
from beckon.domain.subscriptions import rules as subscription_rules
from beckon.domain.subscriptions.model import Category, Proof, Standing, Suppression
from beckon.kit import json as strict
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx

CHOICES_MAX = 500
OPEN = Standing()


@dataclass(frozen=True, slots=True)
class Way:
    """A channel that reaches the person by an address, and how the address stands there."""

    channel: Channel
    address: str
    is_confirmed: bool
    standing: Standing


@dataclass(frozen=True, slots=True)
class Shown:
    """All that the page tells besides the timeline.

    `inside` pairs each segment the person is in with since when; `others` are lists to add them to.
    """

    contact: Contact
    ways: list[Way]
    topics: list[tuple[Category, bool]]
    devices: list[Device]
    inside: list[tuple[Segment, datetime]]
    others: list[Segment]
    fields: Mapping[str, Field]
    bought: Bought | None


async def show(visit: Visit) -> Response:
    """Answer GET /contacts/{id}; `show` picks the kind of the timeline's lines."""
    project_id, contact_id = visit.session.project.id, number_in(visit)
    kind, page = _kind(visit.asked("show")), visit.asked_page()
    shown, (entries, has_more) = await visit.house.state.read(
        lambda tx: (
            read_shown(tx, project_id, contact_id, visit.now),
            read_timeline(tx, project_id, contact_id, kind, page),
        )
    )
    here = f"/contacts/{shown.contact.id}?show={kind or ''}"
    return visit.page(
        "contact.html",
        contact=shown.contact,
        ways=shown.ways,
        topics=shown.topics,
        devices=shown.devices,
        inside=shown.inside,
        others=shown.others,
        fields=shown.fields,
        bought=shown.bought,
        entries=entries,
        kinds=list(Kind),
        kind=kind,
        newer=f"{here}&page={page - 1}" if page > 1 else None,
        older=f"{here}&page={page + 1}" if has_more else None,
        may_edit=visit.session.role in EDITORS,
        may_erase=visit.may_administer,
    )


async def show_edit(visit: Visit) -> Response:
    """Answer GET /contacts/{id}/edit."""
    visit.check_editor()
    contact, fields = await _find(visit), await read_fields(visit)
    return visit.page(
        "contact_form.html",
        contact=contact,
        form=form_of(contact, fields),
        fields=fields,
        shown=list(others_of(contact, fields)),
        fault="",
    )


async def update(visit: Visit) -> Response:
    """Answer POST /contacts/{id}/edit; `shown` names the properties that stood in the form."""
    visit.check_editor()
    contact, fields = await _find(visit), await read_fields(visit)
    given = await visit.form(*names_of(fields), "shown")
    form = form_from(given, fields)
    try:
        profile = read_profile(form, _names(given["shown"]), fields, contact.properties)
        await _write(visit, partial(actions.change, contact_id=contact.id, profile=profile))
    except Invalid as refused:
        return visit.page(
            "contact_form.html",
            status=HTTPStatus.BAD_REQUEST,
            contact=contact,
            form=form,
            fields=fields,
            shown=list(others_of(contact, fields)),
            fault=refused.message,
        )
    return _back(contact.id, flashes.CONTACT_SAVED)


async def erase(visit: Visit) -> Response:
    """Answer POST /contacts/{id}/erase: nothing is left of the person."""
    visit.check_admin()
    contact = await _find(visit)
    await _write(visit, partial(privacy.erase, ids=[contact.id], actor=visit.session.person.email))
    response = go_to("/contacts")
    flashes.leave(response, flashes.CONTACT_ERASED)
    return response


async def export(visit: Visit) -> Response:
    """Answer GET /contacts/{id}/export: every row about the person, as a file."""
    visit.check_editor()
    project_id, contact = visit.session.project.id, await _find(visit)
    rows = await visit.house.state.read(
        lambda tx: privacy_queries.export(tx, project_id, contact.id)
    )
    # The number alone: the name would outlive the person's erasure.
    await visit.house.state.write(lambda tx: visit.note(tx, "contact.exported", contact=contact.id))
    plain = strict.stored(strict.write(rows))  # moments and bytes as the API writes them
    return Response(
        json.dumps(plain, ensure_ascii=False, indent=2),
        media_type="application/json",
        headers={"content-disposition": f'attachment; filename="contact-{contact.id}.json"'},
    )


async def consent(visit: Visit) -> Response:
    """Answer POST /contacts/{id}/consent: one choice, on one channel or for one topic."""
    visit.check_editor()
    contact = await _find(visit)
    form = await visit.form("channel", "topic", "act")
    proof = Proof("dashboard", details={"by": visit.session.person.email})
    action = _topic(contact, form, proof) if form["topic"] else _reach(contact, form, proof)
    await _write(visit, action)
    return _back(contact.id, flashes.CONSENT_SAVED)


async def change_lists(visit: Visit) -> Response:
    """Answer POST /contacts/{id}/lists: on a list of people, or off it."""
    visit.check_editor()
    contact = await _find(visit)
    form = await visit.form("segment", "act")
    number = number_of(form["segment"])
    if number is None:
        raise Invalid("Choose a list.")
    acts = {"add": segment_actions.add_members, "remove": segment_actions.remove_members}
    act = acts.get(form["act"])
    if act is None:
        raise Invalid("A list takes somebody on, or off.")
    await _write(visit, partial(act, segment_id=SegmentId(number), ids=[contact.id]))
    return _back(contact.id, flashes.CONTACT_SAVED)


def read_shown(tx: Tx, project_id: ProjectId, contact_id: ContactId, now: datetime) -> Shown:
    """Read what is known of a person. Raises ContactUnknown."""
    contact = queries.get_contact(tx, project_id, contact_id)
    memberships = segments.list_of_contact(tx, project_id, contact.id)
    known = segments.list_segments(tx, project_id, offset=0, limit=CHOICES_MAX)
    by_id = {one.id: one for one in known}
    choices = subscriptions.find_choices(tx, project_id, [contact.id]).get(contact.id, {})
    inside = {one.segment_id for one in memberships}
    return Shown(
        contact,
        _ways(tx, project_id, contact),
        [
            (one, subscription_rules.is_subscribed(one, choices))
            for one in subscriptions.list_categories(tx, project_id)
        ],
        queries.list_devices(tx, project_id, [contact.id], with_dead=True),
        [(by_id[one.segment_id], one.since) for one in memberships if one.segment_id in by_id],
        [one for one in known if one.kind is SegmentKind.STATIC and one.id not in inside],
        {one.key: one for one in queries.list_fields(tx, project_id)},
        read_bought(tx, project_id, contact.id, now),
    )


def number_in(visit: Visit) -> ContactId:
    """Read the contact's number out of the path. Raises ContactUnknown."""
    number = number_of(visit.request.path_params["id"])
    if number is None:
        raise ContactUnknown("There is no such contact.")
    return ContactId(number)


def _ways(tx: Tx, project_id: ProjectId, contact: Contact) -> list[Way]:
    given = [
        (Channel.EMAIL, contact.email, contact.email_confirmed_at),
        (Channel.SMS, contact.phone, contact.phone_confirmed_at),
        (Channel.VIBER, contact.phone, contact.phone_confirmed_at),
    ]
    there = [(channel, value, at) for channel, value, at in given if value]
    standings = subscriptions.find_standings(
        tx, project_id, [(channel, value) for channel, value, _ in there]
    )
    ways = []
    for channel, value, at in there:
        standing = standings.get((channel, value), OPEN)
        ways.append(Way(channel, value, at is not None and standing.is_confirmed, standing))
    return ways


def _topic(contact: Contact, form: Mapping[str, str], proof: Proof) -> Callable[..., object]:
    return partial(
        subscription_actions.choose,
        contact_id=contact.id,
        choices={form["topic"]: form["act"] == "subscribe"},
        channel=Channel.EMAIL,
        address=contact.email,
        proof=proof,
    )


def _reach(contact: Contact, form: Mapping[str, str], proof: Proof) -> Callable[..., object]:
    try:
        channel = Channel(form["channel"])
    except ValueError:
        raise Invalid("Choose a channel.") from None
    if form["act"] not in _REACH_ACTS:
        raise Invalid("Subscribe, unsubscribe, suppress or lift: one of these.")
    address = contact.email if channel is Channel.EMAIL else contact.phone
    if address is None or channel not in (Channel.EMAIL, Channel.SMS, Channel.VIBER):
        raise Invalid("There is no address for this channel.")
    act = partial(_REACH_ACTS[form["act"]], channel=channel, proof=proof)
    if form["act"] == "subscribe":
        return partial(act, address=address, contact_id=contact.id)
    if form["act"] == "unsubscribe":
        return partial(act, addresses=[address], contact_id=contact.id)
    return partial(act, addresses=[address])


_REACH_ACTS: Mapping[str, Callable[..., object]] = {
    "subscribe": subscription_actions.resubscribe,
    "unsubscribe": subscription_actions.unsubscribe,
    "suppress": partial(subscription_actions.suppress, reason=Suppression.MANUAL),
    "lift": subscription_actions.lift,
}


async def _find(visit: Visit) -> Contact:
    project_id, contact_id = visit.session.project.id, number_in(visit)
    return await visit.house.state.read(lambda tx: queries.get_contact(tx, project_id, contact_id))


async def _write(visit: Visit, action: Callable[..., object]) -> None:
    project_id, now = visit.session.project.id, visit.now
    await visit.house.state.write(lambda tx: action(tx, project_id=project_id, now=now))
    visit.house.after_write()


def _back(contact_id: ContactId, flash: str) -> Response:
    response = go_to(f"/contacts/{contact_id}")
    flashes.leave(response, flash)
    return response


def _names(shown: str) -> Sequence[str]:
    names = strict.read(shown.encode()) if shown else []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Invalid("The form is not one of ours; open the page anew.")
    return names


def _kind(name: str) -> Kind | None:
    return Kind(name) if name in list(Kind) else None


PAGES = (
    Page(path="/contacts/{id}", get=show),
    Page(path="/contacts/{id}/edit", get=show_edit, post=update),
    Page(path="/contacts/{id}/erase", post=erase),
    Page(path="/contacts/{id}/export", get=export),
    Page(path="/contacts/{id}/consent", post=consent),
    Page(path="/contacts/{id}/lists", post=change_lists),
)
