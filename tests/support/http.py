"""A small HTTP client for tests: one connection kept alive, whole replies, nothing followed."""

import json
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPMessage
from http.cookies import SimpleCookie
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

TIMEOUT_SECONDS = 10
IDLE_SECONDS = 3  # uvicorn lets go of what was idle for five

WATCHERS: list[Callable[[str, str, "Reply"], None]] = []
"""Who looks at every reply, with the verb and the path that was asked."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer."""

    status: int
    headers: HTTPMessage
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def ok(self) -> Any:
        """Give the JSON of a success; a refusal fails the test with its own words."""
        assert self.status == 200, f"{self.status}: {self.body.decode()}"
        return self.json() if self.body else None

    def ok_text(self) -> str:
        """Give the bare words of a success."""
        assert self.status == 200, f"{self.status}: {self.body.decode()}"
        return self.body.decode()


@dataclass(slots=True)
class Client:
    """Speaks to one server with fixed headers; `keeps_cookies` makes it a browser."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    keeps_cookies: bool = False
    cookies: dict[str, str] = field(default_factory=dict)
    _connection: HTTPConnection | None = None
    _used_at: float = 0.0

    def with_headers(self, **headers: str) -> Self:
        """Make a client of the same server with these headers only; `_` stands for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return type(self)(self.url, named, self.keeps_cookies)

    def get(self, path: str, **query: object) -> Reply:
        return self.request("GET", f"{path}?{urlencode(query)}" if query else path)

    def post(self, path: str, body: object = None) -> Reply:
        return self.request("POST", path, body)

    def put(self, path: str, body: object) -> Reply:
        return self.request("PUT", path, body)

    def delete(self, path: str) -> Reply:
        return self.request("DELETE", path)

    def request(self, method: str, path: str, body: object = None, **headers: str | None) -> Reply:
        """Send one request. Bytes go out as they are, anything else as JSON; a header given as
        None is left out.
        """
        content = (
            body
            if isinstance(body, bytes) or body is None
            else json.dumps(body, ensure_ascii=False).encode()
        )
        sent: dict[str, str | None] = {**self.headers}
        if content is not None:
            sent["content-type"] = "application/json"
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        given = {name: value for name, value in sent.items() if value is not None}
        reply = self._exchange(method, path, content, given)
        if self.keeps_cookies:
            self._keep(reply)
        for watch in WATCHERS:
            watch(method, path, reply)
        return reply

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _exchange(
        self, method: str, path: str, content: bytes | None, headers: dict[str, str]
    ) -> Reply:
        if self._connection is None:
            self._connection = HTTPConnection(urlsplit(self.url).netloc, timeout=TIMEOUT_SECONDS)
        if time.monotonic() - self._used_at > IDLE_SECONDS:
            self._connection.close()
        self._connection.request(method, path, content, headers)
        answer = self._connection.getresponse()
        reply = Reply(answer.status, answer.headers, answer.read())
        self._used_at = time.monotonic()
        return reply

    def _keep(self, reply: Reply) -> None:
        for line in reply.headers.get_all("set-cookie", []):
            for name, morsel in SimpleCookie(line).items():
                if morsel.value:
                    self.cookies[name] = morsel.value
                else:
                    self.cookies.pop(name, None)


def basic(secret: str, user: str = "any") -> str:
    """Write a key the way HTTP Basic carries it."""
    return "Basic " + b64encode(f"{user}:{secret}".encode()).decode()
