"""Key pairs for signing mail: made, kept as bytes, read back."""

from base64 import b64encode
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

RSA_BITS = 2048
"""Gmail takes no fewer than 1024 and advises 2048; a longer one fits badly into DNS."""

PrivateKey: TypeAlias = RSAPrivateKey | Ed25519PrivateKey


class Algorithm(StrEnum):
    """How mail is signed; the value is the tag `k` of the DNS record. Source: RFC 6376, 8463."""

    RSA = "rsa"
    ED25519 = "ed25519"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A private key (PKCS #8, DER) and its public half as DNS has it (base64)."""

    algorithm: Algorithm
    private: bytes = field(repr=False)
    public: str


def new_pair(algorithm: Algorithm) -> KeyPair:
    """Make a key pair. RSA takes about 100 ms: not in a transaction."""
    if algorithm is Algorithm.RSA:
        rsa = generate_private_key(public_exponent=65_537, key_size=RSA_BITS)
        public = rsa.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return KeyPair(algorithm, _written(rsa), b64encode(public).decode())
    ed25519 = Ed25519PrivateKey.generate()
    public = ed25519.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return KeyPair(algorithm, _written(ed25519), b64encode(public).decode())


def read_private(content: bytes) -> PrivateKey:
    """Read a private key back. It is RSA or Ed25519: we made it."""
    key = load_der_private_key(content, password=None)
    assert isinstance(key, RSAPrivateKey | Ed25519PrivateKey)
    return key


def _written(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
