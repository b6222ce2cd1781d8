"""A person with a browser, as far as HTTP goes: keeps cookies, says where forms come from."""

from html.parser import HTMLParser
from urllib.parse import urlencode

from beckon.domain.accounts import actions as accounts
from beckon.domain.accounts.model import Role
from beckon.domain.accounts.passwords import hash_password
from beckon.domain.accounts.queries import get_project
from beckon.kit.ids import new_token
from support.http import Client
from support.server import now

PASSWORD = "a sentence to go in by"
PASSWORD_HASH = hash_password(PASSWORD)
FORM = "application/x-www-form-urlencoded"


class Visitor(Client):
    """Sends what a browser would send from the dashboard's own pages."""

    def submit(self, path, *, sent_as=FORM, origin=None, **fields):
        body = fields.pop("body", None) or urlencode(fields).encode()
        return self.request("POST", path, body, content_type=sent_as, origin=origin or self.url)

    def sign_in(self, email, password=PASSWORD, **more):
        return self.submit("/login", email=email, password=password, **more)

    def text(self, path, status=200):
        reply = self.get(path)
        assert reply.status == status, f"{path}: {reply.status}"
        return reply.body.decode()


class Door:
    """Lets people of a project in; each has a browser of their own."""

    def __init__(self, server, project_id):
        self._server = server
        self._project_id = project_id

    def person(self, role=Role.ADMIN, name="Ada"):
        """Make somebody who may sign in; give their address."""
        email = f"{new_token()}@example.com"

        def make(tx):
            accounts.create_person(
                tx,
                get_project(tx, self._project_id).organisation_id,
                email=email,
                name=name,
                password_hash=PASSWORD_HASH,
                role=role,
                now=now(),
            )

        self._server.write(make)
        return email

    def visitor(self):
        """Open a browser in which nobody is signed in."""
        return a_visitor(self._server)

    def signed_in(self, role=Role.ADMIN, name="Ada"):
        """Open a browser in which somebody is."""
        visitor = self.visitor()
        reply = visitor.sign_in(self.person(role, name))
        assert reply.status == 303, reply.body.decode()
        return visitor


def a_visitor(server):
    """Open a browser that knows nobody."""
    return Visitor(server.url, keeps_cookies=True)


class Addresses(HTMLParser):
    """Collects where a page leads and what it loads."""

    def __init__(self, text):
        super().__init__()
        self.found = set()
        self.feed(text)

    def handle_starttag(self, _tag, attrs):
        self.found |= {value for name, value in attrs if name in {"href", "src", "hx-get"}}
