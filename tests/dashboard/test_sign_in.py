"""Sign-in, sessions and sign-out."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
from sqlalchemy import select, update
from starlette.responses import Response

from beckon.dashboard.sessions import Sessions
from beckon.domain.accounts import actions as accounts
from beckon.domain.accounts import tables
from beckon.kit.ids import digest_of
from dashboard.visitor import PASSWORD, a_visitor
from support.server import now


def cookie_of(reply, name="beckon"):
    return SimpleCookie(reply.headers["set-cookie"])[name]


def let_pass(server, token, *, seen=timedelta(0), begun=timedelta(0)):
    """Make a session look older than it is."""
    moment = now()
    server.write(
        lambda tx: tx.execute(
            update(tables.session)
            .where(tables.session.c.digest == digest_of(token))
            .values(seen_at=moment - seen, created_at=moment - begun)
        )
    )


def seen_at(server, token):
    asked = select(tables.session.c.seen_at).where(tables.session.c.digest == digest_of(token))
    return server.write(lambda tx: tx.execute(asked).scalar_one())


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(door, visitor):
    cookie = cookie_of(visitor.sign_in(door.person()))
    assert cookie["httponly"]
    assert cookie["samesite"] == "lax"
    assert cookie["path"] == "/"
    assert cookie["domain"] == ""
    assert len(cookie.value) >= 27


def test_over_https_the_cookie_is_bound_to_host_and_encryption():
    response = Response()
    Sessions(None, is_https=True).hand_out(response, "token")
    cookie = SimpleCookie(response.headers["set-cookie"])["__Host-beckon"]
    assert cookie["secure"]
    assert cookie["path"] == "/"
    assert cookie["domain"] == ""


def test_the_store_keeps_no_token(server, door, visitor):
    visitor.sign_in(door.person())
    kept = server.write(lambda tx: tx.execute(select(tables.session.c.digest)).scalars().all())
    assert digest_of(visitor.cookies["beckon"]) in map(bytes, kept)
    assert all(visitor.cookies["beckon"].encode() not in bytes(digest) for digest in kept)


def test_each_sign_in_has_a_new_token_and_ends_the_one_before(server, door, visitor):
    email = door.person()
    visitor.sign_in(email)
    first = visitor.cookies["beckon"]
    visitor.sign_in(email)
    assert visitor.cookies["beckon"] != first
    old = a_visitor(server)
    old.cookies["beckon"] = first
    assert old.get("/").status == 303
    old.close()


def test_a_token_somebody_else_chose_is_not_taken_over(door, visitor):
    visitor.cookies["beckon"] = "chosen-by-an-attacker"
    visitor.sign_in(door.person())
    assert visitor.cookies["beckon"] != "chosen-by-an-attacker"


def test_an_unknown_address_and_a_wrong_password_get_one_answer(door, visitor):
    known, unknown = door.person(), "nobody@example.com"
    replies = [visitor.sign_in(email, "not the password") for email in (known, unknown)]
    pages = [
        reply.body.decode().replace(email, "*")
        for reply, email in zip(replies, (known, unknown), strict=True)
    ]
    assert [reply.status for reply in replies] == [403, 403]
    assert pages[0] == pages[1]
    assert "The address or the password is not right." in pages[0]


def test_after_ten_failures_even_the_right_password_waits_but_nobody_else_does(door, visitor):
    email, neighbour = door.person(), door.person()
    tried = [visitor.sign_in(email.upper(), "wrong").status for _ in range(11)]
    assert tried == [403] * 10 + [429]
    refused = visitor.sign_in(email)
    assert refused.status == 429
    assert "Wait 15 minutes" in refused.body.decode()
    assert visitor.sign_in(neighbour).status == 303


def test_trying_many_passwords_at_once_wins_nothing(server, door):
    email = door.person()

    def attempt(number):
        browser = a_visitor(server)
        status = browser.sign_in(email, f"guess {number}").status
        browser.close()
        return status

    with ThreadPoolExecutor(16) as threads:
        statuses = list(threads.map(attempt, range(16)))
    assert sorted(statuses) == [403] * 10 + [429] * 6


def test_a_success_takes_back_the_failures_before_it(door, visitor):
    email = door.person()
    for _ in range(2):
        assert [visitor.sign_in(email, "wrong").status for _ in range(9)] == [403] * 9
        assert visitor.sign_in(email).status == 303


@pytest.mark.parametrize(
    ("wanted", "landed"),
    [
        ("/events?name=signup", "/events?name=signup"),
        ("", "/"),
        ("events", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/\r\nset-cookie: a=b", "/"),
        ("/\t/evil.example", "/"),
    ],
)
def test_one_lands_on_a_page_of_ours_and_nowhere_else(door, visitor, wanted, landed):
    reply = visitor.sign_in(door.person(), next=wanted)
    assert (reply.status, reply.headers["location"]) == (303, landed)


def test_a_visitor_is_led_to_the_door_and_back(door, visitor):
    reply = visitor.get("/events?user=ada")
    assert reply.headers["location"] == "/login?next=%2Fevents%3Fuser%3Dada"
    assert 'value="/events?user=ada"' in visitor.text(reply.headers["location"])
    assert visitor.sign_in(door.person()).status == 303
    assert visitor.get("/login?next=/events").headers["location"] == "/events"


def test_a_piece_of_a_page_sends_the_whole_page_to_the_door(visitor):
    reply = visitor.request(
        "GET", "/events/rows?after=1", hx_request="true", hx_current_url="http://x/events?user=a"
    )
    assert reply.status == 204
    assert reply.headers["hx-redirect"] == "/login?next=%2Fevents%3Fuser%3Da"
    odd = visitor.request("GET", "/events/rows", hx_request="true", hx_current_url="http://[")
    assert odd.headers["hx-redirect"] == "/login"


def test_sign_out_ends_the_session_for_whoever_kept_its_cookie(server, ada):
    thief = a_visitor(server)
    thief.cookies = dict(ada.cookies)
    assert thief.get("/").status == 200
    assert ada.submit("/logout").headers["location"] == "/login"
    assert "beckon" not in ada.cookies
    assert thief.get("/").status == 303
    thief.close()


def test_a_session_ended_elsewhere_is_over_at_once(server, ada):
    token = ada.cookies["beckon"]
    server.write(lambda tx: accounts.end_session(tx, token))
    assert ada.get("/").headers["location"] == "/login"
    assert ada.submit("/api-keys", name="x", type="secret").headers["location"] == "/login"


@pytest.mark.parametrize(
    ("seen", "begun", "status"),
    [
        (timedelta(hours=11, minutes=59), timedelta(hours=12), 200),
        (timedelta(hours=12), timedelta(hours=12), 303),
        (timedelta(0), timedelta(days=13, hours=23), 200),
        (timedelta(0), timedelta(days=14), 303),
    ],
)
def test_a_session_ends_unused_after_twelve_hours_and_used_after_fourteen_days(
    server, ada, seen, begun, status
):
    let_pass(server, ada.cookies["beckon"], seen=seen, begun=begun)
    assert ada.get("/").status == status


@pytest.mark.parametrize(("minutes", "is_noted"), [(4, False), (6, True)])
def test_a_visit_is_noted_every_five_minutes(server, ada, minutes, is_noted):
    token = ada.cookies["beckon"]
    let_pass(server, token, seen=timedelta(minutes=minutes))
    ada.get("/")
    assert (now() - seen_at(server, token) < timedelta(minutes=1)) is is_noted


def test_a_page_that_asks_itself_keeps_no_session_awake(server, ada):
    token = ada.cookies["beckon"]
    let_pass(server, token, seen=timedelta(minutes=6))
    assert ada.request("GET", "/events/rows?after=0", hx_request="true").status == 204
    assert now() - seen_at(server, token) > timedelta(minutes=5)


@pytest.mark.parametrize("token", ["", "x", "x" * 5000, "%00", "\xff"])
def test_a_token_that_is_none_opens_nothing(visitor, token):
    assert visitor.request("GET", "/", cookie=f"beckon={token}").status == 303


def test_the_password_is_not_shown_again(door, visitor):
    assert PASSWORD not in visitor.sign_in("nobody@example.com", PASSWORD).body.decode()
