"""The people of every simulated world, and the messages of all kinds that they are to get."""

from sqlalchemy import select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel
from beckon.domain.messages import actions as messages
from beckon.domain.messages.model import BulkMessages
from beckon.domain.messages.tables import message
from beckon.domain.subscriptions.model import Purpose
from beckon.domain.templates.model import TemplateVersionId
from beckon.storage.schema import Tx
from support.builders import a_contact, a_message, a_project
from support.clock import START

PEOPLE = 6
CAMPAIGN = 7
PROJECT = ProjectId(1)


def address_of(number):
    return f"p{number}@example{number % 2}.com"


def settle(tx: Tx):
    """Make a project, people, a message of each kind for each, and a campaign to all of them."""
    assert a_project(tx) == PROJECT
    people = [
        a_contact(tx, PROJECT, f"p{number}", email=address_of(number)) for number in range(PEOPLE)
    ]
    for number, person in enumerate(people):
        for purpose in (Purpose.TRIGGERED, Purpose.TRANSACTIONAL):
            a_message(tx, PROJECT, f"{purpose} {number}", contact_id=person, purpose=purpose)
    version = TemplateVersionId(tx.execute(select(message.c.version_id).limit(1)).scalar_one())
    messages.queue_bulk(
        tx,
        PROJECT,
        [BulkMessages(people, version, None, START)],
        campaign_id=CAMPAIGN,
        channel=Channel.EMAIL,
        category=None,
        sender=None,
        now=START,
    )
