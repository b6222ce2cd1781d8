"""What holds for any content and any misfortune: bytes arrive as they were, outcomes are true."""

import asyncio
import re
from collections import Counter
from contextlib import asynccontextmanager

import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st

from beckon.channels.smtp import wire
from beckon.channels.smtp.client import Patience
from beckon.domain.messages.model import Deferred, Rejected, Sent, Unknown
from channels.letters import a_letter, a_provider, message_ids
from support.smtp_sink import HOST, Sink, delay, drop, hang, refuse

HASTY = Patience(
    connect=0.5, reply=0.1, content=0.5, answer=0.1, elsewhere=0.03, queue=2, idle=1, pause=0.005
)

some_content = st.lists(
    st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"..", b"a", b"\x00", b"\xff", b"\r\n.\r\n"])
    | st.binary(max_size=20),
    max_size=30,
).map(b"".join)

stages = st.sampled_from(["mail", "rcpt", "data", "dot"])
some_reply = st.sampled_from(
    [
        "421 4.3.2 bye",
        "451 4.3.0 later",
        "454 4.7.0 slow",
        "550 5.1.1 nobody",
        "503 5.5.1 what",
        "?",
    ]
)
a_fault = st.one_of(
    st.builds(refuse, some_reply, stages, st.sampled_from([1, 2, None])),
    st.builds(drop, stages | st.sampled_from(["connect", "body"]), st.sampled_from([1, None])),
    st.builds(hang, stages | st.just("body"), st.just(1)),
    st.builds(delay, st.sampled_from([0.01, 0.05]), stages),
)
numbers = st.integers(1, 12)
faults_met = st.dictionaries(
    numbers | numbers.map("person{}@example.com".format), a_fault, max_size=8
)
some_extensions = st.sampled_from([(), ("PIPELINING",), ("PIPELINING", "CHUNKING")])


def as_lines(content: bytes) -> bytes:
    """What RFC 5321 makes of any bytes: each line ended by CRLF, the last one too."""
    lines = re.split(rb"\r\n|\r|\n", content)
    return b"".join(line + b"\r\n" for line in (lines if lines[-1] else lines[:-1]))


@given(some_content)
def test_prepared_content_cannot_end_itself_and_has_only_whole_line_ends(content):
    prepared = wire.prepare(content)
    assert not prepared.startswith(b".\r\n")
    assert b"\r\n.\r\n" not in prepared
    assert re.sub(rb"\r\n", b"", prepared).translate(None, b"\r\n") == re.sub(
        rb"\r\n", b"", prepared
    )
    assert not prepared or prepared.endswith(b"\r\n")


@settings(max_examples=60, deadline=None)
@given(st.lists(some_content, min_size=1, max_size=8), some_extensions, st.integers(1, 3))
def test_any_content_arrives_as_it_was_in_chunks_or_else_in_whole_lines(
    contents, extensions, connections_max
):
    async def story():
        async with Sink(extensions=("8BITMIME", *extensions)) as sink:
            provider = a_provider(sink, connections_max=connections_max)
            letters = [
                a_letter(number, content=content or b"\r\n")
                for number, content in enumerate(contents)
            ]
            outcomes = await provider.send(letters)
            await provider.close()
            return outcomes, sink.mails

    outcomes, mails = uvloop.run(story())
    assert all(isinstance(outcome, Sent) for outcome in outcomes), outcomes
    arrived = {mail.recipients[0]: mail.content for mail in mails}
    assert len(mails) == len(contents)
    for number, content in enumerate(contents):
        there = content or b"\r\n"
        expected = there if "CHUNKING" in extensions else as_lines(there)
        assert arrived[f"person{number}@example.com"] == expected


@settings(max_examples=60, deadline=None)
@given(faults_met, some_extensions, st.integers(1, 4), st.integers(1, 6))
def test_however_faults_fall_an_outcome_is_never_untrue(
    faults, extensions, connections_max, letters_max
):
    async def story():
        async with Sink(faults=dict(faults), extensions=extensions) as sink:
            provider = a_provider(
                sink, connections_max=connections_max, letters_max=letters_max, patience=HASTY
            )
            outcomes = await provider.send([a_letter(number) for number in range(1, 13)])
            await provider.close()
            return outcomes, Counter(message_ids(sink))

    require_truth(*uvloop.run(story()))


@settings(max_examples=120, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 700)), max_size=6),
    some_extensions,
    st.integers(1, 3),
)
def test_wherever_the_line_is_cut_an_outcome_is_never_untrue(cuts, extensions, connections_max):
    async def story():
        async with Sink(extensions=extensions) as sink:
            async with a_cut_line(sink, cuts) as line:
                provider = a_provider(line, connections_max=connections_max, patience=HASTY)
                outcomes = await provider.send([a_letter(number) for number in range(1, 9)])
                await provider.close()
            # What was on its way when the line was cut still arrives.
            await sink.until(lambda: not sink.open)
            return outcomes, Counter(message_ids(sink))

    require_truth(*uvloop.run(story()))


def require_truth(outcomes, taken_counts):
    for number, outcome in enumerate(outcomes, start=1):
        taken_count = taken_counts[f"<{number}@shop>"]
        match outcome:
            case Sent():
                assert taken_count == 1
            case Deferred() | Rejected():
                assert taken_count == 0, outcome
            case Unknown():
                assert taken_count <= 1


class Line:
    """The port of a line to the sink."""

    def __init__(self, port):
        self.port = port


@asynccontextmanager
async def a_cut_line(sink, cuts):
    """A line that forwards; connection n is cut after so many bytes there, or so many back."""
    left = list(cuts)
    talks = set()

    async def forward(reader, writer, bytes_max):
        while bytes_max > 0 and (data := await reader.read(min(bytes_max, 65_536))):
            writer.write(data)
            await writer.drain()
            bytes_max -= len(data)

    async def talk(reader, writer):
        talks.add(asyncio.current_task())
        there, back = left.pop(0) if left else (10**9, 10**9)
        sink_reader, sink_writer = await asyncio.open_connection(HOST, sink.port)
        ways = [
            asyncio.create_task(forward(reader, sink_writer, there)),
            asyncio.create_task(forward(sink_reader, writer, back)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        writer.transport.abort()
        sink_writer.close()

    server = await asyncio.start_server(talk, HOST, 0)
    try:
        yield Line(server.sockets[0].getsockname()[1])
        await asyncio.gather(*talks)
    finally:
        server.close()
