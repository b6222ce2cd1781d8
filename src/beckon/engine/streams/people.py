"""The log of changes to people: whoever changed is shipped whole, as they are now."""

from collections.abc import Mapping, Sequence

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries
from beckon.domain.contacts.model import ChangeKind, Contact, ContactId
from beckon.domain.contacts.tables import contact, contact_change
from beckon.domain.subscriptions.reach import Reached, find_reached
from beckon.kit.clock import EPOCH
from beckon.kit.typed import flatten
from beckon.storage.analytics.client import Row
from beckon.storage.analytics.progress import Span, list_lines
from beckon.storage.analytics.shipment import Shipment, by_project
from beckon.storage.analytics.tables import CONTACT
from beckon.storage.analytics.things import count_any_project, list_after_any_project
from beckon.storage.schema import Tx

CHUNK = 1000


class People:
    """See Snapshots."""

    name = "contact"
    log = contact_change
    moment = "at"

    def read(self, tx: Tx, span: Span) -> Shipment:
        """See Stream.read. A visitor's rows follow to whom the visitor became."""
        lines = list_lines(tx, contact_change, after=span.after, until=span.until)
        changed = by_project([(line.project_id, line.contact_id) for line in lines])
        merged = by_project(
            [(line.project_id, line.contact_id) for line in lines if line.kind == ChangeKind.MERGED]
        )
        return Shipment(
            {
                CONTACT: [
                    row
                    for project_id, ids in changed.items()
                    for row in snapshots(tx, ProjectId(project_id), ids, span.number)
                ]
            },
            moved={
                project_id: moved
                for project_id, ids in merged.items()
                if (moved := _moved(tx, ProjectId(project_id), ids))
            },
            erased=by_project(
                [
                    (line.project_id, line.contact_id)
                    for line in lines
                    if line.kind == ChangeKind.ERASED
                ]
            ),
        )

    def read_all(
        self, tx: Tx, *, after: int, limit: int, number: int
    ) -> tuple[Shipment, int | None]:
        """See Snapshots.read_all."""
        people = list_after_any_project(tx, contact, after=after, limit=limit)
        rows = [
            row
            for project_id, ids in by_project(people).items()
            for row in snapshots(tx, ProjectId(project_id), ids, number)
        ]
        return Shipment({CONTACT: rows}), people[-1][1] if people else None

    def count_all(self, tx: Tx) -> int:
        """See Snapshots.count_all."""
        return count_any_project(tx, contact)


def snapshots(tx: Tx, project_id: ProjectId, ids: Sequence[int], number: int) -> list[Row]:
    """Give a row for each of these numbers; one that is nobody's any more takes the old row away.

    `number` orders the looks at one person: the row with the greatest counts.
    """
    rows: list[Row] = []
    for start in range(0, len(ids), CHUNK):
        chunk = [ContactId(contact_id) for contact_id in ids[start : start + CHUNK]]
        found = queries.list_contacts(tx, project_id, chunk)
        reached = find_reached(tx, project_id, found)
        rows += [_row(person, number, reached) for person in found]
        gone = set(chunk) - {person.id for person in found}
        rows += [_tombstone(project_id, contact_id, number) for contact_id in sorted(gone)]
    return rows


def _moved(tx: Tx, project_id: ProjectId, ids: Sequence[int]) -> dict[int, int]:
    """Map the visitors among people that merged to whom each became."""
    became = queries.list_merged(tx, project_id, [ContactId(one) for one in ids])
    return {old: new for old, new in became.items() if old in set(ids)}


def _row(person: Contact, number: int, reached: Mapping[ContactId, Reached]) -> Row:
    typed = flatten(person.properties)
    reach = reached[person.id]
    return (
        person.project_id,
        person.id,
        number,
        0,
        person.external_id,
        person.email,
        person.phone,
        person.first_name,
        person.last_name,
        person.language,
        person.time_zone,
        person.created_at,
        person.updated_at,
        person.last_seen_at,
        sorted(reach.addressed),
        sorted(reach.confirmed),
        sorted(reach.subscribed),
        typed.strings,
        typed.numbers,
        typed.booleans,
        typed.times,
        typed.lists,
    )


def _tombstone(project_id: ProjectId, contact_id: ContactId, number: int) -> Row:
    nothing: list[object] = [None] * 7
    return (
        *(project_id, contact_id, number, 1),
        *nothing,
        *(EPOCH, EPOCH, None),
        *([], [], []),
        *({}, {}, {}, {}, {}),
    )
