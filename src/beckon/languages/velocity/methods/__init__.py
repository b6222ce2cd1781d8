"""The methods a template may call, by the kind of the value. What is not listed does not exist."""

from decimal import Decimal

from beckon.languages.velocity.methods.common import CLASS_NAMES
from beckon.languages.velocity.methods.kinds import Table, table
from beckon.languages.velocity.methods.lists import ARRAYS, CURSORS, LISTS, RANGES
from beckon.languages.velocity.methods.maps import ENTRIES, LOOPS, MAPS, VIEWS
from beckon.languages.velocity.methods.numbers import (
    BOOLEANS,
    CHARACTERS,
    DECIMALS,
    DOUBLES,
    WHOLES,
)
from beckon.languages.velocity.methods.strings import STRINGS
from beckon.languages.velocity.printing import plain
from beckon.languages.velocity.values import (
    Array,
    Block,
    Character,
    ClassName,
    Cursor,
    Entries,
    Entry,
    Keys,
    Loop,
    Range,
    SubList,
    Values,
)

METHODS: dict[type, Table] = {
    str: STRINGS,
    int: WHOLES,
    float: DOUBLES,
    Decimal: DECIMALS,
    bool: BOOLEANS,
    Character: CHARACTERS,
    list: LISTS,
    SubList: LISTS,
    Array: ARRAYS,
    Range: RANGES,
    dict: MAPS,
    Keys: VIEWS,
    Values: VIEWS,
    Entries: VIEWS,
    Entry: ENTRIES,
    Cursor: CURSORS,
    Loop: LOOPS,
    ClassName: CLASS_NAMES,
    Block: table(("toString", plain)),
}
"""Tools add their own kinds."""
