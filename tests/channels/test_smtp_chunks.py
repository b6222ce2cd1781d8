"""Relays that offer CHUNKING and then do not keep to it: each letter once, or told as in doubt."""

import asyncio

import pytest
import uvloop

from beckon.domain.messages.model import Deferred, Sent, Unknown
from channels.letters import PATIENT, a_letter, a_provider, message_ids
from support.smtp_sink import HOST, Sink, refuse


@pytest.mark.parametrize("size", [10, 100_000], ids=["whole", "large"])
@pytest.mark.parametrize("connections_max", [1, 3])
def test_a_relay_that_offers_chunks_and_knows_none_gets_each_letter_once(size, connections_max):
    # Told as commands, these lines would say nothing and end the talk.
    content = b"Message-ID: <%d@shop>\r\n\r\nNOOP\r\nQUIT\r\n" + b"x" * size + b"\r\n"
    letters = [a_letter(n, content=content % n) for n in range(1, 9)]

    async def story():
        async with Sink(unknown=("BDAT",)) as sink:
            provider = a_provider(sink, connections_max=connections_max, patience=PATIENT)
            outcomes = await provider.send(letters)
            connected_count = sink.connected_count
            outcomes += await provider.send([a_letter(9)])
            await provider.close()
            return outcomes, sink, connected_count

    outcomes, sink, connected_count = uvloop.run(story())
    assert all(isinstance(outcome, Sent) for outcome in outcomes), outcomes
    assert sorted(message_ids(sink)) == [f"<{n}@shop>" for n in range(1, 10)]
    assert connected_count <= 2 * connections_max  # asked once, and then not again


@pytest.mark.parametrize("size", [10, 100_000], ids=["whole", "large"])
def test_a_letter_refused_in_chunks_takes_no_other_with_it_where_rset_is_refused(size):
    async def story():
        faults = {"person1@example.com": refuse("550 5.7.1 spam", "dot")}
        async with Sink(faults=faults, unknown=("RSET",)) as sink:
            provider = a_provider(sink, connections_max=1, patience=PATIENT)
            content = b"Message-ID: <2@shop>\r\n\r\n" + b"x" * size
            letters = [a_letter(1), a_letter(2, content=content), a_letter(3)]
            outcomes = await provider.send(letters)
            await provider.close()
            return outcomes, sink

    outcomes, sink = uvloop.run(story())
    assert isinstance(outcomes[1], Sent)
    assert isinstance(outcomes[2], Sent)
    assert message_ids(sink) == ["<2@shop>", "<3@shop>"]


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        ({"MAIL": "451 later"}, Unknown),
        ({"MAIL": "451 later", "RCPT": "503 MAIL first"}, Deferred),
        ({"RCPT": "451 later"}, Deferred),
    ],
)
def test_content_that_was_taken_although_its_envelope_was_refused(replies, expected):
    async def talk(reader, writer):
        writer.write(b"220 ready\r\n")
        answers = {"EHLO": "250-relay\r\n250-PIPELINING\r\n250 CHUNKING", "QUIT": "221 bye"}
        while line := await reader.readline():
            verb, *rest = line.decode().split()
            if verb == "BDAT":
                await reader.readexactly(int(rest[0]))
            writer.write(f"{(answers | replies).get(verb, '250 fine')}\r\n".encode())
        writer.close()

    async def story():
        async with await asyncio.start_server(talk, HOST, 0) as relay:
            provider = a_provider(Port(relay.sockets[0].getsockname()[1]), patience=PATIENT)
            outcomes = await provider.send([a_letter()])
            await provider.close()
            return outcomes

    [outcome] = uvloop.run(story())
    assert isinstance(outcome, expected), outcome


class Port:
    """Where a relay listens."""

    def __init__(self, port):
        self.port = port
