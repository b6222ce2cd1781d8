"""What steps may ask of people, read from the store for many at once."""

from collections.abc import Iterable, Sequence
from datetime import tzinfo
from zoneinfo import ZoneInfo

from beckon.domain.accounts import queries as accounts
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import Contact, ContactId
from beckon.domain.contacts.rules import describe
from beckon.domain.events import queries as events
from beckon.domain.events.model import EventFilter
from beckon.domain.segments import queries as segments
from beckon.domain.segments.facts import Facts, Happened, Needs, needs
from beckon.domain.segments.model import AllOf, Rule, SegmentId
from beckon.domain.workflows.conditions import Sight
from beckon.domain.workflows.local_times import zone_of
from beckon.kit.typed import flatten
from beckon.storage.schema import Tx

CHUNK = 500
EVENTS_MAX = 10_000


def look(
    tx: Tx, project_id: ProjectId, contact_ids: Iterable[ContactId], rules: Sequence[Rule]
) -> dict[ContactId, Sight]:
    """See people as far as these rules need it; who is no more is not among the answers."""
    zone = project_zone(tx, project_id)
    wanted = sorted(set(contact_ids))
    needed = needs(AllOf(tuple(rules)))
    sights: dict[ContactId, Sight] = {}
    for start in range(0, len(wanted), CHUNK):
        people = contacts.list_contacts(tx, project_id, wanted[start : start + CHUNK])
        for contact in people:
            facts = _facts(tx, contact, needed) if rules else None
            sights[contact.id] = Sight(
                zone_of(contact.time_zone, zone), zone, describe(contact), facts
            )
    return sights


def project_zone(tx: Tx, project_id: ProjectId) -> tzinfo:
    """Tell in which time zone a project has its days."""
    return ZoneInfo(accounts.get_project(tx, project_id).time_zone)


def _facts(tx: Tx, contact: Contact, needed: Needs) -> Facts:
    found = {
        name: [
            Happened(event.occurred_at, flatten(event.properties))
            for event in events.list_events(
                tx,
                contact.project_id,
                EventFilter(name=name, contact_id=contact.id),
                offset=0,
                limit=EVENTS_MAX,
            )
        ]
        for name in needed.events
    }
    inside: frozenset[SegmentId] = frozenset()
    if needed.segments:
        memberships = segments.list_of_contact(tx, contact.project_id, contact.id)
        inside = frozenset(membership.segment_id for membership in memberships)
    return Facts(contact, flatten(contact.properties), events=found, segments=inside)
