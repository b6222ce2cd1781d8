"""Values that are made in great numbers: `class Who(Value, frozen=True)`.

What a frozen dataclass is, ten times as fast to make (docs/decisions/0043-values.md). Everything
else that is frozen is a dataclass, for which any reader knows the rules.
"""

from msgspec import Struct, field
from msgspec.structs import replace

__all__ = ["Value", "field", "replace"]


class Value(Struct, frozen=True):
    """Something immutable, equal to what has the same type and fields."""
