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
from beckon.domain.workflows.actions.trying import (
    ask_trial,
    cancel_trial,
    claim_trial,
    finish_trial,
    forget_trials,
    note_progress,
)
from beckon.domain.workflows.actions.waking import wake

__all__ = [
    "ask_trial",
    "cancel_trial",
    "change",
    "claim_calls",
    "claim_trial",
    "create",
    "delete",
    "find_faults",
    "finish_trial",
    "forget_trials",
    "free_calls",
    "list_callers",
    "listen",
    "note_progress",
    "open_hook",
    "refuse_template_in_use",
    "scan",
    "settle_call",
    "start",
    "start_by_hook",
    "stop",
    "wake",
]
