"""API keys in the Retenshun vocabulary. For people signed in alone: no key makes another."""

from msgspec import Struct

from beckon.api.call import DeskCall
from beckon.api.retenshun.objects import Deleted, Listing, read_number
from beckon.api.times import write_moment, write_moment_or_none
from beckon.domain.accounts import actions, queries
from beckon.domain.accounts.model import Key, KeyId, KeyKind
from beckon.domain.accounts.rules import read_scope
from beckon.kit.ids import new_token
from beckon.kit.refusals import Invalid


class KeyObject(Struct, rename="camel"):
    """A key as it is listed."""

    id: str
    name: str
    prefix: str
    type: str
    created_at: str
    revoked_at: str | None
    scope: str | None
    last_used_at: str | None


class KeyList(Struct):
    """Reply to GET /api-keys."""

    keys: list[KeyObject]
    total: int


class CreateKey(Struct):
    """Body of POST /api-keys; `type` is `secret` or `public`, `scope` how far a secret one reaches.

    Without a scope it reaches everything; with one, calls of the Reteno API alone.
    """

    name: str
    type: str
    scope: str | None = None


class CreatedKey(KeyObject, rename="camel"):
    """Reply to POST /api-keys: the one time the key is shown."""

    key: str


class DeleteKey(Struct):
    """Body of DELETE /api-keys."""

    id: str


def list_keys(call: DeskCall, query: Listing) -> KeyList:
    """GET /api-keys, newest first, revoked ones too."""
    found = queries.list_keys(call.tx, call.project_id)
    return KeyList([_key(one) for one in query.cut(found)], len(found))


def get_key(call: DeskCall, key_id: str) -> KeyObject:
    """GET /api-keys/:id."""
    return _key(queries.get_key(call.tx, call.project_id, _number(key_id)))


def create_key(call: DeskCall, body: CreateKey) -> CreatedKey:
    """POST /api-keys."""
    if body.type not in list(KeyKind):
        raise Invalid(f"type must be one of {', '.join(KeyKind)}.")
    new = actions.create_key(
        call.tx,
        call.project_id,
        name=body.name,
        kind=KeyKind(body.type),
        token=new_token(),
        scope=read_scope(body.scope, KeyKind(body.type), "scope"),
        actor=call.actor,
        now=call.now,
    )
    shown = _key(new.key)
    return CreatedKey(
        shown.id,
        shown.name,
        shown.prefix,
        shown.type,
        shown.created_at,
        shown.revoked_at,
        shown.scope,
        shown.last_used_at,
        new.secret,
    )


def delete_key(call: DeskCall, key_id: str) -> Deleted:
    """DELETE /api-keys/:id: programs that use it are refused within a second."""
    actions.revoke_key(call.tx, call.project_id, _number(key_id), actor=call.actor, now=call.now)
    return Deleted()


def delete_named_key(call: DeskCall, body: DeleteKey) -> Deleted:
    """DELETE /api-keys, the id in the body."""
    return delete_key(call, body.id)


def _key(one: Key) -> KeyObject:
    return KeyObject(
        f"key_{one.id}",
        one.name,
        one.prefix,
        one.kind,
        write_moment(one.created_at),
        write_moment_or_none(one.revoked_at),
        one.scope,
        write_moment_or_none(one.last_used_at),
    )


def _number(key_id: str) -> KeyId:
    return KeyId(read_number("key", key_id, "key"))
