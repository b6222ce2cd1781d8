"""What the engine does with messages: claim, submit, settle. `recovery.py` has what follows a fall.

Each action runs inside the caller's transaction and may concern several projects.

Invariant: `submitting` is committed before the first byte of a message can leave, so whatever a
crash leaves behind is listed and never guessed.
Invariant: consent is asked in that same transaction: nothing goes where it was withdrawn before.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from beckon.domain.accounts.model import ProjectId
from beckon.domain.messages import queries, rules, writes
from beckon.domain.messages.consequences import bury
from beckon.domain.messages.drafts import draft_all
from beckon.domain.messages.judging import Verdict, judge
from beckon.domain.messages.model import (
    OUTBOX,
    TAKEN,
    Change,
    Draft,
    Letter,
    MessageId,
    Outcome,
    Rejected,
    Sent,
    State,
    Unwritable,
    Written,
)
from beckon.domain.messages.queries import EVERYBODY
from beckon.domain.messages.rows import Attempt, Claim, Claimed, Settled, Submission
from beckon.domain.subscriptions.model import Proof, Purpose
from beckon.storage.schema import Tx

_T = TypeVar("_T")


def claim(tx: Tx, worker: str, *, default_sender: str, now: datetime, limit: int) -> list[Draft]:
    """Take due messages for a while, with all that is needed to write them out.

    What somebody waits for comes first; within a lane projects share alike, and of each the
    longest due goes first. Nothing is taken of a project whose sending is held.
    """
    holds = queries.list_holds_any_project(tx)
    if EVERYBODY in holds:
        return []
    rows: list[Claimed] = []
    for lane in sorted(set(rules.LANES.values())):
        waiting = [
            project_id
            for project_id in queries.list_waiting_any_project(tx, lane, now)
            if project_id not in holds
        ]
        room = limit - len(rows)
        if not waiting or not room:
            continue
        # As many as there is room for: the others come first the next time.
        shares = list(zip(waiting, rules.share(room, len(waiting)), strict=False))
        rows += writes.claim_due_any_project(
            tx, worker, now, until=now + rules.LEASE, lane=lane, shares=shares
        )
    return draft_all(tx, rows, default_sender, now)


def submit(
    tx: Tx,
    written: Sequence[Written | Unwritable],
    provider: str,
    now: datetime,
    *,
    is_repeatable: bool = False,
) -> list[Letter]:
    """Commit to handing these over; returns those that this worker still may, in order.

    What cannot be written out ends here with the reason and blocks nobody; so does what consent
    or the project's own policy keeps back.
    """
    going: set[MessageId] = set()
    holds = queries.list_holds_any_project(tx)
    for project_id, mine in by_project(written, lambda one: one.draft.project_id).items():
        claims = writes.lock_claims(tx, project_id, [one.draft.position for one in mine])
        live = [one for one in mine if _is_live(claims, one.draft)]
        if EVERYBODY in holds or project_id in holds:
            _let_go(tx, project_id, live, now)
            continue
        verdicts = judge(tx, project_id, live, claims, now)
        _keep_back(tx, project_id, {one.draft.id: one.draft for one in live}, verdicts, now)
        ready = [one for one in live if isinstance(one, Written) and one.draft.id not in verdicts]
        _commit_to(tx, project_id, ready, provider, now, is_repeatable=is_repeatable)
        going |= {one.letter.id for one in ready}
    return [one.letter for one in written if isinstance(one, Written) and one.letter.id in going]


def postpone(tx: Tx, drafts: Sequence[Draft], until: datetime, reason: str, now: datetime) -> None:
    """Give claimed messages back for a while that have not begun; it costs them no attempt."""
    for project_id, mine in by_project(drafts, lambda draft: draft.project_id).items():
        claims = writes.lock_claims(tx, project_id, [draft.position for draft in mine])
        for draft in mine:
            if _is_live(claims, draft):
                values = {"due_at": until, "worker": None, "reason": reason, "changed_at": now}
                writes.update_message(tx, project_id, draft.position, values)


def settle(
    tx: Tx,
    letters: Sequence[Letter],
    outcomes: Sequence[Outcome],
    provider: str,
    now: datetime,
) -> None:
    """Store what came of each letter. A worker that was given up meanwhile changes nothing."""
    answers = dict(zip([letter.id for letter in letters], outcomes, strict=True))
    for project_id, mine in by_project(letters, lambda letter: letter.project_id).items():
        rows = writes.lock_attempts(tx, project_id, [letter.id for letter in mine])
        settled: list[Settled] = []
        changes: list[tuple[MessageId, Change]] = []
        kept: list[tuple[MessageId, bytes]] = []
        for letter in mine:
            row = rows.get(letter.id)
            if row is None or row.fence != letter.fence:
                continue
            outcome = answers[letter.id]
            if row.state is State.SUBMITTING:
                one = _settled(row, letter.id, outcome, now)
                assert one.state in rules.MOVES[State.SUBMITTING], one
                settled.append(one)
                changes.append((letter.id, Change(one.state, now, one.reason)))
                if not isinstance(outcome, Sent):
                    kept.append((letter.id, letter.content))
                if isinstance(outcome, Rejected) and outcome.permanent:
                    details = {"reason": outcome.reason, "message": letter.id.hex}
                    proof = Proof(provider, details=details)
                    bury(tx, project_id, row.channel, letter.recipient, proof, now)
            elif row.state in TAKEN and isinstance(outcome, Sent):
                # Its report was quicker than the answer: only the provider's name for it is new.
                settled.append(_named(row, outcome))
        writes.update_settled(tx, project_id, settled, now)
        writes.insert_changes(tx, project_id, changes)
        writes.insert_copies(tx, project_id, kept)


def by_project(
    ones: Sequence[_T], project_of: Callable[[_T], ProjectId]
) -> dict[ProjectId, list[_T]]:
    """Sort by project, in one order for all, so that two never wait for each other."""
    mine: dict[ProjectId, list[_T]] = defaultdict(list)
    for one in ones:
        mine[project_of(one)].append(one)
    return dict(sorted(mine.items()))


def _is_live(claims: Mapping[int, Claim], draft: Draft) -> bool:
    """Tell whether a claim still stands: nobody else took the message, and it is to be sent."""
    claim_ = claims.get(draft.position)
    return claim_ is not None and claim_.fence == draft.fence


def _keep_back(
    tx: Tx,
    project_id: ProjectId,
    drafts: Mapping[MessageId, Draft],
    verdicts: Mapping[MessageId, Verdict],
    now: datetime,
) -> None:
    for message_id, verdict in verdicts.items():
        values = {
            "state": verdict.state,
            "reason": verdict.reason,
            "due_at": verdict.due_at,
            "address": drafts[message_id].address,
            "worker": None,
            "changed_at": now,
        }
        writes.update_message(tx, project_id, drafts[message_id].position, values)
    changes = [
        (message_id, Change(verdict.state, now, verdict.reason))
        for message_id, verdict in verdicts.items()
    ]
    writes.insert_changes(tx, project_id, changes)


def _commit_to(
    tx: Tx,
    project_id: ProjectId,
    ready: Sequence[Written],
    provider: str,
    now: datetime,
    *,
    is_repeatable: bool,
) -> None:
    if not ready:
        return
    writes.update_submitting(
        tx,
        project_id,
        [Submission(one.draft.position, one.letter.recipient, one.subject) for one in ready],
        provider=provider,
        is_repeatable=is_repeatable,
        now=now,
    )
    # Of what goes to millions a copy is kept only where something is left to do with it.
    keeps_all = provider.partition(":")[0] == OUTBOX  # a project's own has a number behind it
    kept = [
        (one.letter.id, one.letter.content)
        for one in ready
        if keeps_all or one.draft.purpose is not Purpose.BULK
    ]
    writes.insert_copies(tx, project_id, kept)
    change = Change(State.SUBMITTING, now, f"handed to {provider}")
    told = [(one.letter.id, change) for one in ready if one.draft.purpose is not Purpose.BULK]
    writes.insert_changes(tx, project_id, told)


def _let_go(
    tx: Tx, project_id: ProjectId, live: Sequence[Written | Unwritable], now: datetime
) -> None:
    """Give claimed messages back as they were: sending was held meanwhile."""
    for one in live:
        values = {"due_at": now, "worker": None}
        writes.update_message(tx, project_id, one.draft.position, values)


def _settled(row: Attempt, message_id: MessageId, outcome: Outcome, now: datetime) -> Settled:
    assert row.tried_since is not None
    what = rules.settle(
        outcome,
        row.attempts,
        now=now,
        give_up_at=rules.give_up_at(row.purpose, row.tried_since, row.expires_at),
        jitter_percent=rules.jitter_of(message_id, row.attempts),
        is_repeatable=row.is_repeatable,
    )
    is_sent = isinstance(outcome, Sent)
    return Settled(
        position=row.position,
        state=what.state,
        reason=what.reason,
        attempts=what.attempts,
        due_at=what.retry_at,
        resolve_at=now if what.state is State.UNKNOWN else None,
        provider_id=(outcome.provider_id or None) if isinstance(outcome, Sent) else None,
        accepted_at=now if is_sent else None,
    )


def _named(row: Attempt, outcome: Sent) -> Settled:
    return Settled(
        position=row.position,
        state=row.state,
        reason=row.reason,
        attempts=row.attempts,
        due_at=None,
        resolve_at=None,
        provider_id=outcome.provider_id or None,
        accepted_at=None,
    )
