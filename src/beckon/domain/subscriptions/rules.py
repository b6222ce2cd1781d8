"""Who may be written to, and when an address is given up. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b

from beckon.domain.contacts.model import Channel
from beckon.domain.subscriptions.model import (
    Answer,
    Ask,
    Category,
    CategoryId,
    Purpose,
    Standing,
    Suppression,
)
from beckon.kit.addresses import email_key
from beckon.kit.keypairs import Algorithm

DIGEST_BYTES = 20

SOFT_BOUNCES_MAX = 5
SOFT_BOUNCES_OVER = timedelta(days=14)
"""So many in a row over so long at least: between the 3 and the 7 that large senders go by."""

CONFIRMATIONS = {1: timedelta(hours=1), 10: timedelta(days=1)}
"""So many confirmations an address may be sent in a while."""

CONFIRMATION_SLACK = timedelta(minutes=5)
"""A mail leaves a little after it was asked for: one that is early by no more than that waits."""

SUPPRESSED = {
    Suppression.BOUNCE: "The address does not exist (it bounced).",
    Suppression.SOFT_BOUNCES: "The address failed too often in a row.",
    Suppression.COMPLAINT: "The recipient reported an earlier message as spam.",
    Suppression.MANUAL: "The address is on the suppression list.",
}
UNSUBSCRIBED = "The address is unsubscribed."
UNCONFIRMED = "The address is not confirmed; it gets confirmation and triggered messages only."
UNKNOWN_CATEGORY = "The category {key} does not exist."
LEFT = "The contact left the category {key}."
TOO_MANY_CONFIRMATIONS = "One confirmation an hour and ten a day go to an address at most."
NOT_CHOSEN = "The contact did not choose the category {key}."


def digest(key: bytes, channel: Channel, address: str) -> bytes:
    """Name an address so that nobody without the key can tell it: keyed BLAKE2b of its form."""
    compared = address_key(channel, address).encode("utf-8", "surrogatepass")
    return blake2b(compared, key=key, digest_size=DIGEST_BYTES).digest()


def address_key(channel: Channel, address: str) -> str:
    """Give the form under which addresses of a channel are compared."""
    return email_key(address) if channel is Channel.EMAIL else address.strip()


def refuse(
    ask: Ask,
    standing: Standing,
    categories: Mapping[str, Category],
    choices: Mapping[CategoryId, bool],
) -> str | None:
    """Say why a message may not go, or None. `choices` are the contact's own.

    | purpose | suppressed | unsubscribed | unconfirmed | category left |
    |---|---|---|---|---|
    | bulk | no | no | no | no |
    | triggered | no | no | yes | no |
    | transactional, confirmation | no | yes | yes | yes |
    """
    if standing.suppression is not None:
        return SUPPRESSED[standing.suppression]
    if ask.purpose in (Purpose.TRANSACTIONAL, Purpose.CONFIRMATION):
        return None
    if standing.unsubscribed_at is not None:
        return UNSUBSCRIBED
    if ask.purpose is Purpose.BULK and not standing.is_confirmed:
        return UNCONFIRMED
    if ask.category is None:
        return None
    return _refuse_category(ask.category, categories, choices)


def _refuse_category(
    key: str, categories: Mapping[str, Category], choices: Mapping[CategoryId, bool]
) -> str | None:
    category = categories.get(key)
    if category is None:  # a category that went: nobody can have wanted it
        return UNKNOWN_CATEGORY.format(key=key)
    choice = choices.get(category.id)
    if choice is False:
        return LEFT.format(key=key)
    if choice is None and category.is_opt_in:
        return NOT_CHOSEN.format(key=key)
    return None


def is_subscribed(category: Category, choices: Mapping[CategoryId, bool]) -> bool:
    """Tell whether a contact gets a category's mail."""
    return choices.get(category.id, not category.is_opt_in)


def ask_subscription(standing: Standing | None) -> tuple[Standing, Answer]:
    """Decide what a form's request does: an address never seen, or left, wants confirming.

    `standing` is None where nothing is known of the address. Suppressed addresses stay so.
    """
    if standing is None:
        return Standing(is_confirmed=False), Answer.NEED_CONFIRMATION
    if standing.suppression is not None:
        return standing, Answer.SUPPRESSED
    if standing.takes_bulk:
        return standing, Answer.ALREADY_SUBSCRIBED
    return standing, Answer.NEED_CONFIRMATION


def confirm(standing: Standing) -> Standing:
    """Take a confirmation: it also ends an unsubscription, but no suppression."""
    return replace(standing, is_confirmed=True, unsubscribed_at=None)


def unsubscribe(standing: Standing, at: datetime) -> Standing:
    """Take a wish to hear no more; the first one's moment stays."""
    return replace(standing, unsubscribed_at=standing.unsubscribed_at or at)


def resubscribe(standing: Standing) -> Standing:
    """Undo one's own unsubscription; nothing else."""
    return replace(standing, unsubscribed_at=None)


def lift(standing: Standing) -> Standing:
    """Undo an unsubscription and a suppression by hand; what the outside told stays."""
    lifted = replace(standing, unsubscribed_at=None)
    if standing.suppression is Suppression.MANUAL:
        lifted = replace(lifted, suppression=None, suppressed_at=None)
    return lifted


def suppress(standing: Standing, reason: Suppression, at: datetime) -> Standing:
    """Give an address up. What the outside told outweighs a suppression by hand."""
    if standing.suppression not in (None, Suppression.MANUAL):
        return standing
    return replace(standing, suppression=reason, suppressed_at=at)


def bounce_softly(standing: Standing, at: datetime) -> Standing:
    """Count a temporary failure; enough of them in a row over a fortnight give the address up.

    Counted once a day at most, so that the tries of one message are one failure.
    """
    if standing.soft_since is None:
        return replace(standing, soft_bounces=1, soft_since=at)
    days = (at - standing.soft_since) // timedelta(days=1)
    if days < standing.soft_bounces:
        return standing
    counted = replace(standing, soft_bounces=standing.soft_bounces + 1)
    if counted.soft_bounces >= SOFT_BOUNCES_MAX and at - standing.soft_since >= SOFT_BOUNCES_OVER:
        return suppress(counted, Suppression.SOFT_BOUNCES, at)
    return counted


def deliver(standing: Standing) -> Standing:
    """Take a delivery: temporary failures in a row begin anew."""
    return replace(standing, soft_bounces=0, soft_since=None)


def may_ask_confirmation(asked_at: Sequence[datetime], now: datetime) -> bool:
    """Tell whether another confirmation may go to an address: one an hour, ten a day."""
    return confirmation_at(asked_at, now) <= now


def confirmation_at(asked_at: Sequence[datetime], now: datetime) -> datetime:
    """Tell from when another confirmation may go to an address: one an hour, ten a day."""
    latest = sorted(asked_at, reverse=True)
    ends = [
        latest[count - 1] + period
        for count, period in CONFIRMATIONS.items()
        if len(latest) >= count
    ]
    return max([now, *ends])


def selector_of(algorithm: Algorithm, now: datetime) -> str:
    """Name a new signing key, with year and month: the next one gets another, and both may sign."""
    return f"beckon-{algorithm}-{now:%Y%m}"
