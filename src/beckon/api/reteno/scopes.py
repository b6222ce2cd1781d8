"""How far a key must reach for each call of the Reteno vocabulary.

Source: Reteno, key scopes; all versions of a call go together. What is not listed there, such as
orders, needs a key without a scope.
"""

from dataclasses import replace

from beckon.api.call import Route
from beckon.domain.accounts.model import Right

_GENERAL = (
    *("version", "account/", "balance", "interfaces/", "addressbooks", "subscriptions"),
    *("messages/", "callouts/", "contact/token/"),
)
_MESSAGES = ("message/", "broadcast")
_EVENTS = ("event", "past_events")
_ACTIVITY = ("contacts/activity", "contacts/messages", "contactActivity")
_READ = ("contact", "group")
_CHANGE = ("contact", "emails/unsubscribed/", "importstatus/", "group")


def reaching(route: Route) -> Route:
    """Give a route the right that its key must reach."""
    _, _, version, path = route.path.split("/", 3)
    assert version.startswith("v"), route.path
    return replace(route, right=_right(route.method, path))


def _right(method: str, path: str) -> Right:
    is_change = method != "GET" or path.startswith("importstatus/")
    for beginnings, right in (
        (_GENERAL, Right.GENERAL),
        (_MESSAGES, Right.MESSAGES),
        (_EVENTS, Right.EVENTS),
        (_ACTIVITY, Right.ACTIVITY),
        (_CHANGE if is_change else _READ, _of_contacts(is_change=is_change)),
    ):
        if path.startswith(beginnings):
            return right
    return Right.REST


def _of_contacts(*, is_change: bool) -> Right:
    return Right.CONTACTS_CHANGE if is_change else Right.CONTACTS_READ
