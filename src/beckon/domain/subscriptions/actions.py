"""What can be done with consent. Each action runs inside the caller's transaction.

Invariant: how an address stands and the line of the log that says why are written together.
Invariant: nothing here suppresses an address for a block or a policy of the receiver's.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts.model import AddressKind, Channel, ContactId, Who
from beckon.domain.events import actions as events
from beckon.domain.events.model import EventId, NewEvent
from beckon.domain.subscriptions import queries, rules, writes
from beckon.domain.subscriptions.model import (
    Act,
    Activity,
    Answer,
    Category,
    CategoryId,
    ConsentEntry,
    Proof,
    Standing,
    Suppression,
)
from beckon.kit.keypairs import KeyPair
from beckon.kit.refusals import Conflict, Invalid
from beckon.kit.secrets import Vault
from beckon.kit.texts import is_line
from beckon.storage.schema import Tx, lock_names

DKIM = "dkim"
"""The purpose that keys of sending domains are sealed for."""

_KINDS = {
    Channel.EMAIL: AddressKind.EMAIL,
    Channel.SMS: AddressKind.PHONE,
    Channel.VIBER: AddressKind.PHONE,
}

CATEGORIES_MAX = 100
DOMAIN_CHARACTERS_MAX = 253
KEY_BYTES_MAX = 100
NAME_CHARACTERS_MAX = 100
POSTAL_CHARACTERS_MAX = 500

_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})+")
_SELECTOR = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")

SUBSCRIBED = "subscribeFromAPI"
SUBSCRIBED_AGAIN = "subscribeUpdateFromAPI"
CONFIRMED = "Confirmed subscription"


class CategoryExists(Conflict):
    """The project has a category of that key."""

    code = "category_exists"


def subscribe(
    tx: Tx,
    project_id: ProjectId,
    contact_id: ContactId,
    *,
    email: str | None,
    is_new: bool,
    form: str | None,
    proof: Proof,
    event_id: EventId,
    now: datetime,
) -> Answer:
    """Take a form's request for mail. An address that is new to us wants to be confirmed first.

    One event tells of it, which a workflow answers with the mail that asks for the confirmation:
    `subscribeFromAPI` for a contact that `is_new`, else `subscribeUpdateFromAPI`, with the form's
    name after a dash. So that nobody is flooded through forms, an address that wants confirming
    sets something off once an hour and ten times a day at most; what is beyond is only history.
    Source: the documented call contact/subscribe and its events of the Reteno API.
    """
    answer, may_ask = Answer.ALREADY_SUBSCRIBED, True
    if email is not None:
        place = _Place.lock(tx, project_id, Channel.EMAIL, email)
        answer, may_ask = _ask(place, contact_id, proof, now, is_new=is_new)
    name = SUBSCRIBED if is_new else SUBSCRIBED_AGAIN
    _tell(
        tx,
        project_id,
        contact_id,
        f"{name}-{form}" if form else name,
        email,
        event_id,
        now,
        is_history=not may_ask,
    )
    return answer


def confirm(
    tx: Tx,
    project_id: ProjectId,
    contact_id: ContactId,
    *,
    email: str,
    proof: Proof,
    event_id: EventId,
    now: datetime,
) -> bool:
    """Take the confirmation of an address; False where there was nothing left to confirm.

    Ends an unsubscription, too, but no suppression. The event `Confirmed subscription` tells of it.
    """
    place = _Place.lock(tx, project_id, Channel.EMAIL, email)
    old = place.standing or Standing()
    new = rules.confirm(old)
    if new == old:
        return False
    place.note(new, now)
    place.log(Act.CONFIRMED, proof, now, contact_id)
    contacts.confirm(tx, project_id, AddressKind.EMAIL, email, now)
    _tell(tx, project_id, contact_id, CONFIRMED, email, event_id, now)
    return True


def spend_confirmation(
    tx: Tx,
    project_id: ProjectId,
    channel: Channel,
    address: str,
    contact_id: ContactId,
    *,
    proof: Proof,
    now: datetime,
) -> datetime:
    """Note that a confirmation goes to an address now, unless it had too many.

    Returns from when one may go: `now` where this one was noted. So nobody is flooded through
    whatever sets such mail off.
    """
    place = _Place.lock(tx, project_id, channel, address)
    sent_at = queries.list_done_at(
        tx, project_id, place.digest, Act.CONFIRMATION_SENT, after=now - timedelta(days=1)
    )
    free_at = rules.confirmation_at(sent_at, now)
    if free_at <= now:
        place.log(Act.CONFIRMATION_SENT, proof, now, contact_id)
    return free_at


def unsubscribe(
    tx: Tx,
    project_id: ProjectId,
    channel: Channel,
    addresses: Sequence[str],
    *,
    proof: Proof,
    now: datetime,
    contact_id: ContactId | None = None,
) -> None:
    """Send no more mail to many, and none that workflows send, to these addresses.

    Each on its own: other channels stay open, and everybody who has such an address is covered,
    also who comes to have it later.
    """
    for place in _lock_all(tx, project_id, channel, addresses):
        if place.change(lambda standing: rules.unsubscribe(standing, now), now):
            place.log(Act.UNSUBSCRIBED, proof, now, contact_id)


def resubscribe(
    tx: Tx,
    project_id: ProjectId,
    channel: Channel,
    address: str,
    *,
    proof: Proof,
    now: datetime,
    contact_id: ContactId | None = None,
) -> None:
    """Undo somebody's own unsubscription, as from the page that a mail leads to."""
    place = _Place.lock(tx, project_id, channel, address)
    if place.change(rules.resubscribe, now):
        place.log(Act.SUBSCRIBED, proof, now, contact_id)


def suppress(
    tx: Tx,
    project_id: ProjectId,
    channel: Channel,
    addresses: Sequence[str],
    *,
    reason: Suppression,
    proof: Proof,
    now: datetime,
) -> None:
    """Send nothing at all to these addresses any more: hard bounce, complaint, or by hand."""
    for place in _lock_all(tx, project_id, channel, addresses):
        if place.change(lambda standing: rules.suppress(standing, reason, now), now):
            place.log(Act.SUPPRESSED, proof, now, subject=reason)


def lift(
    tx: Tx,
    project_id: ProjectId,
    channel: Channel,
    addresses: Sequence[str],
    *,
    proof: Proof,
    now: datetime,
) -> None:
    """Undo unsubscriptions and suppressions by hand; bounces and complaints stay."""
    for place in _lock_all(tx, project_id, channel, addresses):
        if place.change(rules.lift, now):
            place.log(Act.LIFTED, proof, now)


def note_soft_bounce(
    tx: Tx, project_id: ProjectId, channel: Channel, address: str, *, reason: str, now: datetime
) -> bool:
    """Count a temporary failure of an address; True where that was one too many.

    Five in a row, on days of their own and over two weeks, suppress it. To be called for what
    concerns the address (a full mailbox), never for a block by policy.
    """
    place = _Place.lock(tx, project_id, channel, address)
    old = place.standing or Standing()
    new = rules.bounce_softly(old, now)
    place.note(new, now)
    if new.suppression is old.suppression:
        return False
    proof = Proof("bounce", details={"reason": reason})
    place.log(Act.SUPPRESSED, proof, now, subject=Suppression.SOFT_BOUNCES)
    return True


def note_delivered(tx: Tx, project_id: ProjectId, channel: Channel, address: str) -> None:
    """Begin to count temporary failures anew: this one arrived."""
    known = queries.find_standings(tx, project_id, [(channel, address)])
    # Nearly all deliveries end here, with nothing to write.
    if not any(standing.soft_bounces for standing in known.values()):
        return
    place = _Place.lock(tx, project_id, channel, address)
    place.keep(rules.deliver(place.standing or Standing()))


def create_category(
    tx: Tx, project_id: ProjectId, *, key: str, name: str, is_opt_in: bool, now: datetime
) -> CategoryId:
    """Add a category. Raises Invalid, CategoryExists; 100 a project at most."""
    _check_text(key, "key", KEY_BYTES_MAX)
    _check_text(name, "name", NAME_CHARACTERS_MAX)
    if len(queries.list_categories(tx, project_id)) >= CATEGORIES_MAX:
        raise Conflict(f"A project has at most {CATEGORIES_MAX} categories.")
    added = writes.insert_category(tx, project_id, key=key, name=name, is_opt_in=is_opt_in, now=now)
    if added is None:
        raise CategoryExists(f"There is a category '{key}' already.")
    return added


def rename_category(
    tx: Tx, project_id: ProjectId, category_id: CategoryId, name: str, now: datetime
) -> None:
    """Give a category another name. Raises CategoryUnknown, Invalid."""
    _check_text(name, "name", NAME_CHARACTERS_MAX)
    values = {"name": name, "updated_at": now}
    if not writes.update_category(tx, project_id, category_id, values):
        raise queries.CategoryUnknown("There is no such category.")


def delete_category(tx: Tx, project_id: ProjectId, category_id: CategoryId) -> None:
    """Take a category away; mail that still names it goes to nobody. Raises CategoryUnknown."""
    if not writes.delete_category(tx, project_id, category_id):
        raise queries.CategoryUnknown("There is no such category.")


def choose(
    tx: Tx,
    project_id: ProjectId,
    contact_id: ContactId,
    choices: Mapping[str, bool],
    *,
    channel: Channel,
    address: str | None,
    proof: Proof,
    now: datetime,
) -> None:
    """Note which categories (by key) a person wants, True, or not; others stay as they are.

    `channel` and `address` are those it was chosen by, for the record. Raises CategoryUnknown
    naming the first key that the project does not have; then nothing is noted.
    """
    categories = {category.key: category for category in queries.list_categories(tx, project_id)}
    for wanted in choices:
        if wanted not in categories:
            raise queries.CategoryUnknown(f"There is no category '{wanted}'.")
    known = queries.find_choices(tx, project_id, [contact_id]).get(contact_id, {})
    place = _Place.lock(tx, project_id, channel, address or "")
    for wanted, is_subscribed in choices.items():
        category: Category = categories[wanted]
        if known.get(category.id) is is_subscribed:
            continue
        writes.upsert_choice(
            tx, project_id, contact_id, category.id, is_subscribed=is_subscribed, now=now
        )
        act = Act.JOINED if is_subscribed else Act.LEFT
        place.log(act, proof, now, contact_id, subject=wanted)


def set_postal_address(
    tx: Tx, project_id: ProjectId, postal_address: str | None, now: datetime
) -> None:
    """Set the postal address that mail to many must show. Raises Invalid beyond 500 characters."""
    text = (postal_address or "").strip()
    if len(text) > POSTAL_CHARACTERS_MAX or "\0" in text:
        raise Invalid(f"postal_address must have at most {POSTAL_CHARACTERS_MAX} characters.")
    writes.upsert_postal_address(tx, project_id, text or None, now)


def add_domain(
    tx: Tx,
    project_id: ProjectId,
    *,
    domain: str,
    selector: str,
    pair: KeyPair,
    vault: Vault,
    now: datetime,
) -> None:
    """Sign the mail of a domain from now on; its record in DNS is to be published first.

    Several keys may sign side by side under selectors of their own. Raises Invalid, Conflict.
    """
    named = domain.strip().lower()
    if not _DOMAIN.fullmatch(named) or len(named) > DOMAIN_CHARACTERS_MAX:
        raise Invalid("domain must be a name such as mail.example.com.")
    if not _SELECTOR.fullmatch(selector):
        raise Invalid("selector must have 1 to 63 letters, digits and hyphens.")
    if not writes.insert_domain(
        tx,
        project_id,
        domain=named,
        selector=selector,
        algorithm=pair.algorithm,
        sealed_key=vault.seal(pair.private, DKIM),
        public_key=pair.public,
        now=now,
    ):
        raise Conflict(f"{named} has a key under the selector {selector} already.")


def remove_domain(tx: Tx, project_id: ProjectId, domain: str) -> None:
    """Sign a domain's mail no more. Raises Unknown."""
    if not writes.delete_domain(tx, project_id, domain.strip().lower()):
        raise queries.DomainUnknown(f"There is no sending domain '{domain}'.")


def reseal(tx: Tx, vault: Vault) -> int:
    """Seal the keys of all domains with the vault's first key; tells how many were due."""
    due = [
        one for one in queries.list_domains_any_project(tx) if not vault.is_current(one.sealed_key)
    ]
    for one in due:
        sealed = vault.seal(vault.open(one.sealed_key, DKIM), DKIM)
        writes.update_sealed_any_project(tx, one.id, sealed)
    return len(due)


def record_activity(tx: Tx, activity: Sequence[Activity]) -> None:
    """Note what was done with messages, of any projects: the links that told were signed by us."""
    writes.insert_activity_any_project(tx, activity)


def erase(
    tx: Tx,
    project_id: ProjectId,
    contact_id: ContactId,
    addresses: Sequence[tuple[Channel, str]],
) -> None:
    """Forget a person and the addresses nobody else has; that those want no mail is kept.

    What is kept is a keyed digest, by which the address is known again should it come back.
    """
    writes.update_erased(tx, project_id, contact_id)
    key = queries.find_key(tx, project_id)
    if key is None:
        return
    for channel, address in addresses:
        digest = rules.digest(key, channel, address)
        writes.update_forgotten(tx, project_id, channel, digest)


@dataclass(frozen=True, slots=True)
class _Place:
    """One address on one channel, kept from other transactions until this one ends."""

    tx: Tx
    project_id: ProjectId
    channel: Channel
    address: str
    digest: bytes
    standing: Standing | None

    @classmethod
    def lock(cls, tx: Tx, project_id: ProjectId, channel: Channel, address: str) -> Self:
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
        address = self.address or None
        entry = ConsentEntry(self.channel, address, contact_id, act, subject, proof, now)
        writes.insert_entry(self.tx, self.project_id, self.digest, entry)


def _lock_all(
    tx: Tx, project_id: ProjectId, channel: Channel, addresses: Sequence[str]
) -> Iterator[_Place]:
    # In one order, so that two calls never wait for each other crosswise.
    for address in sorted(set(addresses)):
        yield _Place.lock(tx, project_id, channel, address)


def _ask(
    place: _Place, contact_id: ContactId, proof: Proof, now: datetime, *, is_new: bool
) -> tuple[Answer, bool]:
    """Note a request; tells the answer, and whether the event may ask for a confirmation."""
    known = place.standing
    if known is None and not is_new:
        known = Standing()  # a contact we had before was vouched for by who added it
    standing, answer = rules.ask_subscription(known)
    place.log(Act.SUBSCRIBED, proof, now, contact_id)
    if answer is not Answer.NEED_CONFIRMATION:
        return answer, True
    place.note(standing, now)
    asked_at = queries.list_done_at(
        place.tx,
        place.project_id,
        place.digest,
        Act.CONFIRMATION_ASKED,
        after=now - timedelta(days=1),
    )
    if not rules.may_ask_confirmation(asked_at, now):
        return answer, False
    place.log(Act.CONFIRMATION_ASKED, proof, now, contact_id)
    return answer, True


def _tell(
    tx: Tx,
    project_id: ProjectId,
    contact_id: ContactId,
    name: str,
    email: str | None,
    event_id: EventId,
    now: datetime,
    *,
    is_history: bool = False,
) -> None:
    properties: dict[str, object] = {"ContactId": contact_id}
    if email is not None:
        properties["EmailAddress"] = email
    event = NewEvent(
        id=event_id,
        name=name,
        who=Who(contact_id=contact_id),
        key=str(contact_id),
        properties=properties,
        occurred_at=now,
        received_at=now,
        is_history=is_history,
    )
    events.record(tx, project_id, [event], now)


def _check_text(value: str, field: str, characters_max: int) -> None:
    if not 0 < len(value.strip()) <= characters_max or not is_line(value):
        raise Invalid(
            f"{field} must have 1 to {characters_max} characters and no control characters."
        )
