"""Segments in the Reteno vocabulary: found by name, their people listed, put on and taken off."""

from msgspec import Struct

from beckon.api.call import Call, Listed, PlainText
from beckon.api.reteno.contact_words import show_all
from beckon.api.reteno.wire import Rows, as_list, path_number, read_number, updated
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import ContactId
from beckon.domain.segments import actions, queries
from beckon.domain.segments.model import Segment, SegmentId, SegmentKind
from beckon.kit.refusals import Invalid

IDS_MAX = 500
TYPES = {SegmentKind.STATIC: "Static", SegmentKind.DYNAMIC: "Dynamic"}


class GroupsAsked(Rows):
    """Query of GET /groups: a part of the name in any case."""

    name: str | None = None


class GroupObject(Struct):
    """A segment."""

    id: int
    name: str
    type: str


class MembersAsked(Rows, rename={"order_by_ts": "orderByTs"}):
    """Query of GET /group/{id}/contacts; `orderByTs`: by when they joined."""

    order_by_ts: bool = False
    asc: bool = True


class MemberIds(Struct, rename="camel"):
    """Body of POST /group/{id}/contacts/attach and …/detach: either kind of ids."""

    contact_ids: list[int | str] | int | str | None = None
    external_customer_ids: list[str | int] | str | int | None = None


def search_groups(call: Call, query: GroupsAsked) -> Listed:
    """GET /v1/groups."""
    query.check()
    found, total = queries.search_segments(
        call.tx, call.project_id, query.name or "", offset=query.offset, limit=query.maxrows
    )
    return Listed([GroupObject(one.id, one.name, TYPES[one.kind]) for one in found], total)


def list_contacts(call: Call, group_id: str, query: MembersAsked) -> Listed:
    """GET /v1/group/{id}/contacts."""
    query.check()
    segment = _find(call, group_id)
    ids = queries.list_members(
        call.tx,
        call.project_id,
        segment.id,
        by_joining=query.order_by_ts,
        descending=not query.asc,
        offset=query.offset,
        limit=query.maxrows,
    )
    people = {one.id: one for one in contacts.list_contacts(call.tx, call.project_id, ids)}
    there = [people[one] for one in ids if one in people]
    return Listed(show_all(call, there), segment.members)


def attach(call: Call, group_id: str, body: MemberIds) -> PlainText:
    """POST /v1/group/{id}/contacts/attach; unknown ids are refused, and nobody is added."""
    segment = _find_list(call, group_id)
    ids = _read(call, body)
    if not ids:
        raise Invalid("contactIds or externalCustomerIds must hold at least one id.")
    actions.add_members(call.tx, call.project_id, segment.id, ids, call.now)
    return updated("Segment", segment.id)


def detach(call: Call, group_id: str, body: MemberIds) -> PlainText:
    """POST /v1/group/{id}/contacts/detach; an object without ids empties the segment."""
    segment = _find_list(call, group_id)
    if ids := _read(call, body):
        actions.remove_members(call.tx, call.project_id, segment.id, ids, call.now)
    else:
        _empty(call, segment)
    return updated("Segment", segment.id)


def _empty(call: Call, segment: Segment) -> None:
    while members := queries.list_members_after(
        call.tx, call.project_id, segment.id, after=ContactId(0), limit=queries.LIST_MAX
    ):
        ids = [one.contact_id for one in members]
        actions.remove_members(call.tx, call.project_id, segment.id, ids, call.now)


def _find(call: Call, group_id: str) -> Segment:
    number = SegmentId(path_number(group_id, "Segment"))
    return queries.get_segment(call.tx, call.project_id, number)


def _find_list(call: Call, group_id: str) -> Segment:
    segment = _find(call, group_id)
    if segment.kind is not SegmentKind.STATIC:
        raise Invalid("Who is in this segment follows from its conditions; only lists take people.")
    return segment


def _read(call: Call, body: MemberIds) -> list[ContactId]:
    """Find the people a body names. Raises Invalid naming the first that nobody bears."""
    numbers, names = as_list(body.contact_ids), as_list(body.external_customer_ids)
    if numbers and names:
        raise Invalid("contactIds and externalCustomerIds: use one of the two.")
    if len(numbers) + len(names) > IDS_MAX:
        raise Invalid(f"contactIds and externalCustomerIds must hold at most {IDS_MAX} ids.")
    if numbers:
        ids = [
            ContactId(read_number(one, f"contactIds[{place}]")) for place, one in enumerate(numbers)
        ]
        known = contacts.find_ids(call.tx, call.project_id, ids)
        for place, one in enumerate(ids):
            if one not in known:
                raise Invalid(f"contactIds[{place}]: there is no contact {one}.")
        return list(dict.fromkeys(known[one] for one in ids))
    texts = [str(one).strip() for one in names]
    found = contacts.find_ids_by_external_id(call.tx, call.project_id, texts)
    for place, name in enumerate(texts):
        if name not in found:
            raise Invalid(f"externalCustomerIds[{place}]: there is no contact '{name}'.")
    return list(dict.fromkeys(found[name] for name in texts))
