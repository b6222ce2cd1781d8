"""People as this vocabulary shows them: what is known, how mail stands, how often they came."""

from collections.abc import Sequence

from beckon.api.call import Call
from beckon.api.retenshun.objects import UserObject, user_id
from beckon.api.times import write_moment, write_moment_or_none
from beckon.domain.contacts.model import Channel, Contact
from beckon.domain.contacts.rules import describe
from beckon.domain.events.queries import count_visits
from beckon.domain.segments.spans import VISIT_GAP
from beckon.domain.subscriptions.model import Standing
from beckon.domain.subscriptions.queries import find_standings

_OWN_FIELDS = frozenset(["id", "contactId", "email", "phone"])


def show_user(call: Call, contact: Contact) -> UserObject:
    """Show a person; fields of the other vocabulary stand among the properties."""
    return show_users(call, [contact])[0]


def show_users(call: Call, people: Sequence[Contact]) -> list[UserObject]:
    """Show people (at most 1,000), in their order."""
    visits = count_visits(
        call.tx, call.project_id, [one.id for one in people], gap=VISIT_GAP, until=call.now
    )
    addresses = [(Channel.EMAIL, one.email) for one in people if one.email is not None]
    standings = find_standings(call.tx, call.project_id, addresses)
    return [
        _shown(
            one,
            None if one.email is None else standings.get((Channel.EMAIL, one.email), Standing()),
            visits.get(one.id, 0),
        )
        for one in people
    ]


def _shown(contact: Contact, standing: Standing | None, visits: int) -> UserObject:
    told = describe(contact)
    return UserObject(
        id=user_id(contact.external_id, contact.id) or "",
        email=contact.email,
        phone=contact.phone,
        properties={key: value for key, value in told.items() if key not in _OWN_FIELDS},
        tags=list(contact.tags),
        contact_id=contact.id,
        email_status=None if standing is None else _status(standing, contact),
        session_count=visits,
        created_at=write_moment(contact.created_at),
        updated_at=write_moment(contact.updated_at),
        last_seen_at=write_moment_or_none(contact.last_seen_at),
    )


def _status(standing: Standing, contact: Contact) -> str:
    """Tell the most serious of what may be said of an address."""
    if standing.suppression is not None:
        return "blacklisted"
    if standing.unsubscribed_at is not None:
        return "unsubscribed"
    is_confirmed = standing.is_confirmed and contact.email_confirmed_at is not None
    return "confirmed" if is_confirmed else "unconfirmed"
