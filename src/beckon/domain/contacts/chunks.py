"""Cuts long lists of parameters into what one statement takes."""

from collections.abc import Iterable

CHUNK = 500


def chunks(values: Iterable[object]) -> Iterable[list[object]]:
    """Give each value once, at most 500 together."""
    # Sorted, so that two processes meeting the same rows never wait for each other crosswise.
    ordered = sorted(set(values))  # type: ignore[type-var] # one comparable type a call
    return (ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK))
