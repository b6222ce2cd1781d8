"""The cookie of a session: its name and how it is written. One for pages and API alike.

Over https its name begins with `__Host-`: then browsers take it from this host alone, for all
paths, and encrypted. Source: RFC 6265bis section 4.1.3.2.
"""

from datetime import timedelta


def cookie_name(*, is_https: bool) -> str:
    """Name the cookie."""
    return "__Host-beckon" if is_https else "beckon"


def read_cookie(header: str, name: str) -> str | None:
    """Find a cookie's value in the header a browser sent; None where it is not or empty."""
    for pair in header.split(";"):
        found, _, value = pair.strip().partition("=")
        if found == name:
            return value or None
    return None


def write_cookie(name: str, token: str | None, life: timedelta, *, is_https: bool) -> str:
    """Write the header that lets a browser keep a token for so long, or for None forget it."""
    seconds = 0 if token is None else int(life.total_seconds())
    secure = "; Secure" if is_https else ""
    return f"{name}={token or ''}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Lax{secure}"
