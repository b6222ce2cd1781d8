"""Who is meant by an entry of a list: decided from who bears its id and addresses. Pure."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from beckon.domain.contacts.model import AddressKind, ContactId, NewDevice, Profile
from beckon.kit.values import Value, replace


class Dedupe(StrEnum):
    """By what an entry without a known id of the caller's is matched with people there are."""

    EMAIL = "email"
    PHONE = "phone"
    PHONE_OR_EMAIL = "phone_or_email"
    EMAIL_OR_PHONE = "email_or_phone"
    DEVICE = "device"
    CONTACT_ID = "contact_id"
    EXTERNAL_ID = "external_id"


KINDS: dict[Dedupe, Sequence[AddressKind]] = {
    Dedupe.EMAIL: (AddressKind.EMAIL,),
    Dedupe.PHONE: (AddressKind.PHONE,),
    Dedupe.PHONE_OR_EMAIL: (AddressKind.PHONE, AddressKind.EMAIL),
    Dedupe.EMAIL_OR_PHONE: (AddressKind.EMAIL, AddressKind.PHONE),
}
"""Which addresses are asked, in order."""


class Entry(Value, frozen=True):
    """One person as a list tells them; an address may name them.

    `email` and `phone` are what names somebody, and what a new person gets, even where the profile
    leaves the addresses of people there are alone.
    """

    external_id: str | None
    profile: Profile
    contact_id: ContactId | None = None
    devices: Sequence[NewDevice] = ()
    email: str | None = None
    phone: str | None = None

    def address(self, kind: AddressKind) -> str | None:
        """Give the entry's address of a kind."""
        if kind is AddressKind.EMAIL:
            return self.email or self.profile.email
        return self.phone or self.profile.phone

    @property
    def whole(self) -> "Entry":
        """The entry as it is told of somebody new: with the addresses that named them."""
        email, phone = self.email or self.profile.email, self.phone or self.profile.phone
        if email == self.profile.email and phone == self.profile.phone:
            return self
        return replace(self, profile=replace(self.profile, email=email, phone=phone))


class Bearer(Value, frozen=True):
    """Somebody who has an address or an id, with what choosing depends on."""

    id: ContactId
    external_id: str | None
    updated_at: datetime
    is_deleted: bool


def choose(external_id: str | None, bearers: Sequence[Bearer]) -> Bearer | None:
    """Choose who is meant of those with the same address; None: somebody new.

    An entry with an id of the caller's never becomes somebody with another; among the rest who is
    there goes before who was deleted, and the one changed last before the others. Source: the
    documented rules a to e of the Reteno call POST /contacts.
    """
    fitting = [one for one in bearers if external_id is None or one.external_id is None]
    if not fitting:
        return None
    return max(fitting, key=lambda one: (not one.is_deleted, one.updated_at, one.id))
