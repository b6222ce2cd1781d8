"""Why somebody is or is not in a segment, from the state store as it is now."""

from datetime import UTC, datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.accounts.queries import get_project
from beckon.domain.contacts.model import ContactId
from beckon.domain.contacts.queries import ContactUnknown
from beckon.domain.segments.evaluating import explain
from beckon.domain.segments.facts import AsOf, Finding, needs
from beckon.domain.segments.loading import load_facts
from beckon.domain.segments.model import Rule
from beckon.domain.segments.zones import zone_of
from beckon.storage.schema import Tx


def find_as_of(tx: Tx, project_id: ProjectId, now: datetime) -> AsOf:
    """Tell as of when, and by whose days, a rule of the project is asked now."""
    return AsOf(now, zone_of(get_project(tx, project_id).time_zone, UTC))


def explain_rule(
    tx: Tx, project_id: ProjectId, rule: Rule, contact_id: ContactId, now: datetime
) -> Finding:
    """Tell of every part of a rule whether it holds for a person, and what decided.

    Raises ContactUnknown.
    """
    facts = load_facts(tx, project_id, [contact_id], needs(rule))
    if contact_id not in facts:
        raise ContactUnknown("There is no such user.")
    return explain(rule, facts[contact_id], find_as_of(tx, project_id, now))
