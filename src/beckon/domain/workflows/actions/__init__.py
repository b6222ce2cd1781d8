"""What can be done with workflows. Each action runs inside the caller's transaction."""

from beckon.domain.workflows.actions.calling import (
    claim_calls,
    free_calls,
    list_callers,
    settle_call,
)
from beckon.domain.workflows.actions.defining import (
    change,
    create,
    delete,
    find_faults,
    refuse_template_in_use,
)
from beckon.domain.workflows.actions.hooking import open_hook, start_by_hook
from beckon.domain.workflows.actions.listening import listen
from beckon.domain.workflows.actions.scanning import scan
from beckon.domain.workflows.actions.starting import start, stop
from beckon.domain.workflows.actions.waking import wake

__all__ = [
    "change",
    "claim_calls",
    "create",
    "delete",
    "find_faults",
    "free_calls",
    "list_callers",
    "listen",
    "open_hook",
    "refuse_template_in_use",
    "scan",
    "settle_call",
    "start",
    "start_by_hook",
    "stop",
    "wake",
]
