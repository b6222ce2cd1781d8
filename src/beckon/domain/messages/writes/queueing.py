"""Messages come to be: single ones, and those of campaigns, let go and taken back."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import case, literal, select, update

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel, ContactId
from beckon.domain.messages import tables
from beckon.domain.messages.model import (
    PENDING,
    BulkMessages,
    State,
)
from beckon.domain.messages.rows import Queued
from beckon.domain.messages.rules import LANES
from beckon.domain.messages.spelling import ms_of
from beckon.domain.subscriptions.model import Purpose
from beckon.kit import json
from beckon.kit.clock import to_ms
from beckon.storage.schema import Line, Moment, Tx, insert_many, run, run_many


def insert_messages(tx: Tx, project_id: ProjectId, wanted: Sequence[Queued], now: datetime) -> None:
    """Queue messages; one whose key is there already is left alone."""
    moment = to_ms(now)
    insert_many(
        tx,
        "message (id, project_id, key, contact_id, channel, purpose, lane, category, campaign_id, "
        "variant, state, reason, version_id, data, address, sender, workflow_id, run_id, "
        "external_request_id, language, expires_at, attempts, fence, due_at, created_at, "
        "changed_at)",
        [
            (
                one.id.bytes,
                project_id,
                one.new.key,
                one.new.contact_id,
                one.new.channel.value,  # a plain string, as below
                one.new.purpose.value,
                LANES[one.new.purpose],
                one.new.category,
                one.new.campaign_id,
                one.new.variant,
                one.state.value,
                one.reason,
                one.new.version_id,
                json.text(one.new.data),
                one.new.address,
                one.new.sender,
                one.new.workflow_id,
                one.new.run_id,
                one.new.external_request_id,
                one.new.language,
                ms_of(one.new.expires_at),
                0,
                0,
                ms_of(one.due_at),
                moment,
                moment,
            )
            for one in wanted
        ],
        "ON CONFLICT (project_id, key) DO NOTHING",
    )


def insert_bulk(
    tx: Tx,
    project_id: ProjectId,
    groups: Sequence[BulkMessages],
    *,
    first: int,
    campaign_id: int,
    channel: Channel,
    category: str | None,
    sender: str | None,
    now: datetime,
) -> None:
    """Write a campaign's messages down, not yet let go; a person's second one is left alone.

    The name of each is the number `first` plus the contact's own, so that names made together
    lie together.
    """
    # Plain strings: an enum's own make the driver ask it for its form, row after row.
    queued, suppressed = str(State.QUEUED.value), str(State.SUPPRESSED.value)
    moment, key, lane = to_ms(now), f"campaign:{campaign_id}:", LANES[Purpose.BULK]
    shared = (str(channel.value), str(Purpose.BULK.value), lane, category, campaign_id)
    rows: list[tuple[object, ...]] = []
    for one in groups:
        state = queued if one.refused is None else suppressed
        send_at = to_ms(one.send_at) if one.refused is None else None
        text = (state, one.refused, one.version_id, "{}", sender, 0, 0)
        alike = (*shared, one.variant, *text, send_at, moment, moment)
        rows += [
            ((first + number).to_bytes(16, "big"), project_id, f"{key}{number}", number, *alike)
            for number in one.contact_ids
        ]
    rows.sort()  # by name: what is written side by side lies side by side, and no group goes first
    insert_many(
        tx,
        "message (id, project_id, key, contact_id, channel, purpose, lane, category, campaign_id, "
        "variant, state, reason, version_id, data, sender, attempts, fence, send_at, created_at, "
        "changed_at)",
        rows,
        "ON CONFLICT (project_id, key) DO NOTHING",
    )


def update_released(
    tx: Tx, project_id: ProjectId, campaign_id: int, now: datetime, *, limit: int
) -> int:
    """Let a campaign's next messages go whose time has come, the earliest planned first."""
    positions = run(
        tx,
        "SELECT position FROM message WHERE campaign_id = ? AND project_id = ? "
        "AND send_at IS NOT NULL AND send_at <= ? ORDER BY send_at, position LIMIT ?",
        (campaign_id, project_id, to_ms(now), limit),
    )
    run_many(
        tx,
        "UPDATE message SET due_at = send_at, send_at = NULL "
        "WHERE position = ? AND project_id = ? AND send_at IS NOT NULL",
        [(position, project_id) for (position,) in positions],
    )
    return len(positions)


def update_recalled(tx: Tx, project_id: ProjectId, campaign_id: int, now: datetime) -> int:
    """Take back what of a campaign was let go and is not being handed over."""
    done = tx.execute(
        update(tables.message)
        .where(
            tables.message.c.project_id == project_id,
            tables.message.c.campaign_id == campaign_id,
            tables.message.c.lane == LANES[Purpose.BULK],
            tables.message.c.due_at.is_not(None),
            tables.message.c.state.in_(PENDING),
        )
        # The fence moves on: a worker that holds one may not begin with it any more.
        .values(
            # What a worker holds was due already; its `due_at` is only the end of the lease.
            send_at=case(
                (tables.message.c.worker.is_(None), tables.message.c.due_at),
                else_=literal(now, Moment()),
            ),
            due_at=None,
            worker=None,
            fence=tables.message.c.fence + 1,
        )
    )
    return done.rowcount


def list_unsent(tx: Tx, project_id: ProjectId, campaign_id: int, *, limit: int) -> list[Line]:
    """List what of a campaign has not begun, and keep others from beginning it meanwhile."""
    return list(
        tx.execute(
            select(tables.message)
            .where(
                tables.message.c.project_id == project_id,
                tables.message.c.campaign_id == campaign_id,
                tables.message.c.state.in_(PENDING),
            )
            .limit(limit)
            .with_for_update()
        )
    )


def update_contact(tx: Tx, project_id: ProjectId, old: ContactId, new: ContactId) -> None:
    """Say of messages to somebody that they are to somebody else."""
    tx.execute(
        update(tables.message)
        .where(tables.message.c.project_id == project_id, tables.message.c.contact_id == old)
        .values(contact_id=new)
    )
