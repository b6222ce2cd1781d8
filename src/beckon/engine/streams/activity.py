"""The log of what people do with messages: opened, clicked, unsubscribed."""

from beckon.domain.subscriptions.tables import message_activity
from beckon.engine.streams.messages import find_all, outcome
from beckon.storage.analytics.progress import Span, list_lines
from beckon.storage.analytics.shipment import Shipment
from beckon.storage.analytics.tables import OUTCOME
from beckon.storage.schema import Tx


class Activity:
    """See Stream."""

    name = "activity"
    log = message_activity
    moment = "at"

    def read(self, tx: Tx, span: Span) -> Shipment:
        """See Stream.read."""
        lines = list_lines(tx, message_activity, after=span.after, until=span.until)
        messages = find_all(tx, [(line.project_id, line.message_id) for line in lines])
        rows = [
            outcome(
                messages[line.message_id],
                line.kind,
                line.at,
                link=line.link or "",
                is_machine=line.is_machine,
            )
            for line in lines
            if line.message_id in messages  # else erased since
        ]
        return Shipment({OUTCOME: rows})
