"""The headers by which mail programs know mail to many, and offer to end it. Pure.

Source: RFC 2369 and RFC 8058 (List-Unsubscribe, one click), RFC 2919 (List-Id), RFC 3834
(Auto-Submitted), Gmail's Feedback-ID.
"""

import re

from beckon.domain.subscriptions.model import Purpose

_WORD = re.compile(r"[^A-Za-z0-9_.-]+")

Header = tuple[str, str]


def mail_headers(
    purpose: Purpose,
    *,
    unsubscribe_link: str,
    sender_domain: str,
    project_id: int,
    campaign_id: int | None = None,
    workflow_id: int | None = None,
    category: str | None = None,
) -> list[Header]:
    """Give the further headers of a mail, in printable ASCII.

    Mail to many and mail that somebody's doing set off can be ended with one click; what somebody
    asked for cannot, and says only that a machine wrote it.
    """
    origin = _origin(campaign_id, workflow_id)
    feedback = ("Feedback-ID", f"{origin}:p{project_id}:{purpose}:{_word(sender_domain)}")
    if purpose in (Purpose.TRANSACTIONAL, Purpose.CONFIRMATION):
        return [("Auto-Submitted", "auto-generated"), feedback]
    headers = [
        *bulk_headers(unsubscribe_link, list_id=list_id(sender_domain, project_id, category)),
        feedback,
    ]
    if purpose is Purpose.BULK:
        # Replies by machine to a list are noise to everybody.
        return [*headers, ("Precedence", "bulk")]
    return [*headers, ("Auto-Submitted", "auto-generated")]


def bulk_headers(unsubscribe_link: str, *, list_id: str) -> list[Header]:
    """Give the headers that end a subscription with one click, and the list's name."""
    return [
        ("List-Unsubscribe", f"<{unsubscribe_link}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("List-Id", f"<{list_id}>"),
    ]


def list_id(sender_domain: str, project_id: int, category: str | None) -> str:
    """Name the list a mail belongs to; it stays the same as long as category and domain do."""
    label = _word(category).strip(".") if category else "all"
    return f"{label or 'all'}.p{project_id}.{_word(sender_domain)}"


def _origin(campaign_id: int | None, workflow_id: int | None) -> str:
    if campaign_id is not None:
        return f"c{campaign_id}"
    return "direct" if workflow_id is None else f"w{workflow_id}"


def _word(text: str) -> str:
    return _WORD.sub("-", text)
