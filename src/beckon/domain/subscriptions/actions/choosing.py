"""The kinds of mail that people choose or leave."""

from collections.abc import Mapping
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel, ContactId
from beckon.domain.subscriptions import queries, writes
from beckon.domain.subscriptions.actions.places import Place
from beckon.domain.subscriptions.model import (
    Act,
    Category,
    CategoryId,
    Proof,
)
from beckon.kit.refusals import Conflict, Invalid
from beckon.kit.texts import is_line
from beckon.storage.schema import Tx

CATEGORIES_MAX = 100


KEY_BYTES_MAX = 100


NAME_CHARACTERS_MAX = 100


class CategoryExists(Conflict):
    """The project has a category of that key."""

    code = "category_exists"


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
    place = Place.lock(tx, project_id, channel, address or "")
    for wanted, is_subscribed in choices.items():
        category: Category = categories[wanted]
        if known.get(category.id) is is_subscribed:
            continue
        writes.upsert_choice(
            tx, project_id, contact_id, category.id, is_subscribed=is_subscribed, now=now
        )
        act = Act.JOINED if is_subscribed else Act.LEFT
        place.log(act, proof, now, contact_id, subject=wanted)


def _check_text(value: str, field: str, characters_max: int) -> None:
    if not 0 < len(value.strip()) <= characters_max or not is_line(value):
        raise Invalid(
            f"{field} must have 1 to {characters_max} characters and no control characters."
        )
