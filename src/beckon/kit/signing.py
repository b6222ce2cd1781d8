"""Short signed tokens for links: whoever changes one bit of them holds nothing.

A token is base64url of: version, payload, tag (keyed BLAKE2b). The purpose goes into the tag, so a
token for one purpose is void for every other.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Sequence
from hashlib import blake2b
from hmac import compare_digest

TAG_BYTES = 12
"""96 bits: beyond guessing over a network, and 16 characters of a link."""

_VERSION = b"\x01"


class Signer:
    """Signs with the first key and takes what any of them signed."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Take keys of 16 to 64 bytes."""
        assert keys
        self._keys = tuple(keys)

    def sign(self, purpose: bytes, payload: bytes) -> str:
        """Sign a payload for a purpose of at most 16 bytes."""
        content = _VERSION + payload
        tagged = content + _tag(self._keys[0], purpose, content)
        return urlsafe_b64encode(tagged).rstrip(b"=").decode()

    def read(self, purpose: bytes, token: str) -> bytes | None:
        """Give the payload of a token of ours; None for every other text. Constant-time."""
        try:
            encoded = token.encode("ascii")
            tagged = urlsafe_b64decode(encoded + b"=" * (-len(encoded) % 4))
        except (UnicodeEncodeError, Error):
            return None
        content, tag = tagged[:-TAG_BYTES], tagged[-TAG_BYTES:]
        # What decodes alike is not alike: only the one spelling that was given out counts.
        if content[:1] != _VERSION or urlsafe_b64encode(tagged).rstrip(b"=") != encoded:
            return None
        for key in self._keys:
            if compare_digest(tag, _tag(key, purpose, content)):
                return content[1:]
        return None


def _tag(key: bytes, purpose: bytes, content: bytes) -> bytes:
    return blake2b(content, key=key, digest_size=TAG_BYTES, person=purpose).digest()
