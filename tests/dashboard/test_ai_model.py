"""The AI model's page: chosen, tried, its key kept and given to no other address."""

import json

import pytest

from beckon.domain.accounts.model import Role
from beckon.domain.ai.queries import find_model
from dashboard.visitor import Door
from support.background import Background
from support.http_sink import THROTTLED, HttpSink, Said
from support.server import serving

PLACE = "/ai-model"
COPY = json.dumps({"variants": [{"title": "Spring is here", "body": "20% off with SPRING"}]})


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Serve with the own machine open to models, and one that answers beside."""
    with Background() as background:
        models = background.run(HttpSink().__aenter__())
        targets = f"127.0.0.1:{models.port}"
        with serving(tmp_path_factory.mktemp("ai"), private_targets=targets) as running:
            yield running, models
        background.run(models.__aexit__())


@pytest.fixture
def here(opened):
    """Give a project of that server, its administrator's browser, and the model."""
    server, models = opened
    models.asked.clear()
    said = {"choices": [{"message": {"content": COPY}}]}
    models._answer = lambda _: Said(200, said)
    project = server.new_project()
    visitor = Door(server, project.id).signed_in()
    yield project, visitor, models
    visitor.close()


def choose(visitor, models, **more):
    form = {"base_url": f"{models.url}/v1", "model": "small", "api_key": "sk-very-secret"}
    return visitor.submit(PLACE, **{**form, **more})


def test_without_a_model_the_composer_writes_and_the_page_says_so(here):
    _, visitor, models = here
    assert "Built-in composer" in visitor.text(PLACE)
    written = visitor.submit(f"{PLACE}/try", context="20% off with the code SPRING")
    assert "SPRING" in written.body.decode().partition("blockquote")[2]
    assert models.asked == []


def test_a_model_writes_and_its_key_never_comes_out(here):
    _, visitor, models = here
    assert choose(visitor, models).status == 303
    page = visitor.text(PLACE)
    assert "small" in page
    assert "sk-very-secret" not in page
    tried = visitor.submit(f"{PLACE}/try", context="a sale").body.decode()
    assert "Spring is here" in tried
    assert models.asked[-1].headers["authorization"] == "Bearer sk-very-secret"
    models.faults.append(THROTTLED)
    assert "no time" in visitor.submit(f"{PLACE}/try", context="a sale").body.decode()
    assert visitor.submit(f"{PLACE}/forget").status == 303
    assert "Built-in composer" in visitor.text(PLACE)


def test_the_key_stays_with_its_address_and_goes_to_no_other(here):
    project, visitor, models = here
    choose(visitor, models)
    assert choose(visitor, models, model="large", api_key="").status == 303
    visitor.submit(f"{PLACE}/try", context="a sale")
    assert models.asked[-1].headers["authorization"] == "Bearer sk-very-secret"
    assert choose(visitor, models, base_url=f"{models.url}/elsewhere", api_key="").status == 303
    assert project.server.write(lambda tx: find_model(tx, project.id)).sealed is None
    visitor.submit(f"{PLACE}/try", context="a sale")
    assert "authorization" not in models.asked[-1].headers


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"base_url": "https://127.0.0.1:1/v1"}, "The address"),
        ({"base_url": "nonsense"}, "The address"),
        ({"model": " "}, "model must have"),
        ({"api_key": "ключ"}, "apiKey must have"),
    ],
)
def test_what_is_refused_is_said_and_not_kept(here, form, said):
    project, visitor, models = here
    reply = choose(visitor, models, **form)
    assert reply.status == 400
    assert said in reply.body.decode()
    assert project.server.write(lambda tx: find_model(tx, project.id)) is None


def test_members_try_and_do_not_choose(here):
    project, _, models = here
    member = Door(project.server, project.id).signed_in(Role.MEMBER)
    assert choose(member, models).status == 403
    assert member.submit(f"{PLACE}/try", context="a sale").status == 200
    assert member.submit(f"{PLACE}/try", context=" ").status == 400
    member.close()
