"""Web push sealing and signing against the published examples, byte for byte."""

import json

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from beckon.channels.web_push.encryption import Keys, seal
from beckon.channels.web_push.provider import read_subscription
from beckon.channels.web_push.vapid import LIFE, Vapid, from_base64
from channels.browser import Browser
from support.clock import START

KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
ORIGIN = "https://push.example.net"


def test_the_example_of_rfc_8291_section_5_comes_out_byte_for_byte():
    keys = Keys(
        from_base64(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
        ),
        from_base64("BTBZMqHH6r4Tts7J_aSIgg"),
    )
    own = derive_private_key(int.from_bytes(from_base64(KEY)), SECP256R1())
    sealed = seal(
        b"When I grow up, I want to be a watermelon",
        keys,
        own=own,
        salt=from_base64("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert sealed == from_base64(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS"
        "6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qu"
        "lcy4a-fN"
    )


def verified(header):
    """Check a VAPID header as a push service does (RFC 8292) and give its claims."""
    token, key = (part.partition("=")[2] for part in header.removeprefix("vapid ").split(", "))
    signed, _, signature = token.rpartition(".")
    raw = from_base64(signature)
    assert len(raw) == 64
    EllipticCurvePublicKey.from_encoded_point(SECP256R1(), from_base64(key)).verify(
        encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:])),
        signed.encode(),
        ECDSA(SHA256()),
    )
    head, claims = (json.loads(from_base64(part)) for part in signed.split("."))
    assert head == {"typ": "JWT", "alg": "ES256"}
    return claims


def test_a_push_service_can_check_who_pushes():
    vapid = Vapid(KEY, "mailto:ops@example.com")
    claims = verified(vapid.header(ORIGIN, START))
    assert claims == {
        "aud": ORIGIN,
        "exp": int((START + LIFE).timestamp()),
        "sub": "mailto:ops@example.com",
    }
    header = vapid.header(ORIGIN, START)
    with pytest.raises(InvalidSignature):
        verified(header.replace("vapid t=ey", "vapid t=fy"))


def test_a_signature_serves_one_push_service_for_half_its_life():
    vapid = Vapid(KEY, "mailto:ops@example.com")
    first = vapid.header(ORIGIN, START)
    assert vapid.header(ORIGIN, START + LIFE / 3) == first
    assert vapid.header("https://other.example", START) != first
    later = verified(vapid.header(ORIGIN, START + LIFE / 2))
    assert later["exp"] == int((START + LIFE * 1.5).timestamp())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "no JSON",
        '{"endpoint": "https://push.example/x"}',
        '{"endpoint": "https://push.example/x", "keys": null}',
        '{"endpoint": "https://push.example/x", "keys": {"p256dh": "AA", "auth": "AA"}}',
        '{"endpoint": "https://push.example/x", "keys": {"p256dh": 7, "auth": "!"}}',
        '{"endpoint": 7, "keys": {"p256dh": "AA", "auth": "AA"}}',
        Browser().subscription("ftp://push.example/x"),
        Browser().subscription("https://user@push.example/x"),
    ],
)
def test_a_subscription_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        read_subscription(text)


def test_a_key_that_is_no_point_of_the_curve_is_refused():
    own = derive_private_key(7, SECP256R1())
    with pytest.raises(ValueError, match=r"."):
        seal(b"x", Keys(b"\x04" + b"\x01" * 64, b"a" * 16), own=own, salt=b"s" * 16)
