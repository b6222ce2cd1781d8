"""Judges at the last moment which messages may not go: consent, caps, quiet hours, their age."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.messages import policies, queries, rules
from beckon.domain.messages.model import (
    Draft,
    MessageId,
    State,
    Unwritable,
    Written,
)
from beckon.domain.messages.policies import Policy, Recent
from beckon.domain.messages.rows import Claim
from beckon.domain.subscriptions import actions as subscriptions
from beckon.domain.subscriptions import queries as consent
from beckon.domain.subscriptions.model import Ask, Proof, Purpose
from beckon.domain.subscriptions.rules import CONFIRMATION_SLACK, TOO_MANY_CONFIRMATIONS
from beckon.storage.schema import Tx

EXPIRED = "It expired before it could be handed over."
QUIET = "Quiet hours where the person is."


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a message does not go now: for good, or until a moment."""

    state: State
    reason: str
    due_at: datetime | None = None


def judge(
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
