"""Finds who is signed in by the dashboard's cookie, and keeps other sites from borrowing it."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from http import HTTPStatus
from urllib.parse import urlsplit

from beckon.api.answers import Fault, Header
from beckon.domain.accounts import actions, rules
from beckon.domain.accounts.model import Session
from beckon.kit.cookies import cookie_name, read_cookie, write_cookie
from beckon.storage.state import State

_SAFE = frozenset(["GET", "HEAD"])
_OWN_SITES = frozenset(["same-origin", "none"])


class SignedIn:
    """Reads and writes the cookie. `base_url` is how people reach this server."""

    def __init__(self, state: State, base_url: str) -> None:
        self._state = state
        parts = urlsplit(base_url)
        self._is_https = parts.scheme == "https"
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._cookie = cookie_name(is_https=self._is_https)

    def token_of(self, headers: Iterable[Header]) -> str | None:
        """Read the token a browser sent, whatever it may be worth."""
        sent = "; ".join(_values(headers, b"cookie"))
        return read_cookie(sent, self._cookie)

    async def find(
        self, method: str, headers: Iterable[Header], now: datetime
    ) -> tuple[Session, str]:
        """Give the session and its token. Raises Fault 401, and 403 for another site's request."""
        sent = list(headers)
        token = self.token_of(sent)
        if token is None:
            raise _nobody()
        session = await self._state.read(partial(actions.find_session, token=token, now=now))
        if session is None:
            raise _nobody()
        if method not in _SAFE:
            self.check_site(sent)
        if rules.is_session_to_touch(session.seen_at, now):
            await self._state.write(partial(actions.touch_session, token=token, now=now))
        return session, token

    def check_site(self, headers: Iterable[Header]) -> None:
        """Refuse what a page of another site sends. Raises Fault 403.

        Every browser names itself by one of the two headers; a program that sends neither has no
        cookie but its own.
        """
        sent = list(headers)
        site = next(iter(_values(sent, b"sec-fetch-site")), None)
        origin = next(iter(_values(sent, b"origin")), None)
        host = next(iter(_values(sent, b"host")), "")
        is_own = (
            site in _OWN_SITES
            if site is not None
            else origin in (None, self._origin, f"http://{host}", f"https://{host}")
        )
        if not is_own:
            raise Fault(HTTPStatus.FORBIDDEN, "Another site sent this, so nothing was done.")

    def keep(self, token: str | None) -> Header:
        """Write the header that lets the browser keep a token, or forget it."""
        line = write_cookie(self._cookie, token, rules.SESSION_LIFE, is_https=self._is_https)
        return (b"set-cookie", line.encode("latin-1"))


def _nobody() -> Fault:
    return Fault(HTTPStatus.UNAUTHORIZED, "Sign in first: this is for people, not for keys.")


def _values(headers: Iterable[Header], wanted: bytes) -> list[str]:
    return [value.decode("latin-1") for name, value in headers if name == wanted]
