"""The log of single events taken out: out they go there too."""

from collections import defaultdict
from uuid import UUID

from beckon.storage.analytics.progress import Span, analytics_removal, list_lines
from beckon.storage.analytics.shipment import Shipment
from beckon.storage.schema import Tx


class Removals:
    """See Stream."""

    name = "removal"
    log = analytics_removal
    moment = "at"

    def read(self, tx: Tx, span: Span) -> Shipment:
        """See Stream.read."""
        removed: dict[int, list[UUID]] = defaultdict(list)
        for line in list_lines(tx, analytics_removal, after=span.after, until=span.until):
            removed[line.project_id].append(line.event_id)
        return Shipment(removed=removed)
