"""Texts as plain JSON values, the form in which versions keep them."""

from collections.abc import Mapping
from dataclasses import asdict
from hashlib import blake2b
from typing import Any

from beckon.domain.contacts.model import Channel
from beckon.domain.templates.model import NO_DETAILS, Details, Language, Text, Words
from beckon.kit import json

_TREATMENT = ("escapes", "inlines_css", "channel")


def to_stored(text: Text) -> dict[str, Any]:
    """Write a text as plain values; `treatment` gathers what it is for."""
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
        tuple((code, _words(one)) for code, one in (stored.get("translations") or {}).items()),
        details=_details(stored.get("details")),
        **_treatment(stored.get("treatment") or {"inlines_css": False}),
    )


def _words(stored: Mapping[str, Any]) -> Words:
    return Words(**{**stored, "details": _details(stored.get("details"))})


def _details(stored: Mapping[str, Any] | None) -> Details:
    if not stored:
        return NO_DETAILS
    return Details(**{**stored, "data": tuple((name, text) for name, text in stored["data"])})


def _treatment(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {**stored, "channel": Channel(stored.get("channel", Channel.EMAIL))}
