"""Tells machines from people among those that open and click. Pure.

Machines fetch everything in a mail to protect its reader: privacy proxies, virus scanners, link
checkers. Counted as people they would make every figure wrong, so they are counted apart.
"""

import re
from datetime import datetime, timedelta
from functools import lru_cache

from beckon.domain.subscriptions.model import ActivityKind

AT_ONCE = timedelta(seconds=3)
"""Nobody reads that fast; a scanner fetches while the mail is being delivered."""

GMAIL_PREFETCH = timedelta(seconds=10)

_PREFETCH = re.compile(
    # Apple's Mail Privacy Protection sends nothing but this; no browser does.
    r"^Mozilla/5\.0$"
    # Google fetches ahead under the name of an Edge that never was.
    r"|Chrome/42\.0\.2311\.135 Safari/537\.36 Edge/12\.246 Mozilla/5\.0$"
    r"|^YahooMailProxy",
)
_PROXY = re.compile(r"GoogleImageProxy")
_SCANNER = re.compile(
    r"bot\b|crawl|spider|slurp|scanner|preview|headless|phantomjs|curl|wget|libwww|python|okhttp"
    r"|java/|go-http-client|httpclient|axios|node-fetch|ruby|perl|scrapy|facebookexternalhit"
    r"|whatsapp|barracuda|proofpoint|mimecast|symantec|messagelabs|forcepoint|fireeye|sophos"
    r"|safelinks|trendmicro|cisco|ironport|cloudmark|bitdefender|kaspersky|zscaler|urlscan"
    r"|google-safety|googleother|bingpreview|skypeuripreview|outlook-ios-linkpreview",
    re.IGNORECASE,
)


def is_machine(
    kind: ActivityKind, *, user_agent: str, method: str, written_at: datetime, at: datetime
) -> bool:
    """Tell whether a machine did it.

    Gmail's image proxy fetches for people when they open, and sometimes ahead: only what it
    fetches within seconds of the writing counts as a machine's.
    """
    is_scanner, is_proxy, is_prefetch = _read_agent(user_agent)
    if method != "GET" or is_scanner or at - written_at < AT_ONCE:
        return True
    if kind is not ActivityKind.OPENED:
        return False
    return at - written_at < GMAIL_PREFETCH if is_proxy else is_prefetch


@lru_cache(maxsize=4096)
def _read_agent(user_agent: str) -> tuple[bool, bool, bool]:
    """Tell scanners, proxies and what fetches ahead; the names are few and come again and again."""
    return (
        not user_agent.strip() or bool(_SCANNER.search(user_agent)),
        bool(_PROXY.search(user_agent)),
        bool(_PREFETCH.search(user_agent)),
    )
