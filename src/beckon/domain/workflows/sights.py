"""What steps may ask of people, read from the store for many at once."""

from collections.abc import Iterable, Sequence
from datetime import tzinfo
from zoneinfo import ZoneInfo

from beckon.domain.accounts import queries as accounts
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import Contact, ContactId
from beckon.domain.contacts.rules import describe
from beckon.domain.segments.facts import Facts, needs
from beckon.domain.segments.loading import load_facts
from beckon.domain.segments.model import AllOf, Rule
from beckon.domain.workflows.conditions import Sight
from beckon.domain.workflows.local_times import zone_of
from beckon.storage.schema import Tx

CHUNK = 500


def look(
    tx: Tx, project_id: ProjectId, contact_ids: Iterable[ContactId], rules: Sequence[Rule]
) -> dict[ContactId, Sight]:
    """See people as far as these rules need it; who is no more is not among the answers."""
    zone = project_zone(tx, project_id)
    wanted = sorted(set(contact_ids))
    if rules:
        known = load_facts(tx, project_id, wanted, needs(AllOf(tuple(rules))))
        return {one: _sight(facts.contact, zone, facts) for one, facts in known.items()}
    return {
        contact.id: _sight(contact, zone, None)
        for start in range(0, len(wanted), CHUNK)
        for contact in contacts.list_contacts(tx, project_id, wanted[start : start + CHUNK])
    }


def project_zone(tx: Tx, project_id: ProjectId) -> tzinfo:
    """Tell in which time zone a project has its days."""
    return ZoneInfo(accounts.get_project(tx, project_id).time_zone)


def _sight(contact: Contact, zone: tzinfo, facts: Facts | None) -> Sight:
    return Sight(zone_of(contact.time_zone, zone), zone, describe(contact), facts)
