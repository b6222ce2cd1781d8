"""The SMTP URL: what it may say, and that its password stays in it."""

import ssl

import pytest

from beckon.channels.smtp.address import Security, SmtpAddress, parse
from beckon.channels.smtp.client import tls_context
from beckon.kit.refusals import Invalid


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://relay.example", SmtpAddress("relay.example", 587, Security.AUTO)),
        ("smtp://127.0.0.1:2525", SmtpAddress("127.0.0.1", 2525, Security.AUTO)),
        ("smtp://[::1]:25/", SmtpAddress("::1", 25, Security.AUTO)),
        ("smtps://relay.example", SmtpAddress("relay.example", 465, Security.IMPLICIT)),
        (
            "smtp://me%40shop.example:p%2Fw%3A%23@Relay.example:25",
            SmtpAddress("relay.example", 25, Security.REQUIRED, "me@shop.example", "p/w:#"),
        ),
        ("smtp://me@localhost", SmtpAddress("localhost", 587, Security.AUTO, "me", "")),
        (
            "smtp://a:b@relay.example?starttls=off",
            SmtpAddress("relay.example", 587, Security.OFF, "a", "b"),
        ),
        ("smtp://r.example?starttls=required", SmtpAddress("r.example", 587, Security.REQUIRED)),
        ("smtp://почта.рф", SmtpAddress("xn--80a1acny.xn--p1ai", 587, Security.AUTO)),
    ],
)
def test_a_url_is_read(url, expected):
    assert parse(url) == expected


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("", "begin with smtp://"),
        ("relay.example:25", "begin with smtp://"),
        ("http://relay.example", "begin with smtp://"),
        ("smtp://", "no host"),
        ("smtp://me:hunter2@", "no host"),
        ("smtp://me:hunter2@relay.example:smtp", "port"),
        ("smtp://me:hunter2@relay.example:99999", "port"),
        ("smtp://me:hunter2@relay.example:0", "port"),
        ("smtp://me:hunter2@[::1", "host or port"),
        ("smtp://:hunter2@relay.example", "no user name"),
        ("smtp://me:hunter2%00@relay.example", "NUL"),
        ("smtp://me:hunter2@relay.example/queue", "after the host"),
        ("smtp://me:hun#ter2@relay.example", "port"),
        ("smtp://me@relay.example#x", "after the host"),
        ("smtp://relay.example?tls=yes", "one option"),
        ("smtp://relay.example?starttls=off&starttls=auto", "one option"),
        ("smtp://relay.example?starttls=maybe", "required, auto or off"),
        ("smtp://relay.example?starttls=implicit", "required, auto or off"),
        ("smtps://relay.example?starttls=off", "first byte"),
        (f"smtp://{'a' * 64}.example", "no domain name"),
    ],
)
def test_anything_else_is_refused_without_the_password(url, hint):
    with pytest.raises(Invalid) as refusal:
        parse(url)
    assert hint in refusal.value.message
    assert "hunter2" not in repr(refusal.value)


def test_the_password_shows_in_no_representation():
    address = parse("smtp://me:hunter2@relay.example")
    assert address.password == "hunter2"
    assert "hunter2" not in f"{address!r}{address!s}"


@pytest.mark.parametrize(
    ("url", "is_verified"),
    [
        ("smtps://relay.example", True),
        ("smtp://relay.example?starttls=required", True),
        ("smtp://me:pw@relay.example", True),
        ("smtp://me:pw@relay.example?starttls=auto", True),
        ("smtp://relay.example", False),
        ("smtp://me:pw@127.0.0.1", False),
    ],
)
def test_a_password_for_another_machine_is_said_only_to_a_proven_relay(url, is_verified):
    context = tls_context(parse(url))
    assert context.check_hostname == is_verified
    assert context.verify_mode == (ssl.CERT_REQUIRED if is_verified else ssl.CERT_NONE)
