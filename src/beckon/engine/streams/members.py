"""The log of who enters and leaves which segment."""

from beckon.domain.segments.tables import membership_change
from beckon.kit.clock import EPOCH
from beckon.storage.analytics.client import Row
from beckon.storage.analytics.progress import Span, list_lines
from beckon.storage.analytics.shipment import Shipment
from beckon.storage.analytics.tables import MEMBERSHIP
from beckon.storage.schema import Line, Tx


class Members:
    """See Stream. Of several lines about one person and segment in a batch the last counts."""

    name = "membership"
    log = membership_change
    moment = "at"

    def read(self, tx: Tx, span: Span) -> Shipment:
        """See Stream.read."""
        lines = list_lines(tx, membership_change, after=span.after, until=span.until)
        last = {(line.segment_id, line.contact_id): line for line in lines}
        return Shipment({MEMBERSHIP: [_row(line, span.number) for line in last.values()]})


def _row(line: Line, number: int) -> Row:
    # Who left has no "since": the store of the truth tells it where anybody asks.
    since, until = (line.at, None) if line.has_entered else (EPOCH, line.at)
    who = (line.project_id, line.segment_id, line.contact_id)
    return (*who, number, int(line.has_entered), since, until)
