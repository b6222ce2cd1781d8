"""Puts what would run as a script into every text field, one at a time, of the API and of forms.

What is refused is as good as what is shown as text; only what is taken can be shown at all.
"""

from copy import deepcopy
from html.parser import HTMLParser
from urllib.parse import urlencode

from browser.places import find_places
from dashboard.visitor import FORM
from support.bodies import BODIES, ROUTES, filled, some_things

PAYLOAD = '"><img src=x onerror="window.top.boomed=1;alert(1)">\'{{7*7}}'
LINK = "javascript:window.top.boomed=1"

# These end what the test needs, or leave the project it is about.
LEFT_ALONE = ("/logout", "/delete", "/erase", "/enter", "/security", "/hold", "/team/", "/projects")


def fill_every_route(project):
    """Send each route its good body once for each text in it, the text being hostile."""
    things = some_things(project)
    for (method, path), body in BODIES.items():
        face = project.reteno if _is_basic(method, path) else project.retenshun
        whole = filled(body, things)
        address = path.format_map(_Named(things))
        for place in _texts(whole):
            for text in (PAYLOAD, LINK):
                face.request(method, address, _with(whole, place, text))
    signup = {"userId": PAYLOAD, "eventName": "signup", "properties": {PAYLOAD: PAYLOAD}}
    project.retenshun.post("/api/v1/events", signup)


def fill_every_form(visitor):
    """Send each form of each page once for each field, which is hostile, chosen or not."""
    sent = set()
    for found in find_places(visitor, each=1).values():
        for page in found:
            for action, fields in forms_of(visitor.get(page).body.decode(), page):
                if action in sent or any(word in action for word in LEFT_ALONE):
                    continue
                sent.add(action)
                for name in fields:
                    given = {key: value for key, (_, value) in fields.items()}
                    body = urlencode(given | {name: PAYLOAD}).encode()
                    reply = visitor.request(
                        "POST", action, body, content_type=FORM, origin=visitor.url
                    )
                    assert reply.status != 500, f"{action}: {name}"


class _Named(dict):
    """Names of a path that no thing stands for stay as they are."""

    def __missing__(self, name):
        return f"{{{name}}}"


def _is_basic(method, path):
    return ROUTES[method, path].face.name == "RETENO"


def _texts(value, place=()):
    """Give the place of every text within plain JSON, as keys and indexes."""
    if isinstance(value, str):
        yield place
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*place, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*place, index))


def _with(value, place, text):
    """Copy plain JSON with a text put at a place."""
    if not place:
        return text
    changed = deepcopy(value)
    inner = changed
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = text
    return changed


class _Forms(HTMLParser):
    """Collects the forms of a page that are posted, with their fields' kinds and values."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self._page = page
        self._area = None

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form" and given.get("method", "").lower() == "post":
            self.found.append((given.get("action") or self._page, {}))
        elif self.found and tag in {"input", "textarea", "select"} and given.get("name"):
            kind = given.get("type", "text") if tag == "input" else tag
            if kind in {"radio", "checkbox"} and "checked" not in given:
                return
            self.found[-1][1][given["name"]] = (kind, given.get("value") or "")
            self._area = given["name"] if tag == "select" else None
        elif tag == "option" and self._area and self.found:
            fields = self.found[-1][1]
            if "selected" in given or not fields[self._area][1]:
                fields[self._area] = ("select", given.get("value") or "")

    def handle_endtag(self, tag):
        if tag == "select":
            self._area = None


def forms_of(text, page):
    """List the forms of a page that are posted: where to, and their fields."""
    parser = _Forms(page)
    parser.feed(text)
    return parser.found
