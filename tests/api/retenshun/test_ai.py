"""Copy that is written: built in without a network, by a model where one is chosen."""

import json

import pytest

from beckon.domain.ai.composer import compose
from beckon.domain.ai.model import Brief, Length
from beckon.domain.contacts.model import Channel
from support.background import Background
from support.http_sink import RESET, HttpSink, Said
from support.server import serving

PLACE = "/api/v1/ai/generate"
CONTEXTS = (
    "Sale: 20% off shoes until Sunday with code SUN20",
    "Знижка 15% на взуття до неділі за кодом SUN15",
    "welcome new users",
    "your order has shipped",
    "happy birthday",
    "we miss you, come back",
    "something else entirely",
)
CART = {"channel": "PUSH", "context": "User abandoned cart with 3 items", "tone": "friendly"}


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Serve with the own machine open to models, and a pretended one beside."""
    with Background() as background:
        model = background.run(HttpSink().__aenter__())
        folder = tmp_path_factory.mktemp("ai")
        with serving(folder, private_targets=f"127.0.0.1:{model.port}") as running:
            yield running, model
        background.run(model.__aexit__())


@pytest.fixture
def chosen(opened):
    """Give a project that lets the pretended model write."""
    server, model = opened
    model.asked.clear()
    project = server.new_project()
    words = {"baseUrl": f"{model.url}/v1", "model": "tiny", "apiKey": "sk-secret"}
    project.retenshun.put("/api/v1/ai/model", words).ok()
    return project, model


def says(model, content):
    text = content if isinstance(content, str) else json.dumps(content)
    model._answer = lambda _: Said(200, {"choices": [{"message": {"content": text}}]})


def test_the_documented_example_comes_out_sensible(project):
    told = project.retenshun.post(PLACE, CART).ok()
    assert (told["ai"], told["source"]) == (False, "builtin")
    assert set(told) == {"title", "body", "ai", "source", "variants"}
    assert "basket" in (told["title"] + told["body"]).lower()
    assert told == project.retenshun.post(PLACE, CART).ok(), "the same brief, the same words"


@pytest.mark.parametrize(
    ("channel", "fields", "body_max"),
    [
        ("EMAIL", {"subject", "body"}, 20_000),
        ("PUSH", {"title", "body"}, 178),
        ("WEB_PUSH", {"title", "body"}, 178),
        ("IN_APP", {"title", "body"}, 500),
        ("SMS", {"body"}, 160),
        ("VIBER", {"body"}, 1000),
    ],
)
@pytest.mark.parametrize("language", ["en", "uk"])
@pytest.mark.parametrize("tone", ["friendly", "formal", "playful", "urgent"])
@pytest.mark.parametrize("length", ["short", "medium", "long"])
def test_every_channel_gets_words_within_its_bounds(
    channel, fields, body_max, language, tone, length
):
    for context in CONTEXTS:
        for seed in range(3):
            asked = Channel[channel]
            brief = Brief(asked, context, tone, Length(length), language, seed)
            copy = compose(brief)
            assert bool(copy.title) is (len(fields) == 2)
            assert 0 < len(copy.body) <= body_max
            assert len(copy.title) <= 78
            assert "{" not in copy.body.replace("{{ link }}", "")


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"channel": "PIGEON"}, "channel must be one of"),
        ({"context": " "}, "context must have 1 to 4000"),
        ({"context": "x" * 4001}, "context must have 1 to 4000"),
        ({"tone": "x" * 51}, "tone must have at most 50"),
        ({"length": "endless"}, "length must be one of"),
        ({"language": "xx"}, "language must be one of en, uk"),
        ({"variants": 0}, "variants must be"),
        ({"variants": 6}, "variants must be"),
        ({"variants": "two"}, "variants"),
    ],
)
def test_what_cannot_be_is_refused_by_name(project, change, names):
    reply = project.retenshun.post(PLACE, CART | change)
    assert reply.status == 400
    assert names in reply.json()["message"]


def test_a_public_key_writes_nothing(project):
    assert project.browser.post(PLACE, CART).status == 403


def test_a_chosen_model_writes_and_its_key_never_comes_out(chosen):
    project, model = chosen
    says(
        model, {"variants": [{"title": "Hi", "body": "Come back"}, {"title": "Yo", "body": "You"}]}
    )
    told = project.retenshun.post(PLACE, CART | {"variants": 2, "language": "fr"}).ok()
    assert (told["ai"], told["source"], told["title"]) == (True, "model", "Hi")
    assert [one["body"] for one in told["variants"]] == ["Come back", "You"]
    (asked,) = model.asked
    assert asked.headers["authorization"] == "Bearer sk-secret"
    assert asked.path == "/v1/chat/completions"
    assert asked.json()["messages"][1]["content"] == CART["context"]
    shown = project.retenshun.get("/api/v1/ai/model")
    assert shown.ok() | {"baseUrl": ""} == {
        "source": "model", "baseUrl": "", "model": "tiny", "hasKey": True,
    }  # fmt: skip
    assert b"sk-secret" not in shown.body
    assert project.retenshun.delete("/api/v1/ai/model").ok() == {"deleted": True}
    assert project.retenshun.post(PLACE, CART).ok()["source"] == "builtin"


def test_nothing_a_model_says_becomes_markup(chosen):
    project, model = chosen
    body = "Hi {{ name }}<script>alert(1)</script> {% include 'x' %}\n\n5 < 6 & more"
    says(model, {"variants": [{"subject": "A\r\nBcc: x@example.com", "body": body}]})
    told = project.retenshun.post(PLACE, CART | {"channel": "EMAIL"}).ok()
    assert "<script" not in told["body"]
    assert "{%" not in told["body"]
    assert "{{ name }}" in told["body"]
    assert "&lt; 6 &amp; more" in told["body"]
    assert "\n" not in told["subject"]


@pytest.mark.parametrize(
    "content",
    [
        "no JSON at all",
        {"variants": []},
        {"variants": [{"title": "x" * 200, "body": "too long a title"}]},
        {"variants": [{"title": "T", "body": "x" * 10_000}]},
        {"variants": [{"title": 1, "body": None}]},
        [1, 2, 3],
        "x" * 200_000,
    ],
)
def test_an_answer_that_cannot_be_used_is_a_bad_gateway(chosen, content):
    project, model = chosen
    says(model, content)
    assert project.retenshun.post(PLACE, CART).status == 502


@pytest.mark.parametrize(
    ("said", "status"),
    [(Said(500, b"boom"), 502), (Said(401, b"who?"), 502), (Said(429, b"later"), 503),
     (Said(200, b"{}"), 502), (Said(200, b"x" * 600_000), 502)],
)  # fmt: skip
def test_a_model_that_fails_is_told_and_nothing_is_invented(chosen, said, status):
    project, model = chosen
    model._answer = lambda _: said
    assert project.retenshun.post(PLACE, CART).status == status
    model.faults.append(RESET)
    assert project.retenshun.post(PLACE, CART).status == 502


def test_a_model_inside_is_refused(project):
    words = {"baseUrl": "http://127.0.0.1:11434/v1", "model": "tiny"}
    reply = project.retenshun.put("/api/v1/ai/model", words)
    assert reply.status == 400
    assert "baseUrl" in reply.json()["message"]
