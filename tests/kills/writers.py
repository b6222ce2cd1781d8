"""Many clients that write people, events and orders; what has no answer is told again.

Everything that is told bears a name nobody had before, so that telling it twice is harmless, and
what is lost or doubled can be counted in the store.
"""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import count

from sqlalchemy import func, select

from beckon.domain.contacts.tables import contact
from beckon.domain.events.tables import event, event_type
from beckon.domain.orders.tables import purchase
from support.http import basic
from support.server import Project, now
from support.smtp_sink import HOST

RETRY_SECONDS = 0.2
TIMEOUT_SECONDS = 15
TOGETHER = 10
EVENT = "told"


@dataclass
class Writers:
    """So many clients, each on a thread of its own, until so much was acknowledged."""

    project: Project
    ports: Sequence[int]
    clients: int
    wanted: int
    seed: int
    acknowledged: dict[str, list[str]] = field(
        default_factory=lambda: {"users": [], "events": [], "orders": []}
    )
    unexpected: list[str] = field(default_factory=list)
    retries: int = 0
    _names: count = field(default_factory=count)

    def begin(self) -> None:
        """Begin to write."""
        self._threads = [
            threading.Thread(target=self._write, args=[random.Random(f"{self.seed}:{number}")])
            for number in range(self.clients)
        ]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Wait until enough was acknowledged, and each client has its last answer."""
        for thread in self._threads:
            thread.join()

    def count(self) -> int:
        """Tell how much was acknowledged so far."""
        return sum(map(len, self.acknowledged.values()))

    def find_lost_and_doubled(self) -> tuple[list[str], list[str]]:
        """Compare what was acknowledged with what the store has."""
        lost, doubled = [], []
        for kind, asked in self._questions().items():
            with self.project.server.engine.begin() as tx:
                found = dict(tx.execute(asked).all())
            lost += [f"{kind} {name}" for name in self.acknowledged[kind] if name not in found]
            doubled += [f"{kind} {name}" for name, times in found.items() if times > 1]
        return lost, doubled

    def tell(self) -> str:
        """Say what was written."""
        counts = Counter({kind: len(names) for kind, names in self.acknowledged.items()})
        return f"{counts.total()} acknowledged {dict(counts)}, {self.retries} told again"

    def _write(self, dice: random.Random) -> None:
        ports = dice.sample(self.ports, len(self.ports))
        connection = HTTPConnection(HOST, ports[0], timeout=TIMEOUT_SECONDS)
        while self.count() < self.wanted:
            kind = dice.choice(list(self.acknowledged))
            names = [f"n{next(self._names)}" for _ in range(TOGETHER)]
            path, body = self._spell(kind, names)
            while not self._is_taken(connection, path, body):
                self.retries += 1
                connection.close()
                ports.append(ports.pop(0))
                connection = HTTPConnection(HOST, ports[0], timeout=TIMEOUT_SECONDS)
                time.sleep(RETRY_SECONDS)
            self.acknowledged[kind] += names
        connection.close()

    def _spell(self, kind: str, names: Sequence[str]) -> tuple[str, dict[str, object]]:
        match kind:
            case "users":
                return "/api/v1/users/batch", {"users": [{"id": name} for name in names]}
            case "events":
                batch = [
                    {"type": "track", "event": EVENT, "user_id": name, "messageId": f"of {name}"}
                    for name in names
                ]
                return "/api/v1/events/batch", {"batch": batch}
            case _:
                order = {"status": "INITIALIZED", "totalCost": 1, "currency": "UAH"}
                order["date"] = now().isoformat()
                mine = [
                    {**order, "externalOrderId": name, "externalCustomerId": f"buyer of {name}"}
                    for name in names
                ]
                return "/api/v1/orders", {"orders": mine}

    def _is_taken(self, connection: HTTPConnection, path: str, body: object) -> bool:
        secret = self.project.secret.secret
        headers = {"x-api-key": secret, "content-type": "application/json"}
        if path.endswith("/orders"):  # of the other vocabulary
            headers = {"authorization": basic(secret), "content-type": "application/json"}
        try:
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            said = answer.read()
        except (OSError, HTTPException):
            return False
        if answer.status == 503:
            return False
        is_whole = not said or not (
            (told := json.loads(said)).get("rejected") or told.get("failedOrders")
        )
        if answer.status != 200 or not is_whole:
            self.unexpected.append(f"{answer.status}: {said.decode()}")
        return True

    def _questions(self):
        """Ask for the names that are stored, and how often each is."""
        mine = self.project.id
        return {
            "users": select(contact.c.external_id, func.count())
            .where(contact.c.project_id == mine, contact.c.deleted_at.is_(None))
            .group_by(contact.c.external_id),
            "events": select(contact.c.external_id, func.count())
            .join_from(event, contact, contact.c.id == event.c.contact_id)
            .join(event_type, event_type.c.id == event.c.type_id)
            .where(event.c.project_id == mine, event_type.c.name_key == EVENT)
            .group_by(contact.c.external_id),
            "orders": select(purchase.c.external_id, func.count())
            .where(purchase.c.project_id == mine)
            .group_by(purchase.c.external_id),
        }
