"""All streams, in the order in which they go."""

from beckon.engine.streams.activity import Activity
from beckon.engine.streams.events import Events, EventsAlone
from beckon.engine.streams.members import Members
from beckon.engine.streams.messages import Messages
from beckon.engine.streams.orders import Orders
from beckon.engine.streams.people import People
from beckon.engine.streams.removals import Removals
from beckon.storage.analytics.shipment import Snapshots, Stream

_OTHERS: tuple[Stream, ...] = (Messages(), Activity(), Orders(), Members())

STREAMS: tuple[Stream, ...] = (Events(), *_OTHERS, Removals(), People())
"""People last: nothing of theirs may arrive after they were erased."""

HISTORY: tuple[Stream, ...] = (EventsAlone(), *_OTHERS)
"""What a rebuild reads from the first line on; of the other logs only what comes in meanwhile."""

THINGS: tuple[Snapshots, ...] = (People(),)
"""What a rebuild looks at as it is."""
