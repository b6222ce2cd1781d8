"""Merge tags: `%FIRSTNAME%`, `%FIRSTNAME|fallback%`, `%PERSONAL.BONUS|0%`, `%TEMPLATE.key%`.

A tag becomes a value of the compiled template. Its value is never read as template text: a
contact whose first name looks like a directive sees that name in the letter.
"""

from beckon.languages.merge_tags import TAG, is_tag
from beckon.languages.velocity.tree import Body, MergeTag, Text


def find_tag(text: str, offset: int) -> tuple[MergeTag, int] | None:
    """Read the tag whose first `%` stands at `offset`; answer it and where it ends.

    None where no tag stands: `50% off`, `%D0%9F`, `%NOBODY%` are text.
    """
    match = TAG.match(text, offset)
    if match is None or not is_tag(match):
        return None
    return MergeTag(match[1], match[2] or ""), match.end()


def split_tags(text: str) -> Body:
    """Cut a text at its tags, in order; the pieces between them are `Text`, never empty."""
    pieces: list[Text | MergeTag] = []
    start = offset = 0
    while (offset := text.find("%", offset)) >= 0:
        found = find_tag(text, offset)
        if found is None:
            offset += 1
            continue
        if offset > start:
            pieces.append(Text(text[start:offset]))
        tag, start = found
        pieces.append(tag)
        offset = start
    if start < len(text):
        pieces.append(Text(text[start:]))
    return tuple(pieces)
