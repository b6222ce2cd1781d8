"""Finds the constant texts of generated code, as the very objects that the code will print."""

from collections.abc import Collection, Iterator
from types import CodeType


def statics_of(code: CodeType, texts: Collection[str]) -> frozenset[str]:
    """Give those of `texts` that the code holds; whoever knows them by heart compares no letters.

    A text that only stands within a longer constant is left out.
    """
    return frozenset(text for text in _constants(code) if text in texts)


def _constants(code: CodeType) -> Iterator[str]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _constants(constant)
        elif isinstance(constant, tuple):
            yield from (item for item in constant if isinstance(item, str))
        elif isinstance(constant, str):
            yield constant
