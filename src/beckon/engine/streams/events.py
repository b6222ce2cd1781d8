"""The log of events: a row an event, and a fresh look at everybody it concerns."""

from beckon.domain.accounts.model import ProjectId
from beckon.domain.events import queries
from beckon.domain.events.tables import event
from beckon.engine.streams.people import snapshots
from beckon.kit.typed import flatten
from beckon.storage.analytics.client import Row
from beckon.storage.analytics.progress import Span, list_lines
from beckon.storage.analytics.shipment import Shipment, by_project
from beckon.storage.analytics.tables import CONTACT, EVENT
from beckon.storage.schema import Line, Tx

NOBODY = 0


class Events:
    """See Stream. People come along because an event is when somebody was last seen."""

    name = "event"
    log = event
    moment = "received_at"

    def read(self, tx: Tx, span: Span) -> Shipment:
        """See Stream.read."""
        lines = list_lines(tx, event, after=span.after, until=span.until)
        names = _names(tx, lines)
        touched = by_project(
            [(line.project_id, line.contact_id) for line in lines if line.contact_id]
        )
        return Shipment(
            {
                EVENT: [_row(line, names[line.type_id]) for line in lines],
                CONTACT: [
                    row
                    for project_id, ids in touched.items()
                    for row in snapshots(tx, ProjectId(project_id), ids, span.number)
                ],
            }
        )


class EventsAlone(Events):
    """The log without the people: for a rebuild, which looks at everybody once."""

    def read(self, tx: Tx, span: Span) -> Shipment:
        """See Stream.read."""
        lines = list_lines(tx, event, after=span.after, until=span.until)
        names = _names(tx, lines)
        return Shipment({EVENT: [_row(line, names[line.type_id]) for line in lines]})


def _names(tx: Tx, lines: list[Line]) -> dict[int, str]:
    kinds = by_project([(line.project_id, line.type_id) for line in lines])
    return {
        type_id: name
        for project_id, type_ids in kinds.items()
        for type_id, name in queries.find_type_names(tx, ProjectId(project_id), type_ids).items()
    }


def _row(line: Line, name: str) -> Row:
    typed = flatten(line.properties)
    return (
        line.project_id,
        name,
        line.contact_id or NOBODY,
        line.occurred_at,
        line.id,
        line.position,
        typed.strings,
        typed.numbers,
        typed.booleans,
        typed.times,
        typed.lists,
    )
