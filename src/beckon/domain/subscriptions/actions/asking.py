"""People ask for mail, are asked whether it was them, and say so."""

from datetime import datetime, timedelta

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts.model import AddressKind, Channel, ContactId, Who
from beckon.domain.events import actions as events
from beckon.domain.events.model import EventId, NewEvent
from beckon.domain.subscriptions import queries, rules
from beckon.domain.subscriptions.actions.places import Place
from beckon.domain.subscriptions.model import (
    Act,
    Answer,
    Proof,
    Standing,
)
from beckon.storage.schema import Tx

SUBSCRIBED = "subscribeFromAPI"


SUBSCRIBED_AGAIN = "subscribeUpdateFromAPI"


CONFIRMED = "Confirmed subscription"


def subscribe(
    tx: Tx,
    project_id: ProjectId,
    contact_id: ContactId,
    *,
    email: str | None,
    is_new: bool,
    form: str | None,
    proof: Proof,
    event_id: EventId,
    now: datetime,
) -> Answer:
    """Take a form's request for mail. An address that is new to us wants to be confirmed first.

    One event tells of it, which a workflow answers with the mail that asks for the confirmation:
    `subscribeFromAPI` for a contact that `is_new`, else `subscribeUpdateFromAPI`, with the form's
    name after a dash. So that nobody is flooded through forms, an address that wants confirming
    sets something off once an hour and ten times a day at most; what is beyond is only history.
    Source: the documented call contact/subscribe and its events of the Reteno API.
    """
    answer, may_ask = Answer.ALREADY_SUBSCRIBED, True
    if email is not None:
        place = Place.lock(tx, project_id, Channel.EMAIL, email)
        answer, may_ask = _ask(place, contact_id, proof, now, is_new=is_new)
    name = SUBSCRIBED if is_new else SUBSCRIBED_AGAIN
    _tell(
        tx,
        project_id,
        contact_id,
        f"{name}-{form}" if form else name,
        email,
        event_id,
        now,
        is_history=not may_ask,
    )
    return answer


def confirm(
    tx: Tx,
    project_id: ProjectId,
    contact_id: ContactId,
    *,
    email: str,
    proof: Proof,
    event_id: EventId,
    now: datetime,
) -> bool:
    """Take the confirmation of an address; False where there was nothing left to confirm.

    Ends an unsubscription, too, but no suppression. The event `Confirmed subscription` tells of it.
    """
    place = Place.lock(tx, project_id, Channel.EMAIL, email)
    old = place.standing or Standing()
    new = rules.confirm(old)
    if new == old:
        return False
    place.note(new, now)
    place.log(Act.CONFIRMED, proof, now, contact_id)
    contacts.confirm(tx, project_id, AddressKind.EMAIL, email, now)
    _tell(tx, project_id, contact_id, CONFIRMED, email, event_id, now)
    return True


def spend_confirmation(
    tx: Tx,
    project_id: ProjectId,
    channel: Channel,
    address: str,
    contact_id: ContactId,
    *,
    proof: Proof,
    now: datetime,
) -> datetime:
    """Note that a confirmation goes to an address now, unless it had too many.

    Returns from when one may go: `now` where this one was noted. So nobody is flooded through
    whatever sets such mail off.
    """
    place = Place.lock(tx, project_id, channel, address)
    sent_at = queries.list_done_at(
        tx, project_id, place.digest, Act.CONFIRMATION_SENT, after=now - timedelta(days=1)
    )
    free_at = rules.confirmation_at(sent_at, now)
    if free_at <= now:
        place.log(Act.CONFIRMATION_SENT, proof, now, contact_id)
    return free_at


def _ask(
    place: Place, contact_id: ContactId, proof: Proof, now: datetime, *, is_new: bool
) -> tuple[Answer, bool]:
    """Note a request; tells the answer, and whether the event may ask for a confirmation."""
    known = place.standing
    if known is None and not is_new:
        known = Standing()  # a contact we had before was vouched for by who added it
    standing, answer = rules.ask_subscription(known)
    place.log(Act.SUBSCRIBED, proof, now, contact_id)
    if answer is not Answer.NEED_CONFIRMATION:
        return answer, True
    place.note(standing, now)
    asked_at = queries.list_done_at(
        place.tx,
        place.project_id,
        place.digest,
        Act.CONFIRMATION_ASKED,
        after=now - timedelta(days=1),
    )
    if not rules.may_ask_confirmation(asked_at, now):
        return answer, False
    place.log(Act.CONFIRMATION_ASKED, proof, now, contact_id)
    return answer, True


def _tell(
    tx: Tx,
    project_id: ProjectId,
    contact_id: ContactId,
    name: str,
    email: str | None,
    event_id: EventId,
    now: datetime,
    *,
    is_history: bool = False,
) -> None:
    properties: dict[str, object] = {"ContactId": contact_id}
    if email is not None:
        properties["EmailAddress"] = email
    event = NewEvent(
        id=event_id,
        name=name,
        who=Who(contact_id=contact_id),
        key=str(contact_id),
        properties=properties,
        occurred_at=now,
        received_at=now,
        is_history=is_history,
    )
    events.record(tx, project_id, [event], now)
