"""E-mail addresses and phone numbers: one strict reading and one normal form of each."""

import re
from dataclasses import dataclass

import idna
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from beckon.kit.refusals import Invalid
from beckon.kit.texts import is_line

EMAIL_CHARACTERS_MAX = 254
PHONE_DIGITS = range(5, 16)

_PHONE = re.compile(r"\+?[0-9 ().\-]+")
_NAMED = re.compile(
    r'(?:"(?P<quoted>(?:[^"\\]|\\.)*)"\s*|(?P<plain>[^"<>,;@]*))<(?P<address>[^<>]+)>'
)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name, perhaps empty, and an address."""

    name: str
    address: str


# Nearly all addresses look like this, and there is nothing more to be checked about these; names
# reserved for special use are left to the whole check, as are capital letters.
_USUAL = re.compile(
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,63})"
)
_RESERVED = frozenset(name.rpartition(".")[2] for name in SPECIAL_USE_DOMAIN_NAMES)
_LOCAL_CHARACTERS_MAX = 64
_DOMAIN_CHARACTERS_MAX = 189  # with a local part of 64 and the @ the whole has 254


def check_email(value: str, field: str) -> str:
    """Trim and check an e-mail address; nothing is asked of the network. Raises Invalid.

    The local part stays as sent; the domain comes back lower-case. Source: RFC 5321, RFC 6531.
    """
    usual = _USUAL.fullmatch(trimmed := value.strip())
    if usual and usual[1] not in _RESERVED and "--" not in trimmed:
        if len(trimmed) <= _LOCAL_CHARACTERS_MAX:
            return trimmed
        local, _, domain = trimmed.partition("@")
        if len(local) <= _LOCAL_CHARACTERS_MAX and len(domain) <= _DOMAIN_CHARACTERS_MAX:
            return trimmed
    try:
        found = validate_email(
            value.strip(), check_deliverability=False, allow_smtputf8=True, test_environment=True
        )
    except EmailNotValidError as fault:
        raise Invalid(f"{field} is not an e-mail address: {fault}") from None
    return found.normalized


def is_email(value: str) -> bool:
    """Tell whether a text reads as an e-mail address."""
    try:
        check_email(value, "")
    except Invalid:
        return False
    return True


def email_key(address: str) -> str:
    """Give the normal form under which an address is found again: trimmed, lower-case."""
    return address.strip().lower()  # casefold would make ß and ss one, which are two addresses


def ascii_domain(domain: str) -> str:
    """Write a domain beyond ASCII as it travels. Source: IDNA 2008, RFC 5891."""
    return domain if domain.isascii() else idna.encode(domain, uts46=True).decode()


def check_phone(value: str, field: str) -> str:
    """Reduce a phone number to its 5 to 15 digits. Raises Invalid for anything else (E.164)."""
    trimmed = value.strip()
    if trimmed.isascii() and trimmed.isdecimal():
        digits = trimmed
    else:
        digits = "".join(filter(str.isdecimal, trimmed)) if _PHONE.fullmatch(trimmed) else ""
    if len(digits) not in PHONE_DIGITS:
        raise Invalid(f"{field} must be an international phone number of 5 to 15 digits.")
    return digits


def is_phone(value: str) -> bool:
    """Tell whether a text reads as a phone number."""
    try:
        check_phone(value, "")
    except Invalid:
        return False
    return True


def check_mailbox(value: str, field: str) -> Mailbox:
    """Read `address` or `"Name" <address>`, exactly one. Raises Invalid.

    Stricter than RFC 5322 on purpose: nothing is dropped, so no second recipient slips in.
    """
    text = value.strip()
    if not is_line(text):
        raise Invalid(f"{field} must not hold control characters.")
    if "<" not in text:
        return Mailbox("", check_email(text, field))
    found = _NAMED.fullmatch(text)
    if found is None:
        raise Invalid(f'{field} must be one address, as in "Shop" <info@example.com>.')
    name = found["plain"] if found["quoted"] is None else re.sub(r"\\(.)", r"\1", found["quoted"])
    return Mailbox(name.strip(), check_email(found["address"], field))
