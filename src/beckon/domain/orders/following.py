"""Orders that are told as events: the log is read forward, and what an event says is kept.

Invariant: each event counts once; where it is read to moves in the transaction that keeps it.
"""

from collections.abc import Callable
from itertools import groupby
from operator import attrgetter
from typing import TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.accounts.queries import get_project
from beckon.domain.events.model import Event, Place
from beckon.domain.events.queries import list_events_at, list_named_after_any_project
from beckon.domain.orders import actions, queries
from beckon.domain.orders.model import NewOrder, Order
from beckon.storage import log_readers
from beckon.storage.log_readers import Cursor, log_reader
from beckon.storage.schema import Tx

READER = "orders"
EVENTS_AT_ONCE = 200
CREATED, UPDATED = "orderCreated", "orderUpdated"
DELIVERED, CANCELLED = "orderDelivered", "orderCancelled"
NAMES = frozenset({CREATED, UPDATED, DELIVERED, CANCELLED})
"""As they are spelled: `orderDELIVERED` is an event that tells of an order, and makes none."""

KEY = "externalOrderId"

Read: TypeAlias = Callable[[Event, Order | None, ZoneInfo], NewOrder | None]
"""An event, the order it names as it stands, the project's zone → the order as it then is.

None where the event tells no order, or one that nobody knows and that it cannot begin.
"""


def is_behind(tx: Tx) -> bool:
    """Tell whether there is an event to be read, or reading never began; changes nothing."""
    row = tx.execute(select(log_reader).where(log_reader.c.name == READER)).one_or_none()
    if row is None:
        return True
    cursor = Cursor(row.epoch, row.position)
    return bool(list_named_after_any_project(tx, cursor, NAMES, limit=1))


def follow(tx: Tx, read: Read) -> bool:
    """Read the log on, at most 200 events. False: that was all."""
    log_readers.begin(tx, READER)
    cursor = log_readers.lock_cursor(tx, READER)
    if cursor is None:  # another process is just reading
        return False
    places = list_named_after_any_project(tx, cursor, NAMES, limit=EVENTS_AT_ONCE)
    by_project = attrgetter("project_id")
    for project_id, mine in groupby(sorted(places, key=by_project), by_project):
        _keep_all(tx, project_id, list(mine), read)
    if places:
        log_readers.move(tx, READER, Cursor(places[-1].epoch, places[-1].position))
    return len(places) == EVENTS_AT_ONCE


def _keep_all(tx: Tx, project_id: ProjectId, places: list[Place], read: Read) -> None:
    zone = ZoneInfo(get_project(tx, project_id).time_zone)
    for event in list_events_at(tx, project_id, [place.position for place in places]):
        name = event.properties.get(KEY)
        if event.contact_id is None or isinstance(name, bool) or not isinstance(name, str | int):
            continue
        known = queries.find_orders(tx, project_id, [str(name).strip()])
        order = read(event, next(iter(known.values()), None), zone)
        if order is not None:
            actions.keep(tx, project_id, order, event.contact_id, event.received_at)
