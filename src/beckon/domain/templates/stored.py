"""Texts as plain JSON values, the form in which versions keep them."""

from collections.abc import Mapping
from dataclasses import asdict
from hashlib import blake2b
from typing import Any

from beckon.domain.templates.model import Language, Text, Words
from beckon.kit import json

_TREATMENT = ("escapes", "inlines_css")


def to_stored(text: Text) -> dict[str, Any]:
    """Write a text as plain values; `treatment` gathers what is done to its HTML."""
    return {
        "language": text.language,
        **asdict(text.words),
        "translations": {code: asdict(words) for code, words in text.translations},
        "treatment": {name: getattr(text, name) for name in _TREATMENT},
    }


def digest_of(text: Text) -> bytes:
    """Digest a text by all it says: equal texts, and no others, have the same."""
    return blake2b(json.write(to_stored(text)), digest_size=16).digest()


def from_stored(stored: Mapping[str, Any]) -> Text:
    """Read what `to_stored` wrote; what an older row lacks is as it was then."""
    return Text(
        Language(stored["language"]),
        stored["subject"],
        stored["body"],
        stored["plain"],
        stored.get("preheader"),
        tuple((code, Words(**words)) for code, words in (stored.get("translations") or {}).items()),
        **(stored.get("treatment") or {"inlines_css": False}),
    )
