"""Password hashes: argon2id, slow on purpose, so callers run these off the event loop."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's floor: 19 MiB, two passes, one lane; about 22 ms.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

_NOBODY = _hasher.hash("nobody has this password")


def hash_password(password: str) -> str:
    """Hash a password with its own salt."""
    return _hasher.hash(password)


def is_password(password: str, password_hash: str | None) -> bool:
    """Tell whether the password fits; for an unknown person (None) it takes just as long."""
    try:
        fits = _hasher.verify(password_hash or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return fits and password_hash is not None
