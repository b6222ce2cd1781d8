"""No request reaches what is not public: every form of address, through the client itself.

A canary listens; the pass mark is that nobody ever connects to it.
"""

import asyncio
from contextlib import nullcontext
from ipaddress import ip_address

import pytest

from beckon.channels.http.client import HttpClient, NotSentError, Patience
from beckon.channels.http.targets import is_public, read_openings
from beckon.kit.refusals import Invalid
from support.http_sink import HOST, HttpSink, Said

QUICK = Patience(connect=0.5, total=1, idle=1)


def resolver(*answers):
    """Answer look-ups in turn, the last one for ever; remembers what it was asked."""

    async def resolve(host, port):
        resolve.asked.append(host)
        return answers[min(len(resolve.asked), len(answers)) - 1]

    resolve.asked = []
    return resolve


def refused(url, *answers, openings=""):
    """Ask for an address on a machine where a canary listens; tell why it was refused."""

    async def story():
        async with HttpSink() as canary:
            client = HttpClient(
                read_openings(openings), resolve=resolver(*answers or [[HOST]]), patience=QUICK
            )
            with pytest.raises(NotSentError) as caught:
                await client.ask("GET", url.replace("PORT", str(canary.port)))
            assert canary.connections == 0
            return caught.value

    return asyncio.run(story())


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "255.255.255.255",
        "224.0.0.1",
        "192.88.99.1",
        "192.0.0.192",
        "168.63.129.16",
        "[5f00::1]",
        "[3fff::1]",
        "[::1]",
        "[::]",
        "[fe80::1]",
        "[fd00::1]",
        "[fec0::1]",
        "[ff02::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:0:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]",
        "[2001::1]",
    ],
)
def test_an_address_that_is_not_public_is_refused(host):
    fault = refused(f"http://{host}/")
    assert fault.is_refused
    assert "no public address" in fault.reason


@pytest.mark.parametrize(
    "url",
    [
        "http://0x7f.1/",
        "http://0x7f000001/",
        "http://2130706433/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://0/",
        "http://[fe80::1%25eth0]/",
        "http://user:secret@example.com/",
        "http://example.com:0/",
        "http://example.com\\@127.0.0.1/",
        "http:///nowhere",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "//example.com/",
        "example.com",
        "",
        "http://exa mple.com/",
        "http://example.com/\r\nHost: other",
        "http://example.com/ключ",
        f"http://example.com/{'x' * 3000}",
    ],
)
def test_what_is_no_plain_web_address_is_refused_before_any_look_up(url):
    assert refused(url).is_refused


@pytest.mark.parametrize("name", ["localtest.me", "127.0.0.1.nip.io", "metadata.google.internal"])
@pytest.mark.parametrize(
    "answer", [[HOST], ["93.184.215.14", HOST], ["::1"], ["169.254.169.254"], ["fe80::1%eth0"]]
)
def test_a_name_of_which_any_address_leads_home_is_refused(name, answer):
    assert refused(f"http://{name}/", answer).is_refused


def test_only_the_web_s_own_ports_are_open():
    assert "Port 25 is not open to projects" in refused("http://93.184.215.14:25/").reason


def test_our_own_public_address_is_refused(monkeypatch):
    # The machine under test has no public address; its own one is declared public instead.
    monkeypatch.setattr("beckon.channels.http.targets.is_public", lambda _: True)
    assert "back to this machine" in refused(f"http://{HOST}/").reason


def test_a_second_answer_of_the_name_server_reaches_nobody():
    """Rebinding: the checked answer is connected to, the later one is never asked for."""

    async def story():
        async with HttpSink() as listed, HttpSink() as canary:
            rebinding = resolver([HOST], ["127.0.0.2"])
            client = HttpClient(
                read_openings(f"127.0.0.1:{listed.port}"), resolve=rebinding, patience=QUICK
            )
            answer = await client.ask("GET", f"http://shop.example:{listed.port}/")
            assert answer.status == 200
            assert rebinding.asked == ["shop.example"]
            assert listed.asked[0].headers["host"] == f"shop.example:{listed.port}"
            await client.close()
            with pytest.raises(NotSentError, match=r"Port|no public address"):
                await client.ask("GET", f"http://shop.example:{canary.port}/")
            assert canary.connections == 0

    asyncio.run(story())


def test_a_redirect_is_an_answer_and_is_not_followed():
    async def story():
        async with HttpSink() as canary:
            there = Said(302, b"", {"location": canary.url})
            async with HttpSink(lambda _: there) as sink:
                client = HttpClient(read_openings(f"{HOST}:{sink.port}"), patience=QUICK)
                assert (await client.ask("GET", sink.url)).status == 302
                assert canary.connections == 0
                await client.close()

    asyncio.run(story())


def test_no_proxy_of_the_environment_is_used(monkeypatch):
    async def story():
        async with HttpSink() as proxy, HttpSink() as sink:
            for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
                monkeypatch.setenv(name, proxy.url)
            client = HttpClient(read_openings(f"{HOST}:{sink.port}"), patience=QUICK)
            assert (await client.ask("GET", sink.url)).status == 200
            assert proxy.connections == 0
            await client.close()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("openings", "url", "passes"),
    [
        ("127.0.0.0/8:*", "http://127.0.0.1:PORT/", True),
        ("127.0.0.1:PORT", "http://127.0.0.1:PORT/", True),
        ("10.0.0.0/8, 127.0.0.1:*", "http://localtest.me:PORT/", True),
        ("127.0.0.1", "http://127.0.0.1:PORT/", False),
        ("127.0.0.1:1", "http://127.0.0.1:PORT/", False),
        ("10.0.0.0/8:*", "http://127.0.0.1:PORT/", False),
    ],
)
def test_an_operator_may_open_what_is_private(openings, url, passes):
    async def story():
        async with HttpSink() as sink:
            client = HttpClient(
                read_openings(openings.replace("PORT", str(sink.port))),
                resolve=resolver([HOST]),
                patience=QUICK,
            )
            with nullcontext() if passes else pytest.raises(NotSentError):
                await client.ask("GET", url.replace("PORT", str(sink.port)))
            await client.close()
            return sink.connections

    assert asyncio.run(story()) == int(passes)


@pytest.mark.parametrize("text", ["localhost", "10.0.0.0/8:http", "10.0.0.1:0", "10.0.0.1/8", "x"])
def test_an_opening_that_is_none_says_so(text):
    with pytest.raises(Invalid, match="BECKON_PRIVATE_TARGETS"):
        read_openings(text)


def test_openings_of_either_family_are_read():
    read = read_openings("10.0.0.0/8,, [fd00::/8]:* ,fd12::1,192.168.1.7:8080")
    assert [(str(opening.network), opening.ports) for opening in read] == [
        ("10.0.0.0/8", {80, 443}),
        ("fd00::/8", None),
        ("fd12::1/128", {80, 443}),
        ("192.168.1.7/32", {8080}),
    ]


@pytest.mark.parametrize("text", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_public_addresses_are_public(text):
    assert is_public(ip_address(text))
