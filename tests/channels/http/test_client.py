"""The HTTP client on a real socket: whole answers, or a fault that says whether anything left."""

import asyncio
from dataclasses import replace

import pytest

from beckon.channels.http.carrying import retry_at
from beckon.channels.http.client import HttpClient, InDoubtError, NotSentError, Patience
from beckon.channels.http.connection import Answer
from beckon.channels.http.targets import read_openings
from support.clock import START
from support.http_sink import (
    CUT,
    HANG,
    HOST,
    NO_HTTP,
    OVERSIZED,
    RESET,
    RESET_AFTER_ACCEPT,
    RESET_AT_ONCE,
    Fault,
    HttpSink,
    Said,
)
from support.smtp_sink import throw_away_tls

CHUNKS = b"6\r\nuntil \r\n7\r\nthe end\r\n0\r\n\r\n"
QUICK = Patience(connect=1, total=0.5, idle=1)


def a_client(sink, patience=QUICK, **more):
    return HttpClient(read_openings(f"{HOST}:{sink.port}"), patience=patience, **more)


def told(*faults, patience=QUICK, **asked):
    async def story():
        async with HttpSink(lambda _: Said(200, b'{"ok":true}'), faults=faults) as sink:
            client = a_client(sink, patience)
            try:
                return await client.ask("POST", sink.url, body=b"{}", **asked)
            finally:
                await client.close()

    return asyncio.run(story())


def test_a_request_says_what_it_was_told_to_and_its_answer_comes_whole():
    async def story():
        said = Said(201, {"id": "7"}, {"X-Id": "seven"})
        async with HttpSink(lambda _: said) as sink:
            client = a_client(sink)
            answer = await client.ask(
                "PUT", f"{sink.url}/a%20b?x=1", headers={"X-Key": "k"}, body="ключ".encode()
            )
            await client.close()
            asked = sink.asked[0]
        assert (answer.status, answer.json(), answer.headers["x-id"]) == (201, {"id": "7"}, "seven")
        assert (asked.method, asked.target, asked.body.decode()) == ("PUT", "/a%20b?x=1", "ключ")
        assert asked.headers["x-key"] == "k"
        assert asked.headers["accept-encoding"] == "identity"

    asyncio.run(story())


@pytest.mark.parametrize(
    "fault", [HANG, RESET, RESET_AFTER_ACCEPT, RESET_AT_ONCE, CUT, NO_HTTP, OVERSIZED], ids=str
)
def test_what_goes_wrong_once_the_request_left_is_in_doubt(fault):
    with pytest.raises(InDoubtError):
        told(fault)


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\n\r\nuntil the end",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\nuntil the end",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + CHUNKS,
    ],
)
def test_an_answer_of_any_framing_is_read(raw):
    async def story():
        async def serve(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(raw)
            writer.close()
            await writer.wait_closed()

        server = await asyncio.start_server(serve, HOST, 0)
        port = server.sockets[0].getsockname()[1]
        client = HttpClient(read_openings(f"{HOST}:{port}"), patience=QUICK)
        answer = await client.ask("GET", f"http://{HOST}:{port}/")
        server.close()
        await client.close()
        assert answer.body == b"until the end"

    asyncio.run(story())


def test_too_many_headers_are_refused():
    flood = Said(200, b"", {f"x-{number}": "y" * 1000 for number in range(100)})
    with pytest.raises(InDoubtError, match="too many headers"):
        told(Fault("say", flood))


def test_nobody_there_is_certainly_not_sent():
    async def story():
        async with HttpSink() as sink:
            client, url = a_client(sink), sink.url
        with pytest.raises(NotSentError) as caught:
            await client.ask("POST", url)
        assert not caught.value.is_refused

    asyncio.run(story())


def test_a_name_that_nobody_knows_and_a_resolver_that_hangs_are_certainly_not_sent():
    async def unknown(_host, _port):
        raise OSError("no such name")

    async def hangs(_host, _port):
        await asyncio.sleep(60)

    async def story(resolve):
        client = HttpClient((), resolve=resolve, patience=replace(QUICK, connect=0.1))
        with pytest.raises(NotSentError):
            await client.ask("GET", "https://shop.example/")

    asyncio.run(story(unknown))
    asyncio.run(story(hangs))


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "b\r\nX-C: d"},
        {"X A": "b"},
        {"X-A": "ключ"},
        {"content-length": "0"},
        {"Transfer-Encoding": "chunked"},
        {"host": "inside.example"},
    ],
)
def test_a_header_that_would_smuggle_is_refused(headers):
    with pytest.raises(NotSentError) as caught:
        told(headers=headers)
    assert caught.value.is_refused


def test_a_connection_is_used_again_soon_and_not_later():
    async def story():
        async with HttpSink() as sink:
            client = a_client(sink, replace(QUICK, idle=0.1))
            await client.ask("GET", sink.url)
            await client.ask("GET", sink.url)
            assert sink.connections == 1
            await asyncio.sleep(0.15)
            await client.ask("GET", sink.url)
            assert sink.connections == 2
            await client.close()

    asyncio.run(story())


def test_a_connection_nobody_uses_again_is_let_go():
    async def story():
        closed = asyncio.Event()

        async def answer(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
            assert await reader.read() == b""
            writer.close()
            closed.set()

        server = await asyncio.start_server(answer, HOST, 0)
        port = server.sockets[0].getsockname()[1]
        client = HttpClient(read_openings(f"{HOST}:{port}"), patience=replace(QUICK, idle=0.05))
        await client.ask("GET", f"http://{HOST}:{port}/")
        async with asyncio.timeout(30):
            await closed.wait()
        await client.close()
        server.close()
        await server.wait_closed()

    asyncio.run(story())


def test_a_connection_on_which_more_came_than_was_asked_is_never_used_again():
    async def story():
        twice = Said(200, b"").bytes() * 2
        async with HttpSink(faults=[Fault("say", twice)]) as sink:
            client = a_client(sink)
            await client.ask("GET", sink.url)
            await client.ask("GET", sink.url)
            assert sink.connections == 2
            await client.close()

    asyncio.run(story())


def test_a_certificate_of_nobody_s_is_certainly_not_sent(tmp_path):
    async def story():
        async with HttpSink(tls=throw_away_tls(tmp_path)[0]) as sink:
            client = a_client(sink)
            with pytest.raises(NotSentError, match="certificate"):
                await client.ask("GET", sink.url)
            assert sink.asked == []

    asyncio.run(story())


@pytest.mark.parametrize("told", ["soon", "-1", "Mon, 05 Jan 2026 00:00:00 +" + "9" * 20])
def test_a_wait_that_is_no_time_is_none(told):
    assert retry_at(Answer(503, {"retry-after": told}, b""), START) is None
