"""Makes what a test needs in an open transaction, by the same actions that everybody uses."""

from datetime import datetime
from uuid import UUID

from beckon.domain.accounts import actions as accounts
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts.model import Channel, ContactId, Profile, Who
from beckon.domain.events import actions as events
from beckon.domain.events.model import EventId, NewEvent
from beckon.domain.messages import actions as messages
from beckon.domain.messages.model import MessageId, NewMessage
from beckon.domain.orders.model import Item, NewOrder, Status
from beckon.domain.templates import actions as templates
from beckon.domain.templates.model import Language, Template, TemplateId, Text
from beckon.domain.workflows import actions as workflows
from beckon.domain.workflows.model import Definition, Workflow
from beckon.domain.workflows.steps import Send, Step, Wait
from beckon.domain.workflows.triggers import EventTrigger
from beckon.kit.ids import new_uuid
from beckon.storage.schema import Tx
from support.clock import START

TRIGGER = "signed_up"


def a_project(tx: Tx, name: str = "A test") -> ProjectId:
    return accounts.create_project(tx, organisation="Tests", name=name, time_zone="UTC", now=START)


def a_contact(
    tx: Tx,
    project_id: ProjectId,
    external_id: str = "ann",
    *,
    email: str | None = "ann@example.com",
    now: datetime = START,
    **properties: object,
) -> ContactId:
    found = contacts.identify(
        tx,
        project_id,
        Who(external_id=external_id),
        Profile(email=email, properties=properties),
        now,
    )
    assert found is not None
    return found


def a_text(subject: str = "Hello {{ id }}", body: str = "<p>Hello {{ id }}</p>") -> Text:
    return Text(Language.LIQUID, subject, body)


def a_template(tx: Tx, project_id: ProjectId, text: Text | None = None) -> Template:
    return templates.create(
        tx,
        project_id,
        name="Hello",
        channel=Channel.EMAIL,
        tags=(),
        text=text or a_text(),
        now=START,
    )


def a_workflow(
    tx: Tx, project_id: ProjectId, *steps: Step, trigger: str = TRIGGER, is_active: bool = True
) -> Workflow:
    return workflows.create(
        tx,
        project_id,
        name="Welcome",
        is_active=is_active,
        definition=Definition(EventTrigger(trigger), steps),
        now=START,
    )


def send(template: Template | TemplateId, delay_seconds: int = 0) -> Send:
    number = template.id if isinstance(template, Template) else template
    return Send(Channel.EMAIL, number, delay_seconds)


def wait(seconds: int) -> Wait:
    return Wait(seconds)


def an_event(
    external_id: str = "ann",
    name: str = TRIGGER,
    *,
    event_id: UUID | None = None,
    email: str | None = None,
    now: datetime = START,
    occurred_at: datetime | None = None,
    **properties: object,
) -> NewEvent:
    return NewEvent(
        id=EventId(event_id or new_uuid()),
        name=name,
        who=Who(external_id=external_id, email=email),
        key=external_id,
        properties=properties,
        occurred_at=occurred_at or now,
        received_at=now,
    )


def an_order(
    external_id: str = "order 1",
    *,
    buyer: str = "ann",
    status: Status = Status.DELIVERED,
    total: int = 9950,
    placed_at: datetime = START,
    currency: str = "UAH",
    **more: object,
) -> NewOrder:
    return NewOrder(
        external_id=external_id,
        who=Who(external_id=buyer),
        status=status,
        total=total,
        currency=currency,
        placed_at=placed_at,
        items=[Item("p1", 2, name="Tea", category="Drinks", price=4975)],
        **more,
    )


def happens(tx: Tx, project_id: ProjectId, *new: NewEvent, now: datetime = START) -> None:
    events.record(tx, project_id, new, now)


def a_message(
    tx: Tx,
    project_id: ProjectId,
    key: str = "a message",
    *,
    contact_id: ContactId | None = None,
    text: Text | None = None,
    now: datetime = START,
    **more,
) -> MessageId:
    new = NewMessage(
        key=key,
        contact_id=a_contact(tx, project_id) if contact_id is None else contact_id,
        channel=Channel.EMAIL,
        version_id=templates.keep(tx, project_id, text or a_text(), now),
        **more,
    )
    return messages.queue(tx, project_id, [new], now)[0]
