"""The links a message carries: whom they belong to is inside them, signed. Pure.

Invariant: a link leads only where we signed that it leads, and does only what it was made for.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from struct import Struct
from struct import error as StructError  # noqa: N812 - its own name says nothing
from typing import TypeAlias
from uuid import UUID

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.kit.signing import Signer

Track: TypeAlias = Callable[[int, str], str]
"""Number of a link and where it leads → where it is to lead in this message."""

_TARGET = b"target"
_MARK = Struct(">16sIIQ")
_WEB = re.compile(r"https?://[^\s\x00-\x1f]+\Z", re.IGNORECASE)


class LinkKind(StrEnum):
    """What a link does; its value is the path's first segment."""

    OPEN = "o"
    CLICK = "c"
    UNSUBSCRIBE = "u"
    PREFERENCES = "p"
    CONFIRM = "s"
    VIEW = "v"


@dataclass(frozen=True, slots=True)
class Mark:
    """Whose message a link is in, and when that was written (aware UTC, whole seconds kept)."""

    message_id: UUID
    project_id: ProjectId
    contact_id: ContactId
    written_at: datetime


def make_track(signer: Signer, base_url: str, mark: Mark) -> Track:
    """Give what turns each link of one message into one that tells of the click and leads on.

    Our own links (to unsubscribe and the like) stay as they are, and so does what leads to no web
    page.
    """
    prefix = f"{link(signer, base_url, mark, LinkKind.CLICK)}."
    ours = f"{base_url}/"

    def track(_: int, target: str) -> str:
        if target.startswith(ours) or not _WEB.match(target):
            return target
        return prefix + _signed_target(signer, target)

    return track


def link(signer: Signer, base_url: str, mark: Mark, kind: LinkKind) -> str:
    """Make the link of a kind for one message."""
    return f"{base_url}/{kind}/{signer.sign(kind.encode(), _packed(mark))}"


def link_values(signer: Signer, base_url: str, mark: Mark) -> Mapping[str, str]:
    """Give what templates may print of links, under the names of both vocabularies.

    A mail's own unsubscribing link is that in its headers, too.
    """
    unsubscribe = link(signer, base_url, mark, LinkKind.UNSUBSCRIBE)
    preferences = link(signer, base_url, mark, LinkKind.PREFERENCES)
    confirm = link(signer, base_url, mark, LinkKind.CONFIRM)
    view = link(signer, base_url, mark, LinkKind.VIEW)
    return {
        "unsubscribe_link": unsubscribe,
        "preference_link": preferences,
        "confirm_link": confirm,
        "web_view_link": view,
        "unsubscribeUrl": unsubscribe,
        "preferencesUrl": preferences,
        "confirmUrl": confirm,
        "webViewUrl": view,
        "UNSUBSCRIBE_LINK": unsubscribe,
        "UNSUBSCRIBE_URL": unsubscribe,
        "PREFERENCE_LINK": preferences,
        "CONFIRM_LINK": confirm,
        "WEB_VIEW_LINK": view,
    }


def open_pixel(signer: Signer, base_url: str, mark: Mark) -> str:
    """Write the picture that tells of an opening: one transparent point, silent when read out."""
    source = link(signer, base_url, mark, LinkKind.OPEN)
    return f'<img src="{source}" width="1" height="1" alt="" style="display:none">'


def without_pixel(html: str, base_url: str) -> str:
    """Take the open pixel out of a mail's body: who looks at a copy is no reader of it."""
    return re.sub(rf'<img src="{re.escape(base_url)}/o/[^"]*"[^<>]*>', "", html)


def read_link(signer: Signer, kind: LinkKind, token: str) -> Mark | None:
    """Tell whose message a token belongs to; None unless we made it for this kind."""
    payload = signer.read(kind.encode(), token)
    return None if payload is None else _unpacked(payload)


def read_click(signer: Signer, token: str) -> tuple[Mark, str] | None:
    """Tell whose click it is and where it leads; None unless we signed both."""
    whose, _, where = token.partition(".")
    mark = read_link(signer, LinkKind.CLICK, whose)
    target = _read_target(signer, where)
    return None if mark is None or target is None else (mark, target)


@lru_cache(maxsize=4096)
def _read_target(signer: Signer, where: str) -> str | None:
    target = signer.read(_TARGET, where)
    return None if target is None else target.decode("utf-8", "surrogatepass")


@lru_cache(maxsize=4096)
def _signed_target(signer: Signer, target: str) -> str:
    # Signed by itself: what is the same for everybody is signed once.
    return signer.sign(_TARGET, target.encode("utf-8", "surrogatepass"))


def _packed(mark: Mark) -> bytes:
    seconds = int(mark.written_at.timestamp())
    return _MARK.pack(mark.message_id.bytes, mark.project_id, seconds, mark.contact_id)


def _unpacked(payload: bytes) -> Mark | None:
    try:
        message_id, project_id, seconds, contact_id = _MARK.unpack(payload)
    except StructError:
        return None
    return Mark(
        UUID(bytes=message_id),
        ProjectId(project_id),
        ContactId(contact_id),
        datetime.fromtimestamp(seconds, UTC),
    )
