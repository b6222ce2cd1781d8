"""SQL that reads consent. Public: any room above may ask, and gets model values.

`find_` answers None or leaves out, `list_` is bounded.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, true

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel, ContactId
from beckon.domain.subscriptions import rules, tables
from beckon.domain.subscriptions.model import (
    Act,
    Activity,
    ActivityKind,
    Ask,
    Category,
    CategoryId,
    ConsentEntry,
    Proof,
    SendingDomain,
    SendingDomainId,
    Standing,
    Suppressed,
    Suppression,
)
from beckon.kit.clock import from_ms
from beckon.kit.keypairs import Algorithm
from beckon.kit.refusals import Unknown
from beckon.storage.schema import Line, Tx, marks, run

CHUNK = 500
LIST_MAX = 1000

UNSUBSCRIBED = "unsubscribed"
"""The reason of those who are on the list by their own wish alone."""

_OPEN = Standing()


class CategoryUnknown(Unknown):
    """No such category in this project."""

    code = "category_unknown"


class DomainUnknown(Unknown):
    """No such sending domain in this project."""

    code = "domain_unknown"


def find_refusals(tx: Tx, project_id: ProjectId, asked: Sequence[Ask]) -> list[str | None]:
    """Say of each message, in order, why it may not go; None where it may.

    A few statements however many are asked. To be asked last, in the transaction that commits to
    sending.
    """
    standings = find_standings(tx, project_id, {(ask.channel, ask.address) for ask in asked})
    keys = {ask.category for ask in asked if ask.category is not None}
    categories = _find_categories(tx, project_id, keys)
    choices = (
        find_choices(tx, project_id, {ask.contact_id for ask in asked if ask.category})
        if categories
        else {}
    )
    return [
        rules.refuse(
            ask,
            standings.get((ask.channel, ask.address), _OPEN),
            categories,
            choices.get(ask.contact_id, {}),
        )
        for ask in asked
    ]


def find_standings(
    tx: Tx, project_id: ProjectId, addresses: Iterable[tuple[Channel, str]]
) -> dict[tuple[Channel, str], Standing]:
    """Map those addresses of which anything is known to how they stand."""
    key = find_key(tx, project_id)
    if key is None:
        return {}
    found = {}
    by_channel: dict[Channel, dict[bytes, list[str]]] = {}
    for channel, address in addresses:
        named = by_channel.setdefault(channel, {})
        named.setdefault(rules.digest(key, channel, address), []).append(address)
    for channel, named in sorted(by_channel.items()):
        for digest, standing in _list_standings(tx, project_id, channel, sorted(named)):
            found.update({(channel, address): standing for address in named[digest]})
    return found


def find_key(tx: Tx, project_id: ProjectId) -> bytes | None:
    """Find the key of the project's digests; None where nothing was ever noted."""
    rows = run(tx, "SELECT key FROM consent_key WHERE project_id = ?", [project_id])
    return bytes(rows[0][0]) if rows else None


def find_choices(
    tx: Tx, project_id: ProjectId, contact_ids: Iterable[ContactId]
) -> dict[ContactId, dict[CategoryId, bool]]:
    """Map people to the categories they chose (True) or left (False)."""
    found: dict[ContactId, dict[CategoryId, bool]] = {}
    wanted = sorted(set(contact_ids))
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        rows = run(
            tx,
            "SELECT contact_id, category_id, is_subscribed FROM category_choice "  # noqa: S608 - marks only
            f"WHERE project_id = ? AND contact_id IN ({marks(len(chunk))})",
            [project_id, *chunk],
        )
        for contact_id, category_id, is_subscribed in rows:
            found.setdefault(ContactId(contact_id), {})[CategoryId(category_id)] = bool(
                is_subscribed
            )
    return found


def list_categories(tx: Tx, project_id: ProjectId) -> list[Category]:
    """List the project's categories by name, at most 1,000."""
    rows = tx.execute(
        select(tables.category)
        .where(tables.category.c.project_id == project_id)
        .order_by(tables.category.c.name, tables.category.c.id)
        .limit(LIST_MAX)
    )
    return [_category(row) for row in rows]


def count_members(tx: Tx, project_id: ProjectId) -> dict[CategoryId, tuple[int, int]]:
    """Count for each category who chose it and who left it."""
    rows = tx.execute(
        select(
            tables.category_choice.c.category_id,
            tables.category_choice.c.is_subscribed,
            func.count().label("people"),
        )
        .where(tables.category_choice.c.project_id == project_id)
        .group_by(tables.category_choice.c.category_id, tables.category_choice.c.is_subscribed)
    )
    counted: dict[CategoryId, tuple[int, int]] = {}
    for row in rows:
        chose, left = counted.get(CategoryId(row.category_id), (0, 0))
        counted[CategoryId(row.category_id)] = (
            (row.people, left) if row.is_subscribed else (chose, row.people)
        )
    return counted


def list_suppressed(
    tx: Tx,
    project_id: ProjectId,
    *,
    reasons: Sequence[str] | None = None,
    offset: int,
    limit: int,
) -> list[Suppressed]:
    """List the addresses that are given up or unsubscribed, the latest first.

    `reasons` are values of Suppression, or `unsubscribed`; None lists all.
    """
    standing = tables.standing.c
    rows = tx.execute(
        select(tables.standing)
        .where(*_suppressed(project_id, reasons))
        .order_by(standing.blocked_at.desc(), standing.channel, standing.digest)
        .offset(offset)
        .limit(limit)
    )
    return [
        Suppressed(
            Channel(row.channel),
            row.address,
            Suppression(row.suppression) if row.suppression else None,
            row.blocked_at,
        )
        for row in rows
    ]


def count_suppressed(tx: Tx, project_id: ProjectId, *, reasons: Sequence[str] | None = None) -> int:
    """Count what `list_suppressed` lists."""
    return tx.execute(
        select(func.count()).select_from(tables.standing).where(*_suppressed(project_id, reasons))
    ).scalar_one()


def list_entries(
    tx: Tx, project_id: ProjectId, *, channel: Channel, address: str
) -> list[ConsentEntry]:
    """List what is on record of an address, first entry first, at most 1,000."""
    key = find_key(tx, project_id)
    if key is None:
        return []
    entry = tables.consent_entry.c
    rows = tx.execute(
        select(tables.consent_entry)
        .where(
            entry.project_id == project_id,
            entry.digest == rules.digest(key, channel, address),
            entry.channel == channel,
        )
        .order_by(entry.position)
        .limit(LIST_MAX)
    )
    return [_entry(row) for row in rows]


def list_done_at(
    tx: Tx, project_id: ProjectId, digest: bytes, act: Act, *, after: datetime
) -> list[datetime]:
    """List when something was done about an address since a moment."""
    entry = tables.consent_entry.c
    rows = tx.execute(
        select(entry.at).where(
            entry.project_id == project_id,
            entry.digest == digest,
            entry.act == act,
            entry.at > after,
        )
    )
    return [row.at for row in rows]


def list_activity(
    tx: Tx, project_id: ProjectId, contact_id: ContactId, message_id: UUID
) -> list[Activity]:
    """List what a contact did with a message, in the order it was noted, at most 1,000."""
    activity = tables.message_activity.c
    rows = tx.execute(
        select(tables.message_activity)
        .where(
            activity.project_id == project_id,
            activity.contact_id == contact_id,
            activity.message_id == message_id,
        )
        .order_by(activity.position)
        .limit(LIST_MAX)
    )
    return [
        Activity(
            project_id,
            ContactId(row.contact_id),
            row.message_id,
            ActivityKind(row.kind),
            row.at,
            row.link,
            row.is_machine,
        )
        for row in rows
    ]


def find_done(
    tx: Tx, project_id: ProjectId, messages: Mapping[UUID, ContactId]
) -> dict[UUID, set[ActivityKind]]:
    """Map messages (at most 1,000, with whom each is for) to what people, not machines, did."""
    activity = tables.message_activity.c
    rows = tx.execute(
        select(activity.message_id, activity.kind)
        .distinct()
        .where(
            activity.project_id == project_id,
            activity.contact_id.in_(sorted(set(messages.values()))),
            activity.message_id.in_(list(messages)),
            activity.is_machine.is_(False),
        )
    )
    done: dict[UUID, set[ActivityKind]] = {}
    for row in rows:
        done.setdefault(row.message_id, set()).add(ActivityKind(row.kind))
    return done


def find_postal_address(tx: Tx, project_id: ProjectId) -> str | None:
    """Find the postal address that mail to many must show; None where none is set."""
    address: str | None = tx.execute(
        select(tables.project_consent.c.postal_address).where(
            tables.project_consent.c.project_id == project_id
        )
    ).scalar_one_or_none()
    return address


def list_domains(tx: Tx, project_id: ProjectId) -> list[SendingDomain]:
    """List the project's sending domains and their keys, oldest first."""
    return _domains(tx, tables.sending_domain.c.project_id == project_id)


def list_domains_any_project(tx: Tx) -> list[SendingDomain]:
    """List all sending domains, for who signs."""
    return _domains(tx, true())


def _domains(tx: Tx, wanted: ColumnElement[bool]) -> list[SendingDomain]:
    rows = tx.execute(
        select(tables.sending_domain).where(wanted).order_by(tables.sending_domain.c.id)
    )
    return [
        SendingDomain(
            SendingDomainId(row.id),
            ProjectId(row.project_id),
            row.domain,
            row.selector,
            Algorithm(row.algorithm),
            bytes(row.sealed_key),
            row.public_key,
            row.created_at,
        )
        for row in rows
    ]


def _find_categories(tx: Tx, project_id: ProjectId, keys: Iterable[str]) -> dict[str, Category]:
    wanted = sorted(keys)
    if not wanted:
        return {}
    rows = tx.execute(
        select(tables.category).where(
            tables.category.c.project_id == project_id, tables.category.c.key.in_(wanted)
        )
    )
    return {row.key: _category(row) for row in rows}


def _list_standings(
    tx: Tx, project_id: ProjectId, channel: Channel, digests: Sequence[bytes]
) -> list[tuple[bytes, Standing]]:
    rows = []
    for start in range(0, len(digests), CHUNK):
        chunk = digests[start : start + CHUNK]
        rows += run(
            tx,
            "SELECT digest, is_confirmed, unsubscribed_at, suppression, suppressed_at, "  # noqa: S608 - marks only
            "soft_bounces, soft_since, address FROM standing "
            f"WHERE project_id = ? AND channel = ? AND digest IN ({marks(len(chunk))})",
            [project_id, channel, *chunk],
        )
    return [(bytes(row[0]), _standing(row)) for row in rows]


def _standing(row: Sequence[Any]) -> Standing:
    _, is_confirmed, unsubscribed_at, suppression, suppressed_at, bounces, since, address = row
    return Standing(
        bool(is_confirmed),
        _moment(unsubscribed_at),
        Suppression(suppression) if suppression else None,
        _moment(suppressed_at),
        bounces,
        _moment(since),
        address,
    )


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_ms(milliseconds)


def _suppressed(project_id: ProjectId, reasons: Sequence[str] | None) -> list[ColumnElement[bool]]:
    standing = tables.standing.c
    wanted: list[ColumnElement[bool]] = [
        standing.project_id == project_id,
        standing.blocked_at.is_not(None),
    ]
    if reasons is not None:
        # Suppression has no such value, so NULL must be asked for by itself.
        is_listed: ColumnElement[bool] = standing.suppression.in_(reasons)
        if UNSUBSCRIBED in reasons:
            is_listed = or_(is_listed, standing.suppression.is_(None))
        wanted.append(is_listed)
    return wanted


def _category(row: Line) -> Category:
    return Category(
        CategoryId(row.id), row.key, row.name, row.is_opt_in, row.created_at, row.updated_at
    )


def _entry(row: Line) -> ConsentEntry:
    return ConsentEntry(
        Channel(row.channel),
        row.address,
        None if row.contact_id is None else ContactId(row.contact_id),
        Act(row.act),
        row.subject,
        Proof(row.source, row.wording, row.details),
        row.at,
    )
