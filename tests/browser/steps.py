"""What several journeys begin with: people, texts and lists told by the API, and clicks counted."""

from beckon.domain.accounts import actions as accounts
from beckon.domain.accounts.model import KeyKind
from beckon.domain.accounts.queries import list_projects_any_project
from beckon.kit.ids import new_token
from support.server import now


def the_client(server):
    """Speak for the one project, by a key that nobody clicked for."""

    def make(tx):
        (project,) = list_projects_any_project(tx)
        return accounts.create_key(
            tx,
            project.id,
            name="journeys",
            kind=KeyKind.SECRET,
            token=new_token(),
            actor="a test",
            now=now(),
        )

    return server.client(x_api_key=server.write(make).secret)


def people(client, count=3):
    """Tell of people with names, addresses and plans."""
    for number, name in zip(range(count), ("Ann", "Ben", "Chloe", "Dylan"), strict=False):
        client.post(
            "/api/v1/users",
            {
                "id": f"user_{number}",
                "email": f"{name.lower()}@example.com",
                "properties": {"firstName": name, "plan": "pro" if number % 2 else "free"},
            },
        ).ok()


def a_template(client, name="Welcome", channel="EMAIL"):
    """Store a text with one place to fill."""
    body = {"name": name, "channel": channel, "subject": "Hi {{ firstName }}", "body": "<p>Hi</p>"}
    return client.post("/api/v1/templates", body).ok()["id"].removeprefix("tpl_")


class Clicks:
    """Counts what a person does: every click, every field filled."""

    def __init__(self, page):
        self.page = page
        self.count = 0

    def click(self, role, name, **more):
        self.count += 1
        self.page.get_by_role(role, name=name, **more).first.click()

    def fill(self, label, text):
        self.count += 1
        self.page.get_by_label(label, exact=True).fill(text)

    def choose(self, label, choice):
        self.count += 1
        self.page.get_by_label(label, exact=True).select_option(choice)
