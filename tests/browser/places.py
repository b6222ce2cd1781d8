"""Which addresses of a dashboard to look at: every kind of page, found by following its links."""

import re

from beckon.dashboard.app import PAGES
from dashboard.visitor import Addresses

# No links lead here, or what stands here is no page.
APART = {
    "/login",
    "/setup",
    "/invite",
    "/docs",
    "/contacts/{id}/export",
    "/messages/{uuid}/source",
}
READS_MAX = 400


def _kinds(pages):
    return [
        (page.path, re.compile(re.sub(r"\{\w+\}", "[^/?]+", page.path) + r"(\?.*)?"))
        for page in pages
    ]


_KINDS = _kinds(page for page in PAGES if page.get)
_FORMS = _kinds(page for page in PAGES if page.post)


def kind_of(address):
    """Tell which page of PAGES an address is one of; None for a file or another room."""
    return next((path for path, looks in _KINDS if looks.fullmatch(address)), None)


def form_of(address):
    """Tell which form of PAGES is sent to an address; None where none is."""
    return next((path for path, looks in _FORMS if looks.fullmatch(address)), None)


def find_places(visitor, *, each):
    """Follow links from Home and map each kind of page to at most so many of its addresses."""
    found = {path: [] for path, _ in _KINDS if path not in APART}
    waiting, seen = ["/"], {"/"}
    for _ in range(READS_MAX):
        if not waiting:
            break
        address = waiting.pop(0)
        kind = kind_of(address)
        if kind not in found or len(found[kind]) >= each:
            continue
        reply = visitor.get(address)
        if reply.status not in (200, 204):
            continue
        found[kind].append(address)
        if reply.headers.get_content_type() != "text/html":
            continue
        links = {link.partition("#")[0] for link in Addresses(reply.body.decode()).found}
        fresh = sorted(link for link in links if link.startswith("/") and link not in seen)
        seen.update(fresh)
        waiting += fresh
    return found
