"""A campaign to a list of people, and what must be true of it whatever happened meanwhile."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from beckon.domain.campaigns import queries
from beckon.domain.campaigns.model import CampaignId, Report, Status
from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts.model import Channel, Profile, Who
from beckon.domain.messages.model import State
from beckon.domain.messages.tables import message
from beckon.domain.segments import actions as segments
from kills.story import tell
from kills.taken import Taken
from support.server import Project, now

DRAIN_SECONDS = 300
LOOK_EVERY_SECONDS = 0.1
MOVING = (State.QUEUED, State.HELD, State.DEFERRED, State.SUBMITTING)
OVER = (Status.FINISHED, Status.CANCELLED)


def address_of(number: int) -> str:
    """Make the address of one of the people."""
    return f"reader{number}@example{number % 7}.com"


def phone_of(number: int) -> str:
    """Make the number of one of the people, in E.164."""
    return f"+38050{number:07}"


@dataclass(slots=True)
class Campaign:
    """One campaign of a project; its readers are numbered from 0, the first ones are `poison`.

    To write theirs fails, whoever tries and however often.
    """

    project: Project
    people: int
    poison: int = 0
    channel: Channel = Channel.EMAIL
    path: str = ""

    def prepare(self) -> None:
        """Make readers, a list of them, a template and the campaign, which does not begin yet."""
        project, moment = self.project, now()

        def make(tx):
            ids = [
                contacts.identify(
                    tx,
                    project.id,
                    Who(external_id=f"reader {number}"),
                    Profile(
                        email=address_of(number),
                        phone=phone_of(number),
                        properties={"name": f"N{number}", "share": int(number >= self.poison)},
                    ),
                    moment,
                )
                for number in range(self.people)
            ]
            made = segments.create(tx, project.id, name="Readers", rule=None, now=moment)
            segments.add_members(tx, project.id, made.id, ids, moment)
            return made.id

        segment = f"seg_{project.server.write(make)}"
        client = project.retenshun
        body = "<p>Hi {{ name }}, {{ 100 | divided_by: share }} for you</p>"
        channel = self.channel.upper()
        words = {"name": "N", "channel": channel, "subject": "News", "body": body}
        template = client.post("/api/v1/templates", words).ok()["id"]
        plan = {"name": "News", "channel": channel, "templateId": template, "segmentId": segment}
        self.path = f"/api/v1/campaigns/{client.post('/api/v1/campaigns', plan).ok()['id']}"

    def wait(self) -> Report:
        """Wait until it is over and nothing of it moves; give its report."""
        end = time.monotonic() + DRAIN_SECONDS
        while True:
            report = self.project.server.write(
                lambda tx: queries.get_report(tx, self.project.id, self._id)
            )
            if report.campaign.status in OVER and not self.count(*MOVING):
                return report
            assert time.monotonic() < end, f"stuck: {report}, {self.states()}"
            time.sleep(LOOK_EVERY_SECONDS)

    def check(self, report: Report, taken: Sequence[Taken], *, in_doubt_max: int) -> None:
        """Nothing twice; what is missing is listed; states sum to who was meant."""
        rows = self._rows()
        times = Counter(one.name for one in taken)
        doubled = [name for name, count in times.items() if count > 1]
        known = {row.id.hex for row in rows}
        lost = [row for row in rows if row.state == State.ACCEPTED and not times[row.id.hex]]
        strange = [
            row
            for row in rows
            if times[row.id.hex] and row.state not in (State.ACCEPTED, State.UNKNOWN)
        ]
        unknown = sum(row.state == State.UNKNOWN for row in rows)
        tell(
            f"{len(rows)} messages, {len(taken)} taken, {len(lost)} lost, {len(doubled)} doubled, "
            f"{unknown} unknown"
        )
        assert doubled == []
        assert max(Counter(one.whom for one in taken).values(), default=0) <= 1
        assert lost == strange == []
        assert times.keys() <= known, "something that no message stands for"
        assert unknown <= in_doubt_max
        assert len(rows) == self.people == report.campaign.recipients
        assert report.is_whole

    def wait_for(self, people: int, *states: State) -> None:
        """Wait until the messages of so many are in one of these states."""
        end = time.monotonic() + DRAIN_SECONDS
        while self.count(*states) < people:
            assert time.monotonic() < end, f"stuck: {self.states()}"
            time.sleep(LOOK_EVERY_SECONDS)

    def states_of(self) -> dict[str, State]:
        """Tell how each message stands, by its id."""
        return {row.id.hex: State(row.state) for row in self._rows()}

    def in_doubt(self) -> set[str]:
        """Name the messages that nobody can tell the end of."""
        return {row.id.hex for row in self._rows() if row.state == State.UNKNOWN}

    def count(self, *states: State) -> int:
        """Count its messages in these states."""
        found = self.states()
        return sum(found[state] for state in states)

    def states(self) -> Counter[State]:
        """Count its messages by state."""
        asked = select(message.c.state, func.count()).where(*self._mine()).group_by(message.c.state)
        with self.project.server.engine.begin() as tx:
            return Counter({State(state): count for state, count in tx.execute(asked)})

    def submitted_at(self) -> dict[str, datetime]:
        """Tell when the messages that were handed over were committed to, by address."""
        return {row.address: row.submitted_at for row in self._rows() if row.submitted_at}

    @property
    def _id(self) -> CampaignId:
        return CampaignId(int(self.path.rpartition("_")[2]))

    def _rows(self):
        columns = [message.c[name] for name in ("id", "address", "state", "submitted_at")]
        with self.project.server.engine.begin() as tx:
            return tx.execute(select(*columns).where(*self._mine())).all()

    def _mine(self):
        return message.c.project_id == self.project.id, message.c.campaign_id == self._id
