"""One-time codes from an authenticator: six digits that change every 30 seconds.

Source: RFC 6238 (TOTP) over RFC 4226 (HOTP), with SHA-1, as all authenticators know it.
"""

import hmac
from base64 import b32encode
from datetime import datetime
from hashlib import sha1
from urllib.parse import quote

from beckon.kit.clock import to_ms

SECRET_BYTES = 20
STEP_MS = 30_000
DIGITS = 6
SKEW_STEPS = 1


def code_at(secret: bytes, step: int) -> str:
    """Give the code of a step."""
    digest = hmac.new(secret, step.to_bytes(8), sha1).digest()
    begin = digest[-1] & 0xF
    number = int.from_bytes(digest[begin : begin + 4]) & 0x7FFF_FFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def step_of(moment: datetime) -> int:
    """Count the steps from 1970 to a moment."""
    return to_ms(moment) // STEP_MS


def find_step(secret: bytes, code: str, moment: datetime) -> int | None:
    """Find whose step a code is: the present one, the one before or the one after; else None."""
    present = step_of(moment)
    given = code.encode()
    found = None
    for step in range(present - SKEW_STEPS, present + SKEW_STEPS + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), given):
            found = step
    return found


def spell(secret: bytes) -> str:
    """Write a secret as people type it into an authenticator."""
    return b32encode(secret).decode().rstrip("=")


def address_of(secret: bytes, *, issuer: str, person: str) -> str:
    """Write the address that sets an authenticator up. Source: Key Uri Format of Google's."""
    return (
        f"otpauth://totp/{quote(issuer)}:{quote(person)}"
        f"?secret={spell(secret)}&issuer={quote(issuer)}"
    )
