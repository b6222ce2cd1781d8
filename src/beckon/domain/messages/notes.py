"""Writes the note every channel but e-mail carries: canonical JSON, the same on every attempt."""

from collections.abc import Mapping

from beckon.kit import json


def write_note(
    *,
    text: str,
    title: str | None = None,
    image_url: str | None = None,
    link_url: str | None = None,
    button: str | None = None,
    data: Mapping[str, object] | None = None,
) -> bytes:
    """Write a note as UTF-8 JSON, its keys in order, without those that have no value."""
    note: dict[str, object] = {
        "button": button,
        "data": dict(sorted(data.items())) if data else None,
        "image_url": image_url,
        "link_url": link_url,
        "text": text,
        "title": title,
    }
    return json.write({key: value for key, value in note.items() if value or key == "text"})
