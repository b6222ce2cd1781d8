"""The demo shop, served: who looks round in it, who asks its API, and where its pages are."""

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Thread

from beckon.cli import demo
from beckon.demo.opening import Owner
from beckon.main import prepare_store
from beckon.settings import read
from browser.places import find_places
from browser.steps import the_client
from dashboard.visitor import PASSWORD, PASSWORD_HASH, Visitor
from support.http import Client
from support.server import NOBODY, eventually, now, serving

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
        self.client.close()  # the server has let go of one that was idle as long as a page is read
        return self.client.get(f"/api/v1/{path}", **query).ok()

    def told_inside(self, path):
        """Ask what the API tells only those who are signed in."""
        self.visitor.close()
        return self.visitor.get(f"/api/v1/{path}").ok()

    def asked(self, path, body):
        """Ask the API something that takes a body."""
        self.client.close()
        return self.client.post(f"/api/v1/{path}", body).ok()

    def is_counted(self):
        """Tell whether reports and segments know all that is in the logs."""
        events = self.told("events", limit=1)["total"]
        segments = self.told("segments")["segments"]
        # Further back than the story goes, whose first day is cut: a range begins at midnight.
        begins, ends = (now() + timedelta(days=days) for days in (-100, 1))
        period = {"from": f"{begins:%Y-%m-%d}", "to": f"{ends:%Y-%m-%d}"}
        bars = self.told("reports/activity", **period)["series"]
        is_whole = sum(bar["events"] for bar in bars) == events
        return is_whole and all(one["status"] == "READY" for one in segments)


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
    with serving(folder, private_targets=NOBODY) as running:
        visitor = Visitor(running.url, keeps_cookies=True)
        assert visitor.sign_in(OWNER.email, PASSWORD).status == 303
        shop = Shop(visitor, the_client(running), find_places(visitor, each=1))
        eventually(shop.is_counted, "analytics to have heard all of the story")
        yield shop
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
