"""The simulation is worth something: bugs planted into the engine are found by some seed."""

from datetime import timedelta

import pytest

from beckon.domain.messages import delivery, rules, writes
from beckon.domain.messages.model import Deferred
from beckon.domain.messages.rows import Claim
from beckon.domain.subscriptions import queries as consent
from beckon.kit.values import replace
from simulation.test_simulation import live

SEEDS_MAX = 60


def tries_what_is_in_doubt_again(plant):
    honest = rules.settle
    plant(rules, "settle", lambda *args, **more: honest(*args, **more | {"is_repeatable": True}))


def takes_every_provider_for_one_that_tells_repeats(plant):
    honest = writes.update_submitting
    plant(
        writes,
        "update_submitting",
        lambda *args, **more: honest(*args, **more | {"is_repeatable": True}),
    )


def believes_at_once_that_a_letter_never_came_in(plant):
    plant(rules, "RESOLVE_UNTIL", timedelta(0))


def forgets_what_was_deferred(plant):
    honest = rules.settle

    def settle(outcome, attempts, **more):
        done = honest(outcome, attempts, **more)
        return replace(done, retry_at=None)

    plant(rules, "settle", settle)


def comes_before_the_provider_wishes(plant):
    honest = rules.settle

    def settle(outcome, attempts, **more):
        if isinstance(outcome, Deferred):
            outcome = replace(outcome, retry_at=None)
        return honest(outcome, attempts, **more)

    plant(rules, "settle", settle)


def asks_nobody_for_consent(plant):
    plant(consent, "find_refusals", lambda _tx, _project_id, asked: [None for _ in asked])


def leaves_what_the_dead_were_handing_over(plant):
    plant(writes, "lock_in_doubt_any_project", lambda _tx, _workers, *, limit: [][:limit])


def commits_to_what_another_worker_took(plant):
    """Plant a claim that stands for ever: neither fence nor state is looked at."""
    plant(
        writes,
        "lock_claims",
        lambda _tx, _project_id, positions: dict.fromkeys(positions, Claim(0, None)),
    )
    plant(delivery, "_is_live", lambda _claims, _draft: True)
    plant(rules, "LEASE", timedelta(0))


BUGS = (
    tries_what_is_in_doubt_again,
    takes_every_provider_for_one_that_tells_repeats,
    believes_at_once_that_a_letter_never_came_in,
    forgets_what_was_deferred,
    comes_before_the_provider_wishes,
    asks_nobody_for_consent,
    leaves_what_the_dead_were_handing_over,
    commits_to_what_another_worker_took,
)


def is_found(seed, store):
    """Tell whether a world notices, by its own check at the end or by what the engine asserts."""
    try:
        live(seed, store)
    except AssertionError:
        return True
    return False


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_a_planted_bug_is_found_by_some_seed(bug, monkeypatch, store):
    bug(monkeypatch.setattr)
    assert any(is_found(seed, store) for seed in range(SEEDS_MAX)), "all worlds lived with it"
