"""Providers on a bad day, and messages nobody can write: the others go all the same, each once.

Gate R6. A failure prints its seed; KILL_SEED=… plays it again.
"""

import random
from collections import Counter

import pytest
from sqlalchemy import select

from beckon.domain.messages.model import OUTBOX, State
from beckon.domain.messages.tables import message
from beckon.domain.subscriptions.tables import standing
from beckon.engine.breaker import LAST
from kills.campaign import Campaign, address_of
from kills.playing import relay
from kills.story import LANES, tell
from kills.taken import by_mail
from support.server import eventually
from support.smtp_sink import EVERYONE, HOST, delay, drop, hang, refuse

POISON = 20
EVERY = 5
BEGINNING = 40
HANGING = 5
REFUSED = refuse("421 4.3.2 going down", "mail")

# What happens to how many, and the state each of them must end in, whatever the others meet.
DAY = (
    (refuse("550 5.7.1 we do not like you"), 5, State.FAILED),
    (refuse("550 5.1.1 no such user"), 8, State.FAILED),
    (refuse("450 4.2.0 greylisted, try again later"), 8, State.DEFERRED),
    (delay(3), 4, State.ACCEPTED),
    (drop("dot"), 5, State.UNKNOWN),
)
GONE = "no such user"
OVER = (State.ACCEPTED, State.FAILED, State.UNKNOWN, State.DEFERRED, State.DEAD)

long = pytest.mark.soak


def taken(mails):
    """Count mails by the message they are."""
    return Counter(one.name for one in by_mail(mails))


def spread(seed, people):
    """Share the day's faults out among the people, never to two neighbours."""
    tell(f"KILL_SEED={seed}")
    able = list(range(POISON, people, EVERY))
    random.Random(seed).shuffle(able)
    return [
        (address_of(able.pop()), fault, state) for fault, times, state in DAY for _ in range(times)
    ]


def rows_of(project, *columns):
    with project.server.engine.begin() as tx:
        mine = message.c.project_id == project.id
        return tx.execute(select(*(message.c[name] for name in columns)).where(mine)).all()


def suppressed_of(project):
    with project.server.engine.begin() as tx:
        mine = (standing.c.project_id == project.id) & standing.c.suppression.is_not(None)
        return set(tx.execute(select(standing.c.address).where(mine)).scalars())


@pytest.mark.parametrize("people", [400, pytest.param(2000, marks=long)])
def test_a_bad_day_harms_only_whom_it_concerns(up, sink, seed, people):
    met = spread(seed, people)
    sink.faults |= {address: fault for address, fault, _ in met}
    with up(**relay(sink)) as (project, _):
        campaign = Campaign(project, people, POISON)
        campaign.prepare()
        project.retenshun.post(f"{campaign.path}/send").ok()
        campaign.wait_for(people, *OVER)
        rows = rows_of(project, "id", "address", "state", "reason", "attempts")
        suppressed = suppressed_of(project)
    wanted = dict.fromkeys(map(address_of, range(POISON, people)), State.ACCEPTED)
    wanted |= dict.fromkeys(map(address_of, range(POISON)), State.DEAD)
    wanted |= {address: state for address, _, state in met}
    assert {row.address: State(row.state) for row in rows} == wanted
    assert all(row.reason for row in rows if row.state != State.ACCEPTED), "one without a reason"
    assert max(row.attempts for row in rows) == 1
    mails = taken(sink.mails)
    went = {row.id.hex for row in rows if row.state in (State.ACCEPTED, State.UNKNOWN)}
    assert mails == dict.fromkeys(went, 1), "lost or doubled"
    assert suppressed == {address for address, fault, _ in met if GONE in fault.reply}
    tell(f"{Counter(wanted.values())}, {len(mails)} mails, 0 lost, 0 doubled")


@pytest.mark.parametrize("people", [300, pytest.param(2000, marks=long)])
@pytest.mark.parametrize("fault", [REFUSED, drop("dot")], ids=["refuses", "takes and is silent"])
def test_another_provider_takes_over_what_the_first_certainly_did_not_take(up, sink, people, fault):
    sink.faults[EVERYONE] = delay(0.01)
    with up(PRIVATE_TARGETS=f"{HOST}:{sink.port}") as (project, processes):
        campaign = Campaign(project, people)
        campaign.prepare()
        client = project.retenshun
        relay = {"smtpHost": HOST, "smtpPort": sink.port, "smtpSecurity": "off"}
        client.put("/api/v1/channels", {"emailProvider": "OUTBOX"}).ok()
        client.put("/api/v1/channels", {"emailProvider": "SMTP", **relay}).ok()
        client.post(f"{campaign.path}/send").ok()
        eventually(lambda: len(sink.mails) >= BEGINNING, "the sending to be under way")
        sink.faults[EVERYONE] = fault
        # What the first one refused waits for a minute; all others go by the second at once.
        campaign.wait_for(people, State.ACCEPTED, State.UNKNOWN, State.DEFERRED)
        rows = rows_of(project, "id", "state", "provider")
    mails = taken(sink.mails)
    states = Counter(State(row.state) for row in rows)
    accepted = [row for row in rows if row.state == State.ACCEPTED]
    by_other = {row.id.hex for row in accepted if row.provider.startswith(OUTBOX)}
    by_first = {row.id.hex for row in accepted} - by_other
    tell(f"{states}, {len(mails)} by the first, {len(by_other)} by the second")
    assert max(mails.values()) == 1
    assert by_first <= mails.keys(), "lost"
    assert not by_other & mails.keys(), "doubled"
    assert by_other
    # Every server finds out by itself; good answers still on their way may part the failures.
    each = LAST // 2 + 1 + LANES
    assert people - len(accepted) <= each * len(processes), "asked although known to be ill"


@long
@pytest.mark.parametrize("people", [2000])
def test_who_hangs_holds_up_nobody_else(up, sink, seed, people):
    tell(f"KILL_SEED={seed}")
    hanging = [address_of(one) for one in random.Random(seed).sample(range(people), HANGING)]
    sink.faults |= {address: hang("dot") for address in hanging}
    with up(**relay(sink)) as (project, processes):
        campaign = Campaign(project, people)
        campaign.prepare()
        project.retenshun.post(f"{campaign.path}/send").ok()
        campaign.wait_for(people - HANGING, State.ACCEPTED)
        # A relay has ten minutes to say that it took a mail; nobody may be impatient before.
        assert campaign.count(State.SUBMITTING) == HANGING
        for process in processes:
            process.kill()
        for process in processes:
            process.start()
        report = campaign.wait()
        campaign.check(report, by_mail(sink.mails), in_doubt_max=HANGING)
        assert campaign.count(State.UNKNOWN) == HANGING
