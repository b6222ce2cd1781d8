"""The objects of this vocabulary and how domain values become them. Its prefixes stop here."""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from beckon.api.times import write_moment, write_moment_or_none
from beckon.domain.contacts.model import Channel, ContactId, Who
from beckon.domain.contacts.rules import check_id
from beckon.domain.events.model import Event
from beckon.domain.messages.model import Message, State
from beckon.domain.templates.model import Template
from beckon.kit.refusals import Invalid, Unknown

T = TypeVar("T")

CHANNELS = {channel.name: channel for channel in Channel}

STATUSES = {
    State.QUEUED: "queued",
    State.HELD: "queued",
    State.SUBMITTING: "queued",
    State.DEFERRED: "queued",
    State.ACCEPTED: "sent",
    State.DELIVERED: "delivered",
    State.BOUNCED: "bounced",
    State.COMPLAINED: "complained",
    State.SUPPRESSED: "suppressed",
    State.CANCELLED: "cancelled",
    State.FAILED: "failed",
    State.DEAD: "failed",
    State.UNKNOWN: "unknown",
}


class EventObject(Struct, rename="camel"):
    """An event."""

    id: str
    event_name: str
    user_id: str | None
    anonymous_id: str | None
    properties: dict[str, Any]
    timestamp: str
    created_at: str


class UserObject(Struct, rename="camel"):
    """A person. `emailStatus` is null without an e-mail; `sessionCount` counts visits."""

    id: str
    email: str | None
    phone: str | None
    properties: dict[str, Any]
    tags: list[str]
    contact_id: int
    email_status: str | None
    session_count: int
    created_at: str
    updated_at: str
    last_seen_at: str | None


class TemplateObject(Struct, rename="camel", kw_only=True):
    """A stored text. `warnings`, only in the reply to a change, are probable slips in it."""

    id: str
    name: str
    channel: str
    subject: str
    title: str
    body: str
    text: str | None
    preheader: str | None
    tags: list[str]
    language: str
    languages: list[str]
    escape_html: bool
    inline_css: bool
    image_url: str | None
    link: str | None
    button: str | None
    data: dict[str, str]
    ai: bool
    version: int
    message_id: int
    created_at: str
    updated_at: str
    warnings: list[str] | UnsetType = UNSET


class MessageObject(Struct, rename="camel"):
    """One message to one person."""

    id: str
    user_id: str | None
    channel: str
    subject: str | None
    status: str
    created_at: str
    sent_at: str | None
    error: str | None
    attempts: int
    template_id: str | None
    automation_id: str | None


class Deleted(Struct):
    """Reply to every DELETE."""

    deleted: bool = True


class Page(Struct):
    """Query of a paged list; pages count from 1."""

    page: int = 1
    limit: int = 50

    def check(self) -> None:
        """Raise Invalid for a page before the first or a limit outside 1 to 1,000."""
        if self.page < 1 or self.page > 10**9:
            raise Invalid("page must be a whole number from 1.")
        if not 1 <= self.limit <= 1000:
            raise Invalid("limit must be a whole number from 1 to 1000.")

    @property
    def offset(self) -> int:
        """How many rows lie before this page."""
        return (self.page - 1) * self.limit


class Cursored(Page):
    """Query of a list that also goes on by `cursor`, the `nextCursor` of the page before.

    Then `page` counts for nothing, and no page is slower than the first.
    """

    cursor: str | None = None

    @property
    def given(self) -> int | None:
        """The last row that was given already; None asks by page. Raises Invalid."""
        return None if self.cursor is None else read_cursor(self.cursor)

    def next_of(self, rows: Sequence[int]) -> str | None:
        """Name where the next page begins, after these rows; None where this one is not full."""
        return str(rows[-1]) if len(rows) == self.limit else None


class Listing(Page):
    """Query of a list that is given whole unless a limit says otherwise."""

    limit: int = 1000

    def cut(self, found: Sequence[T]) -> Sequence[T]:
        """Give the page that is asked for. Raises what `check` raises."""
        self.check()
        return found[self.offset : self.offset + self.limit]


def event_object(event: Event, *, anonymous_id: str | None = None) -> EventObject:
    """Show an event of the log."""
    return EventObject(
        id=f"evt_{event.id.hex}",
        event_name=event.name,
        user_id=user_id(event.external_id, event.contact_id),
        anonymous_id=anonymous_id,
        properties=dict(event.properties),
        timestamp=write_moment(event.occurred_at),
        created_at=write_moment(event.received_at),
    )


def template_object(template: Template) -> TemplateObject:
    """Show a template."""
    return TemplateObject(
        id=f"tpl_{template.id}",
        name=template.name,
        channel=template.channel.name,
        subject=template.text.subject,
        title=template.text.subject,
        body=template.text.body,
        text=template.text.plain,
        preheader=template.text.preheader,
        tags=list(template.tags),
        language=template.text.language,
        languages=[code for code, _ in template.text.translations],
        escape_html=template.text.escapes,
        inline_css=template.text.inlines_css,
        image_url=template.text.details.image_url,
        link=template.text.details.link_url,
        button=template.text.details.button,
        data=dict(template.text.details.data),
        ai=template.is_ai,
        version=template.version,
        message_id=template.id,
        created_at=write_moment(template.created_at),
        updated_at=write_moment(template.updated_at),
    )


def message_object(message: Message) -> MessageObject:
    """Show a message."""
    return MessageObject(
        id=f"msg_{message.id.hex}",
        user_id=user_id(message.external_id, message.contact_id),
        channel=message.channel.name,
        subject=message.subject,
        status=STATUSES[message.state],
        created_at=write_moment(message.created_at),
        sent_at=write_moment_or_none(message.accepted_at),
        error=None if message.state in (State.QUEUED, State.ACCEPTED) else message.reason,
        attempts=message.attempts,
        template_id=None if message.template_id is None else f"tpl_{message.template_id}",
        automation_id=None if message.workflow_id is None else f"auto_{message.workflow_id}",
    )


def user_id(external_id: str | None, contact_id: ContactId | None) -> str | None:
    """Name a person in this vocabulary: the caller's own id, else contact_<number>."""
    if external_id is not None or contact_id is None:
        return external_id
    return f"contact_{contact_id}"


def read_who(user: str | None, anonymous: str | None, *, place: str = "") -> Who:
    """Read who is meant by a user id, a visitor id, or both. Raises Invalid for neither."""
    if user is None and anonymous is None:
        raise Invalid(f"{place}userId or anonymousId is required.")
    return Who(
        external_id=None if user is None else check_id(user, f"{place}userId"),
        anonymous_id=None if anonymous is None else check_id(anonymous, f"{place}anonymousId"),
    )


def read_number(prefix: str, text: str, thing: str) -> int:
    """Read the number of an id such as tpl_7. Raises Unknown for what can be no such id."""
    digits = text.removeprefix(f"{prefix}_")
    if digits == text or not digits.isascii() or not digits.isdecimal() or len(digits) > 18:
        raise Unknown(f"There is no {thing} {text}.")
    return int(digits)


def read_cursor(cursor: str) -> int:
    """Read where a list goes on. Raises Invalid for what can be no `nextCursor`."""
    if not cursor.isascii() or not cursor.isdecimal() or len(cursor) > 18:
        raise Invalid("cursor must be the nextCursor of the page before.")
    return int(cursor)


def read_uuid(prefix: str, text: str, thing: str) -> UUID:
    """Read the UUID of an id such as evt_…. Raises Unknown for what can be no such id."""
    digits = text.removeprefix(f"{prefix}_")
    try:
        if digits != text and len(digits) == 32:
            return UUID(hex=digits)
    except ValueError:
        pass
    raise Unknown(f"There is no {thing} {text}.")


def read_channel(name: str | None, field: str = "channel") -> Channel | None:
    """Read a channel's name. Raises Invalid for one Beckon does not have."""
    if name is None:
        return None
    if name not in CHANNELS:
        raise Invalid(f"{field} must be one of {', '.join(CHANNELS)}.")
    return CHANNELS[name]


def either(first: str | None, second: str | None, names: str) -> str | None:
    """Take the one of two spellings that is given. Raises Invalid when they differ."""
    if first is not None and second is not None and first != second:
        raise Invalid(f"{names} are two spellings of one field and must not differ.")
    return second if first is None else first
