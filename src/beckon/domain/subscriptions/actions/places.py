"""One address on one channel, with how it stands and the log of why."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts.model import AddressKind, Channel, ContactId
from beckon.domain.subscriptions import queries, rules, writes
from beckon.domain.subscriptions.model import (
    Act,
    ConsentEntry,
    Proof,
    Standing,
)
from beckon.storage.schema import Tx, lock_names

_KINDS = {
    Channel.EMAIL: AddressKind.EMAIL,
    Channel.SMS: AddressKind.PHONE,
    Channel.VIBER: AddressKind.PHONE,
}


@dataclass(frozen=True, slots=True)
class Place:
    """One address on one channel, kept from other transactions until this one ends."""

    tx: Tx
    project_id: ProjectId
    channel: Channel
    address: str
    digest: bytes
    standing: Standing | None

    @classmethod
    def lock(cls, tx: Tx, project_id: ProjectId, channel: Channel, address: str) -> Self:
        """Read how an address stands, and keep others from changing that meanwhile."""
        digest = rules.digest(writes.ensure_key(tx, project_id), channel, address)
        lock_names(tx, [f"standing:{project_id}:{channel}:{digest.hex()}"])
        known = queries.find_standings(tx, project_id, [(channel, address)])
        return cls(tx, project_id, channel, address, digest, known.get((channel, address)))

    def change(self, change: Callable[[Standing], Standing], now: datetime) -> bool:
        """Change how the address stands; False where that makes no difference."""
        old = self.standing or Standing()
        new = change(old)
        if new == old:
            return False
        self.note(new, now)
        return True

    def keep(self, standing: Standing) -> None:
        """Keep how the address stands; nobody is told."""
        named = replace(standing, address=self.address)
        writes.upsert_standing(self.tx, self.project_id, self.channel, self.digest, named)

    def note(self, standing: Standing, now: datetime) -> None:
        """Keep how the address stands, and tell who follows people where that is news."""
        self.keep(standing)
        kind = _KINDS.get(self.channel)
        if kind is not None and standing.takes_bulk is not (self.standing or Standing()).takes_bulk:
            contacts.note_reach(self.tx, self.project_id, kind, self.address, now)

    def log(
        self,
        act: Act,
        proof: Proof,
        now: datetime,
        contact_id: ContactId | None = None,
        *,
        subject: str | None = None,
    ) -> None:
        """Write down what was done about the address, and by what that is known."""
        address = self.address or None
        entry = ConsentEntry(self.channel, address, contact_id, act, subject, proof, now)
        writes.insert_entry(self.tx, self.project_id, self.digest, entry)


def lock_all(
    tx: Tx, project_id: ProjectId, channel: Channel, addresses: Sequence[str]
) -> Iterator[Place]:
    """Lock one address after the other."""
    # In one order, so that two calls never wait for each other crosswise.
    for address in sorted(set(addresses)):
        yield Place.lock(tx, project_id, channel, address)
