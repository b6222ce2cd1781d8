"""Which texts between two `%` are merge tags; both languages read them alike."""

import re

NAMES = frozenset(
    {
        "ADDRESS",
        "CONFIRM_LINK",
        "COUNTY",
        "EMAIL",
        "EXTERNAL_CUSTOMER_ID",
        "FIRSTNAME",
        "LASTNAME",
        "MESSAGENAME",
        "POSTCODE",
        "PREFERENCE_LINK",
        "SMS",
        "TOWN",
        "UNSUBSCRIBE_LINK",
        "UNSUBSCRIBE_URL",
        "WEB_VIEW_LINK",
    }
)
"""Names without a dot that are tags; any name with a dot is one. All else stays text: 50% off."""

TAG = re.compile(
    r"%([A-Z][A-Z0-9_]*(?:\.[A-Za-z0-9_]+)*)"  # FIRSTNAME, PERSONAL.BONUS
    r"(?:\|([^%\r\n]*))?%"  # |fallback
)
"""What may be one: its name and, if given, what stands for an empty value."""


def is_tag(found: re.Match[str]) -> bool:
    """Tell whether what TAG found is one: `%D0%9F` and `%NOBODY%` are text."""
    return "." in found[1] or found[1] in NAMES
