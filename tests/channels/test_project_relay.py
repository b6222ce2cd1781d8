"""A project's own relay: reached at the address that was checked, under the name it goes by."""

import asyncio

import pytest

from beckon.channels.http.client import HttpClient
from beckon.channels.http.targets import read_openings
from beckon.channels.project_relay import ProjectRelay
from beckon.channels.smtp.address import Security, SmtpAddress
from beckon.domain.messages.model import Deferred, Fault, Sent
from channels.letters import a_letter
from support.clock import JumpingClock
from support.http_sink import HOST
from support.smtp_sink import Sink


def sent(host, openings="", answers=((HOST,),), port=None, letters=1):
    """Send letters by a relay of this name, whose name server answers in turn."""
    asked = []

    async def resolve(name, _port):
        asked.append(name)
        return answers[min(len(asked), len(answers)) - 1]

    async def story():
        async with Sink() as sink:
            client = HttpClient(
                read_openings(openings.replace("PORT", str(sink.port))), resolve=resolve
            )
            address = SmtpAddress(host, port or sink.port, Security.OFF)
            relay = ProjectRelay(client, JumpingClock(), address, connections_max=2)
            outcomes = [
                (await relay.send([a_letter(number)]))[0] for number in range(1, letters + 1)
            ]
            await relay.close()
            return outcomes, sink, asked

    return asyncio.run(story())


def test_a_relay_that_is_listed_takes_letters_and_is_looked_up_once():
    outcomes, sink, asked = sent(
        "mail.shop.example", "127.0.0.1:PORT", ((HOST,), ("127.0.0.2",)), letters=3
    )
    assert all(isinstance(outcome, Sent) for outcome in outcomes), outcomes
    assert (len(sink.mails), asked) == (3, ["mail.shop.example"])


@pytest.mark.parametrize(
    ("host", "answers", "port"),
    [
        ("127.0.0.1", (), 25),
        ("169.254.169.254", (), 587),
        ("mail.shop.example", ((HOST,),), 465),
        ("mail.shop.example", (("93.184.215.14", HOST),), 2525),
        ("93.184.215.14", (), 6379),
    ],
)
def test_what_is_private_or_no_port_of_mail_is_never_reached(host, answers, port):
    (outcome,), sink, _ = sent(host, answers=answers, port=port)
    assert isinstance(outcome, Deferred)
    assert outcome.fault is Fault.CREDENTIALS
    assert sink.mails == []


def test_a_name_without_an_address_waits_for_better_days():
    (outcome,), _, _ = sent("mail.shop.example", answers=((),))
    assert isinstance(outcome, Deferred)
    assert outcome.fault is Fault.PROVIDER
