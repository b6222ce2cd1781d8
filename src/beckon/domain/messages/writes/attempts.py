"""Messages are taken, committed to being handed over, and put where that has brought them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel, ContactId
from beckon.domain.messages.model import (
    MessageId,
    State,
    WorkflowId,
)
from beckon.domain.messages.rows import Attempt, Claim, Claimed, Settled, Submission
from beckon.domain.messages.spelling import chunks, for_update, moment_of, ms_of, skip_locked
from beckon.domain.subscriptions.model import Purpose
from beckon.domain.templates.model import TemplateVersionId
from beckon.kit import json
from beckon.kit.clock import from_ms, to_ms
from beckon.storage.schema import Tx, marks, run, run_many


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
            f"LIMIT ?{for_update(tx)}{skip_locked(tx)}",
            (lane, project_id, to_ms(now), share),
        )
        positions += [position for (position,) in due]
    claimed = [
        _claimed(row)
        for chunk in chunks(positions)
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
    for chunk in chunks(positions):
        rows = run(
            tx,
            "SELECT position, fence, expires_at FROM message "  # noqa: S608 - marks only
            f"WHERE position IN ({marks(len(chunk))}) AND project_id = ? AND due_at IS NOT NULL "
            f"AND state IN ('queued', 'held', 'deferred') ORDER BY position{for_update(tx)}",
            (*chunk, project_id),
        )
        for position, fence, expires_at in rows:
            found[position] = Claim(fence, moment_of(expires_at))
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


def lock_attempts(
    tx: Tx, project_id: ProjectId, ids: Sequence[MessageId]
) -> dict[MessageId, Attempt]:
    """Read how attempts at messages stand, and keep others from changing them meanwhile."""
    found: dict[MessageId, Attempt] = {}
    for chunk in chunks(ids):
        rows = run(
            tx,
            "SELECT id, position, fence, state, reason, attempts, purpose, channel, address, "  # noqa: S608 - marks only
            "is_repeatable, tried_since, expires_at FROM message "
            # Without the plus signs SQLite reads all of the project, which it takes for a few rows.
            f"WHERE id IN ({marks(len(chunk))}) AND +project_id = ? "
            f"ORDER BY +position{for_update(tx)}",
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
                moment_of(row[10]),
                moment_of(row[11]),
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
                one.state.value,  # a plain string: an enum makes the driver ask it for its form
                one.reason,
                one.attempts,
                ms_of(one.due_at),
                ms_of(one.resolve_at),
                one.provider_id,
                ms_of(one.accepted_at),
                moment,
                one.position,
                project_id,
            )
            for one in settled
        ],
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
