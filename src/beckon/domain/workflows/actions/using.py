"""What other slices may not take away while a workflow uses it."""

from beckon.domain.accounts.model import ProjectId
from beckon.domain.segments.model import SegmentId
from beckon.domain.segments.rules import named_by
from beckon.domain.workflows import queries
from beckon.domain.workflows.model import Definition
from beckon.domain.workflows.planning import lay_out
from beckon.domain.workflows.validation import segments_of
from beckon.kit.refusals import Conflict
from beckon.storage.schema import Tx


def refuse_segment_in_use(tx: Tx, project_id: ProjectId, segment_id: SegmentId) -> None:
    """Raise Conflict when a workflow's present version names a segment, in its rules too."""
    for workflow in queries.list_workflows(tx, project_id):
        if segment_id in _named(workflow.definition):
            raise Conflict(
                f"The segment is used by automation auto_{workflow.id} ('{workflow.name}'). "
                "Change or delete that first."
            )


def _named(definition: Definition) -> set[int]:
    rules = [*lay_out(definition).rules]
    if definition.manners.entry.contact is not None:
        rules.append(definition.manners.entry.contact)
    return segments_of(definition).union(*(named_by(rule) for rule in rules))
