"""Which pages of others may call what a public key may call. Source: Fetch standard, CORS.

Nothing is ever allowed with cookies, so a page can do no more than the key that stands in it.
"""

from collections.abc import Sequence

from beckon.api.answers import Header

EVERYBODY = "*"

TOLD = b"retry-after, ratelimit, ratelimit-policy, idempotent-replayed"
TAKEN = b"authorization, content-type, x-api-key, x-user-hash, idempotency-key"
PREFLIGHT_SECONDS = 86_400


class Origins:
    """Origins such as `https://shop.example.com` whose pages may call; `*` stands for all."""

    def __init__(self, allowed: Sequence[str]) -> None:
        self._all = EVERYBODY in allowed
        self._allowed = frozenset(origin.encode() for origin in allowed)

    def headers(self, sent: Sequence[Header]) -> tuple[Header, ...]:
        """Tell a browser that the page which asks may read the answer; nothing for other pages."""
        if self._all:
            return _ALL
        origin = next((value for name, value in sent if name == b"origin"), b"")
        if origin not in self._allowed:
            return (_VARIES,)
        return ((b"access-control-allow-origin", origin), _VARIES, _TOLD)

    def preflight(self, sent: Sequence[Header], verbs: str) -> tuple[Header, ...]:
        """Tell a browser what a page may send."""
        return (
            *self.headers(sent),
            (b"access-control-allow-methods", verbs.encode()),
            (b"access-control-allow-headers", TAKEN),
            (b"access-control-max-age", b"%d" % PREFLIGHT_SECONDS),
        )


_TOLD: Header = (b"access-control-expose-headers", TOLD)
_VARIES: Header = (b"vary", b"origin")
_ALL: tuple[Header, ...] = ((b"access-control-allow-origin", b"*"), _TOLD)
