"""All streams, in the order in which they go."""

from beckon.engine.streams.events import Events, EventsAlone
from beckon.engine.streams.people import People
from beckon.storage.analytics.shipment import Snapshots, Stream

STREAMS: tuple[Stream, ...] = (Events(), People())
"""People last: nothing of theirs may arrive after they were erased."""

LOGS: tuple[Stream, ...] = (EventsAlone(),)
"""What a rebuild reads from the first line on."""

SNAPSHOTS: tuple[Snapshots, ...] = (People(),)
"""What a rebuild looks at as it is, and whose logs it reads only from then on."""
