"""Says who pushes. Source: RFC 8292, Voluntary Application Server Identification."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from beckon.channels.web_push.encryption import public_point
from beckon.kit import json

LIFE = timedelta(hours=12)  # a day is the most a push service takes


class Vapid:
    """Signs for one project; a signature is good for one push service and half a day."""

    def __init__(self, private_key: str, subject: str) -> None:
        """`private_key` is 32 bytes in base64url, `subject` a mailto: or https: contact."""
        number = int.from_bytes(from_base64(private_key))
        self._key: EllipticCurvePrivateKey = derive_private_key(number, SECP256R1())
        self._subject = subject
        self.public_key = to_base64(public_point(self._key))
        self._signed: dict[str, tuple[datetime, str]] = {}

    def header(self, audience: str, now: datetime) -> str:
        """Write the Authorization header for a push service's origin."""
        until, token = self._signed.get(audience, (now, ""))
        if until - now <= LIFE / 2:
            until = now + LIFE
            token = self._sign(audience, until)
            self._signed = {
                known: kept for known, kept in self._signed.items() if kept[0] > now
            } | {audience: (until, token)}
        return f"vapid t={token}, k={self.public_key}"

    def _sign(self, audience: str, until: datetime) -> str:
        claims = {"aud": audience, "exp": int(until.timestamp()), "sub": self._subject}
        signed = ".".join(
            to_base64(json.write(part)) for part in ({"typ": "JWT", "alg": "ES256"}, claims)
        )
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ECDSA(SHA256())))
        return f"{signed}.{to_base64(r.to_bytes(32) + s.to_bytes(32))}"


def to_base64(value: bytes) -> str:
    """Write bytes in base64url without padding."""
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def from_base64(text: str) -> bytes:
    """Read base64url, padded or not. Raises ValueError."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
