"""SQL that changes messages. Private: only this slice's actions import it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, delete, literal, select, update

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel, ContactId
from beckon.domain.messages import queries, tables
from beckon.domain.messages.model import (
    PENDING,
    BulkMessage,
    Change,
    Heard,
    MessageId,
    State,
    WorkflowId,
)
from beckon.domain.messages.rows import Attempt, Claim, Claimed, Queued, Settled, Submission
from beckon.domain.messages.rules import LANES
from beckon.domain.subscriptions.model import Purpose
from beckon.domain.templates.model import TemplateVersionId
from beckon.kit import json
from beckon.kit.clock import from_ms, to_ms
from beckon.storage.schema import Line, Moment, Tx, insert, marks, run, run_many

ROW_CHUNK = 500


def insert_messages(tx: Tx, project_id: ProjectId, wanted: Sequence[Queued], now: datetime) -> None:
    """Queue messages; one whose key is there already is left alone."""
    moment = to_ms(now)
    run_many(
        tx,
        "INSERT INTO message (id, project_id, key, contact_id, channel, purpose, lane, category, "
        "campaign_id, variant, state, reason, version_id, data, address, sender, workflow_id, "
        "run_id, external_request_id, language, expires_at, attempts, fence, due_at, created_at, "
        "changed_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,0,0,?,?,?) "
        "ON CONFLICT (project_id, key) DO NOTHING",
        [
            (
                one.id.bytes,
                project_id,
                one.new.key,
                one.new.contact_id,
                one.new.channel,
                one.new.purpose,
                LANES[one.new.purpose],
                one.new.category,
                one.new.campaign_id,
                one.new.variant,
                one.state,
                one.reason,
                one.new.version_id,
                json.text(one.new.data),
                one.new.address,
                one.new.sender,
                one.new.workflow_id,
                one.new.run_id,
                one.new.external_request_id,
                one.new.language,
                _ms(one.new.expires_at),
                _ms(one.due_at),
                moment,
                moment,
            )
            for one in wanted
        ],
    )


def insert_bulk(
    tx: Tx,
    project_id: ProjectId,
    people: Sequence[BulkMessage],
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
    kind, bulk = str(channel.value), str(Purpose.BULK.value)
    run_many(
        tx,
        "INSERT INTO message (id, project_id, key, contact_id, channel, purpose, lane, category, "
        "campaign_id, variant, state, reason, version_id, data, sender, attempts, fence, send_at, "
        "created_at, changed_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,'{}',?,0,0,?,?,?) "
        "ON CONFLICT (project_id, key) DO NOTHING",
        [
            (
                (first + one.contact_id).to_bytes(16, "big"),
                project_id,
                f"{key}{one.contact_id}",
                one.contact_id,
                kind,
                bulk,
                lane,
                category,
                campaign_id,
                one.variant,
                queued if one.refused is None else suppressed,
                one.refused,
                one.version_id,
                sender,
                to_ms(one.send_at) if one.refused is None else None,
                moment,
                moment,
            )
            for one in people
        ],
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


def insert_changes(
    tx: Tx, project_id: ProjectId, changes: Sequence[tuple[MessageId, Change]]
) -> None:
    """Append to the ledgers of messages."""
    run_many(
        tx,
        "INSERT INTO message_change (project_id, message_id, state, at, reason) VALUES (?,?,?,?,?)",
        [
            (project_id, message_id.bytes, change.state, to_ms(change.at), change.reason)
            for message_id, change in changes
        ],
    )


def insert_heard(
    tx: Tx, project_id: ProjectId, message_id: MessageId, kind: Heard, change: Change
) -> bool:
    """Append a provider's word to a ledger. False when it was heard before."""
    added = run(
        tx,
        "INSERT INTO message_change (project_id, message_id, state, at, reason, heard) "
        "VALUES (?,?,?,?,?,?) ON CONFLICT (message_id, heard) WHERE heard IS NOT NULL DO NOTHING "
        "RETURNING position",
        (project_id, message_id.bytes, change.state, to_ms(change.at), change.reason, kind),
    )
    return bool(added)


def claim_due_any_project(
    tx: Tx,
    worker: str,
    now: datetime,
    *,
    until: datetime,
    lane: int,
    shares: Sequence[tuple[ProjectId, int]],
) -> list[Claimed]:
    """Take due messages of a lane until a moment, so many of each project; bumps their fence.

    The longest due of a project come first; two workers never get the same.
    """
    positions: list[int] = []
    for project_id, share in shares:
        due = run(
            tx,
            "SELECT position FROM message WHERE lane = ? AND project_id = ? "  # noqa: S608 - words of the dialect only
            "AND due_at IS NOT NULL AND due_at <= ? ORDER BY due_at, position "
            f"LIMIT ?{_for_update(tx)}{_skip_locked(tx)}",
            (lane, project_id, to_ms(now), share),
        )
        positions += [position for (position,) in due]
    claimed = [
        _claimed(row)
        for chunk in _chunks(positions)
        for row in run(
            tx,
            "UPDATE message SET due_at = ?, worker = ?, fence = fence + 1 "  # noqa: S608 - marks only
            f"WHERE position IN ({marks(len(chunk))}) RETURNING position, id, project_id, "
            "contact_id, fence, attempts, channel, purpose, version_id, data, address, sender, "
            "subject, category, campaign_id, workflow_id, language, created_at",
            (to_ms(until), worker, *chunk),
        )
    ]
    return sorted(claimed, key=lambda one: one.position)


def lock_claims(tx: Tx, project_id: ProjectId, positions: Sequence[int]) -> dict[int, Claim]:
    """Read what guards messages still to be sent, and keep others from changing them meanwhile.

    What is missing from the answer is not to be sent any more.
    """
    found: dict[int, Claim] = {}
    for chunk in _chunks(positions):
        rows = run(
            tx,
            "SELECT position, fence, expires_at FROM message "  # noqa: S608 - marks only
            f"WHERE position IN ({marks(len(chunk))}) AND project_id = ? AND due_at IS NOT NULL "
            f"AND state IN ('queued', 'held', 'deferred') ORDER BY position{_for_update(tx)}",
            (*chunk, project_id),
        )
        for position, fence, expires_at in rows:
            found[position] = Claim(fence, _moment(expires_at))
    return found


def update_submitting(
    tx: Tx,
    project_id: ProjectId,
    wanted: Sequence[Submission],
    *,
    provider: str,
    is_repeatable: bool,
    now: datetime,
) -> None:
    """Commit to one attempt each of what was locked before."""
    moment = to_ms(now)
    run_many(
        tx,
        "UPDATE message SET state = 'submitting', reason = NULL, due_at = NULL, "
        "attempts = attempts + 1, address = ?, subject = ?, provider = ?, is_repeatable = ?, "
        "submitted_at = ?, tried_since = COALESCE(tried_since, ?), changed_at = ? "
        "WHERE position = ? AND project_id = ? AND state IN ('queued', 'held', 'deferred')",
        [
            (
                one.address,
                one.subject,
                provider,
                int(is_repeatable),
                moment,
                moment,
                moment,
                one.position,
                project_id,
            )
            for one in wanted
        ],
    )


def insert_copies(tx: Tx, project_id: ProjectId, copies: Sequence[tuple[MessageId, bytes]]) -> None:
    """Keep what is handed over; of each message the first copy counts."""
    run_many(
        tx,
        "INSERT INTO message_copy (message_id, project_id, content) VALUES (?,?,?) "
        "ON CONFLICT (message_id) DO NOTHING",
        [(message_id.bytes, project_id, content) for message_id, content in copies],
    )


def lock_messages(tx: Tx, project_id: ProjectId, ids: Sequence[MessageId]) -> dict[MessageId, Line]:
    """Read messages of the project, and keep others from changing them meanwhile."""
    found: dict[MessageId, Line] = {}
    for chunk in _chunks(ids):
        rows = tx.execute(
            select(tables.message)
            .where(*queries.are_named(project_id, chunk))
            # One order for all, so that two never wait for each other.
            .order_by(tables.message.c.position + 0)
            .with_for_update()
        )
        found |= {MessageId(row.id): row for row in rows}
    return found


def lock_attempts(
    tx: Tx, project_id: ProjectId, ids: Sequence[MessageId]
) -> dict[MessageId, Attempt]:
    """Read how attempts at messages stand, and keep others from changing them meanwhile."""
    found: dict[MessageId, Attempt] = {}
    for chunk in _chunks(ids):
        rows = run(
            tx,
            "SELECT id, position, fence, state, reason, attempts, purpose, channel, address, "  # noqa: S608 - marks only
            "is_repeatable, tried_since, expires_at FROM message "
            # Without the plus signs SQLite reads all of the project, which it takes for a few rows.
            f"WHERE id IN ({marks(len(chunk))}) AND +project_id = ? "
            f"ORDER BY +position{_for_update(tx)}",
            (*(one.bytes for one in chunk), project_id),
        )
        for row in rows:
            one = Attempt(
                row[1],
                row[2],
                State(row[3]),
                row[4],
                row[5],
                Purpose(row[6]),
                Channel(row[7]),
                row[8],
                bool(row[9]),
                _moment(row[10]),
                _moment(row[11]),
            )
            found[MessageId(UUID(bytes=bytes(row[0])))] = one
    return found


def update_settled(
    tx: Tx, project_id: ProjectId, settled: Sequence[Settled], now: datetime
) -> None:
    """Put messages that were locked before where an attempt has brought them."""
    moment = to_ms(now)
    run_many(
        tx,
        "UPDATE message SET state = ?, reason = ?, attempts = ?, due_at = ?, resolve_at = ?, "
        "provider_id = COALESCE(?, provider_id), accepted_at = COALESCE(?, accepted_at), "
        "worker = NULL, changed_at = ? WHERE position = ? AND project_id = ?",
        [
            (
                one.state,
                one.reason,
                one.attempts,
                _ms(one.due_at),
                _ms(one.resolve_at),
                one.provider_id,
                _ms(one.accepted_at),
                moment,
                one.position,
                project_id,
            )
            for one in settled
        ],
    )


def update_contact(tx: Tx, project_id: ProjectId, old: ContactId, new: ContactId) -> None:
    """Say of messages to somebody that they are to somebody else."""
    tx.execute(
        update(tables.message)
        .where(tables.message.c.project_id == project_id, tables.message.c.contact_id == old)
        .values(contact_id=new)
    )


def update_message(
    tx: Tx, project_id: ProjectId, position: int, values: Mapping[str, object]
) -> None:
    """Change one message that was locked before."""
    columns = ", ".join(f"{name} = ?" for name in values)
    bound = [to_ms(value) if isinstance(value, datetime) else value for value in values.values()]
    run(
        tx,
        f"UPDATE message SET {columns} WHERE position = ? AND project_id = ?",  # noqa: S608 - our own columns
        [*bound, position, project_id],
    )


def update_released_any_project(tx: Tx, workers: Sequence[str], now: datetime) -> int:
    """Make due at once what workers that are gone held without having begun to hand it over."""
    done = tx.execute(
        update(tables.message)
        .where(
            tables.message.c.worker.in_(workers),
            tables.message.c.state.in_(PENDING),
            tables.message.c.due_at.is_not(None),
        )
        .values(due_at=now, worker=None)
    )
    return done.rowcount


def lock_in_doubt_any_project(tx: Tx, workers: Sequence[str], *, limit: int) -> list[Line]:
    """List what workers that are gone were just handing over."""
    return list(
        tx.execute(
            select(tables.message)
            .where(tables.message.c.worker.in_(workers), tables.message.c.state == State.SUBMITTING)
            .order_by(tables.message.c.position)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )


def list_workers_any_project(tx: Tx) -> list[str]:
    """List the workers that hold messages."""
    rows = run(tx, "SELECT DISTINCT worker FROM message WHERE worker IS NOT NULL")
    return [worker for (worker,) in rows]


def claim_unresolved_any_project(
    tx: Tx, now: datetime, *, until: datetime, limit: int
) -> list[Line]:
    """Take messages in doubt that are to be looked into, the earliest first, until a moment."""
    # Straight on the driver: it is asked all the time, and mostly nothing is in doubt.
    due = run(
        tx,
        "SELECT position FROM message WHERE resolve_at IS NOT NULL AND resolve_at <= ? "  # noqa: S608 - words of the dialect only
        f"ORDER BY resolve_at, position LIMIT ?{_for_update(tx)}{_skip_locked(tx)}",
        (to_ms(now), limit),
    )
    if not due:
        return []
    rows = tx.execute(
        update(tables.message)
        .where(tables.message.c.position.in_([position for (position,) in due]))
        .values(resolve_at=until)
        .returning(tables.message)
    )
    return sorted(rows, key=lambda row: row.position)


def lock_stale(tx: Tx, project_id: ProjectId, *, before: datetime, limit: int) -> list[Line]:
    """List what was to begin before a moment and has not, and keep others from beginning it."""
    return list(
        tx.execute(
            select(tables.message)
            .where(
                tables.message.c.lane.in_(sorted(set(LANES.values()))),
                tables.message.c.project_id == project_id,
                tables.message.c.due_at.is_not(None),
                tables.message.c.due_at <= before,
                tables.message.c.state == State.QUEUED,
                tables.message.c.attempts == 0,
            )
            .order_by(tables.message.c.position + 0)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )


def upsert_hold(tx: Tx, project_id: ProjectId, reason: str, now: datetime) -> None:
    """Hold all sending of a project; the first reason stays."""
    adding = insert(tx, tables.sending_hold).values(project_id=project_id, reason=reason, since=now)
    tx.execute(adding.on_conflict_do_nothing(index_elements=["project_id"]))


def delete_hold(tx: Tx, project_id: ProjectId) -> bool:
    """Let a project send again. False when nothing held it."""
    done = tx.execute(
        delete(tables.sending_hold).where(tables.sending_hold.c.project_id == project_id)
    )
    return done.rowcount == 1


def upsert_policy(tx: Tx, project_id: ProjectId, policy: object, now: datetime) -> None:
    """Keep what a project wants of its sending."""
    values = {"policy": policy, "changed_at": now}
    adding = insert(tx, tables.sending_policy).values(project_id=project_id, **values)
    tx.execute(adding.on_conflict_do_update(index_elements=["project_id"], set_=values))


def lock_pulse_any_project(tx: Tx) -> tuple[datetime, str | None] | None:
    """Read when some worker last looked for work, and which store this is; None before the first.

    Others wait meanwhile.
    """
    row = tx.execute(select(tables.sending_pulse).with_for_update()).one_or_none()
    return None if row is None else (row.at, row.store)


def upsert_pulse_any_project(tx: Tx, at: datetime, store: str | None) -> None:
    """Note that a worker looks for work, in this store. The moment never goes back.

    Workers beat side by side, and one that began earlier may be stored later: to the others that
    would look like a store that was restored.
    """
    adding = insert(tx, tables.sending_pulse).values(id=1, at=at, store=store)
    known = tables.sending_pulse.c.at
    latest = case((adding.excluded.at > known, adding.excluded.at), else_=known)
    tx.execute(
        adding.on_conflict_do_update(index_elements=["id"], set_={"at": latest, "store": store})
    )


def _claimed(row: Sequence[Any]) -> Claimed:
    position, name, project_id, contact_id, fence, attempts, channel, purpose, version_id = row[:9]
    data, address, sender, subject, category, campaign_id, workflow_id, language, created_at = row[
        9:
    ]
    return Claimed(
        position,
        MessageId(UUID(bytes=bytes(name))),
        ProjectId(project_id),
        ContactId(contact_id),
        fence,
        attempts,
        Channel(channel),
        Purpose(purpose),
        TemplateVersionId(version_id),
        json.stored(data) if data != "{}" else {},
        address,
        sender,
        subject,
        category,
        campaign_id,
        None if workflow_id is None else WorkflowId(workflow_id),
        language,
        from_ms(created_at),
    )


def _for_update(tx: Tx) -> str:
    # SQLite has one writer and knows no such words.
    return "" if tx.dialect.name == "sqlite" else " FOR UPDATE"


def _skip_locked(tx: Tx) -> str:
    return " SKIP LOCKED" if _for_update(tx) else ""


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_ms(milliseconds)


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else to_ms(moment)


def _chunks(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (values[start : start + ROW_CHUNK] for start in range(0, len(values), ROW_CHUNK))
