"""Acts on the people who are ticked: puts them on a list or takes them off, tags or untags them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias
from urllib.parse import urlencode

from starlette.responses import Response

from beckon.dashboard import flashes
from beckon.dashboard.pages.looking import ROWS
from beckon.dashboard.visits import Page, Visit, go_to, number_of
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import actions, queries, rules
from beckon.domain.contacts.model import Contact, ContactId, Profile
from beckon.domain.segments import actions as segments
from beckon.domain.segments.model import SegmentId
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx

PEOPLE_MAX = ROWS + 1
"""As many as a page of the list has; one more where somebody is found by number."""

Act: TypeAlias = Callable[[Tx, ProjectId, Sequence[Contact], str, datetime], None]


async def act(visit: Visit) -> Response:
    """Answer POST /contacts/bulk (?search=&seen=&before=): all of it, or none where one is refused.

    `who` holds the contact numbers with spaces between, at most a page's; `with` the list or tag.
    """
    visit.check_editor()
    form = await visit.form("act", "who", "with")
    chosen = ACTS.get(form["act"])
    if chosen is None:
        raise Invalid("Put on a list, take off it, tag or untag: one of these.")
    ids = _read_ids(form["who"])
    project_id = visit.session.project.id

    def change(tx: Tx) -> None:
        actions.lock_people(tx, project_id, is_shared=False)
        people = queries.list_contacts(tx, project_id, ids)
        if len(people) < len(ids):
            raise Invalid("Somebody who was ticked is no longer there; look at the list anew.")
        chosen(tx, project_id, people, form["with"].strip(), visit.now)

    await visit.house.state.write(change)
    visit.house.after_write()
    asked = {name: visit.asked(name) for name in ("search", "seen", "before")}
    response = go_to("/contacts?" + urlencode({name: word for name, word in asked.items() if word}))
    flashes.leave(response, flashes.PEOPLE_CHANGED)
    return response


def _read_ids(given: str) -> list[ContactId]:
    numbers = [number_of(one) for one in dict.fromkeys(given.split())]
    if not 0 < len(numbers) <= PEOPLE_MAX:
        raise Invalid(f"Tick at least one and at most {PEOPLE_MAX} people.")
    ids = [ContactId(number) for number in numbers if number is not None]
    if len(ids) < len(numbers):
        raise Invalid("The form is not one of ours; open the page anew.")
    return ids


def _put_on(
    tx: Tx, project_id: ProjectId, people: Sequence[Contact], given: str, now: datetime
) -> None:
    segments.add_members(tx, project_id, _read_list(given), [one.id for one in people], now)


def _take_off(
    tx: Tx, project_id: ProjectId, people: Sequence[Contact], given: str, now: datetime
) -> None:
    segments.remove_members(tx, project_id, _read_list(given), [one.id for one in people], now)


def _tag(
    tx: Tx, project_id: ProjectId, people: Sequence[Contact], given: str, now: datetime
) -> None:
    (tag,) = rules.check_tags([given], "tag")
    for one in people:
        if tag not in one.tags:
            tags = rules.check_tags([*one.tags, tag], f"{one.external_id or one.id}: tags")
            actions.change(tx, project_id, one.id, Profile(tags=tags), now)


def _untag(
    tx: Tx, project_id: ProjectId, people: Sequence[Contact], given: str, now: datetime
) -> None:
    (tag,) = rules.check_tags([given], "tag")
    for one in people:
        if tag in one.tags:
            left = [other for other in one.tags if other != tag]
            actions.change(tx, project_id, one.id, Profile(tags=left), now)


def _read_list(given: str) -> SegmentId:
    number = number_of(given)
    if number is None:
        raise Invalid("Choose a list.")
    return SegmentId(number)


ACTS: Mapping[str, Act] = {
    "put-on": _put_on,
    "take-off": _take_off,
    "tag": _tag,
    "untag": _untag,
}

PAGES = (Page(path="/contacts/bulk", post=act),)
