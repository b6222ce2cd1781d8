"""How much a browser fetches for a page, packed, the first time; and that no style is missing."""

import gzip
import sys
from importlib import import_module
from pathlib import Path

from browser.places import find_places
from dashboard.stories import a_welcome, signs_up, the_message
from dashboard.visitor import Addresses

BYTES_MAX = 200_000

# The code editor comes with these; the reference brings Swagger UI.
EDITORS = {"/templates/new", "/templates/{id}"}
PACKED = {"image/svg+xml", "text/css", "text/html", "text/javascript"}
SCRIPTS = Path(__file__).parents[2] / "scripts"


def weigh(visitor, address, known):
    """Count the bytes of a file or page as a browser gets them."""
    if address not in known:
        reply = visitor.request("GET", address, accept_encoding="gzip")
        is_packed = reply.headers.get("content-encoding") == "gzip"
        is_text = reply.headers.get_content_type() in PACKED
        known[address] = len(reply.body if is_packed or not is_text else gzip.compress(reply.body))
    return known[address]


def test_no_page_but_the_editors_weighs_more_than_two_hundred_kilobytes(project, ada):
    a_welcome(project.retenshun)
    signs_up(project, email=project.address())
    the_message(project)
    known, heavy = {}, {}
    for kind, found in find_places(ada, each=1).items():
        if not found or kind in EDITORS:
            continue
        links = Addresses(ada.get(found[0]).body.decode()).found
        files = {link.partition("#")[0] for link in links if link and link.startswith("/static/")}
        weight = weigh(ada, found[0], known) + sum(weigh(ada, file, known) for file in files)
        if weight > BYTES_MAX:
            heavy[kind] = weight
    assert heavy == {}


def test_no_page_uses_a_style_that_was_left_out(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    trim_styles = import_module("trim_styles")
    monkeypatch.delitem(sys.modules, "trim_styles")
    words, begun = trim_styles.words_of()
    left_out = trim_styles.LEFT_OUT.read_text().split()
    missing = [name for name in left_out if name in words or name.startswith(begun)]
    assert missing == [], "give `python scripts/vendor_assets.py refresh` and look at the pages"


def test_rules_are_kept_by_the_classes_that_pages_have(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    trim_styles = import_module("trim_styles")
    styles = (
        '@charset "UTF-8";/*! Licence */a{b:c}.card,.nav>a{d:"}"}.alert-info{x:y}.gone:hover{e:f}'
        "@media print{.gone{g:h}}@media screen{.card .gone,.card:not(.gone){i:j}}@font-face{k:l}"
    )
    kept, left_out = trim_styles.trim(styles, {"card"}, ("alert-",))
    assert kept == (
        '@charset "UTF-8";a{b:c}.card{d:"}"}.alert-info{x:y}'
        "@media screen{.card:not(.gone){i:j}}@font-face{k:l}\n/*! Licence */\n"
    )
    assert left_out == {"nav", "gone"}
