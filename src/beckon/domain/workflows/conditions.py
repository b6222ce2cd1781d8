"""What steps ask: rules of the segment language about the person, and about what was told.

Both are the same language. A rule about data reads names of what the trigger said, and of the
answers of calls, where a rule about the person reads fields of the contact.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Contact, ContactId
from beckon.domain.segments.evaluating import evaluate
from beckon.domain.segments.facts import AsOf, Facts, leaves
from beckon.domain.segments.model import FieldRule, Property, Rule
from beckon.kit.clock import EPOCH
from beckon.kit.typed import flatten


@dataclass(frozen=True, slots=True)
class Proviso:
    """What must hold: a rule about the contact, one about the data, or both; None asks nothing."""

    contact: Rule | None = None
    data: Rule | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known of a person when a step asks.

    `zone` is the contact's, where one is known, else the project's; `fields` what texts may say
    of the contact. `facts` are there where some rule asks about the person.
    """

    zone: tzinfo = UTC
    project_zone: tzinfo = UTC
    fields: Mapping[str, object] = field(default_factory=dict)
    facts: Facts | None = None


NOTHING_ASKED = Proviso()
NOTHING_KNOWN = Sight()

_NOBODY = Contact(
    id=ContactId(0),
    project_id=ProjectId(0),
    external_id=None,
    first_name=None,
    last_name=None,
    language=None,
    time_zone=None,
    email=None,
    phone=None,
    properties={},
    created_at=EPOCH,
    updated_at=EPOCH,
    last_seen_at=None,
)


def holds(test: Proviso, sight: Sight, data: Mapping[str, object], at: datetime) -> bool:
    """Tell whether a test holds at a moment; one that asks nothing always does.

    Of a person of whom nothing is known, nothing that is asked about him holds.
    """
    as_of = AsOf(at, sight.project_zone)
    if test.data is not None and not evaluate(test.data, Facts(_NOBODY, flatten(data)), as_of):
        return False
    if test.contact is None:
        return True
    return sight.facts is not None and evaluate(test.contact, sight.facts, as_of)


def asks_only_data(rule: Rule) -> bool:
    """Tell whether a rule reads nothing but names, as one about data must."""
    return all(
        isinstance(leaf, FieldRule) and isinstance(leaf.field, Property) for leaf in leaves(rule)
    )
