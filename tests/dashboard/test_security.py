"""Password, second proof and sessions: each counts once, and old ones die."""

from base64 import b32decode
from datetime import UTC, datetime, timedelta

import pytest

from beckon.kit import totp
from dashboard.visitor import PASSWORD, a_visitor
from support.server import now


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standard(seconds, code):
    """Source: RFC 6238 appendix B, the last six of its eight digits."""
    moment = datetime.fromtimestamp(seconds, UTC)
    assert totp.code_at(b"12345678901234567890", totp.step_of(moment)) == code


def test_a_code_counts_one_step_early_and_late_and_no_more():
    secret, moment = b"12345678901234567890", datetime(2026, 4, 1, 9, tzinfo=UTC)
    code = totp.code_at(secret, totp.step_of(moment))
    for seconds, counts in [(-60, False), (-30, True), (0, True), (30, True), (60, False)]:
        found = totp.find_step(secret, code, moment + timedelta(seconds=seconds))
        assert (found is not None) is counts


def set_up(browser):
    """Turn the second proof on; give its secret and recovery codes."""
    page = browser.submit("/security/authenticator", password=PASSWORD).body.decode()
    spelled = page.partition('reveal-key"><code>')[2].partition("<")[0]
    secret = b32decode(spelled + "=" * (-len(spelled) % 8))
    code = totp.code_at(secret, totp.step_of(now()) - 1)
    shown = browser.submit("/security/authenticator/confirm", code=code)
    assert shown.status == 200, shown.body.decode()
    return secret, shown.body.decode().partition("<pre")[2].partition("<code>")[2].partition("<")[
        0
    ].split()


def test_a_second_proof_is_asked_for_and_each_code_counts_once(server, door):
    email = door.person()
    browser = door.visitor()
    browser.sign_in(email)
    secret, recovery = set_up(browser)
    assert len(recovery) == 10
    bare = browser.sign_in(email)
    assert bare.status == 403
    assert 'name="code"' in bare.body.decode()
    code = totp.code_at(secret, totp.step_of(now()))
    assert browser.sign_in(email, code=code).status == 303
    assert browser.sign_in(email, code=code).status == 403, "used before"
    assert browser.sign_in(email, code=recovery[0].upper()).status == 303
    assert browser.sign_in(email, code=recovery[0]).status == 403, "used up"
    client = a_visitor(server)
    words = {"email": email, "password": PASSWORD}
    assert client.post("/api/v1/auth/login", words).status == 401
    assert client.post("/api/v1/auth/login", words | {"code": recovery[1]}).status == 200
    client.close()
    browser.close()


def test_five_wrong_codes_and_even_the_right_one_waits(door):
    email = door.person()
    browser = door.visitor()
    browser.sign_in(email)
    _, recovery = set_up(browser)
    assert [browser.sign_in(email, code="000000").status for _ in range(5)] == [403] * 5
    assert browser.sign_in(email, code=recovery[0]).status == 429
    browser.close()


def test_a_changed_password_ends_all_other_sessions(server, door):
    email = door.person()
    browser, thief = door.visitor(), door.visitor()
    browser.sign_in(email)
    thief.sign_in(email)
    fresh = "an even better sentence"
    assert browser.submit("/security/password", password="no", new_password=fresh).status == 400
    assert thief.get("/").status == 200
    assert browser.submit("/security/password", password=PASSWORD, new_password=fresh).status == 303
    assert browser.get("/").status == 200
    assert thief.get("/").status == 303
    assert thief.sign_in(email).status == 403
    assert thief.sign_in(email, fresh).status == 303
    assert browser.submit("/security/sessions", session="").status == 303
    assert thief.get("/").status == 303
    browser.close()
    thief.close()
