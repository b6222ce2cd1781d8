"""What can be done with events. Nobody is called from here: the log is read by who follows."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from beckon.domain.accounts.actions import audit
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts.model import ContactId
from beckon.domain.events import queries, rules, writes
from beckon.domain.events.model import EventId, Happening, Identification, NewEvent
from beckon.kit import json
from beckon.kit.refusals import Invalid
from beckon.storage.analytics.progress import note_removed
from beckon.storage.schema import Tx, lock_names

DELETED_MAX = 100_000


class ParametersMissing(Invalid):
    """The event does not tell what its kind must tell; the words are Reteno's, for clients."""

    code = "parameters_missing"


def record(
    tx: Tx, project_id: ProjectId, happenings: Sequence[Happening], now: datetime
) -> list[ContactId | None]:
    """Log what happened, in order, and tell whom each concerns.

    People and kinds of events not seen before come to be. Set-based: events that follow each
    other cost a handful of statements together. An event with a known id changes nothing.
    Raises ParametersMissing.
    """
    # Who is identified is changed in the order told, which only one batch at a time can do
    # without waiting crosswise; events touch people in one order for all.
    is_plain = all(isinstance(happening, NewEvent) for happening in happenings)
    contacts.lock_people(tx, project_id, is_shared=is_plain)
    concerned: list[ContactId | None] = []
    for kind, following in groupby(happenings, type):
        group = list(following)
        if kind is Identification:
            concerned += [_identify(tx, project_id, happening, now) for happening in group]
        else:
            concerned += _append(tx, project_id, group, now)  # type: ignore[arg-type] # no other kind is left
    return concerned


def require(
    tx: Tx,
    project_id: ProjectId,
    event_name: str,
    parameters: Sequence[str],
    *,
    actor: str,
    now: datetime,
) -> None:
    """Say which parameters a kind of event must tell from now on, in whatever case it is written.

    None are required at first. Raises Invalid.
    """
    checked = rules.check_required(parameters, "parameters")
    # Two at once would leave both lists: the second waits here.
    lock_names(tx, [f"required:{project_id}"])
    writes.replace_required(tx, project_id, rules.name_key(event_name), checked)
    audit(tx, project_id, actor, "event_type.required", now, name=event_name, parameters=checked)


def delete(tx: Tx, project_id: ProjectId, event_id: EventId, now: datetime) -> None:
    """Take an event out of the log, and out of analytics soon after. Raises EventUnknown."""
    if not writes.delete_event(tx, project_id, event_id):
        raise queries.EventUnknown("There is no such event.")
    note_removed(tx, project_id, [event_id], now)


def delete_between(
    tx: Tx, project_id: ProjectId, *, begins_at: datetime, ends_at: datetime, now: datetime
) -> int:
    """Delete what happened from one moment to another, both included. Returns how many events.

    Raises Invalid for more than 100,000 of them: one transaction takes no more.
    """
    ids = queries.list_ids_between(
        tx, project_id, begins_at=begins_at, ends_at=ends_at, limit=DELETED_MAX + 1
    )
    if len(ids) > DELETED_MAX:
        raise Invalid(f"The period holds more than {DELETED_MAX} events; name a shorter one.")
    writes.delete_events(tx, project_id, ids)
    note_removed(tx, project_id, ids, now)
    return len(ids)


def prune(tx: Tx, project_id: ProjectId, *, before: datetime, limit: int) -> bool:
    """Drop the project's first lines, at most so many, that came in before a moment.

    Returns whether there may be more of them.
    """
    last = queries.find_last_before(tx, project_id, before, limit=limit)
    if last is not None:
        writes.delete_events_through(tx, project_id, last)
    return last is not None


def _identify(
    tx: Tx, project_id: ProjectId, happening: Happening, now: datetime
) -> ContactId | None:
    assert isinstance(happening, Identification)
    who = happening.who
    if who.external_id is not None and who.anonymous_id is not None:
        merged = contacts.join(tx, project_id, who.external_id, who.anonymous_id, now)
        if merged is not None:
            writes.update_contact(tx, project_id, *merged)
    contact_id = contacts.identify(tx, project_id, who, happening.profile, now)
    if contact_id is not None and happening.device is not None:
        contacts.add_device(tx, project_id, contact_id, happening.device, now)
    return contact_id


def _append(
    tx: Tx, project_id: ProjectId, events: Sequence[NewEvent], now: datetime
) -> list[ContactId | None]:
    _check_told(tx, project_id, events)
    # Kinds before people: who waits for a kind that another registers has nobody's row yet.
    types = _register(tx, project_id, {event.name for event in events}, now)
    found = contacts.resolve(tx, project_id, [event.who for event in events], now)
    writes.insert_events(tx, project_id, events, found, types)
    contacts.note_seen(
        tx, project_id, [contact_id for contact_id in found if contact_id is not None], now
    )
    return found


def _check_told(tx: Tx, project_id: ProjectId, events: Sequence[NewEvent]) -> None:
    checked = [event for event in events if event.is_checked]
    if not checked:
        return
    required = queries.find_required(
        tx, project_id, (rules.name_key(event.name) for event in checked)
    )
    for event in checked if required else ():
        names = required.get(rules.name_key(event.name), ())
        if not rules.tells_all(event.properties, names):
            wanted = json.text([{"name": name, "required": True} for name in names])
            raise ParametersMissing(f"The event should have the following params: {wanted}")


def _register(tx: Tx, project_id: ProjectId, names: set[str], now: datetime) -> dict[str, int]:
    known = queries.find_type_ids(tx, project_id, names)
    missing = names - known.keys()
    if missing:
        writes.insert_types(tx, project_id, sorted(missing), now)
        known |= queries.find_type_ids(tx, project_id, missing)
    return known
