"""Fresh key pairs: the other place that rolls dice."""

from base64 import urlsafe_b64encode

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key


def new_p256_key() -> str:
    """Make a private key for web push: 32 bytes in base64url (RFC 8292)."""
    number = generate_private_key(SECP256R1()).private_numbers().private_value
    return urlsafe_b64encode(number.to_bytes(32)).rstrip(b"=").decode()
