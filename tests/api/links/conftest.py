"""What the links in messages are asked on: the face alone, on a store of either kind."""

import asyncio
from dataclasses import dataclass, field
from urllib.parse import urlencode

import pytest

from beckon.api.links.face import Links
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.subscriptions.tracking import LinkKind, Mark, link
from beckon.kit.signing import Signer
from beckon.storage.state import StoreUnavailable, open_state
from support.builders import a_contact, a_message, a_project
from support.clock import START, JumpingClock

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
ADDRESS = "ann@example.com"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: str


@dataclass(slots=True)
class House:
    """The face, the store behind it, and one message that links can be made for."""

    url: str
    signer: Signer
    clock: JumpingClock
    project_id: ProjectId | None = None
    mark: Mark | None = None
    writes: list[str] = field(default_factory=list)

    def path(self, kind: LinkKind) -> str:
        return link(self.signer, "", self.mark, kind)

    def ask(self, method, path, form=None, *, agent=PHONE, language="en", body=None):
        """Send one request to the face and give its answer."""
        return self.ask_all([(method, path, form, agent, language, body)])[0]

    def ask_all(self, requests, open_store=open_state):
        """Send requests at once and give their answers in order."""

        async def run():
            state = open_store(self.url)
            links = Links(state, self.clock, self.signer, lambda: self.writes.append("rung"))
            try:
                return await asyncio.gather(*(call(links, *request) for request in requests))
            finally:
                await state.close()

        return asyncio.run(run())

    def ask_while_away(self, *paths):
        """Ask for these paths while the store does not answer."""
        return self.ask_all([("GET", path) for path in paths], StoreAway)

    def read(self, query):
        async def run():
            state = open_state(self.url)
            try:
                return await state.read(query)
            finally:
                await state.close()

        return asyncio.run(run())

    def write(self, action):
        async def run():
            state = open_state(self.url)
            try:
                return await state.write(action)
            finally:
                await state.close()

        return asyncio.run(run())


class StoreAway:
    """A store that does not answer."""

    def __init__(self, _):
        pass

    async def write(self, _):
        raise StoreUnavailable("The store cannot take this now.")

    read = write

    async def close(self):
        pass


async def call(app, method, path, form=None, agent=PHONE, language="en", body=None):
    """Call an ASGI application the way a server does."""
    content = urlencode(form or {}, doseq=True).encode() if body is None else body
    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(b"user-agent", agent.encode()), (b"accept-language", language.encode())],
        "client": ("192.0.2.7", 4711),
    }
    sent = []

    async def receive():
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message):
        sent.append(message)

    assert Links.takes(path)
    await app(scope, receive, send)
    start, *parts = sent
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    assert "set-cookie" not in headers
    text = b"".join(part["body"] for part in parts).decode("latin-1")
    if "charset=utf-8" in headers.get("content-type", ""):
        text = text.encode("latin-1").decode()
    return Answer(start["status"], headers, text)


@pytest.fixture
def house(state_url):
    """Make the face with a person, and a message to her written a minute ago."""
    made = House(state_url, Signer([b"k" * 32]), JumpingClock())

    def fill(tx):
        project_id = a_project(tx, "Tea & Co")
        contact_id = a_contact(tx, project_id, email=ADDRESS)
        message_id = a_message(tx, project_id, contact_id=contact_id, address=ADDRESS)
        return project_id, Mark(message_id, project_id, ContactId(contact_id), START)

    made.project_id, made.mark = made.write(fill)
    made.clock.advance(minutes=1)
    return made
