"""Signs a whole mail: relaxed header and body canonicalization, RSA-2048 or Ed25519.

Source: RFC 6376, RFC 8463 (Ed25519), RFC 8058 section 4 (both List-Unsubscribe headers signed).
Invariant: the same mail gets the same signature; nothing in it depends on time or chance.
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256

from beckon.kit.keypairs import PrivateKey

SIGNED = (
    *("from", "reply-to", "to", "cc", "subject", "date", "message-id", "in-reply-to"),
    *("references", "mime-version", "content-type", "content-transfer-encoding"),
    *("list-unsubscribe", "list-unsubscribe-post", "list-id", "feedback-id", "precedence"),
    "auto-submitted",
)
"""Signed wherever they are there."""

OVERSIGNED = ("from", "subject", "date", "to")
"""Named once more than they are there, so that nobody can add another one unseen."""

_FOLD_AT = 72
_HEADER_END = b"\r\n\r\n"
_WHITE_RUN = re.compile(rb"[ \t]+")
_WHITE_AT_END = re.compile(rb"[ \t]+(?=\r\n)")
_UNFOLDED = re.compile(rb"\r\n(?=[ \t])")
_PKCS1 = PKCS1v15()
_SHA256 = Prehashed(SHA256())


class DkimSigner:
    """One key of one domain. Signing takes no lock: threads may share it."""

    def __init__(self, domain: str, selector: str, key: PrivateKey) -> None:
        """Take a key that `<selector>._domainkey.<domain>` publishes; both in ASCII."""
        self._key = key
        name = "ed25519" if isinstance(key, Ed25519PrivateKey) else "rsa"
        self._start = f"v=1; a={name}-sha256; c=relaxed/relaxed; d={domain};\r\n s={selector};\r\n"

    def sign(self, mail: bytes) -> bytes:
        """Put a DKIM-Signature before a mail with CRLF line ends and without bare ones."""
        return sign_with([self], mail)

    def _header(self, names: Sequence[str], canonical: Sequence[bytes], body_hash: str) -> bytes:
        value = f"{self._start} h={_folded(names)};\r\n bh={body_hash};\r\n b="
        signed = [*canonical, b"dkim-signature:" + _relaxed_value(value.encode())]
        digest = sha256(b"\r\n".join(signed)).digest()
        encoded = b64encode(self._signature(digest)).decode()
        lines = [encoded[at : at + _FOLD_AT] for at in range(0, len(encoded), _FOLD_AT)]
        return ("DKIM-Signature: " + value + "\r\n ".join(lines) + "\r\n").encode()

    def _signature(self, digest: bytes) -> bytes:
        if isinstance(self._key, Ed25519PrivateKey):
            return self._key.sign(digest)
        return self._key.sign(digest, _PKCS1, _SHA256)


def sign_with(signers: Sequence[DkimSigner], mail: bytes) -> bytes:
    """Sign with several keys; head and body are looked at once. No signers, no change."""
    if not signers:
        return mail
    head, _, body = mail.partition(_HEADER_END)
    names, canonical = _choose(head)
    body_hash = b64encode(sha256(relaxed_body(body)).digest()).decode()
    headers = [signer._header(names, canonical, body_hash) for signer in signers]  # noqa: SLF001 - the class is here
    return b"".join([*headers, mail])


def relaxed_body(body: bytes) -> bytes:
    """Bring a body into the relaxed form. Source: RFC 6376 section 3.4.4."""
    # Three looks for what would change are far quicker than changing: most bodies pass.
    if b"\t" in body or b"  " in body:
        body = _WHITE_RUN.sub(b" ", body)
    if b" \r\n" in body or body.endswith(b" "):
        body = _WHITE_AT_END.sub(b"", body).rstrip(b" ")
    end = len(body)
    while body.endswith(b"\r\n", 0, end):
        end -= 2
    return body[:end] + b"\r\n" if end else b""


def _choose(head: bytes) -> tuple[list[str], list[bytes]]:
    """Choose the headers to sign; of several with one name the last comes first."""
    found: dict[str, list[bytes]] = {}
    for line in _UNFOLDED.sub(b"", head).split(b"\r\n"):
        name, colon, value = line.partition(b":")
        lower = name.strip().lower()
        if colon:
            found.setdefault(lower.decode("latin-1"), []).append(
                lower + b":" + _relaxed_value(value)
            )
    chosen = [(name, line) for name in SIGNED for line in reversed(found.get(name, []))]
    names = [name for name, _ in chosen]
    return [*names, *OVERSIGNED], [line for _, line in chosen]


def _relaxed_value(value: bytes) -> bytes:
    return _WHITE_RUN.sub(b" ", _UNFOLDED.sub(b"", value)).strip(b" ")


def _folded(names: Sequence[str]) -> str:
    """Write names with colons, on lines of at most 76 characters."""
    lines, line = [], ""
    for name in names:
        if len(line) + len(name) > _FOLD_AT - 4:
            lines.append(line)
            line = ""
        line += f"{name}:"
    return "\r\n  ".join([*lines, line]).removesuffix(":")
