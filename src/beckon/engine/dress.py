"""Gives each message what it carries beyond its words: links of its own, headers, a signature."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeAlias

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel
from beckon.domain.messages.model import Draft
from beckon.domain.messages.writing import Dressing
from beckon.domain.subscriptions.mail_headers import mail_headers
from beckon.domain.subscriptions.model import Purpose
from beckon.domain.subscriptions.tracking import (
    LinkKind,
    Mark,
    link,
    link_values,
    make_track,
    open_pixel,
)
from beckon.kit.addresses import check_mailbox
from beckon.kit.refusals import Invalid
from beckon.kit.signing import Signer

SignFor: TypeAlias = Callable[[ProjectId, str, bytes], bytes]
"""A project, its sender's address, a whole mail → the mail, signed where there is a key."""


class Dresser:
    """Dresses drafts; `base_url` is where links to Beckon lead, without a final slash."""

    def __init__(self, signer: Signer, base_url: str, sign: SignFor | None = None) -> None:
        self._signer = signer
        self._base_url = base_url
        self._sign = sign

    def __call__(self, draft: Draft) -> Dressing:
        """Dress a draft. Everything follows from the draft, so each attempt gets the same."""
        mark = Mark(draft.id, draft.project_id, draft.contact_id, draft.created_at)
        values: Mapping[str, object] = dict(link_values(self._signer, self._base_url, mark))
        if draft.channel is not Channel.EMAIL:
            return Dressing(values=values)
        try:
            sender = check_mailbox(draft.sender, "sender").address
        except Invalid:  # writing refuses it, and says so
            return Dressing(values=values)
        # Whether somebody confirms is none of our statistics.
        is_watched = draft.purpose is not Purpose.CONFIRMATION
        return Dressing(
            values=values,
            headers=mail_headers(
                draft.purpose,
                unsubscribe_link=link(self._signer, self._base_url, mark, LinkKind.UNSUBSCRIBE),
                sender_domain=sender.rpartition("@")[2],
                project_id=draft.project_id,
                campaign_id=draft.campaign_id,
                workflow_id=draft.workflow_id,
                category=draft.category,
            ),
            track=make_track(self._signer, self._base_url, mark) if is_watched else None,
            pixel=open_pixel(self._signer, self._base_url, mark) if is_watched else "",
            sign=partial(self._sign, draft.project_id, sender) if self._sign else None,
        )
