"""Clients that tell of one event after another and give none up: what has no answer is told again.

Each event is of a person never seen before and carries a `messageId` of the client's own, so that
telling it twice is harmless.
"""

import json
import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from itertools import count

from support.smtp_sink import HOST

EVENT = "signed_up"
PAUSE_SECONDS_MAX = 0.2
RETRY_SECONDS = 0.1
TIMEOUT_SECONDS = 15


class Crowd:
    """So many clients, each on a thread of its own; `acknowledged` maps people to event ids.

    With several ports a client that got no answer tries the next one.
    """

    def __init__(self, ports: Sequence[int], key: str, clients: int, seed: int) -> None:
        self.acknowledged: dict[str, str] = {}
        self.unexpected: list[str] = []
        self.retries = 0
        self._ports = ports
        self._headers = {"x-api-key": key, "content-type": "application/json"}
        self._people = count(1)
        self._stopping = threading.Event()
        self._lost = threading.Event()
        self._threads = [
            threading.Thread(target=self._talk, args=[random.Random(f"{seed}:{number}")])
            for number in range(clients)
        ]

    @contextmanager
    def talking(self) -> Iterator[None]:
        """Talk until the block ends, and then until the last answer is there."""
        for thread in self._threads:
            thread.start()
        try:
            yield
        except BaseException:
            self._lost.set()  # nobody may be there to answer any more
            raise
        finally:
            self._stopping.set()
            for thread in self._threads:
                thread.join()

    def _talk(self, dice: random.Random) -> None:
        ports = dice.sample(self._ports, len(self._ports))
        connection = _connection(ports[0])
        while not self._stopping.is_set():
            person = f"person_{next(self._people)}"
            while (answer := self._tell(connection, person)) is None:
                if self._lost.is_set():
                    return
                self.retries += 1
                connection.close()
                ports.append(ports.pop(0))
                connection = _connection(ports[0])
                time.sleep(RETRY_SECONDS)
            self.acknowledged[person] = answer
            time.sleep(dice.uniform(0, PAUSE_SECONDS_MAX))
        connection.close()

    def _tell(self, connection: HTTPConnection, person: str) -> str | None:
        event = {
            "eventName": EVENT,
            "userId": person,
            "messageId": f"told by {person}",
            "properties": {"email": address_of(person), "name": person},
        }
        try:
            connection.request("POST", "/api/v1/events", json.dumps(event), self._headers)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, HTTPException):
            return None
        if answer.status != 200:
            if answer.status != 503:
                self.unexpected.append(f"{answer.status}: {body.decode()}")
            return None
        told: str = json.loads(body)["id"]
        return told


def address_of(person: str) -> str:
    """Make the address a person gets mail at."""
    return f"{person}@example.com"


def _connection(port: int) -> HTTPConnection:
    return HTTPConnection(HOST, port, timeout=TIMEOUT_SECONDS)
