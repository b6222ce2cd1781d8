"""What the engine does with messages: claim, submit, settle. `recovery.py` has what follows a fall.

Each action runs inside the caller's transaction and may concern several projects.

Invariant: `submitting` is committed before the first byte of a message can leave, so whatever a
crash leaves behind is listed and never guessed.
Invariant: consent is asked in that same transaction: nothing goes where it was withdrawn before.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from beckon.domain.accounts.model import ProjectId
from beckon.domain.messages import policies, queries, rules, writes
from beckon.domain.messages.consequences import bury
from beckon.domain.messages.drafts import draft_all
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
from beckon.domain.messages.policies import Policy, Recent
from beckon.domain.messages.queries import EVERYBODY
from beckon.domain.messages.rows import Attempt, Claim, Claimed, Settled, Submission
from beckon.domain.subscriptions import actions as subscriptions
from beckon.domain.subscriptions import queries as consent
from beckon.domain.subscriptions.model import Ask, Proof, Purpose
from beckon.domain.subscriptions.rules import CONFIRMATION_SLACK, TOO_MANY_CONFIRMATIONS
from beckon.storage.schema import Tx

EXPIRED = "It expired before it could be handed over."
QUIET = "Quiet hours where the person is."

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a message does not go now: for good, or until a moment."""

    state: State
    reason: str
    due_at: datetime | None = None


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
        verdicts = _judge(tx, project_id, live, claims, now)
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


def _judge(
    tx: Tx,
    project_id: ProjectId,
    live: Sequence[Written | Unwritable],
    claims: Mapping[int, Claim],
    now: datetime,
) -> dict[MessageId, Verdict]:
    """Say of each that may not go why, the first reason that counts."""
    verdicts: dict[MessageId, Verdict] = {}
    for one in live:
        expires_at = claims[one.draft.position].expires_at
        if expires_at is not None and expires_at <= now:
            verdicts[one.draft.id] = Verdict(State.DEAD, EXPIRED)
        elif isinstance(one, Unwritable):
            verdicts[one.draft.id] = Verdict(one.state, one.reason)
    going = [one for one in live if isinstance(one, Written) and one.draft.id not in verdicts]
    if not going:
        return verdicts
    asked = [
        Ask(
            one.letter.channel,
            one.draft.address or one.letter.recipient,
            one.draft.contact_id,
            one.draft.purpose,
            one.draft.category,
        )
        for one in going
    ]
    for one, refusal in zip(going, consent.find_refusals(tx, project_id, asked), strict=True):
        if refusal is not None:
            verdicts[one.draft.id] = Verdict(State.SUPPRESSED, refusal)
        elif one.draft.purpose is Purpose.CONFIRMATION and not one.draft.attempts:
            verdicts |= _spend_confirmation(tx, project_id, one, now)
    policy = queries.get_policy(tx, project_id)
    if policy.caps or policy.quiet:
        drafts = [one.draft for one in going if one.draft.id not in verdicts]
        verdicts |= _apply(tx, project_id, policy, drafts, now)
    return verdicts


def _spend_confirmation(
    tx: Tx, project_id: ProjectId, one: Written, now: datetime
) -> dict[MessageId, Verdict]:
    """Let a confirmation go that is not one too many for its address; its tries count as one."""
    proof = Proof("message", details={"message": one.draft.id.hex})
    free_at = subscriptions.spend_confirmation(
        tx,
        project_id,
        one.letter.channel,
        one.draft.address or one.letter.recipient,
        one.draft.contact_id,
        proof=proof,
        now=now,
    )
    if free_at <= now:
        return {}
    is_near = free_at - now <= CONFIRMATION_SLACK
    state, due_at = (State.HELD, free_at) if is_near else (State.SUPPRESSED, None)
    return {one.draft.id: Verdict(state, TOO_MANY_CONFIRMATIONS, due_at)}


def _apply(
    tx: Tx, project_id: ProjectId, policy: Policy, drafts: Sequence[Draft], now: datetime
) -> dict[MessageId, Verdict]:
    verdicts: dict[MessageId, Verdict] = {}
    people = sorted({draft.contact_id for draft in drafts})
    recent = (
        queries.list_recent(tx, project_id, people, since=now - policy.longest)
        if policy.caps
        else {}
    )
    for draft in drafts:
        until = policies.quiet_until(policy, draft.purpose, draft.zone, now)
        if until is not None:
            verdicts[draft.id] = Verdict(State.HELD, QUIET, until)
            continue
        had = recent.setdefault(draft.contact_id, [])
        cap = policies.reached_cap(
            policy, draft.purpose, draft.channel, draft.category, recent=had, now=now
        )
        if cap is not None:
            verdicts[draft.id] = Verdict(State.SUPPRESSED, policies.describe(cap))
        elif draft.purpose not in rules.RESENT:
            had.append(Recent(draft.channel, draft.category, now))
    return verdicts


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
    kept = [
        (one.letter.id, one.letter.content)
        for one in ready
        if one.draft.purpose is not Purpose.BULK or provider == OUTBOX
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
