"""Lists of people: each entry finds whom it means or makes somebody, set by set.

Invariant: entries count in their order, so the same person twice in a list ends as the second says.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import actions, queries, rules
from beckon.domain.contacts.crowds import Crowd, Slot
from beckon.domain.contacts.matching import Bearer, Dedupe, Entry
from beckon.domain.contacts.model import Contact, ContactId
from beckon.kit.refusals import Invalid
from beckon.kit.values import Value
from beckon.storage.schema import Tx


class Upserted(Value, frozen=True):
    """Whom an entry meant, and whether it made them."""

    contact_id: ContactId
    is_new: bool


def upsert(
    tx: Tx,
    project_id: ProjectId,
    entries: Sequence[Entry],
    dedupe: Dedupe,
    now: datetime,
    *,
    restores: bool,
) -> list[Upserted | Invalid]:
    """Find or make the person of each entry and change what it says, in order.

    What cannot be taken changes nothing of its person and stands in the answer. A known id of the
    caller's decides before `dedupe` does; a person without one takes the entry's. Who was deleted
    is passed over unless `restores`. Some statements, however many entries.
    """
    if not entries:
        return []
    targets = _place(tx, project_id, entries, dedupe, restores=restores, now=now)
    faults = _change_known(tx, project_id, entries, targets, now)
    results = _settle(tx, project_id, entries, targets, faults, now)
    _add_devices(tx, project_id, entries, results, now)
    return results


def meet(
    tx: Tx, project_id: ProjectId, entries: Sequence[Entry], dedupe: Dedupe, now: datetime
) -> list[Upserted | Invalid]:
    """Find the person of each entry, or make them as it says; nobody who is known is changed."""
    if not entries:
        return []
    targets = _place(tx, project_id, entries, dedupe, restores=True, now=None)
    return _settle(tx, project_id, entries, targets, {}, now)


def _place(
    tx: Tx,
    project_id: ProjectId,
    entries: Sequence[Entry],
    dedupe: Dedupe,
    *,
    restores: bool,
    now: datetime | None,
) -> list[Bearer | Slot | Invalid]:
    """Say whom each entry means; without `now` nobody who is known is changed by the entries."""
    actions.lock_people(tx, project_id, is_shared=False)
    crowd = Crowd.load(tx, project_id, entries, dedupe, now)
    return [crowd.place(place, entry, restores=restores) for place, entry in enumerate(entries)]


def _settle(
    tx: Tx,
    project_id: ProjectId,
    entries: Sequence[Entry],
    targets: Sequence[Bearer | Slot | Invalid],
    faults: Mapping[ContactId, Invalid],
    now: datetime,
) -> list[Upserted | Invalid]:
    """Make who is new, and say of each entry whom it meant."""
    made, refused = _make_new(tx, project_id, entries, targets, now)
    results: list[Upserted | Invalid] = []
    for place, target in enumerate(targets):
        if isinstance(target, Invalid):
            results.append(target)
        elif isinstance(target, Bearer):
            results.append(faults.get(target.id) or Upserted(target.id, is_new=False))
        else:
            results.append(refused.get(target) or Upserted(made[target], is_new=target == place))
    return results


def _change_known(
    tx: Tx,
    project_id: ProjectId,
    entries: Sequence[Entry],
    targets: Sequence[Bearer | Slot | Invalid],
    now: datetime,
) -> dict[ContactId, Invalid]:
    meant: dict[ContactId, list[Entry]] = defaultdict(list)
    for entry, target in zip(entries, targets, strict=True):
        if isinstance(target, Bearer):
            meant[target.id].append(entry)
    changed, faults, sources = [], {}, {}
    for old in queries.lock_contacts(tx, project_id, meant):
        try:
            changed.append((old, _told(old, meant[old.id], now)))
            sources[old.id] = meant[old.id][-1].profile.origin.source
        except Invalid as fault:
            faults[old.id] = fault
    actions.keep_changed(tx, project_id, changed, sources, now)
    return faults


def _make_new(
    tx: Tx,
    project_id: ProjectId,
    entries: Sequence[Entry],
    targets: Sequence[Bearer | Slot | Invalid],
    now: datetime,
) -> tuple[Mapping[Slot, ContactId], Mapping[Slot, Invalid]]:
    meant: dict[Slot, list[Entry]] = defaultdict(list)
    for entry, target in zip(entries, targets, strict=True):
        if isinstance(target, int):
            meant[target].append(entry.whole)
    people: dict[Slot, Contact] = {}
    refused: dict[Slot, Invalid] = {}
    blank = rules.nobody(project_id, now)
    for slot, told in meant.items():
        try:
            people[slot] = _told(blank, told, now)
        except Invalid as fault:
            refused[slot] = fault
    sources = [meant[slot][0].profile.origin.source for slot in people]
    ids = actions.add_people(tx, project_id, list(people.values()), sources, now)
    return dict(zip(people, ids, strict=True)), refused


def _told(old: Contact, entries: Sequence[Entry], now: datetime) -> Contact:
    """Give the person as the entries want it, one after the other. Raises Invalid."""
    for entry in entries:
        old = rules.apply(old, entry.profile, now, external_id=entry.external_id)
    return old


def _add_devices(
    tx: Tx,
    project_id: ProjectId,
    entries: Sequence[Entry],
    results: Sequence[Upserted | Invalid],
    now: datetime,
) -> None:
    for entry, result in zip(entries, results, strict=True):
        if isinstance(result, Upserted):
            for device in entry.devices:
                actions.add_device(tx, project_id, result.contact_id, device, now)
