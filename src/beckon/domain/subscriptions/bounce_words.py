"""Tells from a status code and a mail system's words what became of an address. Pure.

Only words or codes that say the address itself is dead make a failure hard. Everything about the
sender, the content, reputation or a policy is a block, whatever code comes with it: a block says
nothing of the address, and never may one be given up for it.
"""

import re
from enum import StrEnum


class Fate(StrEnum):
    """What became of a message to an address."""

    HARD = "hard"
    SOFT = "soft"
    BLOCK = "block"
    COMPLAINT = "complaint"
    DELIVERED = "delivered"
    DELAYED = "delayed"
    UNCLEAR = "unclear"


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_BLOCKED = _any_of(
    r"spam|block(ed|ing|list)|black-?list|deny-?list|\bdnsbl|\brbl\b|listed (at|in|on)\b",
    r"spamhaus|barracuda|spamcop|proofpoint|reputation|polic(y|ies)",
    r"\bdmarc\b|\bdkim\b|\bspf\b|unauthenticated|not authenticat|authentication (required|fail)",
    r"unsolicited|\bbulk\b|suspicious|abus(e|ive)|complaint|virus|malware|phish",
    r"rate.?limit|too (many|much)|unusual (rate|number)",
    r"relay(ing)? (access )?(denied|not)|unable to relay|not permitted to relay",
    r"prohibit|banned|content (rejected|filter)|not accepted (for|due to)",
    r"rejected (due to|for) (content|security|local)|reverse dns|\bptr\b|\bhelo\b",
    r"sender (address )?(rejected|denied|verify|unknown)|access denied|not allowed",
    r"not authorized|only accepts mail from|service refused",
    r"ip address .{0,60}(rejected|refused)|заборонен|заблок",
)
_FULL = _any_of(
    r"(mailbox|inbox|account|user|storage|box|maildir)\b.{0,40}\b(is |are )?(full|over ?quota)",
    r"quota.{0,30}(exceed|full)|exceed.{0,40}(quota|storage|size|mailbox)|over ?quota",
    r"out of (storage|space)|insufficient (system )?(storage|space)|no space left",
    r"переповнен|voll\b",
)
_PASSING = _any_of(
    r"gr[ae]y-?list|try (again|later|your)|temporar|timed? ?out|time-out|deferred|retry",
    r"connection (refused|lost|reset)|could not connect|no route to host",
    r"network is unreachable|delivery time expired|expired|too large|message size",
    r"server (is )?(busy|down|unavailable)|vacation|frozen",
)
_DEAD = _any_of(
    r"(user|recipient|mailbox|address|account|addressee|alias|local.?part|person)\b.{0,60}\b"
    r"(unknown|not (be )?found|does ?n[o'’]t (exist|have)|invalid|not known|non-?existent"  # noqa: RUF001 - the mark that some mail systems write
    r"|does not exist|not exist|disabled|inactive|deactivated|closed|no longer|not listed"
    r"|suspended|terminated)",
    r"(unknown|no such|invalid|bad|non-?existent|undeliverable) .{0,24}"
    r"(user|recipient|mailbox|address|account|person|alias|local.?part|name)",
    r"no (mailbox|account|user|one|person) (here|by|with)|not a valid (mailbox|recipient|user)",
    r"unrouteable address|unroutable|not our customer|has no mailbox|mailbox unavailable",
    r"(domain|host)( name)? .{0,60}(not found|does not exist|unknown)|nxdomain",
    r"null ?mx|no mx|does not accept mail",
    r"не існує|неіснуюч|не найден|existiert nicht|unbekannt|inconnu|no existe",
)
_SMTP = re.compile(r"(?:^|[^\d.])([45]\d\d)[ -]")

_DEAD_CODES = frozenset({"1.1", "1.2", "1.3", "1.6", "1.10", "2.1", "4.4"})
_ACTIONS = {
    "delivered": Fate.DELIVERED,
    "relayed": Fate.DELIVERED,
    "expanded": Fate.DELIVERED,
    "delayed": Fate.DELAYED,
}


def classify(action: str, status: str | None, words: str) -> Fate:
    """Tell what became of an address. `action` is the delivery report's own (RFC 3464 2.3.3)."""
    if action != "failed":
        return _ACTIONS.get(action, Fate.UNCLEAR)
    family, _, detail = (status or "").partition(".")
    # In this order: what speaks of a block outweighs every code, and "full" outweighs "dead".
    if _BLOCKED.search(words) or detail.startswith("7.") or detail in ("1.7", "1.8"):
        return Fate.BLOCK
    if family == "4" or detail == "2.2" or _FULL.search(words):
        return Fate.SOFT
    if _is_dead(family, detail, words):
        return Fate.HARD
    is_told = status or _SMTP.search(words) or _PASSING.search(words)
    return Fate.SOFT if is_told else Fate.UNCLEAR


def _is_dead(family: str, detail: str, words: str) -> bool:
    if family == "5" and detail in _DEAD_CODES:
        return True
    if not _DEAD.search(words) or _PASSING.search(words):
        return False
    reply = _SMTP.search(words)
    # A reply of 4xx never is the last word.
    return reply is None or reply[1].startswith("5")
