"""Secrets at rest and signed tokens: what was changed, or meant otherwise, opens nothing."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beckon.kit.secrets import SecretKeyInvalid, Vault, keep_key, read_keys
from beckon.kit.signing import Signer

OLD, NEW = "o" * 32, "n" * 40
SIGNER = Signer([b"k" * 32])


@given(st.binary(max_size=200))
def test_what_is_sealed_opens_again_and_only_for_its_purpose(plain):
    vault = Vault([OLD])
    sealed = vault.seal(plain, "smtp")
    assert vault.open(sealed, "smtp") == plain
    assert vault.seal(plain, "smtp") != sealed
    with pytest.raises(SecretKeyInvalid):
        vault.open(sealed, "sms")


@given(st.integers(0, 60), st.integers(1, 255))
def test_a_changed_byte_opens_nothing(place, change):
    sealed = bytearray(Vault([OLD]).seal(b"a password of some length", "smtp"))
    sealed[place % len(sealed)] ^= change
    with pytest.raises(SecretKeyInvalid):
        Vault([OLD]).open(bytes(sealed), "smtp")


@pytest.mark.parametrize("rubbish", [b"", b"\x01", b"plain text that nobody ever sealed at all"])
def test_what_was_never_sealed_is_told(rubbish):
    with pytest.raises(SecretKeyInvalid):
        Vault([OLD]).open(rubbish, "smtp")


def test_keys_change_without_a_pause():
    sealed = Vault([OLD]).seal(b"secret", "smtp")
    both = read_keys(f"{NEW}, {OLD}")
    assert both.open(sealed, "smtp") == b"secret"
    assert not both.is_current(sealed)
    anew = both.seal(b"secret", "smtp")
    assert both.is_current(anew)
    assert Vault([NEW]).open(anew, "smtp") == b"secret"
    with pytest.raises(SecretKeyInvalid, match="not among"):
        Vault([NEW]).open(sealed, "smtp")


def test_a_wrong_key_is_told_in_words_that_say_how_to_mend_it():
    used = Vault([OLD]).key_ids
    read_keys(f"{NEW} {OLD}").check_known(used)
    with pytest.raises(SecretKeyInvalid, match=r"secret\.key in .* gives .*the former key"):
        Vault([NEW]).check_known(used)


@pytest.mark.parametrize("text", ["", "short", f"{NEW},short"])
def test_short_keys_are_refused(text):
    with pytest.raises(SecretKeyInvalid):
        read_keys(text)


def test_a_vault_shows_no_key():
    assert OLD not in repr(Vault([OLD]))
    assert OLD.encode().hex() not in repr(Vault([OLD]))


def test_one_key_is_kept_however_many_begin_at_once(tmp_path):
    path = tmp_path / "secret.key"
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(lambda _: keep_key(path), range(16)))
    assert len(keys) == 1
    assert keep_key(path) in keys
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["secret.key"]
    Vault(list(keys))


@given(st.binary(max_size=60))
def test_a_token_gives_its_payload_back_and_only_for_its_purpose(payload):
    token = SIGNER.sign(b"c", payload)
    assert SIGNER.read(b"c", token) == payload
    assert SIGNER.read(b"u", token) is None
    assert Signer([b"x" * 32]).read(b"c", token) is None
    assert Signer([b"x" * 32, b"k" * 32]).read(b"c", token) == payload


@given(st.text(max_size=80))
def test_other_texts_are_no_tokens(text):
    assert SIGNER.read(b"c", text) is None


def test_one_spelling_alone_is_the_token():
    token = SIGNER.sign(b"c", b"12345")
    for spelled in (token + "=", token + "==", token + "\n", " " + token, token[:-1]):
        assert SIGNER.read(b"c", spelled) is None
