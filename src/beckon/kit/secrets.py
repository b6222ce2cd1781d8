"""Keeps secrets sealed at rest: authenticated encryption under a key that lies outside the store.

Several keys may be known: the first seals, all open, so keys change without a moment's pause.
Invariant: what was sealed for one purpose opens for no other.
"""

from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from beckon.kit.ids import new_bytes, new_token
from beckon.kit.refusals import Invalid

KEY_CHARACTERS_MIN = 32
_VERSION = b"\x01"
_ID_BYTES = 4
_NONCE_BYTES = 12


class SecretKeyInvalid(Invalid):
    """A secret key that cannot be taken, or does not fit what was sealed; the message says how."""

    code = "secret_key_invalid"


class Vault:
    """Seals and opens. Sealed form: version, key id, nonce, AES-256-GCM text with its tag."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Take keys of at least 32 characters each. Raises SecretKeyInvalid."""
        if not keys:
            raise SecretKeyInvalid("At least one secret key is needed.")
        for place, key in enumerate(keys):
            if len(key) < KEY_CHARACTERS_MIN:
                raise SecretKeyInvalid(
                    f"Secret key {place + 1} has fewer than {KEY_CHARACTERS_MIN} characters; "
                    "`openssl rand -base64 32` makes a good one."
                )
        self._keys = tuple(key.encode() for key in keys)
        self._ids = tuple(_id_of(key) for key in self._keys)
        self._ciphers: dict[tuple[bytes, str], AESGCM] = {}

    def __repr__(self) -> str:
        return f"Vault({', '.join(self.key_ids)})"

    @property
    def key_ids(self) -> tuple[str, ...]:
        """Names of the keys, the sealing one first; they tell nothing about the keys."""
        return tuple(key_id.hex() for key_id in self._ids)

    def seal(self, plain: bytes, purpose: str) -> bytes:
        """Seal under the first key. `purpose` says what for, such as `dkim`; it is no secret."""
        nonce = new_bytes(_NONCE_BYTES)
        cipher = self._cipher(self._ids[0], purpose)
        return _VERSION + self._ids[0] + nonce + cipher.encrypt(nonce, plain, None)

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """Open what any of the keys sealed. Raises SecretKeyInvalid, never returns rubbish."""
        key_id, nonce, text = _parts(sealed)
        if key_id not in self._ids:
            raise SecretKeyInvalid(
                f"This was sealed with the key {key_id.hex()}, which is not among the "
                f"secret keys given ({', '.join(self.key_ids)})."
            )
        try:
            return self._cipher(key_id, purpose).decrypt(nonce, text, None)
        except InvalidTag:
            raise SecretKeyInvalid("What was sealed was changed since.") from None

    def is_current(self, sealed: bytes) -> bool:
        """Tell whether the first key sealed this; else it is due to be sealed anew."""
        return _parts(sealed)[0] == self._ids[0]

    def check_known(self, key_ids: Sequence[str]) -> None:
        """See that every key a store was sealed with is here. Raises SecretKeyInvalid."""
        missing = sorted(set(key_ids) - set(self.key_ids))
        if missing:
            raise SecretKeyInvalid(
                f"The store holds secrets sealed with the key {missing[0]}, but BECKON_SECRET_KEY, "
                f"or secret.key in the data directory, gives {', '.join(self.key_ids)}. Give all "
                "processes the same; to change it, give the former key as well, after a comma."
            )

    def derive(self, purpose: str) -> tuple[bytes, ...]:
        """Give keys of 32 bytes for something else than sealing, one of each secret key."""
        return tuple(_derived(key, f"derive:{purpose}") for key in self._keys)

    def _cipher(self, key_id: bytes, purpose: str) -> AESGCM:
        cipher = self._ciphers.get((key_id, purpose))
        if cipher is None:
            key = self._keys[self._ids.index(key_id)]
            cipher = self._ciphers[key_id, purpose] = AESGCM(_derived(key, f"seal:{purpose}"))
        return cipher


def read_keys(text: str) -> Vault:
    """Read keys separated by commas or blanks. Raises SecretKeyInvalid."""
    return Vault(text.replace(",", " ").split())


def keep_key(path: Path) -> str:
    """Read the key in a file, made with mode 0600 the first time; however many begin at once."""
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{new_token()}")
        fresh.touch(mode=0o600)
        fresh.write_text(new_token() + new_token() + "\n")
        # A link appears whole or not at all, and the first one stays.
        with suppress(FileExistsError):
            path.hardlink_to(fresh)
        fresh.unlink()
    return path.read_text().strip()


def _parts(sealed: bytes) -> tuple[bytes, bytes, bytes]:
    head = len(_VERSION) + _ID_BYTES
    if sealed[:1] != _VERSION or len(sealed) < head + _NONCE_BYTES:
        raise SecretKeyInvalid("This is nothing that Beckon sealed.")
    return sealed[1:head], sealed[head : head + _NONCE_BYTES], sealed[head + _NONCE_BYTES :]


def _id_of(key: bytes) -> bytes:
    return blake2b(key, digest_size=_ID_BYTES, person=b"beckon-key-id").digest()


def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=f"beckon:{purpose}".encode()).derive(key)
