"""What the links in messages do when people, mail programs and scanners follow them."""

from functools import partial

import pytest

from beckon.domain.contacts.model import Channel, ContactId
from beckon.domain.subscriptions import actions, queries
from beckon.domain.subscriptions.model import ActivityKind, Ask, Proof, Purpose
from beckon.domain.subscriptions.tracking import LinkKind, make_track, without_pixel
from beckon.kit.ids import new_uuid
from beckon.kit.signing import Signer
from support.clock import START

ADDRESS = "ann@example.com"
TARGET = "https://shop.example.com/tea?a=1&b=Київ#top"
ONE_CLICK = b"List-Unsubscribe=One-Click"


def may_send(house, purpose=Purpose.BULK, *, channel=Channel.EMAIL, address=ADDRESS):
    ask = Ask(channel, address, house.mark.contact_id, purpose)
    found = house.read(partial(queries.find_refusals, project_id=house.project_id, asked=[ask]))
    return found[0] is None


def activity(house):
    listed = house.read(
        partial(
            queries.list_activity,
            project_id=house.project_id,
            contact_id=house.mark.contact_id,
            message_id=house.mark.message_id,
        )
    )
    return [(one.kind, one.is_machine, one.link) for one in listed]


def click_path(house, target=TARGET):
    return make_track(house.signer, "", house.mark)(0, target)


def subscribe_unconfirmed(house):
    house.write(
        lambda tx: actions.subscribe(
            tx,
            house.project_id,
            house.mark.contact_id,
            email=ADDRESS,
            is_new=True,
            form=None,
            proof=Proof("a test"),
            event_id=new_uuid(),
            now=START,
        )
    )


def test_the_pixel_is_a_picture_and_notes_the_opening(house):
    answer = house.ask("GET", house.path(LinkKind.OPEN))
    assert (answer.status, answer.headers["content-type"]) == (200, "image/gif")
    assert answer.body.startswith("GIF89a")
    assert answer.headers["cache-control"] == "no-store"
    assert activity(house) == [(ActivityKind.OPENED, False, None)]


def test_a_click_is_noted_and_leads_where_the_mail_said(house):
    answer = house.ask("GET", click_path(house))
    assert answer.status == 302
    assert answer.headers["location"] == (
        "https://shop.example.com/tea?a=1&b=%D0%9A%D0%B8%D1%97%D0%B2#top"
    )
    assert activity(house) == [(ActivityKind.CLICKED, False, TARGET)]


def test_what_many_do_at_once_is_all_noted(house):
    paths = [house.path(LinkKind.OPEN), click_path(house)] * 40
    answers = house.ask_all([("GET", path) for path in paths])
    assert [answer.status for answer in answers] == [200, 302] * 40
    assert len(activity(house)) == 80


@pytest.mark.parametrize("kind", LinkKind)
def test_a_token_for_one_thing_does_nothing_else(house, kind):
    token = house.path(LinkKind.UNSUBSCRIBE)[3:]
    if kind is not LinkKind.UNSUBSCRIBE:
        assert house.ask("POST", f"/{kind}/{token}", body=ONE_CLICK).status == 404
    assert may_send(house)


def test_no_tampered_link_leads_anywhere(house):
    path = click_path(house)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    tampered = [
        path[:place] + letter + path[place + 1 :]
        for place in range(3, len(path))
        for letter in letters[place % 4 :: 4]
        if letter != path[place]
    ]
    tampered += [path[:-1], path + "A", path.replace(".", ""), "/c/", "/c/.", "/c/é.é"]
    assert len(tampered) > 2000
    answers = house.ask_all([("GET", one) for one in tampered])
    assert {answer.status for answer in answers} == {404}
    assert all("location" not in answer.headers for answer in answers)
    assert activity(house) == []


def test_links_of_another_installation_are_void(house):
    foreign = make_track(Signer([b"x" * 32]), "", house.mark)(0, TARGET)
    assert house.ask("GET", foreign).status == 404


def test_after_a_change_of_keys_old_links_still_lead(house):
    path = click_path(house)
    house.signer = Signer([b"n" * 32, b"k" * 32])
    assert house.ask("GET", path).status == 302


@pytest.mark.parametrize(
    ("target", "stays"),
    [
        ("javascript:alert(1)", True),
        ("mailto:a@example.com", True),
        ("//evil.example", True),
        ("https://a.co/\r\nset-cookie: x=1", True),
        ("https://beckon.example/u/abc", True),
        ("HTTPS://a.co/", False),
    ],
)
def test_only_links_into_the_web_are_followed(house, target, stays):
    track = make_track(house.signer, "https://beckon.example", house.mark)
    assert (track(0, target) == target) is stays


@pytest.mark.parametrize(
    ("method", "agent"),
    [
        ("HEAD", "Mozilla/5.0 (iPhone) Mobile/15E148"),
        ("GET", ""),
        ("GET", "Mozilla/5.0 (compatible; Barracuda Sentinel (EE))"),
        ("GET", "curl/8.5.0"),
        ("GET", "Mozilla/5.0 (X11) HeadlessChrome/120.0"),
        ("POST", "Mozilla/5.0 (iPhone) Mobile/15E148"),
    ],
)
def test_machines_are_counted_apart(house, method, agent):
    assert house.ask(method, click_path(house), agent=agent).status == 302
    assert house.ask(method, house.path(LinkKind.OPEN), agent=agent).status == 200
    assert [is_machine for _, is_machine, _ in activity(house)] == [True, True]


def test_privacy_proxies_open_and_do_not_click(house):
    proxy = "Mozilla/5.0"
    house.ask("GET", house.path(LinkKind.OPEN), agent=proxy)
    house.ask("GET", click_path(house), agent=proxy)
    assert [is_machine for _, is_machine, _ in activity(house)] == [True, False]


def test_what_is_done_within_seconds_of_the_writing_was_a_machine(house):
    house.clock.advance(seconds=-58)
    house.ask("GET", click_path(house))
    gmail = "Mozilla/5.0 (Windows NT 5.1) (via ggpht.com GoogleImageProxy)"
    house.clock.advance(seconds=4)
    house.ask("GET", house.path(LinkKind.OPEN), agent=gmail)
    house.clock.advance(minutes=1)
    house.ask("GET", house.path(LinkKind.OPEN), agent=gmail)
    assert [is_machine for _, is_machine, _ in activity(house)] == [True, True, False]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_unsubscribes_nobody(house, method):
    answer = house.ask(method, house.path(LinkKind.UNSUBSCRIBE))
    assert answer.status == 200
    assert may_send(house)
    assert activity(house) == []


@pytest.mark.parametrize(
    "body",
    [
        ONE_CLICK,
        b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--',
    ],
)
def test_one_click_unsubscribes_at_once_without_page_or_redirect(house, body):
    answer = house.ask("POST", house.path(LinkKind.UNSUBSCRIBE), body=body, agent="")
    assert (answer.status, answer.body) == (200, "")
    assert "location" not in answer.headers
    assert not may_send(house)
    assert may_send(house, Purpose.TRANSACTIONAL)
    assert activity(house) == [(ActivityKind.UNSUBSCRIBED, False, None)]


def test_a_post_that_asks_for_nothing_does_nothing(house):
    assert house.ask("POST", house.path(LinkKind.UNSUBSCRIBE), body=b"").status == 200
    assert may_send(house)


def test_the_pixel_is_taken_out_of_a_copy_and_markup_without_end_stays():
    pixel = '<img src="https://x.example/o/1" width="1">'
    pieces = '<img src="https://x.example/o/"' * 40_000
    assert without_pixel(f"a{pixel}b{pieces}", "https://x.example") == f"ab{pieces}"


def test_parts_that_never_say_one_click_do_nothing(house):
    parts = b"name=List-Unsubscribe " * 2_900
    assert house.ask("POST", house.path(LinkKind.UNSUBSCRIBE), body=parts).status == 200
    assert may_send(house)


def test_the_page_unsubscribes_and_takes_it_back(house):
    path = house.path(LinkKind.UNSUBSCRIBE)
    page = house.ask("GET", path)
    assert ADDRESS in page.body
    assert "Tea &amp; Co" in page.body
    assert "You are unsubscribed" in house.ask("POST", path, {"act": "unsubscribe"}).body
    assert not may_send(house)
    house.ask("POST", path, {"act": "resubscribe"})
    assert may_send(house)
    entries = house.read(
        partial(
            queries.list_entries,
            project_id=house.project_id,
            channel=Channel.EMAIL,
            address=ADDRESS,
        )
    )
    assert [entry.proof.source for entry in entries] == ["unsubscribe page"] * 2
    assert entries[0].proof.details["ip"] == "192.0.2.7"
    assert "Tea & Co will send no more" in entries[0].proof.wording


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_confirms_nobody(house, method):
    subscribe_unconfirmed(house)
    assert house.ask(method, house.path(LinkKind.CONFIRM)).status == 200
    assert house.ask("POST", house.path(LinkKind.CONFIRM), body=b"").status == 200
    assert not may_send(house)


def test_a_press_on_the_button_confirms(house):
    subscribe_unconfirmed(house)
    answer = house.ask("POST", house.path(LinkKind.CONFIRM), {"act": "confirm"})
    assert "You are subscribed" in answer.body
    assert may_send(house)
    assert house.writes == ["rung"]


def test_preferences_show_and_keep_what_is_chosen(house):
    def prepare(tx):
        for key in ("news", "sales"):
            actions.create_category(
                tx, house.project_id, key=key, name=f"<{key}>", is_opt_in=False, now=START
            )

    house.write(prepare)
    path = house.path(LinkKind.PREFERENCES)
    page = house.ask("GET", path).body
    assert page.count("checked") == 3
    assert "&lt;news&gt;" in page
    shown = ["news", "sales", "email"]
    saved = house.ask(
        "POST", path, {"act": "save", "shown": shown, "category": "sales", "channel": "email"}
    )
    assert "Saved." in saved.body
    assert saved.body.count("checked") == 2
    assert may_send(house)
    house.ask("POST", path, {"act": "save", "shown": shown, "category": ["news", "sales"]})
    assert not may_send(house)
    house.ask("POST", path, {"act": "save", "shown": shown, "channel": "email"})
    assert may_send(house)


def test_what_was_not_shown_was_not_chosen_about(house):
    house.write(
        lambda tx: actions.create_category(
            tx, house.project_id, key="new", name="New", is_opt_in=False, now=START
        )
    )
    house.ask("POST", house.path(LinkKind.PREFERENCES), {"act": "save"})
    assert may_send(house)
    choices = house.read(
        partial(
            queries.find_choices,
            project_id=house.project_id,
            contact_ids=[house.mark.contact_id],
        )
    )
    assert choices == {}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en-GB,en;q=0.9", "Unsubscribe"),
        ("uk-UA,uk", "Відписатися"),
        ("fi,uk;q=0.5", "Відписатися"),
    ],
)
def test_pages_speak_the_reader_s_language(house, language, words):
    page = house.ask("GET", house.path(LinkKind.UNSUBSCRIBE), language=language).body
    assert words in page


@pytest.mark.parametrize("kind", [LinkKind.UNSUBSCRIBE, LinkKind.PREFERENCES, LinkKind.CONFIRM])
def test_pages_let_nothing_run_and_tell_nobody(house, kind):
    headers = house.ask("GET", house.path(kind)).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'")
    assert "unsafe" not in policy
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


def test_the_stylesheet_is_there(house):
    answer = house.ask("GET", "/p/links.css")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/css; charset=utf-8")


def test_a_link_whose_message_is_gone_says_so(house):
    house.mark = type(house.mark)(new_uuid(), house.project_id, ContactId(1), house.mark.written_at)
    answer = house.ask("POST", house.path(LinkKind.UNSUBSCRIBE), body=ONE_CLICK)
    assert answer.status == 404


def test_a_form_too_large_and_another_verb_are_refused(house):
    path = house.path(LinkKind.UNSUBSCRIBE)
    assert house.ask("POST", path, body=b"a=" + b"x" * 70_000).status == 413
    assert house.ask("DELETE", path).status == 405
    assert may_send(house)


def test_people_get_where_they_want_to_go_while_the_store_is_away(house):
    paths = [click_path(house), house.path(LinkKind.OPEN), house.path(LinkKind.UNSUBSCRIBE)]
    answers = house.ask_while_away(*paths)
    assert [answer.status for answer in answers] == [302, 200, 503]
    assert "Nothing was changed" in answers[-1].body
