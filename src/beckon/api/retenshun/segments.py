"""Segments in the Retenshun vocabulary: who is meant, by rules or as a list."""

from functools import partial
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from beckon.api.call import Call, Edge
from beckon.api.retenshun.objects import Cursored, Deleted, Page
from beckon.api.retenshun.segment_words import (
    Explained,
    MemberObject,
    SegmentObject,
    explained,
    member_object,
    read_segment,
    read_type,
    segment_object,
)
from beckon.api.retenshun.users import RejectedUser, find_user
from beckon.api.retenshun.users_shown import show_users
from beckon.domain.campaigns.actions import refuse_segment_in_use as refuse_in_campaigns
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import ContactId
from beckon.domain.segments import actions, analytics, explaining, queries
from beckon.domain.segments.model import MemberRule, SegmentId, SegmentKind
from beckon.domain.segments.parsing import parse
from beckon.domain.workflows.actions.using import refuse_segment_in_use as refuse_in_workflows
from beckon.kit.refusals import Invalid

USERS_MAX = 1000


class CreateSegment(Struct):
    """Body of POST /segments. `rules` for a segment that follows them, type STATIC for a list."""

    name: str
    rules: Any = None
    description: str | None = None
    type: str | None = None


class UpdateSegment(Struct):
    """Body of PUT and PATCH /segments/:id; what is not given stays."""

    name: str | None = None
    rules: Any = None
    description: str | None = None


class Rules(Struct):
    """Body of POST /segments/estimate."""

    rules: Any


class ExplainRules(Struct, rename="camel"):
    """Body of POST /segments/explain."""

    rules: Any
    user_id: str


class Estimate(Struct, rename="camel", omit_defaults=True):
    """Reply to POST /segments/estimate; `hint` tells why nobody is meant, where that is known."""

    estimated_count: int
    hint: str | UnsetType = UNSET


class SegmentsAsked(Page):
    """Query of GET /segments; `type` is STATIC or DYNAMIC."""

    limit: int = 1000
    type: str | None = None


class SegmentList(Struct):
    """Reply to GET /segments."""

    segments: list[SegmentObject]
    total: int
    page: int
    limit: int


class MembersAsked(Cursored):
    """Query of GET /segments/:id/users."""


class Members(Struct, rename="camel"):
    """Reply to GET /segments/:id/users; `nextCursor` is null at the end."""

    users: list[MemberObject]
    total: int
    page: int
    limit: int
    next_cursor: str | None


class UserIds(Struct, rename="camel"):
    """Body of POST and DELETE /segments/:id/users: 1 to 1,000 users."""

    user_ids: list[str]


class MembersTaken(Struct):
    """Reply to POST /segments/:id/users."""

    accepted: int
    rejected: list[RejectedUser]
    status: str = "ok"


class Asked(Struct, rename="camel"):
    """Query of GET /segments/:id/explain."""

    user_id: str


class ExplainedUser(Struct, rename="camel"):
    """Reply to explaining: whether the rules hold for the user now, and why.

    `isMember` is how the segment is kept; it follows the rules within seconds. Null for rules that
    are not saved.
    """

    user_id: str
    holds: bool
    is_member: bool | None
    explanation: Explained


class SegmentOfUser(Struct):
    """A segment somebody is in."""

    id: str
    name: str


class SegmentsOfUser(Struct):
    """Reply to GET /users/:id/segments."""

    segments: list[SegmentOfUser]


def create_segment(call: Call, body: CreateSegment) -> SegmentObject:
    """POST /segments; its members are known within seconds, `status` tells when."""
    kind = read_type(body.type)
    if kind is SegmentKind.STATIC and body.rules is not None:
        raise Invalid("rules: a segment of type STATIC is a list of users and takes none.")
    is_list = kind is SegmentKind.STATIC
    segment = actions.create(
        call.tx,
        call.project_id,
        name=body.name,
        rule=None if is_list else parse(body.rules),
        description=body.description,
        now=call.now,
    )
    return segment_object(segment)


def list_segments(call: Call, query: SegmentsAsked) -> SegmentList:
    """GET /segments, newest first."""
    query.check()
    kind = read_type(query.type)
    found = queries.list_segments(
        call.tx, call.project_id, kind=kind, offset=query.offset, limit=query.limit
    )
    total = queries.count_segments(call.tx, call.project_id, kind=kind)
    return SegmentList([segment_object(one) for one in found], total, query.page, query.limit)


def get_segment(call: Call, segment_id: str) -> SegmentObject:
    """GET /segments/:id."""
    number = read_segment(segment_id)
    return segment_object(queries.get_segment(call.tx, call.project_id, number))


def update_segment(call: Call, segment_id: str, body: UpdateSegment) -> SegmentObject:
    """PUT and PATCH /segments/:id; with other rules everybody is asked anew."""
    segment = actions.change(
        call.tx,
        call.project_id,
        read_segment(segment_id),
        name=body.name,
        description=body.description,
        rule=None if body.rules is None else parse(body.rules),
        now=call.now,
    )
    return segment_object(segment)


def delete_segment(call: Call, segment_id: str) -> Deleted:
    """DELETE /segments/:id; 409 while a campaign, an automation or another segment uses it."""
    number = read_segment(segment_id)
    queries.get_segment(call.tx, call.project_id, number)
    refuse_in_campaigns(call.tx, call.project_id, number)
    refuse_in_workflows(call.tx, call.project_id, number)
    actions.delete(call.tx, call.project_id, number, call.now)
    return Deleted()


async def estimate(edge: Edge, body: Rules) -> Estimate:
    """POST /segments/estimate: how many users rules mean now, saved or not."""
    rule = parse(body.rules)
    services, project_id = edge.services, edge.project_id
    as_of = await services.state.read(
        partial(explaining.find_as_of, project_id=project_id, now=edge.now)
    )
    counted = await analytics.count(services.analytics, project_id, rule, as_of)
    if counted:
        return Estimate(counted)
    missing = await analytics.list_missing(services.analytics, project_id, rule)
    if not missing:
        return Estimate(counted)
    named = ", ".join(f"'{path}'" for path in missing)
    return Estimate(counted, f"No user has the property {named}.")


def list_members(call: Call, segment_id: str, query: MembersAsked) -> Members:
    """GET /segments/:id/users, by their contact ids; `cursor` goes on without counting pages."""
    query.check()
    segment = queries.get_segment(call.tx, call.project_id, read_segment(segment_id))
    after = ContactId(query.given or 0)
    found = queries.list_members_after(
        call.tx,
        call.project_id,
        segment.id,
        after=after,
        limit=query.limit,
        offset=query.offset if query.cursor is None else 0,
    )
    known = contacts.list_contacts(call.tx, call.project_id, [one.contact_id for one in found])
    people = {shown.contact_id: shown for shown in show_users(call, known)}
    return Members(
        [
            member_object(people[one.contact_id], one.since)
            for one in found
            if one.contact_id in people
        ],
        segment.members,
        query.page,
        query.limit,
        query.next_of([one.contact_id for one in found]),
    )


def add_members(call: Call, segment_id: str, body: UserIds) -> MembersTaken:
    """POST /segments/:id/users: put users on a list; unknown ones are told by their index."""
    number = _list_of_users(call, segment_id, body)
    known, rejected = _find_users(call, body.user_ids)
    actions.add_members(call.tx, call.project_id, number, known, call.now)
    return MembersTaken(len(body.user_ids) - len(rejected), rejected)


def remove_members(call: Call, segment_id: str, body: UserIds) -> Deleted:
    """DELETE /segments/:id/users: take users off a list; who is not on it stays off."""
    number = _list_of_users(call, segment_id, body)
    known, _ = _find_users(call, body.user_ids)
    actions.remove_members(call.tx, call.project_id, number, known, call.now)
    return Deleted()


def explain_segment(call: Call, segment_id: str, query: Asked) -> ExplainedUser:
    """GET /segments/:id/explain: the rules of a segment, each with what decided for one user."""
    segment = queries.get_segment(call.tx, call.project_id, read_segment(segment_id))
    user = find_user(call, query.user_id)
    rule = segment.rule or MemberRule(segment.id)  # of a list: whether they stand on it
    finding = explaining.explain_rule(call.tx, call.project_id, rule, user.id, call.now)
    members = queries.find_members(call.tx, call.project_id, segment.id, [user.id])
    return ExplainedUser(query.user_id, finding.holds, user.id in members, explained(finding))


def explain_rules(call: Call, body: ExplainRules) -> ExplainedUser:
    """POST /segments/explain: rules that are not saved, each with what decided for one user."""
    rule = parse(body.rules)
    user = find_user(call, body.user_id)
    finding = explaining.explain_rule(call.tx, call.project_id, rule, user.id, call.now)
    return ExplainedUser(body.user_id, finding.holds, None, explained(finding))


def list_user_segments(call: Call, user_id: str) -> SegmentsOfUser:
    """GET /users/:id/segments."""
    user = find_user(call, user_id)
    ids = [one.segment_id for one in queries.list_of_contact(call.tx, call.project_id, user.id)]
    names = queries.find_names(call.tx, call.project_id, ids)
    return SegmentsOfUser([SegmentOfUser(f"seg_{one}", names[one]) for one in ids])


def _list_of_users(call: Call, segment_id: str, body: UserIds) -> SegmentId:
    number = read_segment(segment_id)
    if queries.get_segment(call.tx, call.project_id, number).kind is not SegmentKind.STATIC:
        raise Invalid("Who is in this segment follows from its rules; only STATIC ones take users.")
    if not 0 < len(body.user_ids) <= USERS_MAX:
        raise Invalid(f"userIds must hold 1 to {USERS_MAX} users.")
    return number


def _find_users(call: Call, names: list[str]) -> tuple[list[ContactId], list[RejectedUser]]:
    known: list[ContactId] = []
    rejected: list[RejectedUser] = []
    for index, name in enumerate(names):
        try:
            known.append(find_user(call, name).id)
        except contacts.ContactUnknown as unknown:
            rejected.append(RejectedUser(index, f"userIds[{index}]: {unknown.message}"))
    return known, rejected
