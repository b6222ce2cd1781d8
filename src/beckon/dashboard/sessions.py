"""Sessions: a random token in a cookie; the store keeps its digest and who it stands for."""

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from beckon.domain.accounts import actions, rules
from beckon.domain.accounts.model import Session
from beckon.storage.state import State


class Sessions:
    """Finds who is signed in, and hands out the cookie.

    Over https the cookie's name begins with `__Host-`: then browsers take it from this host alone,
    for all paths, and encrypted. Source: RFC 6265bis section 4.1.3.2.
    """

    def __init__(self, state: State, *, is_https: bool) -> None:
        self._state = state
        self._is_https = is_https
        self._cookie = "__Host-beckon" if is_https else "beckon"

    def token_of(self, request: Request) -> str | None:
        """Read the token that a browser sent, whatever it may be worth."""
        return request.cookies.get(self._cookie)

    async def find(self, request: Request, now: datetime) -> Session | None:
        """Find who is signed in, and note now and then that they are still there.

        A page that asks itself by htmx is no sign of a person: left open, it falls asleep too.
        """
        token = self.token_of(request)
        if not token:
            return None
        session = await self._state.read(lambda tx: actions.find_session(tx, token, now))
        is_by_hand = "hx-request" not in request.headers
        if session and is_by_hand and rules.is_session_to_touch(session.seen_at, now):
            await self._state.write(lambda tx: actions.touch_session(tx, token, now))
        return session

    def hand_out(self, response: Response, token: str) -> None:
        """Give a browser the token of a session that has just begun."""
        response.set_cookie(
            self._cookie,
            token,
            max_age=int(rules.SESSION_LIFE.total_seconds()),
            path="/",
            secure=self._is_https,
            httponly=True,
            samesite="lax",
        )

    def take_back(self, response: Response) -> None:
        """Let a browser forget its token."""
        response.delete_cookie(
            self._cookie, path="/", secure=self._is_https, httponly=True, samesite="lax"
        )
