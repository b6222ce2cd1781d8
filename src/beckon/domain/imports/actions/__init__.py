"""What can be done with lists of people. Each action runs inside the caller's transaction.

Invariant: an import's rows tell whom it made and how far their logs were when it was done, so an
undo never takes back what somebody else did.
"""

from beckon.domain.imports.actions.pieces import begin_pieces, end_pieces, take_piece
from beckon.domain.imports.actions.taking import (
    ask_upload,
    claim,
    finish,
    free,
    sort,
    take,
    take_part,
)
from beckon.domain.imports.actions.undoing import ask_undo, undo_part, why_not

__all__ = [
    "ask_undo",
    "ask_upload",
    "begin_pieces",
    "claim",
    "end_pieces",
    "finish",
    "free",
    "sort",
    "take",
    "take_part",
    "take_piece",
    "undo_part",
    "why_not",
]
