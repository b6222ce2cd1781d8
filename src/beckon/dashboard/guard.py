"""Stands before every page: refuses forms that other sites send, puts strict headers on answers.

Source: OWASP CSRF prevention (Fetch Metadata, then Origin), CSP Level 3.
"""

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; "
    "object-src 'none'"
)

HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    # Not no-referrer: under that, browsers say "Origin: null" even to ourselves.
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}

_SAFE = frozenset(["GET", "HEAD", "OPTIONS"])
_OWN_SITES = frozenset(["same-origin", "none"])


class Guard:
    """ASGI middleware; a page may say a header otherwise by setting it itself."""

    def __init__(self, app: ASGIApp, *, base_url: str, refuse: ASGIApp) -> None:
        self._app = app
        self._refuse = refuse
        self._origin = origin_of(base_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or answer it with a refusal."""

        async def send_guarded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        is_own = scope["method"] in _SAFE or is_same_origin(Headers(scope=scope), self._origin)
        await (self._app if is_own else self._refuse)(scope, receive, send_guarded)


def is_same_origin(headers: Headers, own: str) -> bool:
    """Tell whether a page of ours sent this; what does not say is taken for a stranger's.

    Where browsers send Sec-Fetch-Site it decides; they leave it out on plain http, which older
    ones do everywhere. Then Origin must name this server or the host that was asked.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in _OWN_SITES
    host = headers.get("host", "")
    return headers.get("origin") in (own, f"http://{host}", f"https://{host}")


def origin_of(url: str) -> str:
    """Cut an address down to scheme, host and port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
