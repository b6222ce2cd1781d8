"""What every loop of kills plays, and what must be true of it in the end.

Somebody signs up, gets a first mail, and a second one a second later.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from beckon.domain.events.tables import event as event_table
from beckon.domain.messages.model import State
from beckon.domain.messages.tables import message, message_change
from kills.crowd import EVENT, Crowd, address_of
from support.server import Project
from support.smtp_sink import Mail

WAIT = timedelta(seconds=1)
DRAIN_SECONDS = 60
FIRST_SEND_SECONDS = 10
"""On a machine of one's own; on a busy one as many times that as there are who want a core."""
LANES = 8
LOOK_EVERY_SECONDS = 0.2
NEVER = datetime.max.replace(tzinfo=UTC)
ENDS = (State.ACCEPTED, State.UNKNOWN)


def tell_the_story(project: Project) -> None:
    """Store two templates and the workflow that sends one, waits, and sends the other."""
    client = project.retenshun
    first, second = (
        client.post(
            "/api/v1/templates",
            {"name": name, "channel": "EMAIL", "subject": name, "body": f"<p>{name}, {{{{name}}}}"},
        ).ok()["id"]
        for name in ("First", "Second")
    )
    client.post(
        "/api/v1/automations",
        {
            "name": "Welcome",
            "triggerType": "EVENT",
            "triggerEvent": EVENT,
            "active": True,
            "steps": [
                {"type": "SEND_EMAIL", "templateId": first},
                {"type": "WAIT", "delay": WAIT.seconds},
                {"type": "SEND_EMAIL", "templateId": second},
            ],
        },
    ).ok()


@dataclass(frozen=True, slots=True)
class Sending:
    """A message as the store has it in the end."""

    id: str
    address: str
    subject: str
    state: State
    accepted_at: datetime | None
    acceptances: int


@dataclass(slots=True)
class Ending:
    """What is left when everything has come to rest; each method holds it to one promise.

    `wait` and `check_events` need the server, the others what `wait` read.
    """

    project: Project
    crowd: Crowd
    kills: Sequence[datetime]
    sendings: list[Sending] = field(default_factory=list)
    told_at: dict[str, datetime] = field(default_factory=dict)

    def wait(self) -> None:
        """Wait until nothing is queued, waiting or under way, and read what came of it."""
        people = len(self.crowd.acknowledged)

        def is_drained() -> bool:
            states = self._states()
            return sum(states.values()) >= 2 * people and not states.keys() - set(ENDS)

        began = time.monotonic()
        while not is_drained():
            assert time.monotonic() < began + DRAIN_SECONDS, f"stuck: {self._states()}"
            time.sleep(LOOK_EVERY_SECONDS)
        self.sendings = self._sendings()
        self.told_at = self._told_at()
        unknown = sum(sending.state is State.UNKNOWN for sending in self.sendings)
        tell(
            f"{len(self.kills)} kills, {people} people, {self.crowd.retries} retries, "
            f"{len(self.sendings)} messages, {unknown} unknown, "
            f"drained in {time.monotonic() - began:.1f} s"
        )

    def check_events(self) -> None:
        """Nothing acknowledged is lost, nothing told twice is doubled, no answer was strange."""
        assert self.crowd.unexpected == []
        assert len(self.crowd.acknowledged) > 20, "the crowd came to little"
        client = self.project.retenshun
        for person, event_id in self.crowd.acknowledged.items():
            assert client.get(f"/api/v1/events/{event_id}").ok()["userId"] == person
        told = client.get("/api/v1/events", limit=1).ok()["total"]
        assert told == len(self.crowd.acknowledged)

    def check_steps(self) -> None:
        """Each person has one message for each of the two steps, and no third."""
        wanted = {
            (address_of(person), subject)
            for person in self.crowd.acknowledged
            for subject in ("First", "Second")
        }
        assert Counter((one.address, one.subject) for one in self.sendings) == Counter(wanted)

    def check_accepted_once(self) -> None:
        """Where repeating is safe nothing stays in doubt: each was accepted, once."""
        assert {(one.state, one.acceptances) for one in self.sendings} == {(State.ACCEPTED, 1)}

    def check_sink(self, mails: Sequence[Mail], *, in_doubt_max: int) -> None:
        """No mail went out twice; one that is missing is listed as unknown, and those are few."""
        taken = Counter(mail.message_id.partition("@")[0].strip("<") for mail in mails)
        assert [name for name, times in taken.items() if times > 1] == []
        recipients = Counter((mail.recipients, _subject(mail)) for mail in mails)
        assert max(recipients.values()) == 1
        missing = [one for one in self.sendings if taken[one.id] == 0]
        assert [one for one in missing if one.state is not State.UNKNOWN] == []
        assert len(mails) + len(missing) == len(self.sendings), "a mail that no message stands for"
        unknown = sum(one.state is State.UNKNOWN for one in self.sendings)
        assert unknown <= in_doubt_max

    def check_waits(self, mails: Sequence[Mail]) -> None:
        """No second mail came before its time."""
        early = [
            mail
            for mail in mails
            if _subject(mail) == "Second" and mail.at < self.told_at[mail.recipients[0]] + WAIT
        ]
        assert early == []

    def check_restarts(self, moments: Sequence[datetime]) -> None:
        """After each kill something was sent again soon, and nobody had to help."""
        check_first_sends(self.kills, moments)

    def _states(self) -> dict[State, int]:
        with self.project.server.engine.begin() as tx:
            rows = tx.execute(
                select(message.c.state, func.count())
                .where(message.c.project_id == self.project.id)
                .group_by(message.c.state)
            )
            return {State(state): number for state, number in rows}

    def _sendings(self) -> list[Sending]:
        acceptances = (
            select(func.count())
            .where(
                message_change.c.message_id == message.c.id,
                message_change.c.state == State.ACCEPTED,
            )
            .scalar_subquery()
        )
        columns = [message.c[name] for name in ("id", "address", "subject", "state", "accepted_at")]
        with self.project.server.engine.begin() as tx:
            rows = tx.execute(
                select(*columns, acceptances).where(message.c.project_id == self.project.id)
            )
            return [
                Sending(row[0].hex, row[1], row[2], State(row[3]), row[4], row[5]) for row in rows
            ]

    def _told_at(self) -> dict[str, datetime]:
        with self.project.server.engine.begin() as tx:
            rows = tx.execute(
                select(event_table.c.key, event_table.c.received_at).where(
                    event_table.c.project_id == self.project.id
                )
            )
            return {address_of(person): moment for person, moment in rows}


def check_first_sends(kills: Sequence[datetime], sent: Sequence[datetime]) -> None:
    """After each kill something is sent again soon, unless the next kill comes first."""
    limits = [*kills[1:], NEVER]
    firsts = [min((at for at in sent if at > kill), default=NEVER) for kill in kills]
    gaps = sorted(
        (first - kill).total_seconds()
        for kill, first, limit in zip(kills, firsts, limits, strict=True)
        if first < limit
    )
    assert gaps, "nothing was sent after any kill"
    assert firsts[-1] < NEVER, "nothing was sent after the last kill"
    half, last = gaps[len(gaps) // 2], gaps[-1]
    tell(f"first send after {len(gaps)} kills: half by {half:.1f} s, all by {last:.1f} s")
    crowd = max(1.0, max(os.getloadavg()) / (os.cpu_count() or 1))
    assert last <= FIRST_SEND_SECONDS * crowd, f"with {crowd:.1f} processes a core"


def tell(line: str) -> None:
    """Say a figure; pytest shows it when the test fails, and with -s."""
    sys.stdout.write(f"{line}\n")


def _subject(mail: Mail) -> str:
    head = mail.content.partition(b"\r\n\r\n")[0].decode()
    return next(line[9:] for line in head.split("\r\n") if line.startswith("Subject: "))
