"""No script or style stands inside a page: the content security policy forbids both.

With them gone, text that somebody smuggles into a page can never run.
"""

import re
from html.parser import HTMLParser

import pytest

from architecture.tree import DASHBOARD, plant

JINJA = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
RUNNING = re.compile(r"on\w+|(data-)?hx-on.*|style|srcdoc")


class Page(HTMLParser):
    """Remembers what of a page would run or be painted by itself."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        names = {name for name, _ in attrs}
        self.found += sorted(f"{name}=" for name in names if RUNNING.fullmatch(name))
        self.found += [f"{name}=" for name, value in attrs if runs_script(value)]
        if tag == "style" or (tag == "script" and "src" not in names):
            self.found.append(f"<{tag}>")


def runs_script(value):
    """Tell whether an attribute's value is an address that runs."""
    return (value or "").strip().lower().startswith("javascript:")


def running_parts(folder):
    """List the inline scripts and styles of all templates in a folder."""
    violations = []
    for path in sorted(folder.rglob("*.html")):
        page = Page()
        # A space keeps words apart, and leaves an attribute that is there on a condition visible.
        page.feed(JINJA.sub(" ", path.read_text()))
        violations += [f"{path.relative_to(folder)}: {part}" for part in page.found]
    return violations


def test_pages_hold_no_script_and_no_style():
    assert list(DASHBOARD.rglob("*.html"))
    assert running_parts(DASHBOARD) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<script>go()</script>", ["<script>"]),
        ("<style>p {}</style>", ["<style>"]),
        ('<p STYLE="color: red">', ["style="]),
        ('<p {% if bad %}onclick="go()"{% endif %}>', ["onclick="]),
        ('<p hx-on:click="go()">', ["hx-on:click="]),
        ('<a href=" javascript:go()">', ["href="]),
        ('<iframe srcdoc="<script>">', ["srcdoc="]),
        (
            '<script src="/static/app.js"></script><p class="style" x-on:click="go" one="1">',
            ["one="],
        ),
        ('<p data-onboard="x" :style="place" @click="go">{# <script> #}', []),
    ],
)
def test_what_would_run_is_found(tmp_path, text, found):
    folder = plant(tmp_path, {"page.html": text})
    assert running_parts(folder) == [f"page.html: {part}" for part in found]
