"""The SMTP provider against a real sink on a real socket: each fault has its one right outcome."""

import asyncio
import socket
from collections import Counter

import pytest
import uvloop

from beckon.channels.smtp import client
from beckon.channels.smtp.client import Patience
from beckon.domain.messages.model import Deferred, Rejected, Sent, Unknown
from channels.letters import PATIENT, QUICK, a_letter, a_provider, message_ids
from support.smtp_sink import (
    EVERYONE,
    Sink,
    delay,
    drop,
    greylist,
    hang,
    refuse,
    throw_away_tls,
)

VICTIM = "person2@example.com"

PLAIN = ("8BITMIME", "SMTPUTF8")
PIPELINED = ("PIPELINING", *PLAIN)
CHUNKED = ("CHUNKING", *PIPELINED)
WAYS = {"plain": PLAIN, "pipelined": PIPELINED, "chunked": CHUNKED}

CERTAINLY_NOT_ACCEPTED = [
    (refuse("451 4.3.0 later", "mail"), Deferred),
    (refuse("421 4.7.0 too many", "mail"), Deferred),
    (refuse("550 5.7.1 sender blocked", "mail"), Rejected),
    (refuse("450 4.2.0 greylisted"), Deferred),
    (refuse("421 4.4.5 busy"), Deferred),
    (refuse("550 5.1.1 no such user"), Rejected),
    (refuse("530 5.7.0 sign in first"), Deferred),
    (refuse("503 5.5.1 what?"), Deferred),
    (refuse("451 4.3.0 later", "data"), Deferred),
    (refuse("554 5.7.1 no", "data"), Rejected),
    (refuse("454 4.7.0 throttled", "dot"), Deferred),
    (refuse("421 4.3.2 shutting down", "dot"), Deferred),
    (refuse("552 5.2.2 mailbox full", "dot"), Deferred),
    (refuse("554 5.7.1 spam", "dot"), Rejected),
]

LOST_EARLY = [
    drop("mail"),
    drop("rcpt"),
    drop("data"),
    hang("rcpt"),
    hang("data"),
    refuse("this is not SMTP", "rcpt"),
    refuse("354 go on\r\n250 2.0.0 queued before you said it", "data"),
]

IN_DOUBT = [
    drop("body"),
    drop("dot"),
    hang("body"),
    hang("dot"),
    refuse("354 go on?", "dot"),
    refuse("certainly!", "dot"),
]


async def send(sink, letters, **options):
    provider = a_provider(sink, **options)
    try:
        return await provider.send(letters)
    finally:
        await provider.close()


async def send_three(fault, *, extensions, connections_max):
    """Send letters 1 to 3, of which the second meets the fault every time."""
    async with Sink(extensions=extensions) as sink:
        if fault.at == "mail":
            # Known by its number alone; the repeats on other connections come after it.
            sink.faults = dict.fromkeys(range(2, 9), fault)
            letters = [a_letter(1), a_letter(2)]
        else:
            sink.faults = {VICTIM: fault}
            letters = [a_letter(1), a_letter(2), a_letter(3)]
        return await send(sink, letters, connections_max=connections_max), sink


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request):
    """Run a story on either loop: the server lives on uvloop, where it is there."""

    def run_story(story):
        with asyncio.Runner(loop_factory=request.param) as runner:
            return runner.run(story)

    return run_story


def deferred_where_its_end_follows_later():
    early = [
        pytest.param(fault, Deferred, ways, id=f"{fault.act}-{fault.at}-{fault.reply[:3]}-{name}")
        for fault in LOST_EARLY
        for name, ways in WAYS.items()
        if ways is not CHUNKED
    ]
    said = [
        pytest.param(fault, expected, ways, id=f"{fault.reply[:3]}-{fault.at}-{name}")
        for fault, expected in CERTAINLY_NOT_ACCEPTED
        for name, ways in WAYS.items()
    ]
    return [*early, *said]


@pytest.mark.parametrize(
    ("fault", "expected", "extensions"), deferred_where_its_end_follows_later()
)
def test_a_letter_certainly_not_accepted_is_deferred_or_rejected(run, fault, expected, extensions):
    outcomes, sink = run(send_three(fault, extensions=extensions, connections_max=1))
    assert isinstance(outcomes[1], expected), outcomes
    assert all(isinstance(outcome, Sent) for outcome in (outcomes[0], *outcomes[2:])), outcomes
    assert "<2@shop>" not in message_ids(sink)
    assert len(message_ids(sink)) == len(outcomes) - 1


@pytest.mark.parametrize(
    ("fault", "extensions"),
    [
        *((fault, extensions) for fault in IN_DOUBT for extensions in WAYS.values()),
        # All of it leaves in one go there.
        *((fault, CHUNKED) for fault in LOST_EARLY),
    ],
)
def test_a_letter_whose_end_may_have_left_is_in_doubt_and_leaves_once(run, fault, extensions):
    outcomes, sink = run(send_three(fault, extensions=extensions, connections_max=1))
    assert isinstance(outcomes[1], Unknown), outcomes
    assert all(isinstance(outcome, Sent) for outcome in (outcomes[0], *outcomes[2:])), outcomes
    taken = Counter(message_ids(sink))
    assert taken.pop("<2@shop>", 0) <= 1
    assert list(taken.values()) == [1] * (len(outcomes) - 1)


@pytest.mark.parametrize("extensions", [PLAIN, PIPELINED], ids=["plain", "pipelined"])
def test_a_relay_that_forgets_to_ask_for_the_content_gets_none(run, extensions):
    fault = refuse("250 fine, but where is the 354", "data")
    outcomes, sink = run(send_three(fault, extensions=extensions, connections_max=1))
    assert isinstance(outcomes[1], Deferred)
    assert message_ids(sink) == ["<1@shop>", "<3@shop>"]


@pytest.mark.parametrize("extensions", WAYS.values(), ids=WAYS)
def test_a_large_letter_lost_before_its_end_is_known_not_to_have_left(run, extensions):
    async def story():
        content = b"Message-ID: <2@shop>\r\n\r\n" + b"x" * 70 * 1_000_000
        async with Sink(faults={VICTIM: drop("body")}, extensions=extensions) as sink:
            return await send(sink, [a_letter(2, content=content)])

    [outcome] = run(story())
    assert isinstance(outcome, Deferred)


@pytest.mark.parametrize("extensions", WAYS.values(), ids=WAYS)
def test_a_large_letter_arrives_whole(run, extensions):
    content = b"Message-ID: <1@shop>\r\n\r\n" + b".news\r\n" * 20_000

    async def story():
        async with Sink(extensions=extensions) as sink:
            letters = [a_letter(1, content=content), a_letter(2)]
            return await send(sink, letters, connections_max=1), sink

    outcomes, sink = run(story())
    assert all(isinstance(outcome, Sent) for outcome in outcomes)
    assert sink.mails[0].content == content
    assert message_ids(sink) == ["<1@shop>", "<2@shop>"]


def test_in_chunks_a_letter_leaves_in_one_write_and_its_lines_stay_as_they_are(run):
    content = b"Message-ID: <1@shop>\r\n\r\n.\r\n..\r\nlast"

    async def story():
        async with Sink(extensions=CHUNKED) as sink:
            await send(sink, [a_letter(1, content=content), a_letter(2)], connections_max=1)
            return sink

    sink = run(story())
    assert sink.mails[0].content == content
    assert sink.commands == ["EHLO", *["MAIL", "RCPT", "BDAT"] * 2, "QUIT"]


def test_on_a_connection_that_rested_the_envelope_goes_alone(run, monkeypatch):
    monkeypatch.setattr(client, "FRESH_SECONDS", 0.0)

    async def story():
        async with Sink(faults={VICTIM: drop("rcpt")}, extensions=CHUNKED) as sink:
            return await send(sink, [a_letter(1), a_letter(2)], connections_max=1)

    sent, lost = run(story())
    assert isinstance(sent, Sent)
    assert isinstance(lost, Deferred)


def test_a_greylisted_letter_passes_the_second_time_and_its_wait_is_named(run):
    async def story():
        async with Sink(faults={VICTIM: greylist()}) as sink:
            return [(await send(sink, [a_letter(2)]))[0] for _ in range(2)], sink

    (first, second), sink = run(story())
    assert isinstance(first, Deferred)
    assert first.retry_at is not None
    assert isinstance(second, Sent)
    assert message_ids(sink) == ["<2@shop>"]


def test_outcomes_come_in_the_order_of_the_letters_over_few_reused_connections(run):
    async def story():
        faults = {f"person{n}@example.com": refuse(f"550 5.7.1 no {n}") for n in range(1, 200, 7)}
        async with Sink(faults=faults) as sink:
            letters = [a_letter(number) for number in range(200)]
            return await send(sink, letters, connections_max=4, letters_max=30), sink

    outcomes, sink = run(story())
    for number, outcome in enumerate(outcomes):
        if number % 7 == 1:
            assert isinstance(outcome, Rejected)
            assert outcome.reason.endswith(f"no {number}")
        else:
            assert isinstance(outcome, Sent)
    assert sorted(message_ids(sink)) == sorted(
        f"<{number}@shop>" for number in range(200) if number % 7 != 1
    )
    assert 7 <= sink.connected_count <= 11  # 200 / 30, and each of four may end unfilled


def test_the_relays_own_name_of_a_letter_is_kept(run):
    async def story():
        async with Sink() as sink:
            return await send(sink, [a_letter()])

    [outcome] = run(story())
    assert outcome == Sent("1", "250 2.0.0 Ok: queued as 1")


def test_an_idle_connection_is_used_again_and_one_closed_meanwhile_costs_nothing(run, monkeypatch):
    monkeypatch.setattr(client, "FRESH_SECONDS", 0.0)  # it has rested

    async def story():
        async with Sink() as sink:
            provider = a_provider(sink, connections_max=1)
            first = await provider.send([a_letter(1)])
            second = await provider.send([a_letter(2)])
            connected_count = sink.connected_count
            for session in list(sink.open):
                session.transport.abort()
            third = await provider.send([a_letter(3)])
            await provider.close()
            return [*first, *second, *third], connected_count, sink

    outcomes, connected_count, sink = run(story())
    assert all(isinstance(outcome, Sent) for outcome in outcomes), outcomes
    assert connected_count == 1
    assert sink.connected_count == 2
    assert sink.commands[-1] == "QUIT"


def test_an_idle_connection_is_given_up_after_a_while(run):
    async def story():
        async with Sink() as sink:
            patience = Patience(idle=0.05, queue=1)
            provider = a_provider(sink, connections_max=1, patience=patience)
            await provider.send([a_letter(1)])
            async with asyncio.timeout(5):
                await sink.until(lambda: not sink.open)
                await asyncio.wait(provider._lanes)
            outcomes = await provider.send([a_letter(2)])
            await provider.close()
            return outcomes, sink

    [outcome], sink = run(story())
    assert isinstance(outcome, Sent)
    assert sink.connected_count == 2


def test_nobody_at_the_relays_door_defers_all_that_waits(run):
    async def story():
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            sink = Sink(port=closed.getsockname()[1])
            return await send(sink, [a_letter(number) for number in range(50)])

    outcomes = run(story())
    assert len(outcomes) == 50
    assert all(isinstance(outcome, Deferred) for outcome in outcomes)


def test_a_relay_that_serves_nobody_is_asked_once_a_connection_and_not_for_each_letter(run):
    async def story():
        async with Sink(faults={EVERYONE: refuse("554 5.3.2 closed", "connect")}) as sink:
            letters = [a_letter(number) for number in range(50)]
            return await send(sink, letters, connections_max=4), sink

    outcomes, sink = run(story())
    assert all(isinstance(outcome, Deferred) for outcome in outcomes), outcomes
    assert sink.connected_count <= 4


def test_a_relay_that_never_greets_defers(run):
    async def story():
        async with Sink(faults={EVERYONE: hang("connect")}) as sink:
            patience = Patience(connect=0.2, pause=0.01)
            return await send(sink, [a_letter()], patience=patience)

    [outcome] = run(story())
    assert isinstance(outcome, Deferred)
    assert "within 0.2 seconds" in outcome.reason


def test_a_relay_that_wants_fewer_connections_gets_all_letters_over_those(run):
    async def story():
        async with Sink() as sink:
            provider = a_provider(sink, connections_max=6, patience=PATIENT)
            await provider.send([a_letter(0)])
            sink.faults = {EVERYONE: refuse("421 4.7.0 too many connections", "connect")}
            outcomes = await provider.send([a_letter(number) for number in range(1, 60)])
            await provider.close()
            return outcomes, sink

    outcomes, sink = run(story())
    assert all(isinstance(outcome, Sent) for outcome in outcomes), outcomes
    assert len(message_ids(sink)) == len(set(message_ids(sink))) == 60


def test_a_relay_closing_after_each_letter_still_gets_every_one(run):
    async def story():
        async with Sink() as sink:
            # With 421 instead of 250 to every second MAIL.
            sink.faults = {n: refuse("421 4.7.0 one is enough", "mail") for n in range(2, 99, 2)}
            letters = [a_letter(number) for number in range(12)]
            return await send(sink, letters, connections_max=1), sink

    outcomes, sink = run(story())
    assert all(isinstance(outcome, Sent) for outcome in outcomes), outcomes
    assert len(message_ids(sink)) == len(set(message_ids(sink))) == 12


def test_a_letter_behind_a_silent_one_leaves_by_another_connection(run):
    async def story():
        async with Sink(faults={VICTIM: delay(1)}) as sink:
            patience = Patience(answer=30, elsewhere=0.05)
            provider = a_provider(sink, connections_max=2, patience=patience)
            sending = asyncio.create_task(provider.send([a_letter(n) for n in range(1, 9)]))
            async with asyncio.timeout(0.8):
                await sink.until(lambda: len(sink.mails) == 8)
            assert not sending.done()
            outcomes = await sending
            await provider.close()
            return outcomes, sink

    outcomes, sink = run(story())
    assert all(isinstance(outcome, Sent) for outcome in outcomes), outcomes
    assert sorted(message_ids(sink)) == [f"<{number}@shop>" for number in range(1, 9)]


def test_a_letter_that_gets_no_connection_is_deferred_after_a_while(run):
    async def story():
        async with Sink(faults={VICTIM: hang()}, extensions=PLAIN) as sink:
            patience = Patience(queue=0.1, answer=0.4)
            return await send(
                sink, [a_letter(2), a_letter(3)], connections_max=1, patience=patience
            ), sink

    (silent, waiting), sink = run(story())
    assert isinstance(silent, Unknown)
    assert isinstance(waiting, Deferred)
    assert message_ids(sink) == ["<2@shop>"]


def test_a_cancelled_batch_leaves_no_letter_half_sent_and_the_provider_whole(run):
    async def story():
        async with Sink(faults={VICTIM: delay(0.1)}, extensions=PIPELINED) as sink:
            provider = a_provider(sink, connections_max=1, patience=Patience())
            sending = asyncio.create_task(provider.send([a_letter(n) for n in range(1, 9)]))
            await sink.until(lambda: len(sink.mails) == 2)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            after = await provider.send([a_letter(99)])
            await provider.close()
            return after, sink

    [after], sink = run(story())
    assert isinstance(after, Sent)
    # The third one's envelope was open already; the rest had not begun.
    assert message_ids(sink) == ["<1@shop>", "<2@shop>", "<3@shop>", "<99@shop>"]


def test_closing_finishes_what_is_under_way_and_defers_the_rest(run):
    async def story():
        async with Sink(faults={VICTIM: delay(0.1)}, extensions=PLAIN) as sink:
            provider = a_provider(sink, connections_max=1)
            sending = asyncio.create_task(provider.send([a_letter(n) for n in range(2, 6)]))
            await sink.until(lambda: bool(sink.mails))
            await provider.close()
            late = await provider.send([a_letter(9)])
            return await sending, late, sink

    (first, *others), [late], sink = run(story())
    assert isinstance(first, Sent)
    assert all(isinstance(outcome, Deferred) for outcome in (*others, late))
    assert message_ids(sink) == ["<2@shop>"]
    assert sink.commands[-1] == "QUIT"


def test_a_loop_that_ends_under_a_sending_leaves_no_letter_without_an_answer(run):
    async def story():
        async with Sink(faults={VICTIM: hang()}) as sink:
            provider = a_provider(sink, patience=Patience(queue=2), connections_max=1)
            sending = asyncio.create_task(provider.send([a_letter(2), a_letter(3)]))
            await sink.until(lambda: bool(sink.mails))
            for lane in list(provider._lanes):
                lane.cancel()
            return await sending

    second, third = run(story())
    assert isinstance(second, Unknown)
    assert isinstance(third, Deferred)


@pytest.mark.parametrize("query", ["", "?starttls=auto", "?starttls=required"])
def test_starttls_is_used_when_offered(run, query, tmp_path):
    async def story():
        server, client = throw_away_tls(tmp_path)
        async with Sink(tls=server, credentials=("me", "secret")) as sink:
            return await send(
                sink, [a_letter()], query=query, account="me:secret@", context=client
            ), sink

    [outcome], sink = run(story())
    assert isinstance(outcome, Sent)
    assert sink.commands[:4] == ["EHLO", "STARTTLS", "EHLO", "AUTH"]


def test_tls_from_the_first_byte(run, tmp_path):
    async def story():
        server, client = throw_away_tls(tmp_path)
        async with Sink(tls=server, implicit_tls=True) as sink:
            letters = [a_letter(number, content=b"x" * 300_000) for number in range(20)]
            return await send(sink, letters, scheme="smtps", context=client, patience=PATIENT), sink

    outcomes, sink = run(story())
    assert all(isinstance(outcome, Sent) for outcome in outcomes), outcomes
    assert {len(mail.content) for mail in sink.mails} == {300_000}


@pytest.mark.parametrize(
    ("scheme", "query"), [("smtps", ""), ("smtp", "?starttls=required")], ids=str
)
def test_a_certificate_nobody_vouches_for_is_refused(run, scheme, query, tmp_path):
    async def story():
        server, _ = throw_away_tls(tmp_path)
        async with Sink(tls=server, implicit_tls=scheme == "smtps") as sink:
            return await send(sink, [a_letter()], scheme=scheme, query=query), sink

    [outcome], sink = run(story())
    assert isinstance(outcome, Deferred)
    assert "CERTIFICATE_VERIFY_FAILED" in outcome.reason
    assert not sink.mails


def test_a_required_starttls_that_is_not_offered_stops_everything_before_the_password(run):
    async def story():
        async with Sink(credentials=("me", "secret")) as sink:
            return await send(
                sink, [a_letter()], query="?starttls=required", account="me:secret@"
            ), sink

    [outcome], sink = run(story())
    assert isinstance(outcome, Deferred)
    assert "BECKON_SMTP_URL" in outcome.reason
    assert sink.commands == ["EHLO"]


def test_replies_smuggled_in_before_tls_end_the_connection(run):
    async def story():
        async def meddle(reader, writer):
            writer.write(b"220 hello\r\n")
            await reader.readline()
            writer.write(b"250-relay\r\n250 STARTTLS\r\n")
            await reader.readline()
            writer.write(b"220 go ahead\r\n250 planted in the clear\r\n")
            await reader.read()
            writer.close()

        server = await asyncio.start_server(meddle, "127.0.0.1", 0)
        async with server:
            sink = Sink(port=server.sockets[0].getsockname()[1])
            return await send(sink, [a_letter()], query="?starttls=required")

    [outcome] = run(story())
    assert isinstance(outcome, Deferred)
    assert "nobody asked for" in outcome.reason


@pytest.mark.parametrize("way", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("password", ["secret", "wr%2Fong"])
def test_a_password_is_taken_or_the_setting_is_named_and_the_password_is_not(run, way, password):
    async def story():
        async with Sink(credentials=("me", "secret"), auth=way) as sink:
            return await send(sink, [a_letter()], account=f"me:{password}@"), sink

    [outcome], sink = run(story())
    if password == "secret":
        assert isinstance(outcome, Sent)
    else:
        assert isinstance(outcome, Deferred)
        assert "BECKON_SMTP_URL" in outcome.reason
        assert "wr/ong" not in outcome.reason
        assert not sink.mails


@pytest.mark.parametrize(
    ("letter", "expected"),
    [
        (a_letter(recipient="анна@example.com"), Sent),
        (a_letter(recipient="anna@пример.рф"), Sent),
        (a_letter(content="Привет\r\n".encode()), Sent),
        (a_letter(recipient="a@b.example> SIZE=1\r\nRSET"), Rejected),
        (a_letter(sender="x y@b.example"), Rejected),
        (a_letter(recipient=f"a@{'ж' * 70}.example"), Rejected),
    ],
)
def test_letters_beyond_ascii_leave_as_the_relay_allows(run, letter, expected):
    async def story(extensions):
        async with Sink(extensions=extensions) as sink:
            return await send(sink, [letter]), sink

    [outcome], sink = run(story(PIPELINED))
    assert isinstance(outcome, expected)
    assert len(sink.mails) == (expected is Sent)
    [outcome], sink = run(story(("PIPELINING",)))
    is_plain = letter.recipient.endswith("рф")
    assert isinstance(outcome, Sent if is_plain else Rejected)
    assert [mail.recipients for mail in sink.mails] == (
        [("anna@xn--e1afmkfd.xn--p1ai",)] if is_plain else []
    )


def test_a_letter_larger_than_the_relay_takes_is_rejected_without_its_bytes(run):
    async def story():
        async with Sink(extensions=("SIZE 1000", "PIPELINING")) as sink:
            letters = [a_letter(1, content=b"x" * 1001), a_letter(2)]
            return await send(sink, letters, connections_max=1), sink

    outcomes, sink = run(story())
    assert [type(outcome) for outcome in outcomes] == [Rejected, Sent]
    assert message_ids(sink) == ["<2@shop>"]


def test_a_stay_is_never_longer_than_said():
    assert QUICK.stay_max == pytest.approx(5 + 2 + 5 * 0.6 + 2 + 0.1 + 0.6)
    assert Patience().stay_max > 600


def test_what_fails_later_comes_back_to_an_address_of_the_letters_own():
    async def story():
        async with Sink() as sink:
            assert await send(sink, [a_letter(7)], bounces="bounces@bounce.example")
            return sink.mails

    (mail,) = asyncio.run(story())
    assert mail.sender == "bounces+00000000000000000000000000000007@bounce.example"
    assert mail.recipients == ("person7@example.com",)
