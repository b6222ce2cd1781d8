"""Usual addresses take a short way, and it leads where the whole check does."""

from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from beckon.kit.addresses import check_email
from beckon.kit.refusals import Invalid

parts = st.text("ab-_+.1", min_size=1, max_size=12)
ends = st.sampled_from(["com", "example", "test", "local", "onion", "arpa", "ua", "c", "xn--p1ai"])


@given(parts, parts, ends)
def test_the_short_way_and_the_long_one_agree(local, domain, end):
    address = f"{local}@{domain}.{end}"
    try:
        expected = validate_email(
            address, check_deliverability=False, allow_smtputf8=True, test_environment=True
        ).normalized
    except EmailNotValidError:
        expected = None
    try:
        found = check_email(address, "email")
    except Invalid:
        found = None
    assert found == expected
