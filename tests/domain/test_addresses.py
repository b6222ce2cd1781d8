"""E-mail addresses and phone numbers: which are taken, and in which form they are kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beckon.kit.addresses import check_email, check_phone, email_key, is_email
from beckon.kit.refusals import Invalid


@pytest.mark.parametrize(
    ("given_as", "kept_as"),
    [
        ("ann@example.com", "ann@example.com"),
        (" Ann@Example.COM\t", "Ann@example.com"),
        ("a.b+c@sub.example.co.uk", "a.b+c@sub.example.co.uk"),
        ("o'neil@example.com", "o'neil@example.com"),
        ("анна@приклад.укр", "анна@приклад.укр"),
        (f"{'x' * 64}@example.com", f"{'x' * 64}@example.com"),
    ],
)
def test_emails_that_are_taken(given_as, kept_as):
    assert check_email(given_as, "email") == kept_as
    assert is_email(given_as)


@pytest.mark.parametrize(
    "given_as",
    ["", " ", "ann", "ann@", "@example.com", "a b@example.com", "ann@example..com", "a..b@x.com",
     "ann@example.com\r\nBcc: x@y.z", "<ann@example.com>", "ann@example.com,bo@example.com",
     "ann@[127.0.0.1]", '"a b"@example.com', "ann\x00@example.com",
     "ann@example.com>", "ann@exa\u2028mple.com", f"ann@{'x.' * 130}com"],
)  # fmt: skip
def test_emails_that_are_not(given_as):
    with pytest.raises(Invalid, match="email is not an e-mail address"):
        check_email(given_as, "email")
    assert not is_email(given_as)


@given(st.text() | st.emails())
def test_what_is_taken_once_is_taken_again_and_found_again(text):
    if is_email(text):
        kept = check_email(text, "email")
        assert check_email(kept, "email") == kept
        assert email_key(kept) == email_key(kept.upper()) or not kept.isascii()
        assert not any(character in kept for character in "\r\n\0<>, ")


@pytest.mark.parametrize(
    ("given_as", "kept_as"),
    [
        ("380501234567", "380501234567"),
        ("+38 (050) 123-45-67", "380501234567"),
        ("+1-541-754-3010", "15417543010"),
        ("1.541.754.3010", "15417543010"),
        ("12345", "12345"),
        ("1" * 15, "1" * 15),
    ],
)
def test_phones_that_are_taken(given_as, kept_as):
    assert check_phone(given_as, "phone") == kept_as
    assert check_phone(kept_as, "phone") == kept_as


@pytest.mark.parametrize(
    "given_as",
    ["", "1234", "1" * 16, "abc12345", "12345x", "++12345", "1234+5", "٣٨٠٥٠١٢٣", "12345\n67", "+"],
)
def test_phones_that_are_not(given_as):
    with pytest.raises(Invalid, match="phone must be an international phone number"):
        check_phone(given_as, "phone")
