"""Seals a message for one browser. Source: RFC 8291 over RFC 8188, content coding aes128gcm."""

import struct
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECORD_BYTES = 4096
CONTENT_BYTES_MAX = RECORD_BYTES - 16 - 1 - 86
"""What fits into the 4,096 bytes every push service takes: less tag, delimiter and header."""

_LAST_RECORD = b"\x02"


@dataclass(frozen=True, slots=True)
class Keys:
    """What a browser gave: its public key as an uncompressed point, and a shared secret."""

    p256dh: bytes
    auth: bytes


def seal(content: bytes, keys: Keys, *, own: EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """Seal content under a fresh key pair and 16 fresh random bytes; neither is used twice.

    Raises ValueError for a key that is no point of the curve.
    """
    theirs = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), keys.p256dh)
    ours = public_point(own)
    shared = own.exchange(ECDH(), theirs)
    secret = _derive(shared, keys.auth, b"WebPush: info\0" + keys.p256dh + ours, 32)
    key = _derive(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(secret, salt, b"Content-Encoding: nonce\0", 12)
    header = salt + struct.pack("!IB", RECORD_BYTES, len(ours)) + ours
    return header + AESGCM(key).encrypt(nonce, content + _LAST_RECORD, None)


def public_point(key: EllipticCurvePrivateKey) -> bytes:
    """Give the public half as an uncompressed point, 65 bytes."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derive(secret: bytes, salt: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, purpose).derive(secret)
