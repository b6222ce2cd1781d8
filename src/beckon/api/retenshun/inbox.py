"""The in-app inbox in the Retenshun vocabulary, for the one user whose hash comes along.

A browser shows a public key, which anybody can read; so the customer's own server signs the user's
id with the project's identity secret, or asks for a contact's token, and only that inbox opens.
"""

from typing import Any

from msgspec import Struct

from beckon.api.call import Call
from beckon.api.retenshun.objects import Page, read_uuid
from beckon.api.times import write_moment
from beckon.api.tokens import Tokens
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.contacts.queries import find_contact_by_external_id
from beckon.domain.news import actions, queries
from beckon.domain.news.model import InboxItem, ReaderId, Reading
from beckon.domain.news.rules import ReaderUnproven, check_user_hash
from beckon.kit.ids import new_token
from beckon.kit.refusals import Invalid, Unknown

PURPOSE = "identity"
IDS_MAX = 1000


class InboxAsked(Page, rename="camel", kw_only=True):
    """Query of GET /client/inbox; `status` is `opened` or `unopened`."""

    user_id: str
    user_hash: str | None = None
    status: str | None = None


class ReaderAsked(Struct, rename="camel"):
    """Query of GET /client/inbox/count."""

    user_id: str
    user_hash: str | None = None


class ReadInbox(Struct, rename="camel"):
    """Body of POST /client/inbox/read; without `ids` all are read."""

    user_id: str
    user_hash: str | None = None
    ids: list[str] | None = None


class InboxEvent(Struct, rename="camel"):
    """Body of POST /client/inbox/:id/events; `status` is `opened` or `clicked`."""

    user_id: str
    status: str
    user_hash: str | None = None


class InboxObject(Struct, rename="camel"):
    """A message in an inbox."""

    id: str
    title: str
    body: str
    link: str | None
    image_url: str | None
    data: dict[str, Any]
    opened: bool
    created_at: str


class Inbox(Struct):
    """Reply to GET /client/inbox."""

    messages: list[InboxObject]
    total: int
    page: int
    limit: int


class Unread(Struct):
    """Reply to GET /client/inbox/count."""

    unread: int


class InboxUpdated(Struct):
    """Reply to POST /client/inbox/read."""

    updated: bool = True


class InboxReceived(Struct):
    """Reply to POST /client/inbox/:id/events."""

    received: bool = True


class IdentitySecret(Struct):
    """Reply to POST /client/secret/rotate: the one time the secret is shown."""

    secret: str


def read_inbox(call: Call, query: InboxAsked) -> Inbox:
    """GET /client/inbox, newest first."""
    query.check()
    reader = _reader(call, query.user_id, query.user_hash)
    if query.status not in {None, "opened", "unopened"}:
        raise Invalid("status must be opened or unopened.")
    is_opened = None if query.status is None else query.status == "opened"
    found = queries.list_inbox(
        call.tx,
        call.project_id,
        reader,
        is_opened=is_opened,
        offset=query.offset,
        limit=query.limit,
    )
    total = queries.count_inbox(call.tx, call.project_id, reader, is_opened=is_opened)
    return Inbox([_object(item) for item in found], total, query.page, query.limit)


def count_unread(call: Call, query: ReaderAsked) -> Unread:
    """GET /client/inbox/count."""
    reader = _reader(call, query.user_id, query.user_hash)
    return Unread(queries.count_inbox(call.tx, call.project_id, reader, is_opened=False))


def mark_read(call: Call, body: ReadInbox) -> InboxUpdated:
    """POST /client/inbox/read; ids that are none of this user's are passed over."""
    reader = _reader(call, body.user_id, body.user_hash)
    if body.ids is not None and len(body.ids) > IDS_MAX:
        raise Invalid(f"ids must be at most {IDS_MAX}.")
    ids = None if body.ids is None else [read_uuid("msg", one, "message") for one in body.ids]
    actions.read_all(call.tx, call.project_id, reader, ids, call.now)
    return InboxUpdated()


def note_event(call: Call, message_id: str, body: InboxEvent) -> InboxReceived:
    """POST /client/inbox/:id/events."""
    reader = _reader(call, body.user_id, body.user_hash)
    if body.status not in list(Reading):
        raise Invalid("status must be opened or clicked.")
    message = read_uuid("msg", message_id, "message")
    actions.note_reading(call.tx, call.project_id, reader, message, Reading(body.status), call.now)
    return InboxReceived()


def rotate_identity_secret(call: Call) -> IdentitySecret:
    """POST /client/secret/rotate: hashes made with the last secret are void at once."""
    secret = new_token() + new_token()
    sealed = call.services.vault.seal(secret.encode(), PURPOSE)
    actions.keep_identity_secret(call.tx, call.project_id, sealed, actor=call.actor, now=call.now)
    return IdentitySecret(secret)


def _reader(call: Call, user_id: str, user_hash: str | None) -> ReaderId:
    """Find the reader, proven by query, body or header.

    Raises ReaderUnproven before it tells whether that user exists.
    """
    if not user_id:
        raise Invalid("userId is required.")
    proof = user_hash or call.user_hash or ""
    borne = Tokens(call.services.vault).find_contact(proof, call.now)
    if borne is not None:
        return _bearer(call, user_id, *borne)
    sealed = queries.find_identity_secret(call.tx, call.project_id)
    secret = None if sealed is None else call.services.vault.open(sealed, PURPOSE).decode()
    check_user_hash(secret, user_id, proof)
    contact = find_contact_by_external_id(call.tx, call.project_id, user_id)
    if contact is None:
        raise Unknown(f"There is no user '{user_id}'.")
    return ReaderId(contact.id)


def _bearer(call: Call, user_id: str, project_id: ProjectId, contact_id: ContactId) -> ReaderId:
    """Take a contact's token as the proof. Raises ReaderUnproven for one of somebody else."""
    contact = find_contact_by_external_id(call.tx, call.project_id, user_id)
    if contact is None or (project_id, contact_id) != (call.project_id, contact.id):
        raise ReaderUnproven("The token is not this user's.")
    return ReaderId(contact.id)


def _object(item: InboxItem) -> InboxObject:
    return InboxObject(
        f"msg_{item.message_id.hex}",
        item.title,
        item.body,
        item.link_url,
        item.image_url,
        dict(item.data),
        item.opened_at is not None,
        write_moment(item.created_at),
    )
