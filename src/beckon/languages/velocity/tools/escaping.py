"""`$esc`: escapes values for HTML, XML, addresses and source code, as in Velocity Tools 2.0."""

from collections.abc import Callable
from html.entities import codepoint2name
from urllib.parse import quote_plus

from beckon.languages.velocity.methods.kinds import Table
from beckon.languages.velocity.printing import plain
from beckon.languages.velocity.run import Run


class Escape:
    """`$esc`."""


_XML = {'"': "&quot;", "&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&apos;"}
_JAVA = {"\b": "\\b", "\n": "\\n", "\t": "\\t", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def _html(character: str) -> str:
    name = codepoint2name.get(ord(character))
    if name is not None:
        return f"&{name};"
    return character if character <= "\x7f" else f"&#{ord(character)};"


def _xml(character: str) -> str:
    return _XML.get(character) or (character if character <= "\x7f" else f"&#{ord(character)};")


def _java(character: str) -> str:
    if character in _JAVA:
        return _JAVA[character]
    if " " <= character <= "\x7f":
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02X}{units[at + 1]:02X}" for at in range(0, len(units), 2))


def _javascript(character: str) -> str:
    return f"\\{character}" if character in "'/" else _java(character)


def _property_key(character: str) -> str:
    return f"\\{character}" if character in " :=#!" else _java(character)


def _escaping(escape: Callable[[str], str]) -> Callable[..., object]:
    def called(run: Run, _tool: object, value: object) -> object:
        if value is None:
            return None
        text = plain(run, value)
        run.grow_text(len(text))
        return run.text([escape(character) for character in text])

    return called


def _url(run: Run, _tool: object, value: object) -> object:
    if value is None:
        return None
    return quote_plus(plain(run, value), safe="*-._", errors="replace").replace("~", "%7E")


_SIGNS = {
    "d": "$",
    "dollar": "$",
    "h": "#",
    "hash": "#",
    "q": '"',
    "quote": '"',
    "s": "'",
    "singleQuote": "'",
    "b": "\\",
    "backslash": "\\",
    "e": "!",
    "exclamation": "!",
    "n": "\n",
    "newline": "\n",
}


def _sign(sign: str) -> Callable[..., str]:
    return lambda _run, _tool: sign


ESCAPE: Table = {
    ("html", 1): _escaping(_html),
    ("xml", 1): _escaping(_xml),
    ("java", 1): _escaping(_java),
    ("javascript", 1): _escaping(_javascript),
    ("propertyKey", 1): _escaping(_property_key),
    ("sql", 1): _escaping(lambda character: "''" if character == "'" else character),
    ("url", 1): _url,
    **{(f"get{name[0].upper()}{name[1:]}", 0): _sign(sign) for name, sign in _SIGNS.items()},
}
