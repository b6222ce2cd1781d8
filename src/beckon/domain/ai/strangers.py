"""What a language model is asked, and what is taken of its answer. Pure.

Invariant: nothing of the answer reaches a template or a page as markup: mails are built anew from
plain paragraphs, and of braces only `{{ name }}` stays.
"""

import re
from html import escape, unescape

from beckon.domain.ai.composer import BODY_CHARACTERS, TITLE_CHARACTERS
from beckon.domain.ai.model import Brief, Copy
from beckon.domain.contacts.model import Channel

TEXT_CHARACTERS_MAX = 100_000
LETTER_CHARACTERS_MAX = 10_000

_TAG = re.compile(r"<[^>]{0,2000}>")
_PLACE = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_.]{0,60})\s*\}\}")
_BRACES = re.compile(r"\{[{%#]|[}%#]\}|[{}]")
_BLANKS = re.compile(r"[^\S\n]+")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def order_for(brief: Brief, count: int) -> tuple[str, str]:
    """Write what the model is told: its task, and the brief as the person wrote it."""
    title, body = _limits(brief.channel)
    fields = f"body (at most {body} characters)"
    if title:
        fields = f"title (at most {title} characters) and {fields}"
    task = (
        f"You write marketing copy for the channel {brief.channel.name}. Answer with one JSON "
        f'object {{"variants": [...]}} of {count} objects with {fields}; plain text, paragraphs '
        f"apart by an empty line, no HTML, no Markdown. Language: {brief.tongue}. Tone: "
        f"{brief.tone}. Length: {brief.length}. Invent no facts, prices, dates or names."
    )
    return task, brief.context


def read_copies(value: object, brief: Brief) -> list[Copy]:
    """Take those variants of an answer that fit their channel; anything else is passed over."""
    variants = value.get("variants") if isinstance(value, dict) else None
    found = variants if isinstance(variants, list) else [value]
    return [copy for one in found if (copy := _copy(one, brief)) is not None]


def _copy(value: object, brief: Brief) -> Copy | None:
    if not isinstance(value, dict):
        return None
    title_max, body_max = _limits(brief.channel)
    title = " ".join(_plain(value.get("title") or value.get("subject") or "").split())
    body = _plain(value.get("body") or "")
    if not body or len(body) > body_max or (title_max and not 0 < len(title) <= title_max):
        return None
    if brief.channel is not Channel.EMAIL:
        return Copy(title if title_max else "", body)
    paragraphs = [part.strip() for part in body.split("\n\n") if part.strip()]
    return Copy(title, "\n".join(f"<p>{_paragraph(part)}</p>" for part in paragraphs))


def _limits(channel: Channel) -> tuple[int, int]:
    return TITLE_CHARACTERS.get(channel, 0), BODY_CHARACTERS.get(channel, LETTER_CHARACTERS_MAX)


def _plain(value: object) -> str:
    """Take tags, unseen characters and braces away, but for places to fill."""
    if not isinstance(value, str):
        return ""
    text = _UNSEEN.sub("", unescape(_TAG.sub("", value)))
    pieces: list[str] = []
    at = 0
    for place in _PLACE.finditer(text):
        pieces += [_BRACES.sub("", text[at : place.start()]), f"{{{{ {place[1]} }}}}"]
        at = place.end()
    pieces.append(_BRACES.sub("", text[at:]))
    return _BLANKS.sub(" ", "".join(pieces)).strip()


def _paragraph(text: str) -> str:
    return escape(text, quote=False).replace("\n", "<br>")
