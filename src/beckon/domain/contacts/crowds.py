"""Who a list is about: everybody who bears its ids and addresses, those included whom it makes."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries, rules
from beckon.domain.contacts.matching import KINDS, Bearer, Dedupe, Entry, choose
from beckon.domain.contacts.model import AddressKey, AddressKind, ContactId
from beckon.domain.contacts.tokens import token_digest
from beckon.kit.refusals import Invalid
from beckon.kit.values import replace
from beckon.storage.schema import Tx

SKIPPED = "The contact was deleted; restoreDeleted brings such contacts back."
UNKNOWN = "There is no contact with this id."

Slot = int
"""The place of somebody who is about to be made."""


class Crowd:
    """Who bears the ids and addresses of a list, those included whom the list makes."""

    def __init__(self, dedupe: Dedupe, now: datetime | None) -> None:
        self.dedupe = dedupe
        self.now = now
        self.by_id: dict[ContactId, Bearer] = {}
        self.by_external: dict[str, Bearer | Slot] = {}
        self.by_address: dict[AddressKey, list[Bearer]] = {}
        self.fresh: dict[AddressKey, Slot] = {}
        self.externals: dict[Slot, str | None] = {}
        self.by_token: dict[bytes, Bearer | Slot] = {}
        self.keys: Sequence[Sequence[AddressKey]] = ()

    @classmethod
    def load(
        cls,
        tx: Tx,
        project_id: ProjectId,
        entries: Sequence[Entry],
        dedupe: Dedupe,
        now: datetime | None,
    ) -> "Crowd":
        """Look everybody up; without `now` nobody who is known is changed by the entries."""
        crowd = cls(dedupe, now)
        external = {entry.external_id for entry in entries if entry.external_id is not None}
        crowd.by_external = {
            one.external_id: one
            for one in queries.find_bearers(tx, project_id, external_ids=external)
            if one.external_id is not None
        }
        crowd._load_addresses(tx, project_id, entries)
        if dedupe is Dedupe.CONTACT_ID:
            ids = {entry.contact_id for entry in entries if entry.contact_id is not None}
            crowd.by_id = {
                one.id: one for one in queries.find_bearers(tx, project_id, contact_ids=ids)
            }
        if dedupe is Dedupe.DEVICE:
            crowd._load_tokens(tx, project_id, entries)
        return crowd

    def _load_addresses(self, tx: Tx, project_id: ProjectId, entries: Sequence[Entry]) -> None:
        kinds = KINDS.get(self.dedupe, ())
        self.keys = [
            [
                (kind, rules.address_key(kind, value))
                for kind in kinds
                if (value := entry.address(kind)) is not None
            ]
            for entry in entries
        ]
        for kind in kinds:
            values = {value for keys in self.keys for one, value in keys if one is kind}
            bearers = queries.find_address_bearers(tx, project_id, kind, values)
            self.by_address |= {(kind, value): found for value, found in bearers.items()}

    def _load_tokens(self, tx: Tx, project_id: ProjectId, entries: Sequence[Entry]) -> None:
        digests = {token_digest(device.token) for one in entries for device in one.devices}
        devices = {
            digest: found.contact_id
            for digest in sorted(digests)
            if (found := queries.find_device(tx, project_id, digest)) is not None
        }
        owners = queries.find_bearers(tx, project_id, contact_ids=set(devices.values()))
        by_id = {one.id: one for one in owners}
        self.by_token = {digest: by_id[owner] for digest, owner in devices.items()}

    def place(self, place: Slot, entry: Entry, *, restores: bool) -> Bearer | Slot | Invalid:
        """Say who an entry means: somebody known, the slot of somebody new, or why nobody.

        Asked of each entry once, in order; somebody new has the place of the first who means them.
        """
        keys = self.keys[place]
        found = self._find(entry, keys)
        if isinstance(found, Bearer) and found.is_deleted and not restores:
            return Invalid(SKIPPED)
        if found is None and self.dedupe is Dedupe.CONTACT_ID and entry.external_id is None:
            return Invalid(UNKNOWN)
        target = place if found is None else found
        self._note(entry, keys, target)
        return target

    def _find(self, entry: Entry, keys: Sequence[AddressKey]) -> Bearer | Slot | None:
        if entry.external_id is not None and entry.external_id in self.by_external:
            return self.by_external[entry.external_id]
        if self.dedupe is Dedupe.CONTACT_ID:
            known = self.by_id.get(entry.contact_id) if entry.contact_id else None
            return choose(entry.external_id, [known] if known else [])
        if self.dedupe is Dedupe.DEVICE:
            return self._find_owner(entry)
        for key in keys:
            slot = self.fresh.get(key)
            if slot is not None and self._may_be(slot, entry):
                return slot
            if (chosen := choose(entry.external_id, self.by_address.get(key, ()))) is not None:
                return chosen
        return None

    def _find_owner(self, entry: Entry) -> Bearer | Slot | None:
        """Say whose the entry's devices are: of somebody known, else of somebody about to be."""
        tokens = [token_digest(device.token) for device in entry.devices]
        owners = [self.by_token[one] for one in tokens if one in self.by_token]
        known = [one for one in owners if isinstance(one, Bearer)]
        slots = [one for one in owners if isinstance(one, int) and self._may_be(one, entry)]
        return choose(entry.external_id, known) or next(iter(slots), None)

    def _may_be(self, slot: Slot, entry: Entry) -> bool:
        return entry.external_id is None or self.externals.get(slot) is None

    def _note(self, entry: Entry, keys: Sequence[AddressKey], target: Bearer | Slot) -> None:
        if entry.external_id is not None:
            self.by_external[entry.external_id] = target
        if self.dedupe is Dedupe.DEVICE:
            self.by_token |= {token_digest(device.token): target for device in entry.devices}
        if isinstance(target, Bearer):
            if self.now is not None and entry.profile.overwrites:
                self._move(target, entry, keys, self.now)
            if entry.external_id is not None and target.external_id is None:
                self._name(target, entry.external_id)
            return
        self.externals[target] = self.externals.get(target) or entry.external_id
        for key in keys:
            self.fresh.setdefault(key, target)

    def _move(
        self, bearer: Bearer, entry: Entry, keys: Sequence[AddressKey], now: datetime
    ) -> None:
        """Note the addresses that somebody has from now on, for the entries behind."""
        told = {
            AddressKind.EMAIL: entry.profile.email,
            AddressKind.PHONE: entry.profile.phone,
        }
        for kind, value in keys:
            there = self.by_address.setdefault((kind, value), [])
            if told[kind] is None or any(one.id == bearer.id for one in there):
                continue
            former = {key for key in self._held[bearer.id] if key[0] is kind}
            for key in former:
                self.by_address[key] = [one for one in self.by_address[key] if one.id != bearer.id]
            self._held[bearer.id] -= former
            self._held[bearer.id].add((kind, value))
            there.append(replace(bearer, updated_at=now, is_deleted=False))

    @cached_property
    def _held(self) -> dict[ContactId, set[AddressKey]]:
        """Under which addresses everybody stands; asked for only where somebody gets another."""
        held: dict[ContactId, set[AddressKey]] = defaultdict(set)
        for key, bearers in self.by_address.items():
            for one in bearers:
                held[one.id].add(key)
        return held

    def _name(self, bearer: Bearer, external_id: str) -> None:
        """Note that somebody has an id now, so that no second entry gives them another."""
        named = replace(bearer, external_id=external_id)
        for bearers in self.by_address.values():
            for place, one in enumerate(bearers):
                if one.id == bearer.id:
                    bearers[place] = named
