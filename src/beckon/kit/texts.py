"""What a line of text may hold."""

import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def is_line(text: str) -> bool:
    """Tell whether a text is one line without control characters.

    Joiners, marks of direction and blanks of every script belong to names and are fine.
    """
    return text.isprintable() or _CONTROL.search(text) is None
