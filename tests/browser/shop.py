"""The demo shop, served: who looks round in it, who asks its API, and where its pages are."""

from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Thread

from beckon.cli import demo
from beckon.demo.opening import Owner
from beckon.main import prepare_store
from beckon.settings import read
from browser.places import find_places
from browser.steps import the_client
from dashboard.visitor import PASSWORD, PASSWORD_HASH, Visitor
from support.http import Client
from support.server import serving

OWNER = Owner("demo@example.com", PASSWORD_HASH)
PEOPLE = 40


@dataclass(frozen=True, slots=True)
class Shop:
    """`visitor` is signed in, `client` speaks Retenshun words; `places` are those of its pages
    that links lead to before anybody has done anything.
    """

    visitor: Visitor
    client: Client
    places: dict[str, list[str]]

    def told(self, path, **query):
        """Ask the API."""
        return self.client.get(f"/api/v1/{path}", **query).ok()


@contextmanager
def open_shop(folder):
    """Make a small demo shop and serve it until the block ends."""
    settings = replace(read({}), data_dir=folder)
    prepare_store(settings).dispose()
    # In a thread of its own: while a browser is open, this one has an event loop already.
    playing = Thread(
        target=demo.run,
        args=[settings],
        kwargs={"people": PEOPLE, "name": "Juniper Coffee", "owner": OWNER, "is_forced": False},
    )
    playing.start()
    playing.join()
    with serving(folder) as running:
        visitor = Visitor(running.url, keeps_cookies=True)
        assert visitor.sign_in(OWNER.email, PASSWORD).status == 303
        yield Shop(visitor, the_client(running), find_places(visitor, each=1))
        visitor.close()


def open_browser(chromium, visitor):
    """Open a browser in which the same person is signed in as in a visitor."""
    context = chromium.new_context(base_url=visitor.url, viewport={"width": 1280, "height": 860})
    context.add_cookies(
        [
            {"name": name, "value": value, "url": visitor.url}
            for name, value in visitor.cookies.items()
        ]
    )
    return context
