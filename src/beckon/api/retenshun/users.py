"""Users in the Retenshun vocabulary: create, list, get, update, delete. A user is a contact."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType, field

from beckon.api.call import Call, Edge
from beckon.api.retenshun.events import EventList, show_events
from beckon.api.retenshun.objects import (
    Cursored,
    Deleted,
    UserObject,
    either,
    read_number,
)
from beckon.api.retenshun.users_shown import show_user, show_users
from beckon.api.times import read_bound
from beckon.domain.accounts.actions import audit
from beckon.domain.contacts import actions, queries, rules
from beckon.domain.contacts.model import Contact, ContactFilter, ContactId, Profile, Who
from beckon.domain.contacts.rules import check_id, read_profile
from beckon.domain.events.model import EventFilter
from beckon.domain.privacy import actions as privacy
from beckon.domain.privacy import queries as privacy_queries
from beckon.kit import json
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx

BATCH_MAX = 1000
SEARCH_CHARACTERS_MAX = 255


class CreateUser(Struct, rename="camel"):
    """Body of POST /users."""

    id: str | None = None
    user_id: str | None = None
    email: str | None = None
    phone: str | None = None
    tags: list[str] | None = None
    properties: dict[str, Any] = field(default_factory=dict)


class UpdateUser(Struct):
    """Body of PUT and PATCH /users/:id; what is not given stays, a null property goes."""

    email: str | UnsetType = UNSET
    phone: str | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    properties: dict[str, Any] = field(default_factory=dict)


class Users(Struct):
    """Body of POST /users/batch; each user is looked at by itself."""

    users: list[Any]


class RejectedUser(Struct):
    """Which user of a batch was not taken, and why."""

    index: int
    message: str


class UsersTaken(Struct):
    """Reply to POST /users/batch."""

    accepted: int
    rejected: list[RejectedUser]
    status: str = "ok"


class UsersAsked(Cursored):
    """Query of GET /users."""

    search: str | None = None
    filter: str | None = None


class UserList(Struct, rename="camel"):
    """Reply to GET /users; `nextCursor` is null at the end."""

    users: list[UserObject]
    total: int
    page: int
    limit: int
    next_cursor: str | None


class UserEventsAsked(Cursored, rename="camel"):
    """Query of GET /users/:id/events."""

    event_name: str | None = None
    from_: str | None = field(default=None, name="from")
    to: str | None = None


class HowToDelete(Struct):
    """Query of DELETE /users/:id; with `erase` nothing of the person is left."""

    erase: bool = False


class UserExport(Struct):
    """Reply to GET /users/:id/export: every row about the person, by table."""

    user: UserObject
    tables: dict[str, list[dict[str, Any]]]


def create_user(call: Call, body: CreateUser) -> UserObject:
    """POST /users; a known id is updated, and who was deleted is back."""
    who, profile = _read_user(body, "")
    found = actions.identify(call.tx, call.project_id, who, profile, call.now)
    assert found is not None
    return show_user(call, queries.get_contact(call.tx, call.project_id, found))


def create_users(call: Call, body: Users) -> UsersTaken:
    """POST /users/batch; good users are taken in order, bad ones told by their index."""
    if not 0 < len(body.users) <= BATCH_MAX:
        raise Invalid(f"users must hold 1 to {BATCH_MAX} users.")
    people: list[tuple[Who, Profile]] = []
    places: list[int] = []
    rejected: list[RejectedUser] = []
    for index, words in enumerate(body.users):
        try:
            people.append(_read_user(_shaped(words, f"users[{index}]."), f"users[{index}]."))
            places.append(index)
        except Invalid as refused:
            rejected.append(RejectedUser(index, refused.message))
    found = actions.identify_all(call.tx, call.project_id, people, call.now)
    rejected += [
        RejectedUser(index, f"users[{index}].{taken.message}")
        for index, taken in zip(places, found, strict=True)
        if isinstance(taken, Invalid)
    ]
    rejected.sort(key=lambda one: one.index)
    return UsersTaken(len(body.users) - len(rejected), rejected)


def list_users(call: Call, query: UsersAsked) -> UserList:
    """GET /users, the newest first."""
    query.check()
    asked = _filter(call, query)
    before = None if query.given is None else ContactId(query.given)
    found = queries.list_page(
        call.tx,
        call.project_id,
        asked,
        before=before,
        offset=query.offset if before is None else 0,
        limit=query.limit,
    )
    return UserList(
        show_users(call, found),
        queries.count_matching(call.tx, call.project_id, asked),
        query.page,
        query.limit,
        query.next_of([contact.id for contact in found]),
    )


def get_user(call: Call, user_id: str) -> UserObject:
    """GET /users/:id."""
    return show_user(call, find_user(call, user_id))


def update_user(call: Call, user_id: str, body: UpdateUser) -> UserObject:
    """PUT and PATCH /users/:id; properties are merged key by key."""
    contact = find_user(call, user_id)
    email = None if body.email is UNSET else body.email
    phone = None if body.phone is UNSET else body.phone
    tags = None if body.tags is UNSET else body.tags
    profile = _profile(email, phone, tags, body.properties, "")
    actions.change(call.tx, call.project_id, contact.id, profile, call.now)
    return show_user(call, queries.get_contact(call.tx, call.project_id, contact.id))


def delete_user(call: Call, user_id: str, query: HowToDelete) -> Deleted:
    """DELETE /users/:id; `?erase=true` leaves nothing, also of somebody deleted before."""
    if query.erase:
        found = _find_even_deleted(call, user_id)
        privacy.erase(
            call.tx, call.project_id, [found], actor=f"key {call.key.prefix}", now=call.now
        )
    else:
        contact = find_user(call, user_id)
        actions.delete(call.tx, call.project_id, contact.id, call.now)
    return Deleted()


def list_user_events(call: Call, user_id: str, query: UserEventsAsked) -> EventList:
    """GET /users/:id/events, newest first."""
    query.check()
    asked = EventFilter(
        name=query.event_name,
        contact_id=find_user(call, user_id).id,
        occurred_from=read_bound(query.from_, "from", is_end=False) if query.from_ else None,
        occurred_to=read_bound(query.to, "to", is_end=True) if query.to else None,
    )
    return show_events(call, asked, query)


async def export_user(edge: Edge, user_id: str) -> UserExport:
    """GET /users/:id/export; moments as ISO 8601, bytes as Base64. That it was asked is noted."""

    def gather(tx: Tx) -> UserExport:
        call = edge.within(tx)
        contact = find_user(call, user_id)
        tables = privacy_queries.export(tx, call.project_id, contact.id)
        return UserExport(show_user(call, contact), tables)

    def note(tx: Tx) -> None:
        # The number alone: the name would outlive the person's erasure.
        number = export.user.contact_id
        audit(tx, edge.project_id, edge.actor, "contact.exported", edge.now, contact=number)

    export = await edge.services.state.read(gather)
    await edge.services.state.write(note)
    return export


def find_user(call: Call, user_id: str) -> Contact:
    """Find who is meant by the caller's id or contact_<number>. Raises ContactUnknown."""
    found = queries.find_contact_by_external_id(call.tx, call.project_id, user_id)
    if found is not None:
        return found
    return queries.get_contact(call.tx, call.project_id, _number(user_id))


def _find_even_deleted(call: Call, user_id: str) -> ContactId:
    known = queries.find_ids_by_external_id(call.tx, call.project_id, [user_id])
    return known[user_id] if user_id in known else _number(user_id)


def _number(user_id: str) -> ContactId:
    if not user_id.startswith("contact_"):
        raise queries.ContactUnknown(f"There is no user '{user_id}'.")
    return ContactId(read_number("contact", user_id, "user"))


def _shaped(words: object, place: str) -> CreateUser:
    try:
        return json.shape(words, CreateUser)
    except Invalid as fault:
        raise Invalid(f"{place}{fault.message}") from None


def _read_user(words: CreateUser, place: str) -> tuple[Who, Profile]:
    external_id = either(words.id, words.user_id, f"{place}id and {place}userId")
    if external_id is None:
        raise Invalid(f"{place}id is required.")
    who = Who(external_id=check_id(external_id, f"{place}id"))
    return who, _profile(words.email, words.phone, words.tags, words.properties, place)


def _profile(
    email: str | None,
    phone: str | None,
    tags: list[str] | None,
    properties: dict[str, Any],
    place: str,
) -> Profile:
    given = {"email": email, "phone": phone}
    traits = {**properties, **{word: value for word, value in given.items() if value is not None}}
    checked = None if tags is None else rules.check_tags(tags, f"{place}tags")
    return read_profile(traits, f"{place}properties.", tags=checked)


def _filter(call: Call, query: UsersAsked) -> ContactFilter:
    if query.search is not None and len(query.search) > SEARCH_CHARACTERS_MAX:
        raise Invalid(f"search must have at most {SEARCH_CHARACTERS_MAX} characters.")
    if query.filter not in (None, "active", "inactive"):
        raise Invalid("filter must be active or inactive.")
    return ContactFilter(
        search=query.search,
        is_active=None if query.filter is None else query.filter == "active",
        active_since=call.now - rules.ACTIVE_FOR,
    )
